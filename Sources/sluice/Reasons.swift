// Why something is done: a code for the log, and words for the vault.

import Events
import Platform
import Vault

/// The options `--reason`, `--words` and `--about`.
struct Reasons {
  static let options: [OptionShape] = [
    .reason,
    .value("words", "TEXT", "why, in words: sealed in the vault; - reads the standard input"),
    .value("about", "NAME", "whom the words are about, so that all of them are erased together"),
  ]

  private let code: String
  private let words: String?
  private let name: String?

  init(_ arguments: Arguments) throws {
    code = try arguments.required("reason")
    name = arguments.value("about")
    guard let text = arguments.value("words") else {
      guard name == nil else {
        throw UsageFault(what: "--about goes with --words", hint: "Give the words too")
      }
      words = nil
      return
    }
    words = text == "-" ? try Reasons.standardInput() : text
  }

  /// A shell remembers what stands on its lines; what comes by a pipe it does not.
  static func standardInput() throws -> String {
    var file = try InputFile("-")
    let bytes = try file.readAll(limit: Vault.wordsMax)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw UsageFault(what: "the words are no UTF-8", hint: "Give plain text")
    }
    return text
  }

  func put(into document: inout Document) {
    document.put("reason", code)
    if let words { document.put("words", words) }
    if let name { document.put("about", name) }
  }
}
