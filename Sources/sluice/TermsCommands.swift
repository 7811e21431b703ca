// sluice terms check, publish, list, show: the published rule sets and the words they give.

import Dumps
import Events
import Merkle
import Platform
import Projections
import Text

private func document(_ path: String) throws -> [UInt8] {
  var file = try InputFile(path)
  return try file.readAll(limit: TermsReader.documentBytesMax)
}

struct TermsCheckCommand: Subcommand {
  static let guide = Guide(
    name: "terms check", sentence: "Lists every fault of a document of terms.",
    operands: ["FILE"], options: [.json],
    examples: [
      "sluice terms check events/terms/unified-2024-09.json",
      "sluice terms check - --json < terms.json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let bytes = try document(arguments.operands[0])
    do throws(TermsFaults) {
      let terms = try TermsReader.read(bytes)
      say(arguments.flag("json") ? report(terms, []) : Array(sentence(terms).utf8))
      return .done
    } catch {
      let faults = error.faults.map { Screen.plain($0.description) }
      say(
        arguments.flag("json")
          ? report(nil, faults) : Array(faults.map { $0 + "\n" }.joined().utf8))
      return .refused
    }
  }

  private static func sentence(_ terms: Terms) -> String {
    "The terms \(terms.name) version \(terms.version) are sound: \(terms.words.count) words, "
      + "published \(terms.published.text), in effect from \(Screen.time(terms.effectiveAt)) "
      + "Beijing.\n"
  }

  private static func report(_ terms: Terms?, _ faults: [String]) -> [UInt8] {
    Document.object { document in
      if let terms { document.put("terms", terms.name) } else { document.null("terms") }
      document.put("sound", faults.isEmpty)
      document.array("faults", faults) { $0.put(nil, $1) }
    }
  }
}

struct TermsPublishCommand: Subcommand {
  static let guide = Guide(
    name: "terms publish",
    sentence: "Publishes a version of the terms, seven days or more before it takes effect.",
    operands: ["FILE"], options: Control.options,
    examples: [
      "sluice terms publish events/terms/unified-2024-09.json --data events/log",
      "sluice terms publish - --socket /run/sluice.sock < terms.json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let bytes = try document(arguments.operands[0])
    let terms = try TermsReader.read(bytes)
    // The same document is the same command: who is not sure sends it again.
    let id = "terms-" + SHA256.hash(unsafe bytes.span.bytes).hex.prefix(32)
    let done =
      "Published; \(terms.name) version \(terms.version) takes effect at "
      + Screen.time(terms.effectiveAt)
    return try Control.send("publish-terms", arguments, done: done, usualID: id) {
      $0.put("document", String(decoding: bytes, as: UTF8.self))
    }
  }
}

struct TermsListCommand: Subcommand {
  static let guide = Guide(
    name: "terms list", sentence: "Lists every version of the terms that was published.",
    options: LogView.options,
    examples: [
      "sluice terms list --data events/log",
      "sluice terms list --data events/log --as-of 2024-09-10 --json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let view = try LogView.reading(arguments) { try TermsView($0) }
    if arguments.flag("json") {
      say(
        Document.object { document in
          document.array("terms", view.book.editions) { document, edition in
            document.object(nil) { put(edition, view, &$0) }
          }
        })
      return .done
    }
    guard !view.book.editions.isEmpty else {
      say("No terms were published: `sluice terms publish FILE`.\n")
      return .done
    }
    var table = TextTable([
      ">position", "name", ">version", "published (Beijing)", "in effect from", ">words", "state",
    ])
    for edition in view.book.editions {
      table.add([
        "\(edition.position.rawValue)", Screen.plain(edition.name), "\(edition.version)",
        Screen.time(edition.publishedAt), Screen.time(edition.effectiveAt),
        edition.terms.map { "\($0.words.count)" } ?? "-", edition.standing(view).sentence,
      ])
    }
    say(table.text(indent: 0))
    return .done
  }

  static func put(_ edition: PublishedTerms, _ view: TermsView, _ document: inout Document) {
    document.put("position", edition.position)
    document.put("name", edition.name)
    document.put("version", edition.version)
    document.put("published_at", edition.publishedAt)
    document.put("effective_at", edition.effectiveAt)
    document.put("supersedes", edition.supersedes)
    document.put("withdrawn_by", edition.withdrawnBy)
    document.put("digest", edition.digest)
    document.put("state", edition.standing(view).name)
    document.array("words", edition.terms?.words ?? []) { document, word in
      document.object(nil) { document in
        document.put("field", word.field.rawValue)
        document.put("old", word.old)
        document.put("chinese", word.chinese)
        document.put("english", word.english)
      }
    }
  }
}

/// Where a version stands at the instant of a view.
private enum TermsStanding {
  case inForce, waiting, superseded
  case withdrawn(by: Position)

