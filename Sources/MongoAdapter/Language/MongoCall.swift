/// A method as it is called: `find({…})`.
struct MongoCall {
  let name: String
  let arguments: [MongoArgument]
  /// Where its name stands in the text.
  let start: Int
}
