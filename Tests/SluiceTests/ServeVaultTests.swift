// Which vault a daemon may open for a log.

import Glibc
import Platform
import Testing
import Vault

@testable import sluice

@Suite struct ServeVaultTests {
  /// A folder of a log and another one; they go with their owner.
  private final class Place {
    let folder = "/tmp/sluice-place-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    var usual: String { folder + "/vault" }
    var other: String { folder + "/other" }

    init() throws { try SystemDisk().makeDirectory(folder) }

    deinit {
      for vault in [usual, other] {
        for name in ["/accounts", "/names.key", "/keys", "/words", "/erasing", ""] {
          _ = unsafe remove(vault + name)
        }
      }
      _ = unsafe remove(folder)
    }

    /// - Parameter elsewhere: whether the daemon is told of the other vault.
    func open(elsewhere: Bool, readsNotices: Bool = true) throws -> Vault {
      let words = ["--data", folder] + (elsewhere ? ["--vault", other] : [])
      return try ServeVault.open(
        try Arguments(words, guide: ServeCommand.guide), folder, readsNotices: readsNotices,
        OperatorLines(isJournal: false, least: .error))
    }
  }

  @Test func `a vault elsewhere is refused while the usual one gives accounts their tokens`()
    throws
  {
    let place = try Place()
    try Vault(place.usual).addAccounts()
    let failure = #expect(throws: CommandFailure.self) { try place.open(elsewhere: true) }
    #expect(failure?.code == .usage && failure?.what.contains(place.usual) == true)
    #expect(failure?.hint.contains("Leave out --vault") == true)
    #expect(try place.open(elsewhere: false).hasAccounts)
  }

  @Test func `it is taken where it gives the tokens itself, and where no notice is read`() throws {
    let place = try Place()
    try Vault(place.usual).addAccounts()
    #expect(try place.open(elsewhere: true, readsNotices: false).folder == place.other)
    try Vault(place.other).addAccounts()
    #expect(try place.open(elsewhere: true).folder == place.other)
  }

  @Test func `without any tokens so far any vault is taken`() throws {
    let place = try Place()
    #expect(try place.open(elsewhere: true).folder == place.other)
    #expect(try !place.open(elsewhere: false).hasAccounts)
  }
}
