// The commands of operators: one request, one receipt.

import Events
import Platform

/// Sends control commands to the daemon and prints their receipts.
enum Control {
  static let options: [OptionShape] = [.data, .socket, .commandID, .json]

  /// Sends a command with its fields.
  ///
  /// - Parameter usualID: the id where the options name none; one that no other command has where
  ///   it is nil.
  /// - Returns: the end of the run; a refusal is thrown.
  static func send(
    _ verb: String, _ arguments: Arguments, done: String, usualID: String? = nil,
    _ fields: (inout Document) -> Void
  ) throws -> ExitCode {
    let id = arguments.value("id") ?? usualID ?? randomID()
    let line = Document.object { document in
      document.put("command", verb)
      document.put("id", id)
      fields(&document)
    }
    return try send(line, id, arguments, done: done)
  }

  /// Sends a line and prints its receipt.
  static func send(
    _ line: [UInt8], _ id: String, _ arguments: Arguments, done: String
  ) throws -> ExitCode {
    let answer = try Client(arguments).ask(line)
    switch answer {
    case .accepted(_, let first, let last):
      report(arguments, done, id, first, last, isRepeat: false)
      return .done
    case .repeated(_, let first, let last):
      report(arguments, done, id, first, last, isRepeat: true)
      return .done
    case .already(let position, let since):
      say(already(arguments, id, position, since))
      return .done
    case .refused(let refusal): throw refusal.failure
    case .wrong(let field, let reason, let hint):
      throw CommandFailure(
        .usage, field.isEmpty ? reason : "\(field): \(reason)", hint: hint)
    case .dump, .other, .held:
      throw CommandFailure(
        .fault, "the daemon's answer is not that of a command",
        hint: "See that daemon and program are of one release")
    }
  }

  private static func already(
    _ arguments: Arguments, _ id: String, _ position: Position, _ since: String
  ) -> [UInt8] {
    guard arguments.flag("json") else {
      let place = "position \(position.rawValue)"
      return Array("It has been so since \(since), \(place); nothing was appended.\n".utf8)
    }
    return Document.object { document in
      document.put("id", id)
      document.put("first", position)
      document.put("last", position)
      document.put("repeated", false)
      document.put("already_since", since)
    }
  }

  private static func report(
    _ arguments: Arguments, _ done: String, _ id: String, _ first: Position, _ last: Position,
    isRepeat: Bool
  ) {
    if arguments.flag("json") {
      say(
        Document.object { document in
          document.put("id", id)
          document.put("first", first)
          document.put("last", last)
          document.put("repeated", isRepeat)
        })
      return
    }
    let place =
      first == last
      ? "position \(first.rawValue)" : "positions \(first.rawValue) to \(last.rawValue)"
    say(
      isRepeat
        ? "This command came before: \(place).\n" : "\(done): \(place), durable.\n")
  }

  /// An id that no other command has.
  static func randomID() -> String {
    let (low, high) = SystemRandom.bytes16()
    let digits = [low, high].map { word in
      let text = String(word, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }
    return digits.joined()
  }
}
