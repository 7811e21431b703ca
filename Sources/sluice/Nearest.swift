// The word that somebody may have meant.

/// Finds the known word with the fewest edits to one that is not known.
enum Nearest {
  /// Longer words are not compared.
  static let lengthMax = 64
  /// More edits than this are another word.
  static let editsMax = 4

  static func word(to wrong: String, among known: [String]) -> String? {
    guard wrong.count <= lengthMax else { return nil }
    var best: (word: String, edits: Int)?
    for word in known where word.count <= lengthMax {
      let edits = word.hasPrefix(wrong) ? 1 : edits(Array(wrong), Array(word))
      if edits <= editsMax, edits < best?.edits ?? .max { best = (word, edits) }
    }
    return best?.word
  }

  /// Insertions, removals and replacements, and swaps of neighbours.
  static func edits(_ left: [Character], _ right: [Character]) -> Int {
    var before: [Int] = []
    var last = Array(0...right.count)
    for row in 0..<left.count {
      var next = [row + 1]
      for column in 0..<right.count {
        let same = left[row] == right[column]
        var cost = min(last[column] + (same ? 0 : 1), last[column + 1] + 1, next[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, before[column - 1] + 1)
        }
        next.append(cost)
      }
      before = last
      last = next
    }
    return last[right.count]
  }
}
