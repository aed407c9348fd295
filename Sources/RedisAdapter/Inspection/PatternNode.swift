internal import DBAdapterCore

/// A place in keys: what one segment may be, after the segments before it.
final class PatternNode<Facts: PatternFacts> {
  let label: String
  let folded: String?
  let isFixed: Bool
  /// How many bytes of the label are its delimiter.
  let delimiterCount: Int
  let isHexLetters: Bool
  /// Keys that have this segment here.
  var keys = 0
  private(set) var children: [String: PatternNode] = [:]
  /// The delimiters whose texts were folded.
  private var foldedDelimiters: Set<String> = []
  /// Of children that are texts, how many there are for each delimiter.
  private var texts: [String: Int] = [:]
  private var facts: Facts?
  private var lengths: ClosedRange<Int>?

  init(label: String, folded: String?, isFixed: Bool, delimiterCount: Int = 0, isHexLetters: Bool = false) {
    self.label = label
    self.folded = folded
    self.isFixed = isFixed
    self.delimiterCount = delimiterCount
    self.isHexLetters = isHexLetters
  }

  var delimiter: String { String(decoding: label.utf8.suffix(delimiterCount), as: UTF8.self) }
  /// The label without its delimiter.
  private var text: Substring { label[..<label.utf8.index(label.endIndex, offsetBy: -delimiterCount)] }

  /// Whether it is a word with any number after it, `user{int}`.
  private var isNumbered: Bool {
    isFixed && label.utf8.first.map(isLetterOrDigit) == true && text.hasSuffix(Placeholder.int.text)
  }

  /// Places here and below.
  var count: Int { children.values.reduce(1) { $0 + $1.count } }

  func withFacts(_ update: (inout Facts) -> Void) {
    var facts = self.facts.take() ?? Facts()
    update(&facts)
    self.facts = facts
  }

  func saw(length: Int) {
    lengths = lengths.map { min($0.lowerBound, length)...max($0.upperBound, length) } ?? length...length
  }

  func child(for segment: KeySegment) -> PatternNode? {
    if let child = children[segment.label] { return child }
    if segment.isFixed { return nil }
    if let folded = segment.folded, let child = children[folded] { return child }
    guard !foldedDelimiters.isEmpty else { return nil }
    let delimiter = segment.delimiter
    guard foldedDelimiters.contains(delimiter) else { return nil }
    for candidate in TextFolding.candidates(segment.label, delimiter: delimiter) {
      if let child = children[candidate] { return child }
    }
    return nil
  }

  func addChild(
    _ segment: KeySegment, _ limits: PatternTree<Facts>.Limits, isRoot: Bool, _ nodes: inout Int
  ) -> PatternNode {
    let delimiter = segment.delimiter
    if !segment.isFixed, foldedDelimiters.contains(delimiter) {
      return child(labelled: Placeholder.name.text + delimiter, delimiterCount: segment.delimiterCount, &nodes)
    }
    if !segment.isFixed, texts[delimiter, default: 0] >= limits.keptTexts {
      let before = count
      fold(delimiter, limits, isRoot: isRoot, isForced: true)
      nodes += count - before
      return child(for: segment) ?? addChild(segment, limits, isRoot: isRoot, &nodes)
    }
    let node = PatternNode(
      label: segment.label, folded: segment.folded, isFixed: segment.isFixed, delimiterCount: segment.delimiterCount,
      isHexLetters: segment.isHexLetters)
    insert(node)
    nodes += 1
    return node
  }

  func restChild(_ nodes: inout Int) -> PatternNode {
    child(labelled: Placeholder.rest.text, delimiterCount: 0, &nodes)
  }

  private func child(labelled label: String, delimiterCount: Int, _ nodes: inout Int) -> PatternNode {
    if let child = children[label] { return child }
    let node = PatternNode(label: label, folded: nil, isFixed: true, delimiterCount: delimiterCount)
    insert(node)
    nodes += 1
    return node
  }

  /// Adds a child, or what it holds to the one with its label.
  private func insert(_ node: PatternNode) {
    if let known = children[node.label] { return known.merge(node) }
    children[node.label] = node
    if !node.isFixed { texts[node.delimiter, default: 0] += 1 }
  }

  private func remove(_ node: PatternNode) {
    children[node.label] = nil
    if !node.isFixed { texts[node.delimiter, default: 1] -= 1 }
  }

