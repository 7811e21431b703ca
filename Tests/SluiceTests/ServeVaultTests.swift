// Which vault a daemon may open for a log.

import EventLog
import Events
import Glibc
import Orchestrator
import Platform
import Projections
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
      for vault in [usual, other] { lose(vault) }
      _ = unsafe remove(folder + "/vault.mark")
      _ = unsafe remove(folder)
    }

    /// - Parameter elsewhere: whether the daemon is told of the other vault.
    func open(elsewhere: Bool, readsNotices: Bool = true) throws -> Vault {
      let words = ["--data", folder] + (elsewhere ? ["--vault", other] : [])
      return try ServeVault.open(
        try Arguments(words, guide: ServeCommand.guide), folder, readsNotices: readsNotices)
    }

    /// A start of a daemon with one of the two vaults.
    func start(
      elsewhere: Bool = false, readsNotices: Bool = false, beginsAnew: Bool = false,
      wasServed: Bool = true, usedAt: Position? = nil
    ) throws {
      let vault = try open(elsewhere: elsewhere, readsNotices: readsNotices)
      let start = ServeVault.Start(
        folder: folder, readsNotices: readsNotices, beginsAnew: beginsAnew, wasServed: wasServed,
        usedAt: { usedAt })
      try ServeVault.settle(vault, start, OperatorLines(isJournal: false, least: .error))
    }

    func lose(_ vault: String) {
      for name in ["/accounts", "/names.key", "/keys", "/words", "/erasing", ""] {
        _ = unsafe remove(vault + name)
      }
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

  @Test func `a log whose vault is gone is not served, but where a new one is asked for`() throws {
    let place = try Place()
    try place.start()
    try Vault(place.usual).addAccounts()
    try place.start()
    #expect(try VaultMark.read(in: place.folder)?.path == place.usual)
    place.lose(place.usual)
    for readsNotices in [false, true] {
      let failure = #expect(throws: CommandFailure.self) {
        try place.start(readsNotices: readsNotices)
      }
      #expect(failure?.code == .damaged && failure?.what.contains(place.usual) == true)
      #expect(failure?.hint.contains("Bring the vault back") == true)
      #expect(failure?.hint.contains("--new-vault") == true)
    }
    #expect(!(try SystemDisk().exists(place.usual)), "a refusal makes nothing")
    try place.start(beginsAnew: true)
    #expect(try place.open(elsewhere: false).hasAccounts)
    try place.start()
    let failure = #expect(throws: CommandFailure.self) { try place.start(beginsAnew: true) }
    #expect(failure?.code == .usage && failure?.hint == "Leave it out")
  }

  @Test func `another vault, and one without its accounts, are not taken for the log's own`()
    throws
  {
    let place = try Place()
    try Vault(place.usual).addAccounts()
    try Vault(place.other).addAccounts()
    try place.start()
    let failure = #expect(throws: CommandFailure.self) { try place.start(elsewhere: true) }
    #expect(failure?.what.contains("\(place.other) is not the vault of this log") == true)
    _ = unsafe remove(place.usual + "/accounts")
    let missing = #expect(throws: CommandFailure.self) { try place.start() }
    #expect(missing?.what.contains("the table of accounts is missing") == true)
    try place.start(beginsAnew: true)
    #expect(try place.open(elsewhere: false).hasAccounts)
  }

  @Test func `a vault that was moved is known, and a log that nobody served takes any`() throws {
    let place = try Place()
    try Vault(place.usual).addAccounts()
    try place.start(wasServed: false)
    #expect(unsafe rename(place.usual, place.other) == 0)
    try place.start(elsewhere: true)
    #expect(try VaultMark.read(in: place.folder)?.path == place.other)
    try Vault(place.usual).addAccounts()
    #expect(throws: CommandFailure.self) { try place.start() }
    let fresh = try Place()
    try Vault(fresh.usual).addAccounts()
    try ServeVault.note(try Vault(fresh.usual), in: fresh.folder)
    try Vault(fresh.other).addAccounts()
    try fresh.start(elsewhere: true, wasServed: false)
    #expect(throws: CommandFailure.self) { try fresh.start() }
    fresh.lose(fresh.other)
    #expect(throws: CommandFailure.self) { try fresh.start(elsewhere: true) }
  }

  @Test func `without a note beside the log its events say whether it had a vault`() throws {
    let place = try Place()
    try place.start()
    let failure = #expect(throws: CommandFailure.self) { try place.start(usedAt: Position(7)) }
    #expect(failure?.what.contains("event 7 of the log needed a vault") == true)
    try place.start(beginsAnew: true, usedAt: Position(7))
    try place.start(usedAt: Position(7))
  }

  @Test(arguments: [false, true])
  func `words behind a reason and erasures are what a vault was needed for`(isSealed: Bool) throws {
    let log = try RealLog()
    func used() throws -> Position? {
      var keeper = try IndexKeeper(SystemDisk(), log.folder)
      while try keeper.step() {}
      let (carrier, _) = try FileCarrier.open(
        SystemDisk(), log.folder, options: LogOptions())
      return try ServeVault.lastUse(log.runtime.model, keeper.index, carrier)
    }
    func close(_ merchant: String, _ words: Digest) throws {
      let reason = Reason(reason: RealLog.id("r"), reasonReference: words)
      try log.send(.closeMerchant(RealLog.id(merchant), reason))
    }
    try close("m1", .zero)
    let position = log.runtime.state.next
    try close("m2", Digest(words: (1, 2, 3, 4)))
    if isSealed { try log.seal(over: log.runtime.state.next) }
    try log.letGo()
    #expect(try used() == position)
    let bare = try RealLog(merchants: 0)
    try bare.letGo()
    let (carrier, _) = try FileCarrier.open(SystemDisk(), bare.folder, options: LogOptions())
    let index = try IndexKeeper(SystemDisk(), bare.folder).index
    #expect(try ServeVault.lastUse(bare.runtime.model, index, carrier) == nil)
  }
}
