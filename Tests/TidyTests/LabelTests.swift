import Testing

/// Reads the calls of `Label` in a source, and the text of their literals.
struct LabelReader {
  /// The literals of each argument, those inside interpolations among them.
  struct Call: Sendable, CustomTestStringConvertible {
    var place: String
    var arguments: [[String]]

    var testDescription: String { place }
  }

  private let text: [Character]
  private var place = 0

  private init(_ text: String) { self.text = Array(text) }

  static func calls(in file: SourceFile) -> [Call] {
    let name = Array("Label(")
    var reader = LabelReader(file.lines.joined(separator: "\n"))
    var calls: [Call] = []
    var line = 1
    for index in reader.text.indices {
      if reader.text[index] == "\n" { line += 1 }
      guard reader.text[index...].starts(with: name),
        index == 0 || !(reader.text[index - 1].isLetter || reader.text[index - 1] == ".")
      else { continue }
      reader.place = index + name.count
      var arguments: [[String]] = [[]]
      reader.readCode(&arguments, isOutermost: true)
      calls.append(Call(place: "\(file.path):\(line)", arguments: arguments))
    }
    return calls
  }

  /// Reads up to what closes the bracket that is open.
  private mutating func readCode(_ arguments: inout [[String]], isOutermost: Bool) {
    while place < text.count {
      let character = text[place]
      place += 1
      switch character {
      case "\"": readLiteral(&arguments)
      case "(", "[", "{": readCode(&arguments, isOutermost: false)
      case ")", "]", "}": return
      case "," where isOutermost: arguments.append([])
      default: break
      }
    }
  }

  private mutating func readLiteral(_ arguments: inout [[String]]) {
    var literal = ""
    while place < text.count, text[place] != "\"" {
      let isEscaped = text[place] == "\\"
      if isEscaped { place += 1 }
      if isEscaped, text[place] == "(" {
        place += 1
        literal.append("\u{0}")
        readCode(&arguments, isOutermost: false)
      } else {
        literal.append(text[place])
        place += 1
      }
    }
    place += 1
    arguments[arguments.count - 1].append(literal)
  }
}

/// Every sentence of a screen stands in both languages, and in neither with words of the other.
@Suite struct LabelTests {
  static let calls = SourceFile.all(under: "Sources/Dumps/Wording").flatMap(LabelReader.calls)
    .filter { $0.arguments.count >= 2 && $0.arguments[1].count > 0 }

  /// What has the same letters in every language.
  private static let shared: Set<String> = ["CNY", "T3", "T5"]

  private static func isHan(_ character: Character) -> Bool {
    character.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
  }

  /// Words of Latin letters outside commands, which stand in back-ticks.
  private static func words(_ literals: [String]) -> [String] {
    literals.flatMap { literal in
      literal.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 0 }
        .flatMap { $0.element.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) } }
    }
    .map(String.init)
    .filter { $0.contains(where: \.isLetter) && !shared.contains($0) }
  }

  @Test func `There are labels to look at`() {
    #expect(LabelTests.calls.count > 300, "\(LabelTests.calls.count)")
  }

  @Test(arguments: LabelTests.calls)
  func `A label says its sentence in English and in Chinese`(call: LabelReader.Call) {
    let (english, chinese) = (call.arguments[0], call.arguments[1])
    #expect(
      !english.joined().contains(where: LabelTests.isHan), "\(call.place): \(english)")
    #expect(LabelTests.words(chinese).isEmpty, "\(call.place): \(chinese)")
    // Where the one has words, so has the other; where it has none, as in `3/4`, it may have marks.
    let speaks = !LabelTests.words(english).isEmpty || english.isEmpty
    let isOfMarks = chinese.allSatisfy { $0.allSatisfy { "\u{0}/ ".contains($0) } }
    #expect(
      !speaks || isOfMarks || chinese.joined().contains { LabelTests.isHan($0) || $0 == "，" },
      "\(call.place): \(chinese)")
  }

  @Test(arguments: ["sluice", "Daemon", "Dumps"])
  func `Chinese sentences stand in the table of labels and nowhere else`(module: String) {
    let others = SourceFile.all(under: "Sources/\(module)")
      .filter { !$0.path.hasPrefix("Sources/Dumps/Wording/") }
    #expect(!others.isEmpty)
    for file in others {
      for (index, line) in file.lines.enumerated() where !line.isComment {
        // The name of the language, and of a file of Alipay's.
        let code = line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex)
          .replacing("中文", with: "").replacing("汇总", with: "")
        #expect(!code.contains(where: LabelTests.isHan), "\(file.path):\(index + 1)")
      }
    }
  }
}
