// A vault on a simulated disk, and what the tests ask of it.

import Events
import Merkle
import Platform
import Simulation
import Synchronization
import Testing

@testable import Vault

/// A vault whose chance is seeded, so that a run can be cut and played again.
struct Safe {
  static let folder = "/data/vault"
  let disk: SimulatedDisk

  init(_ disk: SimulatedDisk? = nil) throws {
    if let disk {
      self.disk = disk
      return
    }
    self.disk = SimulatedDisk(seed: 1)
    try self.disk.makeDirectory("/data")
  }

  /// Opens it; what was open before must have been let go.
  func open(seed: UInt64 = 7) throws(VaultFault) -> Vault {
    let numbers = Mutex(SeededRandom(seed: seed))
    return try Vault(Safe.folder, disk) {
      numbers.withLock { ($0.next(), $0.next()) }
    }
  }

  static func command(_ number: UInt64) -> CommandID { CommandID(low: number, high: 1) }
  static let actor = Actor(.operator, id: 1000)
  static let reason = ShortText("own-wish") ?? .none

  /// Seals and keeps words.
  static func keep(
    _ words: String, about name: String? = nil, _ command: UInt64 = 1, in vault: Vault
  ) throws(VaultFault) -> Digest {
    let draft = try vault.draft(
      Array(words.utf8), about: name.map { Array($0.utf8) }, for: Safe.command(command))
    try vault.keep(draft)
    return draft.reference
  }

  /// The words of a reference.
  func read(_ reference: Digest) throws(VaultFault) -> String {
    String(decoding: try Vault.open(reference, in: Safe.folder, disk).words, as: UTF8.self)
  }

  /// Whether the words are gone for good.
  func isErased(_ reference: Digest) -> Bool {
    do throws(VaultFault) { _ = try Vault.open(reference, in: Safe.folder, disk) } catch {
      if case .erased = error { return true }
    }
    return false
  }

  /// Erases as the daemon does, but for the event.
  static func erase(_ subject: SubjectReference, in vault: Vault) throws(VaultFault) {
    let erasure = try vault.begin(erasing: subject, by: actor, reason: reason)
    try vault.destroy(erasure)
    try vault.settle(erasure)
  }

  /// Goes on as a start of the daemon does.
  static func resume(_ vault: Vault) throws(VaultFault) {
    for erasure in vault.pending {
      try vault.destroy(erasure)
      try vault.settle(erasure)
    }
  }

  /// Whether bytes stand in any file of the disk.
  func holds(_ bytes: [UInt8]) -> Bool {
    disk.paths.contains { path in
      let all = disk.contents(path) ?? []
      guard all.count >= bytes.count else { return false }
      return (0...all.count - bytes.count).contains { start in
        all[start] == bytes[0] && Array(all[start..<start + bytes.count]) == bytes
      }
    }
  }

  /// The secret of a subject, as its file holds it.
  func secret(_ subject: SubjectReference) throws -> [UInt8] {
    let file = try #require(disk.contents("\(Safe.folder)/keys/\(subject)"))
    return Array(file[40..<72])
  }
}
