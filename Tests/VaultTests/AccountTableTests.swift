import Events
import Platform
import Simulation
import Testing

@testable import Vault

@Suite struct AccountTableTests {
  private static func account(_ number: Int) throws -> ExternalID {
    try #require(ExternalID("pseudonym-\(number)"))
  }

  private static func path() -> String { VaultPaths(Safe.folder).accounts }

  private func vault(_ safe: Safe) throws -> Vault {
    let vault = try safe.open()
    try vault.addAccounts()
    return vault
  }

  @Test func `without a table an account's pseudonym is its token, and nothing is written`() throws
  {
    let safe = try Safe()
    let vault = try safe.open()
    let before = safe.disk.operations
    #expect(try vault.token(for: AccountTableTests.account(1)) == AccountTableTests.account(1))
    #expect(safe.disk.operations == before && safe.disk.paths.isEmpty)
  }

  @Test func `an account keeps its token over starts, and no token says whose it is`() throws {
    let safe = try Safe()
    var vault: Vault? = try vault(safe)
    let tokens = try (1...100).map { try vault?.token(for: AccountTableTests.account($0)) }
    #expect(Set(tokens).count == 100)
    vault = nil
    // Other chance: what is found was read, not drawn again.
    let again = try safe.open(seed: 99)
    for number in 1...100 {
      #expect(try again.token(for: AccountTableTests.account(number)) == tokens[number - 1])
    }
    #expect(try again.token(for: .none) == .none, "no account has no token")
    #expect(!safe.holds(Array("pseudonym".utf8)))
    #expect(tokens.allSatisfy { $0.map { SubjectReference("\($0)") != nil } ?? false })
  }

  @Test func `an erased account's next payment has a token of its own`() throws {
    let safe = try Safe()
    let vault = try vault(safe)
    let old = try vault.token(for: AccountTableTests.account(1))
    let other = try vault.token(for: AccountTableTests.account(2))
    let subject = try #require(try vault.find("\(old)"))
    let erasure = try vault.begin(erasing: subject, by: Safe.actor, reason: Safe.reason)
    #expect(erasure.kind == .account && erasure.event.texts == 0)
    try vault.destroy(erasure)
    try vault.destroy(erasure)
    try vault.settle(erasure)
    let new = try vault.token(for: AccountTableTests.account(1))
    #expect(new != old)
    #expect(try vault.token(for: AccountTableTests.account(2)) == other)
    #expect(!safe.holds(subject.bytes), "nothing leads from the account to its old token")
    #expect(try vault.find("\(old)") == nil)
  }

  @Test func `tokens that a copy brings back are destroyed once more, all in one pass`() throws {
    let safe = try Safe()
    let vault = try vault(safe)
    let tokens = try (1...5).map { try vault.token(for: AccountTableTests.account($0)) }
    let erased = Set(tokens.prefix(2).compactMap { SubjectReference("\($0)") })
    #expect(Set(try vault.destroyAgain(erased)) == erased && erased.count == 2)
    for subject in erased { #expect(!safe.holds(subject.bytes)) }
    for number in 3...5 as ClosedRange<Int> {
      #expect(try vault.token(for: AccountTableTests.account(number)) == tokens[number - 1])
    }
    #expect(try vault.token(for: AccountTableTests.account(1)) != tokens[0])
    #expect(try vault.destroyAgain(erased).isEmpty, "there is nothing any more")
  }

  @Test func `a damaged row costs one account its token, and the operator hears of it`() throws {
    let safe = try Safe()
    var vault: Vault? = try vault(safe)
    let tokens = try (1...10).map { try vault?.token(for: AccountTableTests.account($0)) }
    safe.disk.flip(AccountTableTests.path(), offset: 5 * 64 + 20, bit: 3)
    let fault = #expect(throws: VaultFault.self) {
      try vault?.token(for: AccountTableTests.account(5))
    }
    #expect(fault.map { "\($0)".contains("row 5") } == true)
    vault = nil
    let again = try safe.open(seed: 99)
    #expect(again.warnings.count == 1)
    for number in 1...10 {
      let token = try again.token(for: AccountTableTests.account(number))
      #expect((token == tokens[number - 1]) == (number != 5), "account \(number)")
    }
  }

  @Test func `a table whose head is damaged is not used`() throws {
    let safe = try Safe()
    _ = try vault(safe).token(for: AccountTableTests.account(1))
    for offset in 0..<64 {
      let copy = try Safe(safe.disk.copy())
      copy.disk.flip(AccountTableTests.path(), offset: offset, bit: 0)
      #expect(throws: VaultFault.self) { try copy.open() }
    }
  }

  @Test func `after a failed synchronization no token is given out`() throws {
    let safe = try Safe()
    var vault: Vault? = try vault(safe)
    let known = try vault?.token(for: AccountTableTests.account(1))
    safe.disk.plan.nextNamed["fdatasync"] = .fail(.inputOutput)
    #expect(throws: VaultFault.self) { try vault?.token(for: AccountTableTests.account(2)) }
    #expect(throws: VaultFault.unsure(AccountTableTests.path())) {
      try vault?.token(for: AccountTableTests.account(2))
    }
    vault = nil
    safe.disk.crash()
    #expect(try safe.open().token(for: AccountTableTests.account(1)) == known)
  }

  @Test func `half a row at the end is no row`() throws {
    let safe = try Safe()
    var vault: Vault? = try vault(safe)
    let tokens = try (1...3).map { try vault?.token(for: AccountTableTests.account($0)) }
    vault = nil
    safe.disk.cut(AccountTableTests.path(), to: 3 * 64 + 40)
    let again = try safe.open(seed: 99)
    #expect(again.warnings.isEmpty)
    #expect(try again.token(for: AccountTableTests.account(2)) == tokens[1])
    #expect(try again.token(for: AccountTableTests.account(3)) != tokens[2])
  }
}
