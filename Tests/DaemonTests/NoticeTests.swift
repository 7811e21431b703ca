// Deliveries of institutions through the socket: proved, recorded once, kept where nobody can read
// them yet.

import Events
import Institutions
import Merkle
import Orchestrator
import Platform
import Synchronization
import Testing
import Text

@testable import Daemon

@Suite(.serialized) struct NoticeTests {
  private static let secret = [UInt8](repeating: 7, count: 32)
  private static let pseudonyms = PseudonymKey([UInt8](repeating: 1, count: 32))

  /// A daemon whose desk reads a folder of keys.
  private struct House {
    let scratch: Scratch
    let keys: String
    let door: Door
    let caller: Caller
    let held: String

    init(merchants: String? = nil) throws {
      let scratch = try Scratch()
      let keys = scratch.path + "/keys"
      let disk = SystemDisk()
      try disk.makeDirectory(keys)
      try disk.makeDirectory(keys + "/alipay")
      try House.write(keys + "/pseudonym.key", String(repeating: "01", count: 32))
      try House.write(keys + "/alipay/one.secret", String(repeating: "07", count: 32) + "\n")
      if let merchants { try House.write(keys + "/alipay/merchants.csv", merchants) }
      let read: @Sendable () throws(KeyFault) -> NoticeKeys = { () throws(KeyFault) in
        try NoticeKeys(folder: keys, [PlainReader.self])
      }
      held = scratch.path + "/log-held"
      let desk = NoticeDesk(try read(), shelf: HeldShelf(held), readAgain: read) { _, _ in }
      self.scratch = scratch
      self.keys = keys
      door = try Door(scratch.path + "/log", desk: desk)
      caller = try Caller(door.socket)
    }

    static func write(_ path: String, _ text: String) throws {
      let bytes = Array(text.utf8)
      try SystemDisk().replaceFile(path, with: unsafe bytes.span.bytes)
    }

    func ask(_ delivery: Delivery) throws -> JSONValue {
      let line = HeldShelf.line(delivery, of: .alipay)
      return try caller.ask(String(decoding: line.dropLast(), as: UTF8.self))
    }

    func heldFiles() throws -> [String] {
      try SystemDisk().exists(held) ? SystemDisk().list(held) : []
    }

    func stop() throws {
      _ = try Caller(door.socket).ask("{\"command\":\"stop\"}")
      #expect(door.wait().hasPrefix("stopped"))
    }
  }

  private static func words(
    _ id: String, type: String = "captured", transaction: String = "t1", fen: Int = 100
  ) -> String {
    "\(id)|\(type)|\(transaction)|o1|theirs-1|\(fen)|1726106400|account"
  }

  private func delivery(
    _ text: String, key: String = "one", secret: [UInt8] = NoticeTests.secret
  ) -> Delivery { PlainReader.delivery(text, key: key, secret: secret) }

  @Test func `a delivery is recorded once, however often it comes and however it is sealed`() throws
  {
    let house = try House()
    let first = try house.ask(delivery(NoticeTests.words("n1")))
    #expect(number(first, "accepted") == 1, "\(first)")
    let again = try house.ask(delivery(NoticeTests.words("n1")))
    #expect(number(again, "repeated") == 1)
    #expect(number(again, "first") == number(first, "first"))
    var sealedAnew = delivery(NoticeTests.words("n1"))
    sealedAnew.headers.append(("Nonce", "2"))
    #expect(number(try house.ask(sealedAnew), "repeated") == 1)
    // The same name with another content is another fact, and recorded.
    #expect(number(try house.ask(delivery(NoticeTests.words("n1", fen: 200))), "accepted") == 1)
    // The same payment under a new name too.
    #expect(number(try house.ask(delivery(NoticeTests.words("n2"))), "accepted") == 1)
    try house.stop()
  }

  @Test func `one changed byte of the body or of the code is refused, and nothing is recorded`()
    throws
  {
    let house = try House()
    let right = delivery(NoticeTests.words("n1"))
    for index in right.body.indices {
      var wrong = right
      wrong.body[index] ^= 1
      let answer = try house.ask(wrong)
      #expect(text(answer, "error", "reason").contains("signature"), "\(answer)")
    }
    var wrong = right
    wrong.headers[1].value = String(wrong.headers[1].value.dropLast()) + "z"
    #expect(text(try house.ask(wrong), "error", "field") == "body")
    let clock = try house.caller.ask("{\"query\":\"clock\"}")
    let position = number(clock, "clock", "position")
    #expect(number(try house.ask(right), "first") == position, "nothing stands in between")
    try house.stop()
  }

