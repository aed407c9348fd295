/// The types every PostgreSQL has, by OID (`pg_type.dat` of the server's sources; the numbers never change).
enum PostgresBuiltinTypes {
  private typealias Entry = (oid: UInt32, arrayOID: UInt32, name: String, shape: PostgresType.Shape)

  private static let entries: [Entry] = [
    (16, 1000, "boolean", .scalar(.bool)),
    (17, 1001, "bytea", .scalar(.bytea)),
    (18, 1002, "\"char\"", .scalar(.text)),
    (19, 1003, "name", .scalar(.text)),
    (20, 1016, "bigint", .scalar(.int8)),
    (21, 1005, "smallint", .scalar(.int2)),
    (23, 1007, "integer", .scalar(.int4)),
    (24, 1008, "regproc", .opaque),
    (25, 1009, "text", .scalar(.text)),
    (26, 1028, "oid", .scalar(.unsigned32)),
    (27, 1010, "tid", .opaque),
    (28, 1011, "xid", .scalar(.unsigned32)),
    (29, 1012, "cid", .scalar(.unsigned32)),
    (114, 199, "json", .scalar(.json)),
    (142, 143, "xml", .opaque),
    (194, 0, "pg_node_tree", .opaque),
    (600, 1017, "point", .opaque),
    (601, 1018, "lseg", .opaque),
    (602, 1019, "path", .opaque),
    (603, 1020, "box", .opaque),
    (604, 1027, "polygon", .opaque),
    (628, 629, "line", .opaque),
    (650, 651, "cidr", .opaque),
    (700, 1021, "real", .scalar(.float4)),
    (701, 1022, "double precision", .scalar(.float8)),
    (705, 0, "unknown", .scalar(.text)),
    (718, 719, "circle", .opaque),
    (774, 775, "macaddr8", .opaque),
    (790, 791, "money", .opaque),
    (829, 1040, "macaddr", .opaque),
    (869, 1041, "inet", .opaque),
    (1033, 1034, "aclitem", .opaque),
    (1042, 1014, "character", .scalar(.text)),
    (1043, 1015, "character varying", .scalar(.text)),
    (1082, 1182, "date", .scalar(.date)),
    (1083, 1183, "time without time zone", .scalar(.time)),
    (1114, 1115, "timestamp without time zone", .scalar(.timestamp)),
    (1184, 1185, "timestamp with time zone", .scalar(.timestamptz)),
    (1186, 1187, "interval", .scalar(.interval)),
    (1266, 1270, "time with time zone", .scalar(.timetz)),
    (1560, 1561, "bit", .opaque),
    (1562, 1563, "bit varying", .opaque),
    (1700, 1231, "numeric", .scalar(.numeric)),
    (1790, 2201, "refcursor", .scalar(.text)),
    (2202, 2207, "regprocedure", .opaque),
    (2203, 2208, "regoper", .opaque),
    (2204, 2209, "regoperator", .opaque),
    (2205, 2210, "regclass", .opaque),
    (2206, 2211, "regtype", .opaque),
    (2249, 2287, "record", .scalar(.record)),
    (2275, 1263, "cstring", .scalar(.text)),
    (2278, 0, "void", .scalar(.void)),
    (2950, 2951, "uuid", .scalar(.uuid)),
    (2970, 2949, "txid_snapshot", .opaque),
    (3220, 3221, "pg_lsn", .opaque),
    (3614, 3643, "tsvector", .opaque),
    (3615, 3645, "tsquery", .opaque),
    (3734, 3735, "regconfig", .opaque),
    (3769, 3770, "regdictionary", .opaque),
    (3802, 3807, "jsonb", .scalar(.jsonb)),
    (3904, 3905, "int4range", .range),
    (3906, 3907, "numrange", .range),
    (3908, 3909, "tsrange", .range),
    (3910, 3911, "tstzrange", .range),
    (3912, 3913, "daterange", .range),
    (3926, 3927, "int8range", .range),
    (4072, 4073, "jsonpath", .opaque),
    (4089, 4090, "regnamespace", .opaque),
    (4096, 4097, "regrole", .opaque),
    (4191, 4192, "regcollation", .opaque),
    (4451, 6150, "int4multirange", .range),
    (4532, 6151, "nummultirange", .range),
    (4533, 6152, "tsmultirange", .range),
    (4534, 6153, "tstzmultirange", .range),
    (4535, 6155, "datemultirange", .range),
    (4536, 6157, "int8multirange", .range),
    (5038, 5039, "pg_snapshot", .opaque),
    (5069, 271, "xid8", .opaque),
  ]

  static let byOID: [UInt32: PostgresType] = {
    var types: [UInt32: PostgresType] = [:]
    for entry in entries {
      let type = PostgresType(oid: entry.oid, name: entry.name, shape: entry.shape)
      types[entry.oid] = type
      if entry.arrayOID != 0 {
        types[entry.arrayOID] = PostgresType(oid: entry.arrayOID, name: entry.name + "[]", shape: .array(type))
      }
    }
    // Vectors of the catalogue travel as arrays counted from 0.
    types[22] = types[21].map { PostgresType(oid: 22, name: "int2vector", shape: .array($0)) }
    types[30] = types[26].map { PostgresType(oid: 30, name: "oidvector", shape: .array($0)) }
    return types
  }()

  /// `int2vector` and `oidvector` print their elements with spaces between.
  static func isVector(_ type: PostgresType) -> Bool { type.oid == 22 || type.oid == 30 }

  /// A type name with its modifier, as `format_type` prints it: `numeric(10,2)`, `character varying(20)[]`.
  static func name(of type: PostgresType, modifier: Int32) -> String {
    guard modifier >= 0 else { return type.name }
    if case .array(let element) = type.shape { return name(of: element, modifier: modifier) + "[]" }
    switch type.oid {
    case 1042, 1043: return "\(type.name)(\(modifier - 4))"
    case 1560, 1562: return "\(type.name)(\(modifier))"
    case 1700:
      let scale = ((modifier - 4) & 0x7FF ^ 1_024) - 1_024
      return "numeric(\((modifier - 4) >> 16 & 0xFFFF),\(scale))"
    case 1083, 1114, 1184, 1266:
      let words = type.name.split(separator: " ", maxSplits: 1)
      return "\(words[0])(\(modifier)) \(words[1])"
    case 1186 where modifier & 0xFFFF != 0xFFFF: return "interval(\(modifier & 0xFFFF))"
    default: return type.name
    }
  }
}
