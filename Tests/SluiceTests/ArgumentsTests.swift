// The command line's parser, as tables.

import Testing

@testable import sluice

@Suite struct ArgumentsTests {
  private static let guide = Guide(
    name: "try", sentence: "Tries.", operands: ["ONE", "TWO"], operandsMin: 1,
    options: [
      .value("data", "DIR", "a folder"), .flag("json", "a document"),
      .value("map", "F=C", "a column", repeatable: true),
      .flag("follow", "go on", letter: "f"), .value("wave", "N", "a wave"),
    ])

  private static func words(_ line: String) -> [String] {
    line.split(separator: " ").map { String($0) }
  }

  @Test(arguments: [
    ("a --data d", ["a"], "d"), ("--data=d a", ["a"], "d"),
    ("a b --data d --json", ["a", "b"], "d"),
    ("--data d -- --json", ["--json"], "d"), ("- --data=x=y", ["-"], "x=y"),
    ("--data -5 a", ["a"], "-5"), ("--data d -- -5", ["-5"], "d"),
  ])
  func `a line is read`(line: String, operands: [String], data: String) throws {
    let arguments = try Arguments(Self.words(line), guide: Self.guide)
    #expect(arguments.operands == operands)
    #expect(arguments.value("data") == data)
  }

  @Test(arguments: [
    ("a --dat d", "there is no option --dat", "--data"),
    ("a --jsno", "there is no option --jsno", "--json"),
    ("a --data", "--data needs a value", "--data DIR"),
    ("a --data --json", "--data needs a value", "--data DIR"),
    ("a --json=yes", "--json takes no value", ""),
    ("a --json --json", "--json is given twice", ""),
    ("a -x", "there is no option -x", "--help"),
    ("-5", "there is no option -5", "sluice try [options] -- -5"),
    ("--shop-5", "there is no option --shop-5", "sluice try [options] -- --shop-5"),
    ("a b c", "\"c\" is one word too many", "--help"),
    ("--json", "ONE is missing", "--help"),
  ])
  func `a line that cannot be meant is refused`(line: String, what: String, hint: String) {
    let fault = #expect(throws: UsageFault.self) {
      try Arguments(Self.words(line), guide: Self.guide)
    }
    #expect(fault?.what == what)
    #expect(hint.isEmpty || fault?.hint.contains(hint) == true)
  }

  @Test func `flags, letters, repeated options and numbers are told apart`() throws {
    let arguments = try Arguments(
      Self.words("a -f --map x=y --map u=v --wave 7"), guide: Self.guide)
    #expect(arguments.flag("follow"))
    #expect(!arguments.flag("json"))
    #expect(arguments.values("map") == ["x=y", "u=v"])
    #expect(try arguments.integer("wave", in: 1...10) == 7)
    #expect(throws: UsageFault.self) { try arguments.integer("wave", in: 1...5) }
    #expect(throws: UsageFault.self) { try arguments.required("data") }
  }

  @Test func `help is asked for without operands`() throws {
    #expect(try Arguments(["--help"], guide: Self.guide).wantsHelp)
    #expect(try Arguments(["-h"], guide: Self.guide).wantsHelp)
  }

  @Test(arguments: [
    ("stauts", "status"), ("explan", "explain"), ("dmp", "dump"), ("xyzzyxyzzy", nil),
  ])
  func `the nearest word is found`(wrong: String, right: String?) {
    #expect(Nearest.word(to: wrong, among: ["status", "explain", "dump", "verify"]) == right)
  }

  @Test func `every command has a sentence, options that differ, and two examples`() {
    for command in Program.commands {
      let guide = command.guide
      #expect(guide.sentence.hasSuffix("."), "\(guide.name)")
      #expect(guide.examples.count >= 2, "\(guide.name)")
      #expect(guide.examples.allSatisfy { $0.contains("sluice \(guide.name)") }, "\(guide.name)")
      let names = guide.allOptions.map(\.name)
      #expect(Set(names).count == names.count, "\(guide.name)")
    }
  }
}
