// Words and erasures through the socket: what is in the log, what is in the vault, and what stands
// when it is gone.

import EventLog
import Events
import Glibc
import Institutions
import Merkle
import Orchestrator
import Platform
import Projections
import Testing
import Text
import Vault

@testable import Daemon

@Suite(.serialized) struct VaultDoorTests {
  private static let words = "Zhang San from Yiwu called, 13800138000"

  private struct House {
    let scratch: Scratch
    let folder: String
    var door: Door
    var caller: Caller

    init(desk: NoticeDesk? = nil, vault: Vault? = nil) throws {
      scratch = try Scratch()
      folder = scratch.path + "/log"
      door = try Door(folder, desk: desk, vault: vault)
      caller = try Caller(door.socket)
    }

    mutating func restart() throws {
      try stop()
      door = try Door(folder)
      caller = try Caller(door.socket)
    }

    func stop() throws {
      _ = try Caller(door.socket).ask("{\"command\":\"stop\"}")
      #expect(door.wait().hasPrefix("stopped"))
    }

    func register(_ merchant: String) throws {
      let answer = try caller.ask(
        "{\"command\":\"merchant\",\"merchant\":\"\(merchant)\",\"platform\":\"tmall\","
          + "\"tier\":\"T1\"}")
      #expect(number(answer, "accepted") == 1, "\(answer)")
    }

    func close(
      _ merchant: String, id: String = "1", reason: String = "complaint",
      words: String = VaultDoorTests.words, about: String? = "case-1"
    ) throws -> JSONValue {
      let name = about.map { ",\"about\":\"\($0)\"" } ?? ""
      return try caller.ask(
        "{\"command\":\"close-merchant\",\"id\":\"\(id)\",\"merchant\":\"\(merchant)\","
          + "\"reason\":\"\(reason)\",\"words\":\"\(words)\"\(name)}")
    }

    func erase(_ subject: String, reason: String = "own-wish") throws -> JSONValue {
      try caller.ask(
        "{\"command\":\"erase-subject\",\"subject\":\"\(subject)\",\"reason\":\"\(reason)\"}")
    }

    func log() throws -> LogReader<SystemDisk> { try LogReader(SystemDisk(), folder) }