  @Test func `subtlety 31: under an unknown key it is kept, and taken once the key is there`()
    throws
  {
    let house = try House()
    let new = [UInt8](repeating: 9, count: 32)
    let early = delivery(NoticeTests.words("n1"), key: "two", secret: new)
    let answer = try house.ask(early)
    #expect(text(answer, "held", "why") == "unknown-key" && text(answer, "held", "detail") == "two")
    #expect(try house.heldFiles().count == 1)
    _ = try house.ask(early)
    #expect(try house.heldFiles().count == 1, "a repeat is kept once")
    try House.write(house.keys + "/alipay/two.secret", String(repeating: "09", count: 32))
    house.door.hangUp()
    let name = try #require(try house.heldFiles().first)
    var file = try InputFile(house.held + "/" + name)
    let line = String(decoding: try file.readAll(limit: 1 << 20).dropLast(), as: UTF8.self)
    var last: JSONValue?
    // The signal is handled when its turn comes.
    for _ in 0..<100 where number(last, "accepted") == nil { last = try house.caller.ask(line) }
    #expect(number(last, "accepted") == 1)
    try house.stop()
  }

  @Test func `subtlety 32: what is kept is as fresh when handed in as it was when it came`() throws
  {
    let scratch = try Scratch()
    let shelf = HeldShelf(scratch.path + "/held")
    let desk = NoticeDesk(
      NoticeKeys([PlainReader([:])], pseudonyms: try #require(NoticeTests.pseudonyms)),
      shelf: shelf
    ) { _, _ in }
    let came = Timestamp(nanoseconds: 1_726_106_400_123_456_789)
    let kept = desk.take(delivery(NoticeTests.words("n1")), from: .alipay, at: came, user: 0)
    guard case .kept = kept else {
      Issue.record("\(kept)")
      return
    }
    let name = try #require(try SystemDisk().list(shelf.folder).first)
    var file = try InputFile(shelf.folder + "/" + name)
    let line = try file.readAll(limit: 1 << 20).dropLast()
    var reader = RequestReader(user: 0)
    guard case .notice(let request) = try reader.read(Array(line).span) else {
      Issue.record("it is no notice")
      return
    }
    #expect(request.receivedAt == came)
  }

  @Test func `of an unknown type it is kept, and an event says so`() throws {
    let house = try House()
    let strange = delivery(NoticeTests.words("n1", type: "complaint"))
    let answer = try house.ask(strange)
    #expect(number(answer, "accepted") == 1)
    #expect(number(try house.ask(strange), "repeated") == 1)
    let names = try house.heldFiles()
    #expect(names.count == 1 && names[0].hasPrefix("unknown-type.alipay."))
    try house.stop()
  }

  @Test func `subtlety 33: no account and no secret comes into a file of the log or an answer`()
    throws
  {
    let house = try House()
    let words = NoticeTests.words("n1").replacing("|account", with: "|2088102122524333")
    let answer = try house.caller.ask(
      String(decoding: HeldShelf.line(delivery(words), of: .alipay).dropLast(), as: UTF8.self))
    #expect(number(answer, "accepted") == 1)
    try house.stop()
    let secret = String(repeating: "07", count: 32)
    var looked = 0
    for folder in ["/log", "/log/segments"] {
      for name in try SystemDisk().list(house.scratch.path + folder) {
        guard var file = try? InputFile(house.scratch.path + folder + "/" + name),
          let bytes = try? file.readAll(limit: 1 << 30)
        else { continue }
        looked += 1
        #expect(bytes.firstRange(of: Array("2088102122524333".utf8)) == nil, "\(name)")
        #expect(bytes.firstRange(of: Array(secret.utf8)) == nil, "\(name)")
        #expect(bytes.firstRange(of: NoticeTests.secret) == nil, "\(name)")
      }
    }
    #expect(looked >= 2, "a segment and a mark")
  }

  /// Puts an errand into a daemon's queue; what its sender hears comes out of the box.
  private func put(
    _ commands: [Command], _ door: Door, _ heard: Mailbox<Acknowledgement>
  ) -> Bool {
    let reader = PlainReader([:])
    return door.queue.put(
      NoticeErrand(commands, accepted: reader.accepted, refused: reader.refused("")) {
        _ = heard.put($0)
      })
  }

  private func commands(_ id: String) throws -> [Command] {
    let desk = NoticeDesk(
      NoticeKeys(
        [PlainReader(["one": NoticeTests.secret])],
        pseudonyms: try #require(NoticeTests.pseudonyms)), shelf: HeldShelf("/nowhere")
    ) { _, _ in }
    guard
      case .commands(let commands, _) = desk.take(
        delivery(NoticeTests.words(id)), from: .alipay, at: Timestamp(seconds: 1), user: 0)
    else { return [] }
    return commands
  }

  @Test func `what comes through another door is answered once it is durable`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let heard = Mailbox<Acknowledgement>()
    func position() throws -> Int64 {
      let clock = try Caller(door.socket).ask("{\"query\":\"clock\"}")
      return try #require(number(clock, "clock", "position"))
    }
    let before = try position()
    for id in ["n1", "n1", "n2"] {
      #expect(put(try commands(id), door, heard))
      #expect(heard.take() == PlainReader([:]).accepted)
    }
    #expect(try position() == before + 2, "an event for each of two notices")
    _ = try Caller(door.socket).ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
    #expect(!put(try commands("n3"), door, heard), "a daemon that has stopped takes nothing")
  }

  @Test func `without keys nothing is read, and the answer says what to do`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let line = HeldShelf.line(delivery(NoticeTests.words("n1")), of: .alipay)
    let answer = try Caller(door.socket).ask(String(decoding: line.dropLast(), as: UTF8.self))
    #expect(text(answer, "error", "hint").contains("--keys"))
    _ = try Caller(door.socket).ask("{\"command\":\"stop\"}")
    _ = door.wait()
  }

