// The words of a command line, read strictly: what a command does not know, it refuses.

/// An option of a command.
struct OptionShape: Sendable {
  /// Without its dashes.
  let name: String
  /// The word that stands for its value in the help; nil for a flag.
  let value: String?
  let sentence: String
  /// A single letter that means the same.
  var letter: Character?
  var isRepeatable = false

  static func flag(_ name: String, _ sentence: String, letter: Character? = nil) -> OptionShape {
    OptionShape(name: name, value: nil, sentence: sentence, letter: letter)
  }

  static func value(
    _ name: String, _ value: String, _ sentence: String, repeatable: Bool = false
  ) -> OptionShape {
    OptionShape(name: name, value: value, sentence: sentence, isRepeatable: repeatable)
  }
}

/// A list in a help, such as the columns of a file.
struct GuideTable: Sendable {
  /// Without a colon.
  let title: String
  let rows: [(name: String, sentence: String)]
}

/// What a command says of itself: its help, and what its parser accepts.
struct Guide: Sendable {
  /// One or two words: `rollout announce`.
  let name: String
  /// One sentence.
  let sentence: String
  /// The words for its operands, in order.
  var operands: [String] = []
  /// How many operands must be there at least; nil: all of them.
  var operandsMin: Int?
  /// The last operand may come more than once.
  var isLastRepeated = false
  var options: [OptionShape] = []
  /// Closed lists, by the word that stands for an operand or a value.
  var choices: [String: [String]] = [:]
  /// Lists that stand behind the options.
  var tables: [GuideTable] = []
  /// Two real ones.
  var examples: [String] = []

  static let help = OptionShape.flag("help", "print this text", letter: "h")

  /// What a word stands for, where that is a closed list: `en|zh` is one by itself.
  func values(of word: String) -> [String] {
    if let found = choices[word] { return found }
    return word.contains("|") ? word.split(separator: "|").map { String($0) } : []
  }

  var allOptions: [OptionShape] { options + [Guide.help] }
}

/// A command line that cannot be meant.
struct UsageFault: Error, Hashable {
  let what: String
  let hint: String
}

/// The options and operands of one command line.
struct Arguments: Sendable {
  /// More words than a shell would pass on purpose.
  static let wordsMax = 10_000

  let guide: Guide
  private(set) var operands: [String] = []
  private var found: [(name: String, value: String)] = []

  /// Reads the words behind the command's name.
  init(_ words: [String], guide: Guide) throws(UsageFault) {
    self.guide = guide
    guard words.count <= Arguments.wordsMax else {
      throw UsageFault(
        what: "the command line has \(words.count) words",
        hint: "Give at most \(Arguments.wordsMax)")
    }
    var index = 0
    while index < words.count {
      let word = words[index]
      index += 1
      if word == "--" {
        operands.append(contentsOf: words[index...])
        break
      }
      if word == "-" || !word.hasPrefix("-") {
        operands.append(word)
        continue
      }
      let (shape, attached) = try Arguments.shape(of: word, guide)
      if shape.value == nil {
        guard attached == nil else {
          throw UsageFault(what: "--\(shape.name) takes no value", hint: "Give it alone")
        }
        try add(shape, "")
        continue
      }
      if let attached {
        try add(shape, attached)
        continue
      }
      guard index < words.count, !words[index].hasPrefix("--") else {
        throw UsageFault(
          what: "--\(shape.name) needs a value",
          hint: "Write --\(shape.name) \(shape.value ?? "VALUE")")
      }
      try add(shape, words[index])
      index += 1
    }
    if !wantsHelp { try checkOperands() }
  }

  /// The option that a word names, and what stands behind its `=`.
  private static func shape(
    of word: String, _ guide: Guide
  ) throws(UsageFault) -> (OptionShape, String?) {
    if !word.hasPrefix("--") {
      let letters = word.dropFirst()
      if letters.count == 1,
        let shape = guide.allOptions.first(where: { $0.letter == letters.first })
      {
        return (shape, nil)
      }
      throw UsageFault(
        what: "there is no option \(word)",
        hint: "\(Arguments.behindDashes(word, guide))See sluice \(guide.name) --help")
    }
    let body = word.dropFirst(2)
    let equals = body.firstIndex(of: "=")
    let name = String(equals.map { body[..<$0] } ?? body)
    let attached = equals.map { String(body[body.index(after: $0)...]) }
    if let shape = guide.allOptions.first(where: { $0.name == name }) { return (shape, attached) }
    let names = guide.allOptions.map { "--\($0.name)" }
    let nearest = Nearest.word(to: "--\(name)", among: names) ?? "--help"
    throw UsageFault(
      what: "there is no option --\(name)",
      hint: "The nearest is \(nearest). \(Arguments.behindDashes(word, guide))"
        + "See sluice \(guide.name) --help")
  }

  /// How a word that begins with a dash is given where it is no option: an id, a file.
  private static func behindDashes(_ word: String, _ guide: Guide) -> String {
    guard !guide.operands.isEmpty else { return "" }
    return "Where it is no option, put -- before it and the options before that:"
      + " sluice \(guide.name) [options] -- \(word). "
  }

  private mutating func add(_ shape: OptionShape, _ value: String) throws(UsageFault) {
    guard shape.isRepeatable || !has(shape.name) else {
      throw UsageFault(what: "--\(shape.name) is given twice", hint: "Give it once")
    }
    found.append((shape.name, value))
  }

  private func checkOperands() throws(UsageFault) {
    let least = guide.operandsMin ?? guide.operands.count
    guard operands.count >= least else {
      throw UsageFault(
        what: "\(guide.operands[operands.count]) is missing",
        hint: "Write sluice \(guide.name) \(guide.operands.joined(separator: " ")) ...; "
          + "sluice \(guide.name) --help shows more")
    }
    guard guide.isLastRepeated || operands.count <= guide.operands.count else {
      throw UsageFault(
        what: "\"\(operands[guide.operands.count])\" is one word too many",
        hint: "See sluice \(guide.name) --help")
    }
  }

  private func has(_ name: String) -> Bool { found.contains { $0.name == name } }
}

extension Arguments {
  var wantsHelp: Bool { has(Guide.help.name) }

  func flag(_ name: String) -> Bool { has(name) }

  func value(_ name: String) -> String? { found.first { $0.name == name }?.value }

  func values(_ name: String) -> [String] { found.filter { $0.name == name }.map(\.value) }

  func required(_ name: String) throws(UsageFault) -> String {
    if let value = value(name) { return value }
    let word = guide.allOptions.first { $0.name == name }?.value ?? "VALUE"
    throw UsageFault(
      what: "--\(name) is missing",
      hint: "Write --\(name) \(word); see sluice \(guide.name) --help")
  }

  /// An operand that may be absent.
  func operand(_ index: Int) -> String? { operands.indices.contains(index) ? operands[index] : nil }

  /// A whole number within a range.
  func integer(
    _ name: String, in range: ClosedRange<Int64>
  ) throws(UsageFault) -> Int64? {
    guard let text = value(name) else { return nil }
    guard let number = Int64(text), range.contains(number) else {
      throw UsageFault(
        what: "--\(name) \(text) is not within \(range.lowerBound) to \(range.upperBound)",
        hint: "Give a whole number")
    }
    return number
  }

  /// The bytes of a segment; nil where the option is absent.
  ///
  /// A segment is larger than the reserve: what is left of that one on a full disk must not be
  /// taken for room that payments may use.
  func segmentSize() throws(UsageFault) -> Int? {
    try integer("segment-size", in: 48...4_095).map { Int($0) << 20 }
  }
}
