/// Column names made unique for formats whose rows are objects: the second `name` becomes `name_2`.
struct UniqueNames {
  /// The names, in order.
  private(set) var names: [String] = []
  /// Those that were changed.
  private(set) var renamings: [RenderingNotes.Renaming] = []

  init(_ originals: [String]) {
    let taken = Set(originals)
    guard taken.count < originals.count else {
      names = originals
      return
    }
    var used: Set<String> = []
    for original in originals {
      var name = original
      var number = 2
      while used.contains(name) || (name != original && taken.contains(name)) {
        name = "\(original)_\(number)"
        number += 1
      }
      if name != original { renamings.append(RenderingNotes.Renaming(original: original, written: name)) }
      used.insert(name)
      names.append(name)
    }
  }
}