  @Test func `an institution without a folder is not read`() throws {
    let house = try House()
    let line = HeldShelf.line(delivery(NoticeTests.words("n1")), of: .card)
    let answer = try house.caller.ask(String(decoding: line.dropLast(), as: UTF8.self))
    #expect(text(answer, "error", "reason").contains("no keys of card"))
    try house.stop()
  }

  @Test func `the institution's merchant becomes ours`() throws {
    let table = "institution_merchant,merchant\ntheirs-1,ours-1\n"
    let keys = try NoticeKeys.table(Array(table.utf8), "t.csv")
    #expect(keys == [try #require(ExternalID("theirs-1")): try #require(ExternalID("ours-1"))])
    let desk = NoticeDesk(
      NoticeKeys(
        [PlainReader(["one": NoticeTests.secret])],
        pseudonyms: try #require(NoticeTests.pseudonyms), merchants: [.alipay: keys]),
      shelf: HeldShelf("/nowhere")
    ) { _, _ in }
    let taken = desk.take(
      delivery(NoticeTests.words("n1")), from: .alipay, at: Timestamp(seconds: 1), user: 5)
    guard case .commands(let commands, let heard) = taken,
      case .recordPayment(let payment)? = commands.first?.body
    else {
      Issue.record("\(taken)")
      return
    }
    #expect(heard.body == "success" && commands.count == 1)
    #expect(payment.external == ExternalID("ours-1"))
    #expect(payment.payloadDigest != nil && payment.account.count == 32)
    #expect(commands[0].actor == Actor(.institution, id: 5))
  }

  @Test(arguments: [
    ("merchant,institution_merchant\n", "line 1: it is another header"),
    ("institution_merchant,merchant\na,b\na,c\n", "stands there twice"),
    ("institution_merchant,merchant\na,\n", "does not hold two ids"),
    ("institution_merchant,merchant\na\n", "line 2"),
    ("institution_merchant,merchant\n\"a,b", "quote"),
  ]) func `a table of merchants is read strictly`(_ table: String, _ reason: String) {
    do throws(KeyFault) {
      _ = try NoticeKeys.table(Array(table.utf8), "t.csv")
      Issue.record("it is taken")
    } catch { #expect("\(error)".contains(reason), "\(error)") }
  }

  @Test func `a secret that others may read is refused, by its name alone`() throws {
    let scratch = try Scratch()
    try SystemDisk().makeDirectory(scratch.path + "/alipay")
    func fault() -> String {
      do throws(KeyFault) {
        _ = try NoticeKeys(folder: scratch.path, [PlainReader.self])
        return ""
      } catch { return "\(error)" }
    }
    #expect(fault().contains("pseudonym.key"))
    try House.write(scratch.path + "/pseudonym.key", "abcd")
    #expect(fault().contains("64 digits"))
    try House.write(scratch.path + "/pseudonym.key", String(repeating: "01", count: 32))
    #expect(fault() == "")
    try House.write(scratch.path + "/alipay/one.secret", "c0ffee")
    #expect(fault() == "")
    try House.write(scratch.path + "/alipay/two.secret", "c0ffee is no secret")
    #expect(fault().contains("two.secret") && !fault().contains("c0ffee"))
    try SystemDisk().remove(scratch.path + "/alipay/two.secret")
    try openToAll(scratch.path + "/alipay/one.secret")
    #expect(fault().contains("one.secret: others may read it"))
  }

  @Test func `what nobody has proved does not fill the disk`() throws {
    let scratch = try Scratch()
    let shelf = HeldShelf(scratch.path + "/held")
    var kept = 0
    for index in 0..<(HeldShelf.unprovedMax + 5) {
      let body = Array("\(index)".utf8)
      let digest = SHA256.hash(unsafe body.span.bytes)
      if try shelf.keep(Delivery(body: body), of: .card, at: .none, .unknownKey, digest) {
        kept += 1
      }
    }
    #expect(kept == HeldShelf.unprovedMax)
    let body: [UInt8] = [1]
    let digest = SHA256.hash(unsafe body.span.bytes)
    #expect(try shelf.keep(Delivery(body: body), of: .card, at: .none, .unknownType, digest))
  }
}
