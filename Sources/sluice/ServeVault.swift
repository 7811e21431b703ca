// The vault at a start: which it is, whether it is the one that the log knows, and whether it holds
// what the log says is erased.

import EventLog
import Events
import Orchestrator
import Platform
import Projections
import Vault

enum ServeVault {
  /// Opens the vault of a log.
  ///
  /// - Throws: where another vault has given this log's accounts their tokens.
  static func open(_ arguments: Arguments, _ folder: String, readsNotices: Bool) throws -> Vault {
    let usual = usual(folder)
    let path = arguments.value("vault") ?? usual
    let vault = try Vault(path)
    if readsNotices, !vault.hasAccounts, path != usual, try Vault.hasAccounts(in: usual) {
      throw CommandFailure(
        .usage, "the vault \(path) gives no tokens to accounts, and \(usual) does for this log",
        hint: "Leave out --vault, or move \(usual) to \(path) while no daemon runs")
    }
    return vault
  }

  private static func usual(_ folder: String) -> String { "\(folder)/\(Vault.folderName)" }

  /// What a start knows of the log when it looks at the vault.
  struct Start {
    let folder: String
    let readsNotices: Bool
    /// Whether an operator says that the vault is gone for good.
    let beginsAnew: Bool
    /// Whether a daemon has served the log before.
    let wasServed: Bool
    /// An event that a vault was needed for; asked only where nothing else is known of one.
    let usedAt: () throws -> Position?
  }

  /// Sees that the vault is the one that serves the log, and notes it beside the log.
  ///
  /// - Throws: where it is gone or another, and nobody says that a new one is to begin; where
  ///   somebody says so and it is in its place.
  static func settle(_ vault: Vault, _ start: Start, _ lines: OperatorLines) throws {
    for warning in vault.warnings { lines.write(.warning, warning) }
    // Before its first daemon a log has used none, and may be given another than it was made with.
    if !start.wasServed, try !isUsual(vault.folder, start.folder) {
      try VaultMark.remove(in: start.folder)
    }
    if let trouble = try trouble(vault, start) {
      guard start.beginsAnew else {
        throw CommandFailure(
          .damaged, trouble,
          hint: "Bring the vault back from its copy, or say where it is with --vault. If it is "
            + "lost for good, say --new-vault once: sealed words stay unread, accounts get other "
            + "tokens, and nothing of before can be erased")
      }
      try vault.addAccounts()
      lines.write(
        .warning, "\(trouble); a new vault begins at \(vault.folder), as --new-vault says")
    } else if start.beginsAnew {
      throw CommandFailure(
        .usage, "--new-vault: nothing is missing of the vault \(vault.folder)",
        hint: "Leave it out")
    }
    if start.readsNotices, !vault.hasAccounts {
      lines.write(
        .warning,
        "the vault \(vault.folder) gives no tokens: accounts keep their pseudonyms, and no account "
          + "can be erased; `sluice vault init --vault \(vault.folder)` changes that for new ones")
    }
    try note(vault, in: start.folder)
  }

  private static func isUsual(_ path: String, _ folder: String) throws -> Bool {
    let (disk, usual) = (SystemDisk(), usual(folder))
    if path == usual { return true }
    guard try disk.exists(path), try disk.exists(usual) else { return false }
    return try disk.isSameFile(path, usual)
  }

  /// Leaves word beside a log of the vault that serves it.
  static func note(_ vault: Vault, in folder: String) throws {
    // Where nothing was ever kept in it, there may be no folder.
    guard vault.mark(at: vault.folder) != nil else { return }
    let mark = vault.mark(at: try SystemDisk().absolutePath(vault.folder))
    if let mark, try VaultMark.read(in: folder) != mark { try mark.write(in: folder) }
  }

  /// What is wrong with the vault; nil where nothing is.
  private static func trouble(_ vault: Vault, _ start: Start) throws -> String? {
    let (path, current) = (vault.folder, vault.mark(at: vault.folder))
    guard let known = try VaultMark.read(in: start.folder) else {
      guard current == nil, let position = try start.usedAt() else { return nil }
      return "event \(position.rawValue) of the log needed a vault, and none is at \(path)"
    }
    guard let current else {
      return "the vault of this log, \(known.path), is not at \(path)"
    }
    if !known.isOfSame(as: current) {
      return "\(path) is not the vault of this log, which was \(known.path)"
    }
    return known.hasAccounts && !current.hasAccounts
      ? "the table of accounts is missing in the vault \(path)" : nil
  }

  /// The latest event that a vault was needed for: an erasure, or words behind a reason.
  static func lastUse(
    _ model: ReadModel, _ index: LogIndex, _ carrier: borrowing FileCarrier<SystemDisk>
  ) throws -> Position? {
    let rows = model.timeline.rows.filter { $0.kind == .subjectErased || $0.kind.hasReason }
    if let erased = rows.last(where: { $0.kind == .subjectErased }) { return erased.position }
    var found: Position?
    if let first = rows.first(where: { $0.position >= index.end })?.position {
      try carrier.read(from: first, to: carrier.durableEnd) { batch in
        for place in 0..<batch.count
        where EventKind(rawValue: batch.kind(place))?.hasReason == true {
          let reference = try batch.event(place).payload.reasonReference
          if reference ?? .zero != .zero { found = batch.position(place) }
        }
      }
    }
    if let found { return found }
    for row in rows.reversed() where row.position < index.end {
      let bytes = try index.event(row.position)
      let event = try Event(decoding: unsafe bytes.span.bytes)
      if event.payload.reasonReference ?? .zero != .zero { return row.position }
    }
    return nil
  }

  /// Destroys once more what a copy of the vault has brought back.
  static func destroyRestored(
    _ vault: Vault, _ model: ReadModel, _ carrier: borrowing FileCarrier<SystemDisk>,
    _ lines: OperatorLines
  ) throws {
    var erased: [SubjectReference: Position] = [:]
    for row in model.timeline.rows where row.kind == .subjectErased {
      try carrier.read(from: row.position, to: row.position.advanced(by: 1)) { batch in
        for index in 0..<batch.count where batch.position(index) == row.position {
          if case .subjectErased(let fields) = try batch.event(index).payload,
            let subject = SubjectReference("\(fields.reference)")
          {
            erased[subject] = row.position
          }
        }
      }
    }
    for subject in try vault.destroyAgain(Set(erased.keys)) {
      let position = erased[subject] ?? .none
      lines.write(
        .warning,
        "the vault held \(subject) again, which was erased at position \(position.rawValue): a "
          + "copy was brought back; it is destroyed once more")
    }
  }
}
