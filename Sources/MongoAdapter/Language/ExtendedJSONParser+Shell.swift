internal import DBAdapterCore

extension ExtendedJSONParser {
  mutating func shellValue(depth: Int) throws(BSONError) -> BSONValue { throw failure("expected a value") }
  mutating func shellName() throws(BSONError) -> ArraySlice<UInt8> { throw failure("expected a name") }
}
