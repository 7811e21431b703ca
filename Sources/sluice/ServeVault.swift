// The vault at a start: which it is, and whether it holds what the log says is erased.

import EventLog
import Events
import Platform
import Projections
import Vault

enum ServeVault {
  /// Opens the vault of a log.
  ///
  /// - Throws: where another vault has given this log's accounts their tokens.
  static func open(
    _ arguments: Arguments, _ folder: String, readsNotices: Bool, _ lines: OperatorLines
  ) throws -> Vault {
    let usual = "\(folder)/\(Vault.folderName)"
    let path = arguments.value("vault") ?? usual
    let vault = try Vault(path)
    for warning in vault.warnings { lines.write(.warning, warning) }
    guard readsNotices, !vault.hasAccounts else { return vault }
    if path != usual, try Vault.hasAccounts(in: usual) {
      throw CommandFailure(
        .usage, "the vault \(path) gives no tokens to accounts, and \(usual) does for this log",
        hint: "Leave out --vault, or move \(usual) to \(path) while no daemon runs")
    }
    lines.write(
      .warning,
      "the vault \(path) gives no tokens: accounts keep their pseudonyms, and no account can be "
        + "erased; `sluice vault init --vault \(path)` changes that for new ones")
    return vault
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