  private func merge(_ other: PatternNode) {
    keys += other.keys
    if let facts = other.facts { withFacts { $0.merge(facts) } }
    if let theirs = other.lengths {
      lengths =
        lengths.map {
          min($0.lowerBound, theirs.lowerBound)...max($0.upperBound, theirs.upperBound)
        } ?? theirs
    }
    foldedDelimiters.formUnion(other.foldedDelimiters)
    for child in other.children.values { insert(child) }
  }

  /// Puts a child into the one with another label.
  private func move(_ node: PatternNode, to label: String) {
    remove(node)
    let target = PatternNode(label: label, folded: nil, isFixed: true, delimiterCount: node.delimiterCount)
    target.merge(node)
    insert(target)
  }

  /// Applies the rules to this place and, once it has its last form, to those below it.
  func settle(_ limits: PatternTree<Facts>.Limits, isRoot: Bool) {
    settleNumbers()
    for delimiter in Array(texts.keys) { fold(delimiter, limits, isRoot: isRoot, isForced: false) }
    for child in children.values { child.settle(limits, isRoot: false) }
  }

  func collect(_ prefix: String, into patterns: inout [String: Facts]) {
    let text = prefix + label
    if let facts {
      patterns[text, default: Facts()].merge(facts)
    }
    for child in children.values { child.collect(text, into: &patterns) }
  }

  private func fold(_ delimiter: String, _ limits: PatternTree<Facts>.Limits, isRoot: Bool, isForced: Bool) {
    guard texts[delimiter, default: 0] > 1 else { return }
    let nodes = children.values.filter { !$0.isFixed && $0.delimiter == delimiter }
    let before = children.count
    for (label, group) in Dictionary(grouping: nodes.filter { $0.folded != nil }, by: { $0.folded ?? "" })
    where group.count >= 3 || children[label] != nil {
      for node in group { move(node, to: label) }
    }
    let rest = before == children.count ? nodes : children.values.filter { !$0.isFixed && $0.delimiter == delimiter }
    let total = rest.reduce(0) { $0 + $1.keys }
    let isMany = rest.count > (isRoot && !delimiter.isEmpty ? limits.prefixes : limits.texts)
    guard isForced || isMany || (total >= 100 && rest.count * 10 > total * 3) else { return }
    if isForced, rest.count <= limits.keptTexts / 2 { return }
    foldedDelimiters.insert(delimiter)
    let folding = TextFolding(rest.map { TextFolding.Item(text: String($0.text), keys: $0.keys) })
    for node in rest {
      if let label = folding.label(of: String(node.text)) { move(node, to: label + delimiter) }
    }
    // Where texts are random, a few of them end in a number by chance.
    let numbered = children.values.filter { $0.isNumbered && $0.delimiter == delimiter }
    let all = numbered.reduce(total) { $0 + $1.keys }
    for node in numbered where node.keys * 20 < all { move(node, to: Placeholder.name.text + delimiter) }
  }

  /// Tells dates written as eight digits from numbers, and hexadecimal numbers that happen to have only figures or only
  /// letters from numbers and words, by what else is in their place.
  private func settleNumbers() {
    for node in Array(children.values) where node.label.utf8.contains(1) {
      let asNumber = node.label.replacingEvery(KeySegment.compactDate, with: Placeholder.int.text)
      let isNumber = (children[asNumber]?.keys ?? 0) >= node.keys
      move(
        node, to: isNumber ? asNumber : node.label.replacingEvery(KeySegment.compactDate, with: Placeholder.date.text))
    }
    for hex in Array(children.values) where hex.text.utf8.elementsEqual(Placeholder.hex.text.utf8) {
      guard let lengths = hex.lengths, lengths.count == 1 else { continue }
      for node in Array(children.values) where node.lengths == lengths && node.delimiter == hex.delimiter {
        if node.isHexLetters || node.text.utf8.elementsEqual(Placeholder.int.text.utf8) { move(node, to: hex.label) }
      }
    }
  }
}

extension String {
  /// The text with each occurrence of a part replaced.
  func replacingEvery(_ part: String, with substitute: String) -> String {
    var result = ""
    var rest = self[...]
    while let range = rest.firstRange(of: part) {
      result += rest[..<range.lowerBound] + substitute
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}