    func event(_ position: Int64?) throws -> Event {
      let first = Position(UInt64(try #require(position)))
      var found: Event?
      try log().read(from: first, to: first.advanced(by: 1)) {
        (batch: borrowing EventBatch) throws in found = try batch.event(0)
      }
      return try #require(found)
    }

    func reference(_ position: Int64?) throws -> Digest {
      guard case .merchantClosed(let fields) = try event(position).payload else { return .zero }
      return fields.reasonReference
    }

    /// Every file below the folder.
    func files() throws -> [String: [UInt8]] {
      var found: [String: [UInt8]] = [:]
      func look(_ path: String) throws {
        guard let names = try? SystemDisk().list(path) else {
          var file = try InputFile(path)
          found[path] = try file.readAll(limit: 64 << 20)
          return
        }
        for name in names where !name.hasSuffix(".sock") { try look("\(path)/\(name)") }
      }
      try look(folder)
      return found
    }

    /// The files that hold these bytes.
    ///
    /// By the C library: a segment is mostly zeros, and long.
    func holding(_ bytes: [UInt8]) throws -> [String] {
      try files().filter { _, all in
        unsafe all.withUnsafeBytes { all in
          guard var place = all.baseAddress, all.count >= bytes.count else { return false }
          let end = unsafe place + (all.count - bytes.count + 1)
          while unsafe place < end,
            let start = unsafe memchr(place, Int32(bytes[0]), end - place)
          {
            if unsafe memcmp(start, bytes, bytes.count) == 0 { return true }
            unsafe place = UnsafeRawPointer(start) + 1
          }
          return false
        }
      }.keys.sorted()
    }

    /// The leaves of all events up to the end, and the digest of every projection there.
    func proof(upTo end: Position) throws -> (leaves: [Digest], model: ReadModel) {
      var leaves: [Digest] = []
      var model = ReadModel()
      try log().read(from: .zero, to: end) { (batch: borrowing EventBatch) throws in
        try model.apply(batch)
        for index in 0..<batch.count {
          leaves.append(Digest.eventLeaf(batch.bytes(of: index)))
        }
      }
      return (leaves, model)
    }
  }

  @Test func `words go into the vault, and the event has their reference and nothing of them`()
    throws
  {
    let house = try House()
    try house.register("m1")
    let answer = try house.close("m1")
    #expect(number(answer, "accepted") == 1, "\(answer)")
    let reference = try house.reference(number(answer, "first"))
    let opened = try Vault.open(reference, in: house.folder + "/vault")
    #expect(String(decoding: opened.words, as: UTF8.self) == VaultDoorTests.words)
    for part in [VaultDoorTests.words, "Zhang San", "13800138000", "case-1"] {
      #expect(try house.holding(Array(part.utf8)).isEmpty, "\(part)")
    }
    // What the log does hold is found so.
    let found = try house.holding(Array("m1".utf8))
    #expect(found.contains { $0.hasSuffix(".seg") }, "\(found)")
    try house.stop()
  }

  @Test func `nothing in the log follows from the words alone, so nobody can try words against it`()
    throws
  {
    var digests: Set<UInt64> = []
    var references: Set<Digest> = []
    for _ in 0..<2 {
      let house = try House()
      try house.register("m1")
      let answer = try house.close("m1")
      digests.insert(try house.event(number(answer, "first")).header.commandDigest)
      references.insert(try house.reference(number(answer, "first")))
      try house.stop()
    }
    #expect(digests.count == 2 && references.count == 2)
  }

  @Test(arguments: [
    ("\"subject\":\"a\",\"account\":\"b\",\"institution\":\"alipay\"", "subject"),
    ("\"account\":\"b\"", "institution"), ("\"institution\":\"alipay\"", "account"),
    ("\"account\":\"\",\"institution\":\"alipay\"", "account"), ("\"subject\":\"\"", "subject"),
    ("\"subject\":7", "subject"), ("\"account\":\"b\",\"institution\":\"alipay\"", "account"),
  ]) func `who is to be erased is named in one way`(_ fields: String, _ wrong: String) throws {
    let house = try House()
    let answer = try house.caller.ask(
      "{\"command\":\"erase-subject\",\(fields),\"reason\":\"own-wish\"}")
    #expect(text(answer, "error", "field") == wrong, "\(answer)")
    try house.stop()
  }

  @Test func `a repeat gets the first receipt, other words under its id are refused`() throws {
    var house = try House()
    try house.register("m1")
    let first = try house.close("m1")
    #expect(number(try house.close("m1"), "repeated") == 1)
    try house.restart()
    let again = try house.close("m1")
    #expect(number(again, "repeated") == 1 && number(again, "first") == number(first, "first"))
    #expect(number(try house.close("m1", words: "other"), "refused", "number") == 1)
    #expect(number(try house.close("m1", about: "case-2"), "refused", "number") == 1)
    #expect(number(try house.close("m1", about: nil), "refused", "number") == 1)
    #expect(number(try house.close("m1", reason: "fraud"), "refused", "number") == 1)
    #expect(try SystemDisk().list(house.folder + "/vault/words").count == 1)
    try house.stop()
  }

  @Test func `what is refused leaves no words behind`() throws {
    let house = try House()
    #expect(number(try house.close("nobody"), "refused", "number") == 10)
    try house.register("m1")
    #expect(number(try house.close("m1", reason: "He did it"), "refused", "number") == 15)
    let vault = house.folder + "/vault"
    #expect(try SystemDisk().list(vault + "/words").isEmpty)
    #expect(try SystemDisk().list(vault + "/keys").isEmpty)
    let long = String(repeating: "a", count: Vault.wordsMax + 1)
    #expect(text(try house.close("m1", words: long), "error", "field") == "words")
    #expect(text(try house.close("m1", words: ""), "error", "field") == "words")
    #expect(text(try house.close("m1", about: ""), "error", "field") == "about")
    try house.stop()
  }

  @Test func `after an erasure the words are nowhere, and every proof and projection stands`()
    throws
  {
    var house = try House()
    for merchant in ["m1", "m2", "m3"] { try house.register(merchant) }
    let one = try house.close("m1", id: "1")
    let two = try house.close("m2", id: "2", words: "the same person again")
    let other = try house.close("m3", id: "3", words: "somebody else", about: "case-2")
    let vault = house.folder + "/vault"
    let opened = try Vault.open(try house.reference(number(one, "first")), in: vault)
    let end = try house.log().durableEnd
    let before = try house.proof(upTo: end)
    let root = CompactTree.root(of: before.leaves.span)
    let place = UInt64(try #require(number(one, "first")))
    let proof = InclusionProof(of: place, in: before.leaves.span)

    let answer = try house.erase("case-1")
    #expect(number(answer, "accepted") == 1, "\(answer)")
    guard case .subjectErased(let fields) = try house.event(number(answer, "first")).payload else {
      Issue.record("another event")
      return
    }
    #expect(fields.kind == .person && fields.texts == 2)
    #expect("\(fields.reference)" == "\(opened.subject)" && "\(fields.reason)" == "own-wish")
    for start in [true, false] {
      for first in [one, two] {
        #expect(throws: VaultFault.erased(opened.subject)) {
          try Vault.open(try house.reference(number(first, "first")), in: vault)
        }
      }
      #expect(try house.holding(opened.salt).isEmpty)
      #expect(try house.holding(Array("Zhang".utf8)).isEmpty)
      let last = try Vault.open(try house.reference(number(other, "first")), in: vault)
      #expect(String(decoding: last.words, as: UTF8.self) == "somebody else")
      let after = try house.proof(upTo: end)
      #expect(after.leaves == before.leaves)
      #expect(proof.verifies(leaf: after.leaves[Int(place)], root: root))
      #expect(after.model.timeline.rows == before.model.timeline.rows)
      #expect(try SystemDisk().list(vault + "/keys").count == 1)
      if start { try house.restart() }
    }
    try house.stop()
    #expect(try SystemDisk().list(vault + "/erasing").isEmpty, "settled by the next start at last")
  }

  @Test func `a second erasure is a repeat by its reference, and unknown by its name`() throws {
    var house = try House()
    try house.register("m1")
    _ = try house.close("m1")
    let first = try house.erase("case-1")
    let event = try house.event(number(first, "first"))
    guard case .subjectErased(let fields) = event.payload else { return }
    #expect(event.header.actor.kind == .operator)
    for _ in 0..<2 {
      let again = try house.erase("\(fields.reference)", reason: "asked-twice")
      #expect(number(again, "repeated") == 1 && number(again, "first") == number(first, "first"))
      #expect(number(try house.erase("case-1"), "refused", "number") == 96)
      try house.restart()
    }
    #expect(
      number(try house.erase(String(repeating: "0", count: 32)), "refused", "number") == 96)
    try house.stop()
  }

