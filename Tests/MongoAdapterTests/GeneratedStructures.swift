// Inferred from 2 documents.

import DBAdapterCore
import MongoAdapter

struct GeneratedShape: Codable, Hashable, Sendable {
  var id: BSONObjectID
  /// In 50 % of the documents.
  var firstName2: String?
  /// In 50 % of the documents.
  var firstName: String?
  /// Seen as null (50 %), int (50 %).
  var `class`: Int?
  /// In 50 % of the documents.
  var _2nd: Int?
  /// In 50 % of the documents.
  var urlPath: String?
  /// In 50 % of the documents.
  var field: Bool?
  /// In 50 % of the documents.
  var né: Double?
  /// In 50 % of the documents.
  var sayHi: Int?
  /// Seen as string (50 %), int (50 %).
  var postalCode: PostalCode
  /// Seen as double (50 %), int (50 %).
  var price: Double
  /// In 50 % of the documents.
  var type: TypeValue?
  /// In 50 % of the documents.
  var string: StringValue?
  /// In 50 % of the documents.
  var addresses: [Address]?
  /// In 50 % of the documents.
  var matrix: [[Int?]]?
  /// In 50 % of the documents.
  var created: DBTimestamp?
  /// In 50 % of the documents.
  var uuid: DBUUID?
  /// In 50 % of the documents.
  var data: DBBytes?
  /// In 50 % of the documents.
  var amount: DBDecimal?
  /// In 50 % of the documents.
  var nothing: BSONValue?
  /// In 50 % of the documents.
  var many: [BSONValue]?
  /// In 50 % of the documents.
  var shapes: [ShapeValue]?
  /// In 50 % of the documents.
  var votes: [String: Int]?
  /// In 50 % of the documents.
  var `default`: [BSONValue]?
  /// In 50 % of the documents.
  var rawValue: String?
  /// In 50 % of the documents.
  var stringValue: String?
  /// In 50 % of the documents.
  var encode: String?

  enum CodingKeys: String, CodingKey {
    case id = "_id"
    case firstName2 = "first_name"
    case firstName
    case `class`
    case _2nd = "2nd"
    case urlPath = "URLPath"
    case field = ""
    case né
    case sayHi = "say \"hi\"\u{a}"
    case postalCode = "postal_code"
    case price
    case type
    case string
    case addresses
    case matrix
    case created
    case uuid
    case data
    case amount
    case nothing
    case many
    case shapes
    case votes
    case `default`
    case rawValue
    case stringValue
    case encode
  }

  enum PostalCode: Codable, Hashable, Sendable {
    case string(String)
    case int(Int)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      let kind = try container.decode(BSONValue.self).kind
      switch kind {
      case .string: self = .string(try container.decode(String.self))
      case .int32, .int64: self = .int(try container.decode(Int.self))
      default:
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(kind.name) is no PostalCode")
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .string(let value): try container.encode(value)
      case .int(let value): try container.encode(value)
      }
    }
  }

  struct TypeValue: Codable, Hashable, Sendable {
    var type: String

    enum CodingKeys: String, CodingKey {
      case type = "Type"
    }
  }

  struct StringValue: Codable, Hashable, Sendable {
    var selfField: Int
    var initField: Int
    var hash: Int
    var hashValueField: Int

    enum CodingKeys: String, CodingKey {
      case selfField = "self"
      case initField = "init"
      case hash
      case hashValueField = "hashValue"
    }
  }

  struct Address: Codable, Hashable, Sendable {
    var city: String
    var address: Address2

    struct Address2: Codable, Hashable, Sendable {
      var x: Int
    }
  }

  struct Shape: Codable, Hashable, Sendable {
    var r: Double
  }

  enum ShapeValue: Codable, Hashable, Sendable {
    case string(String)
    case document(Shape)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      let kind = try container.decode(BSONValue.self).kind
      switch kind {
      case .string: self = .string(try container.decode(String.self))
      case .document: self = .document(try container.decode(Shape.self))
      default:
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(kind.name) is no ShapeValue")
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .string(let value): try container.encode(value)
      case .document(let value): try container.encode(value)
      }
    }
  }
}
