internal import DBAdapterCore

extension PostgresCatalog {
  /// What a description says of a relation as a whole: view definition, partitioning, options.
  var detailPart: CatalogPart {
    CatalogPart(
      columns: [
        "CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END",
        "CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END",
        "CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END",
        "pn.nspname", "pc.relname", options,
      ],
      joins: """
        LEFT JOIN pg_catalog.pg_inherits p ON c.relispartition AND p.inhrelid = c.oid
        LEFT JOIN pg_catalog.pg_class pc ON pc.oid = p.inhparent
        LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace
        LEFT JOIN pg_catalog.pg_class tc ON c.reltoastrelid <> 0 AND tc.oid = c.reltoastrelid
        LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam AND c.relkind <> 'p'
        LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace
        LEFT JOIN pg_catalog.pg_foreign_table ft ON c.relkind = 'f' AND ft.ftrelid = c.oid
        LEFT JOIN pg_catalog.pg_foreign_server fs ON fs.oid = ft.ftserver
        """)
  }

  /// In the words of `CREATE TABLE` and `ALTER TABLE`; storage and foreign options as `name=value`.
  private var options: String {
    """
    array_remove(ARRAY[
        CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' WHEN 't' THEN 'TEMPORARY' END,
        CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'WITH NO DATA' END,
        'USING ' || quote_ident(NULLIF(am.amname, 'heap')),
        'OF ' || NULLIF(c.reloftype, 0)::pg_catalog.regtype::pg_catalog.text,
        CASE WHEN NOT c.relispartition THEN
          'INHERITS (' || (
            SELECT string_agg(i.inhparent::pg_catalog.regclass::pg_catalog.text, ', ' ORDER BY i.inhseqno)
            FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) || ')'
        END,
        \(since(140000, "CASE WHEN p.inhdetachpending THEN 'DETACH PENDING' END", else: "NULL")),
        CASE WHEN c.relrowsecurity THEN 'ROW LEVEL SECURITY' END,
        CASE WHEN c.relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END,
        CASE WHEN c.relkind IN ('r', 'p') THEN CASE c.relreplident
          WHEN 'f' THEN 'REPLICA IDENTITY FULL' WHEN 'i' THEN 'REPLICA IDENTITY USING INDEX'
          WHEN 'n' THEN 'REPLICA IDENTITY NOTHING' END
        END,
        'TABLESPACE ' || quote_ident(s.spcname),
        'SERVER ' || quote_ident(fs.srvname)
      ], NULL) || c.reloptions || ft.ftoptions
      || CASE WHEN tc.reloptions IS NOT NULL THEN
        ARRAY(SELECT 'toast.' || option FROM unnest(tc.reloptions) AS option)
      END
    """
  }

  func readDetails(_ row: Row, into description: inout TableDescription) throws(DBError) {
    let first = Self.detailColumn
    description.viewDefinition = try row.decode(String?.self, at: first)?.trimmed
    let key: String? = try row.decode(at: first + 1)
    let bound: String? = try row.decode(at: first + 2)
    if key != nil || bound != nil {
      let parent: String? = try row.decode(at: first + 4)
      let schema: String? = try row.decode(at: first + 3)
      description.partition = PartitionInfo(
        strategy: key.map { String($0.prefix { $0 != " " }).lowercased() }, key: key,
        parent: parent.map { TableReference(schema: schema, name: $0) }, bound: bound)
    }
    description.options = try row.decode(at: first + 5)
  }
}
