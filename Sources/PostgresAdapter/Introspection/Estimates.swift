internal import DBAdapterCore

extension PostgresCatalog {
  private static let columnNames = ["rows", "bytes", "relations", "known"]

  static let noEstimates = CatalogPart(columns: columnNames.map { "NULL::pg_catalog.int8 AS \($0)" })

  /// What the server noted when it last vacuumed or analysed a relation, its TOAST table included; of a partitioned
  /// table the sum over its partitions. Nothing is measured: `pg_relation_size` and its like wait for locks and look
  /// at every file.
  var estimatePart: CatalogPart {
    // Before PostgreSQL 14 a relation that was never analysed looked like an empty one.
    let isKnown = since(140000, "c.reltuples >= 0", else: "(c.reltuples > 0 OR c.relpages > 0)")
    let bytes = "(c.relpages::pg_catalog.int8 + COALESCE(toast.relpages, 0)) * b.size"
    return CatalogPart(
      expressions: """
        ,
        block AS MATERIALIZED (SELECT current_setting('block_size')::pg_catalog.int8 AS size),
        partition(root, oid) AS (
          SELECT f.oid, i.inhrelid FROM found f JOIN pg_catalog.pg_inherits i ON i.inhparent = f.oid
          WHERE f.relkind = 'p'
          UNION ALL
          SELECT p.root, i.inhrelid FROM partition p JOIN pg_catalog.pg_inherits i ON i.inhparent = p.oid
        ),
        total AS MATERIALIZED (
          SELECT p.root, count(*) AS relations, count(*) FILTER (WHERE \(isKnown)) AS known,
            sum(c.reltuples::pg_catalog.float8) FILTER (WHERE \(isKnown)) AS rows,
            (sum(\(bytes)) FILTER (WHERE \(isKnown) AND c.relkind <> 'f'))::pg_catalog.int8 AS bytes
          FROM partition p
          JOIN pg_catalog.pg_class c ON c.oid = p.oid AND c.relkind <> 'p'
          CROSS JOIN block b
          LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid AND c.reltoastrelid <> 0
          GROUP BY p.root
        )
        """,
      columns: zip(
        Self.columnNames,
        [
          """
          (CASE WHEN c.relkind = 'p' THEN total.rows
              WHEN c.relkind <> 'v' AND \(isKnown) THEN c.reltuples END)::pg_catalog.int8
          """,
          "CASE WHEN c.relkind = 'p' THEN total.bytes WHEN c.relkind IN ('r', 'm') AND \(isKnown) THEN \(bytes) END",
          "total.relations", "total.known",
        ]
      ).map { "\($1) AS \($0)" },
      joins: """
        CROSS JOIN block b
        LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid AND c.reltoastrelid <> 0
        LEFT JOIN total ON total.root = f.oid
        """)
  }

  func estimates(_ row: Row, from column: Int) throws(DBError) -> (rows: Estimate?, size: Estimate?) {
    let rows: Int64? = try row.decode(at: column)
    let bytes: Int64? = try row.decode(at: column + 1)
    var suffix = ""
    if let relations: Int64? = try row.decode(at: column + 2), let relations {
      let known: Int64 = try row.decode(at: column + 3)
      suffix = known == relations ? " of its partitions" : " of \(known) of \(relations) partitions"
    }
    return (
      rows.map { Estimate($0, isExact: false, source: "pg_class.reltuples" + suffix) },
      bytes.map { Estimate($0, isExact: false, source: "pg_class.relpages" + suffix) }
    )
  }
}
