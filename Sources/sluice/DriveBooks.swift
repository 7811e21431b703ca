// The files a play leaves: its ledger, replaced as a whole, and its list of acknowledged commands.

import Events
import Platform
import Simulation

/// Writes the books of a play.
final class DriveBooks {
  /// The list is written whenever so many bytes have gathered.
  private static let listMax = 1 << 20

  private let disk = SystemDisk()
  private let ledgerPath: String?
  private let listPath: String
  private let list: DiskFile?
  private var gathered: [UInt8] = []
  private var offset = 0

  init(ledger: String?, acknowledged: String?) throws(Fault) {
    ledgerPath = ledger
    listPath = acknowledged ?? ""
    guard let acknowledged else {
      list = nil
      return
    }
    let file = try disk.open(acknowledged, .createOrOpen)
    try disk.truncate(file, length: 0)
    list = file
  }

  /// Adds a line to the list of what was acknowledged.
  func add(_ body: (inout [UInt8]) -> Void) throws(Fault) {
    guard list != nil else { return }
    body(&gathered)
    if gathered.count >= DriveBooks.listMax { try writeList() }
  }

  var keepsList: Bool { list != nil }

  private func writeList() throws(Fault) {
    guard let list, !gathered.isEmpty else { return }
    let bytes = gathered
    try disk.writeAll(list, unsafe bytes.span.bytes, at: offset, path: listPath)
    offset += bytes.count
    gathered.removeAll(keepingCapacity: true)
  }

  /// Brings both files up to date.
  func save(_ ledger: ShopperLedger, isComplete: Bool, asOf: Timestamp) throws(Fault) {
    try writeList()
    guard let ledgerPath else { return }
    let bytes = ledger.json(isComplete: isComplete, asOf: asOf)
    try disk.replaceFile(ledgerPath, with: unsafe bytes.span.bytes)
  }
}
