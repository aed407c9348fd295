/// A glob for names, where the engine has none of its own: `*` is any run of characters and `?` any one.
package struct NameGlob {
  private let glob: [Character]

  package init(_ glob: String) { self.glob = Array(glob) }

  package func matches(_ name: String) -> Bool {
    let name = Array(name)
    var position = 0
    var index = 0
    // Where the last star was, and how much of the name it has taken.
    var star: (glob: Int, name: Int)?
    while index < name.count {
      if position < glob.count, glob[position] == "*" {
        star = (position, index)
        position += 1
      } else if position < glob.count, glob[position] == "?" || glob[position] == name[index] {
        position += 1
        index += 1
      } else if let last = star {
        star = (last.glob, last.name + 1)
        position = last.glob + 1
        index = last.name + 1
      } else {
        return false
      }
    }
    return glob[position...].allSatisfy { $0 == "*" }
  }
}
