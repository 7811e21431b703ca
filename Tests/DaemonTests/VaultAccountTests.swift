// The tokens of accounts through the desk that reads notices.

import Events
import Institutions
import Orchestrator
import Platform
import Testing
import Vault

@testable import Daemon

@Suite(.serialized) struct VaultAccountTests {
  private static let secret = [UInt8](repeating: 7, count: 32)
  private static let now = Timestamp(seconds: 1_726_106_500)

  private func desk(_ vault: Vault?) throws -> NoticeDesk {
    let pseudonyms = try #require(PseudonymKey([UInt8](repeating: 1, count: 32)))
    return NoticeDesk(
      NoticeKeys([PlainReader(["one": VaultAccountTests.secret])], pseudonyms: pseudonyms),
      shelf: HeldShelf("/nowhere"), vault: vault
    ) { _, _ in }
  }

  /// The account as it would go into the log.
  private func account(
    _ desk: NoticeDesk, _ transaction: String, of payer: String
  ) throws -> String {
    let delivery = PlainReader.delivery(
      "n-\(transaction)|captured|\(transaction)|o1|m1|100|1726106400|\(payer)", key: "one",
      secret: VaultAccountTests.secret)
    let taken = desk.take(delivery, from: .alipay, at: VaultAccountTests.now, user: 0)
    if case .commands(let commands, _) = taken, let body = commands.first?.body,
      case .recordPayment(let payment) = body
    {
      return "\(payment.account)"
    }
    Issue.record("\(taken)")
    return ""
  }

  @Test func `without a table of accounts the pseudonyms stay as they were`() throws {
    let scratch = try Scratch()
    let bare = try account(try desk(nil), "t1", of: "payer")
    let vault = try Vault(scratch.path + "/vault")
    #expect(try account(try desk(vault), "t1", of: "payer") == bare)
    #expect(!(try SystemDisk().exists(scratch.path + "/vault")))
  }

  @Test func `with one an account has a random token, until it is erased`() throws {
    let scratch = try Scratch()
    let vault = try Vault(scratch.path + "/vault")
    try vault.addAccounts()
    let bare = try account(try desk(nil), "t1", of: "payer")
    let house = try desk(vault)
    let token = try account(house, "t1", of: "payer")
    #expect(token != bare && token.count == 32)
    #expect(try account(house, "t2", of: "payer") == token)
    #expect(try account(house, "t2", of: "another") != token)
    let door = try Door(scratch.path + "/log", desk: house, vault: vault)
    let caller = try Caller(door.socket)
    let line = "{\"command\":\"erase-subject\",\"subject\":\"\(token)\",\"reason\":\"own-wish\"}"
    #expect(number(try caller.ask(line), "accepted") == 1)
    #expect(number(try caller.ask(line), "repeated") == 1)
    let next = try account(house, "t3", of: "payer")
    #expect(next != token)
    // By the account as its institution knows it.
    let known =
      "{\"command\":\"erase-subject\",\"institution\":\"alipay\",\"account\":\"payer\","
      + "\"reason\":\"own-wish\"}"
    #expect(number(try caller.ask(known), "accepted") == 1)
    #expect(number(try caller.ask(known), "refused", "number") == 96, "it has no token now")
    #expect(try account(house, "t4", of: "payer") != next)
    _ = try caller.ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
  }

  @Test func `an account that the vault cannot name is recorded nowhere`() throws {
    let scratch = try Scratch()
    let vault = try Vault(scratch.path + "/vault")
    try vault.addAccounts()
    let house = try desk(vault)
    _ = try account(house, "t1", of: "payer")
    // Its row is changed behind everybody's back.
    let path = scratch.path + "/vault/accounts"
    let file = try SystemDisk().open(path, .write)
    let bytes = [UInt8](repeating: 5, count: 8)
    _ = try SystemDisk().write(file, unsafe bytes.span.bytes, at: 64 + 16)
    try SystemDisk().close(file)
    let delivery = PlainReader.delivery(
      "n2|captured|t2|o1|m1|100|1726106400|payer", key: "one", secret: VaultAccountTests.secret)
    let taken = house.take(delivery, from: .alipay, at: VaultAccountTests.now, user: 0)
    guard case .unread = taken else {
      Issue.record("\(taken)")
      return
    }
  }
}
