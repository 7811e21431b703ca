// sluice erase, vault show, vault init: what may name people, shown and destroyed.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Vault

struct EraseCommand: Subcommand {
  static let guide = Guide(
    name: "erase",
    sentence: "Destroys what opens sealed words or leads to an account's token, and says so in"
      + " the log.",
    operands: ["SUBJECT"], operandsMin: 0,
    options: [
      .value("reason", "CODE", "a code such as own-wish"),
      .value("institution", "NAME", "whose account it is, in place of SUBJECT"),
      .value("account", "ID", "the account as the institution knows it; - reads standard input"),
      .data, .socket, .json,
    ],
    choices: ["NAME": Institution.allCases.map(\.name)],
    examples: [
      "sluice erase case-4711 --reason own-wish --data events/log",
      "sluice erase --institution alipay --account - --reason own-wish --data events/log < id.txt",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let reason = try arguments.required("reason")
    let account = try account(arguments)
    let line = Document.object { document in
      document.put("command", "erase-subject")
      if let account {
        document.put("institution", account.institution)
        document.put("account", account.id)
      } else {
        document.put("subject", arguments.operands[0])
      }
      document.put("reason", reason)
    }
    return try Control.send(
      line, arguments.operand(0) ?? "account", arguments,
      done: account == nil
        ? "Erased; what opens it is destroyed"
        : "Erased; nothing leads from the account to its token any more")
  }

  /// The account that options name; nil where the operand says who is to be erased.
  private static func account(
    _ arguments: Arguments
  ) throws -> (institution: String, id: String)? {
    let names = [arguments.value("institution"), arguments.value("account")]
    guard let institution = names[0], let id = names[1] else {
      guard names[0] == nil, names[1] == nil, !arguments.operands.isEmpty else {
        throw UsageFault(
          what: "nothing says who is to be erased",
          hint: "Give SUBJECT, or --institution NAME and --account ID")
      }
      return nil
    }
    guard arguments.operands.isEmpty else {
      throw UsageFault(
        what: "SUBJECT and --account exclude each other", hint: "Give one of them")
    }
    guard id == "-" else { return (institution, id) }
    let text = try Reasons.standardInput()
    return (institution, text.hasSuffix("\n") ? String(text.dropLast()) : text)
  }
}

struct VaultInitCommand: Subcommand {
  static let guide = Guide(
    name: "vault init",
    sentence: "Gives every payment account a random token from now on, for logs that began without."
      + " No daemon may run.",
    options: [.data, .vault],
    examples: [
      "sluice vault init --data events/log", "sluice vault init --vault /var/lib/sluice-vault",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let folder = try VaultFolder.path(arguments)
    let vault = try Vault(folder)
    if vault.hasAccounts {
      say("The vault \(folder) gives accounts their tokens already.\n")
      return .done
    }
    try vault.addAccounts()
    say("The vault \(folder) gives accounts their tokens from now on.\n")
    return .done
  }
}

/// Where the vault is.
enum VaultFolder {
  static func path(_ arguments: Arguments) throws(UsageFault) -> String {
    if let folder = arguments.value("vault") { return folder }
    return "\(try arguments.required("data"))/\(Vault.folderName)"
  }
}

struct VaultShowCommand: Subcommand {
  static let guide = Guide(
    name: "vault show",
    sentence: "Shows the words behind the reason of an event, where they were not erased.",
    operands: ["POSITION"], options: [.data, .vault, .json],
    examples: [
      "sluice vault show 1200 --data events/log", "sluice vault show 1200 --data events/log --json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard let number = UInt64(arguments.operands[0]), number < UInt64(Int64.max) else {
      throw UsageFault(
        what: "\(arguments.operands[0]) is no position", hint: "Positions count from 0")
    }
    let position = Position(number)
    let view = try LogView(arguments)
    guard let reference = try reference(view, position), reference != .zero else {
      throw CommandFailure(
        .refused, "the event at position \(number) has no words behind its reason",
        hint: "See `sluice log show \(number)`")
    }
    let folder = try VaultFolder.path(arguments)
    do throws(VaultFault) {
      let opened = try Vault.open(reference, in: folder)
      show(opened, reference, position, arguments)
      return .done
    } catch {
      guard case .erased(let subject) = error else { throw error }
      throw try erased(subject, view)
    }
  }

  private static func show(
    _ opened: OpenedWords, _ reference: Digest, _ position: Position, _ arguments: Arguments
  ) {
    let words = String(decoding: opened.words, as: UTF8.self)
    guard arguments.flag("json") else {
      let lines = words.split(separator: "\n", omittingEmptySubsequences: false)
      let text = lines.map { Screen.plain(String($0)) }.joined(separator: "\n")
      say("Words about \(opened.subject):\n\(text)\n")
      return
    }
    say(
      Document.object { document in
        document.put("position", position)
        document.put("reference", reference.hex)
        document.put("subject", opened.subject.description)
        document.put("salt", Hexadecimal.encode(opened.salt))
        document.put("words", words)
      })
  }

  /// What an event's reason refers to; nil for an event without a reason.
  private static func reference(_ view: LogView, _ position: Position) throws -> Digest? {
    try view.reader.event(at: position).payload.reasonReference
  }

  /// Says where the log says that the subject was erased.
  private static func erased(_ subject: SubjectReference, _ view: LogView) throws -> CommandFailure
  {
    let what = "the words were erased with their subject \(subject)"
    let id = Command.id("subject erased", subject.bytes)
    if let sealed = view.sealed {
      for found in try view.find(.commands, sealed.hash.command(id))
      where found.event.header.commandID == id {
        return CommandFailure(
          .refused, "\(what) at position \(found.position.rawValue)",
          hint: "`sluice log show \(found.position.rawValue)` shows the event")
      }
    }
    var position: Position?
    try view.read(from: view.sealedEnd) { (batch: borrowing EventBatch) throws in
      for index in 0..<batch.count where batch.kind(index) == EventKind.subjectErased.rawValue {
        let event = try batch.event(index)
        guard event.header.commandID == id else { continue }
        position = batch.position(index)
        throw view.stop()
      }
    }
    guard let position else {
      return CommandFailure(
        .refused, what, hint: "The log has no event of it yet: the daemon's next start adds it")
    }
    return CommandFailure(
      .refused, "\(what) at position \(position.rawValue)",
      hint: "`sluice log show \(position.rawValue)` shows the event")
  }
}
