/// Documents that are used as maps: their names are data, ids or dates, and have to be counted together.
///
/// A name is rare when fewer than one in 50 of the documents have it, or only one of them. A document with more than 200
/// names, most of them rare, is a map, from the tenth one that was read; sooner where there is no room for more paths.
/// Its rare names become one, `{key}`, and so does every name that is seen there later; the others stay what they are. At
/// the end object ids and uuids become `{key}` from the second one, and numbers and dates from the tenth one, when they
/// are most of a document's names.
extension FieldTree {
  static let mapNames = 200
  private static let rareShare = 50
  private static let fewestDocuments = 10
  private static let mostNumbers = 10

  func isRare(_ field: Int) -> Bool {
    let present = nodes[field].present
    return present <= 1 || present * Self.rareShare < documents(at: nodes[field].parent)
  }

  /// Turns into maps what has to be one after a document was added.
  mutating func review() {
    needsReview = false
    if isFull { nextFullReview = documents * 2 }
    let folded = nodes.indices.flatMap { rareFields(of: $0) }
    for node in nodes.indices {
      update(node) { if $0.fields.count > $0.nextReview { $0.nextReview = $0.fields.count + $0.fields.count / 4 } }
    }
    if !folded.isEmpty { self = folding(Set(folded)) }
  }

  /// The tree when every document was read.
  func reviewed() -> FieldTree {
    var tree = self
    while true {
      let folded = tree.nodes.indices.flatMap { node in
        let rare = tree.rareFields(of: node)
        return rare.isEmpty ? tree.identifiers(of: node) : rare
      }
      if folded.isEmpty { return tree }
      tree = tree.folding(Set(folded))
    }
  }

  private func rareFields(of node: Int) -> [Int] {
    let fields = nodes[node].fields
    let isMap = nodes[node].anyKey != nil
    guard isMap || fields.count > Self.mapNames && (documents(at: node) >= Self.fewestDocuments || isFull) else {
      return []
    }
    let rare = fields.filter(isRare)
    return isMap || rare.count * 2 > fields.count ? rare : []
  }

  private func identifiers(of node: Int) -> [Int] {
    let fields = nodes[node].fields
    let ids = fields.filter { nodes[$0].name?.isObjectIDOrUUID == true }
    let numbers = fields.filter { nodes[$0].name?.isNumberOrDate == true }
    let folded = (ids.count > 1 ? ids : []) + (numbers.count >= Self.mostNumbers ? numbers : [])
    return folded.count * 2 > fields.count ? folded : []
  }

  /// The same tree in which some fields are one with all keys of their document.
  private func folding(_ fields: Set<Int>) -> FieldTree {
    var tree = FieldTree(options)
    tree.absorb(self, folding: fields)
    return tree
  }
}