  /// The word for scripts.
  var name: String {
    switch self {
    case .inForce: "in-force"
    case .waiting: "waiting"
    case .superseded: "superseded"
    case .withdrawn: "withdrawn"
    }
  }

  var sentence: String {
    switch self {
    case .inForce: Screen.toned("in force", .green)
    case .waiting: Screen.toned("not yet in effect", .yellow)
    case .superseded: "superseded"
    case .withdrawn(let position):
      "withdrawn: the version at \(position.rawValue) took its place before it took effect"
    }
  }
}

extension PublishedTerms {
  fileprivate func standing(_ view: TermsView) -> TermsStanding {
    if withdrawnBy != .none { return .withdrawn(by: withdrawnBy) }
    if effectiveAt > view.now { return .waiting }
    return view.book.inForce(at: view.now)?.position == position ? .inForce : .superseded
  }
}

struct TermsShowCommand: Subcommand {
  static let guide = Guide(
    name: "terms show", sentence: "Shows the words that screens speak, in English and Chinese.",
    options: LogView.options,
    examples: [
      "sluice terms show --data events/log",
      "sluice terms show --data events/log --as-of 2024-09-12",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let view = try LogView.reading(arguments) { try TermsView($0) }
    let current = view.book.inForce(at: view.now)
    let (english, chinese) = (
      Wording(.english, terms: current?.terms), Wording(.chinese, terms: current?.terms)
    )
    let rows = Terms.Field.allCases.map { field in
      let label = Label(of: field)
      return (field, english[label], chinese[label], current?.terms?.word(field)?.old)
    }
    if arguments.flag("json") {
      say(
        Document.object { document in
          document.put("as_of", view.now)
          document.terms("in_force", current)
          document.array("words", rows) { document, row in
            document.object(nil) { document in
              document.put("field", row.0.rawValue)
              document.put("english", row.1)
              document.put("chinese", row.2)
              if let old = row.3 { document.put("old", old) } else { document.null("old") }
            }
          }
        })
      return .done
    }
    var table = TextTable(["field", "English", "中文", "in place of"])
    for (field, english, chinese, old) in rows {
      table.add([
        field.rawValue, Screen.plain(english), Screen.plain(chinese),
        old.map { Screen.plain($0) } ?? "-",
      ])
    }
    say(headline(view, current) + table.text())
    return .done
  }

  private static func headline(_ view: TermsView, _ current: PublishedTerms?) -> String {
    var text =
      current.map { edition in
        Screen.toned(Screen.plain("\(edition.name)"), .bold)
          + " version \(edition.version), in force since \(Screen.time(edition.effectiveAt)), "
          + "position \(edition.position.rawValue)\n"
      } ?? "No published terms are in force; these words are built in.\n"
    if let next = view.book.editions.last(where: {
      $0.effectiveAt > view.now && $0.withdrawnBy == .none
    }) {
      text +=
        "\(Screen.plain(next.name)) version \(next.version) takes effect at "
        + "\(Screen.time(next.effectiveAt)), position \(next.position.rawValue)\n"
    }
    return text
  }
}

extension Document {
  /// A version of the terms by name and number; null for none.
  mutating func terms(_ key: String, _ edition: PublishedTerms?) {
    guard let edition else { return null(key) }
    object(key) { document in
      document.put("name", edition.name)
      document.put("version", edition.version)
      document.put("position", edition.position)
    }
  }
}