  @Test func `an erasure without a code is refused before anything is destroyed`() throws {
    let house = try House()
    try house.register("m1")
    let answer = try house.close("m1")
    #expect(number(try house.erase("case-1", reason: "He asked"), "refused", "number") == 15)
    let reference = try house.reference(number(answer, "first"))
    #expect(throws: Never.self) { try Vault.open(reference, in: house.folder + "/vault") }
    try house.stop()
  }

  @Test(arguments: [false, true])
  func `what a daemon had begun the next one ends, and says once`(_ isDestroyed: Bool) throws {
    var house = try House()
    try house.register("m1")
    let answer = try house.close("m1")
    try house.stop()
    let folder = house.folder + "/vault"
    var subject: SubjectReference?
    do {
      // The daemon died here: begun, and perhaps destroyed, and no event of it.
      let vault = try Vault(folder)
      subject = try vault.find("case-1")
      let erasure = try vault.begin(
        erasing: try #require(subject), by: Actor(.operator, id: 7),
        reason: ShortText("own-wish") ?? .none)
      if isDestroyed { try vault.destroy(erasure) }
    }
    house.door = try Door(house.folder)
    house.caller = try Caller(house.door.socket)
    let repeated = try house.erase("\(try #require(subject))")
    #expect(number(repeated, "repeated") == 1, "\(repeated)")
    let event = try house.event(number(repeated, "first"))
    #expect(event.header.actor == Actor(.operator, id: 7))
    #expect(event.kind == .subjectErased)
    #expect(try SystemDisk().list(folder + "/keys").isEmpty)
    #expect(throws: VaultFault.self) {
      try Vault.open(try house.reference(number(answer, "first")), in: folder)
    }
    try house.restart()
    let last = try house.erase("\(try #require(subject))")
    #expect(number(last, "first") == number(repeated, "first"))
    try house.stop()
  }

  @Test func `a vault that cannot be written refuses words, and the daemon goes on`() throws {
    let house = try House()
    try house.register("m1")
    try SystemDisk().makeDirectory(house.folder + "/vault")
    let stone: [UInt8] = [1]
    try SystemDisk().replaceFile(
      house.folder + "/vault/words", with: unsafe stone.span.bytes)
    let answer = try house.close("m1")
    #expect(number(answer, "refused", "number") == 97, "\(answer)")
    #expect(number(try house.caller.ask(payment("t1")), "accepted") == 1)
    try house.stop()
  }
}
