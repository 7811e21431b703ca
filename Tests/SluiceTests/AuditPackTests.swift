// Audit packs: whole when they are written, and nothing that was changed in one passes.

import Audit
import Dumps
import EventLog
import Events
import Merkle
import Platform
import Projections
import Testing

@testable import sluice

@Suite struct AuditPackTests {
  private let log: SignedLog
  private let pack: String
  /// More than a bundle, so that there are whole tiles, partial ones, and a level above.
  private static let payments = 300

  init() throws {
    log = try SignedLog(payments: AuditPackTests.payments)
    pack = log.beside("pack")
    let disk = SystemDisk()
    for folder in ["tools", "tools/tools", "tools/events", "nowhere"] {
      try? disk.makeDirectory(log.beside(folder))
    }
    try disk.makeDirectory(log.beside("tools/events/catalogue"))
    try SignedLog.put(Array("print('a reader')\n".utf8), log.beside("tools/tools/verify.py"))
    try SignedLog.put(Array("package main\n".utf8), log.beside("tools/tools/rebuild_root.go"))
    try SignedLog.put(
      Array("{\"kind\":1}\n".utf8), log.beside("tools/events/catalogue/0001.json"))
    let run = try log.run("export", "audit-pack", pack, "--tools", log.beside("tools"))
    try #require(run.code == 0, "\(run.error)")
  }

  private func verify(keys: [NoteKey]? = nil) throws -> PackReport {
    var trust = HeadTrust()
    trust.keys = keys
    return try PackVerification(SystemDisk(), pack, trust: trust).run()
  }

  private func files() throws -> [String] {
    let disk = SystemDisk()
    return try AuditPack.files(pack, on: disk) { (path) throws(Fault) in
      do throws(Fault) {
        _ = try disk.list("\(pack)/\(path)")
        return true
      } catch { return false }
    }
  }

  /// Signs the list of the files as they are now: what the log's owner could do.
  private func signAgain(_ signer: NoteSigner? = nil) throws {
    let entries = try files().filter { $0 != AuditPack.noteName }.map { path in
      PackNote.Entry(
        path: path, digest: try AuditPack.digest("\(pack)/\(path)", on: SystemDisk()).digest)
    }
    let note = try #require(PackNote(entries, by: signer ?? log.signer))
    try SignedLog.put(note.bytes, "\(pack)/\(AuditPack.noteName)")
  }

  @Test func `a pack is whole, and is checked out of itself`() throws {
    let names = try files()
    #expect(names.contains("plans/p-v1.json"))
    #expect(try SignedLog.bytes("\(pack)/plans/p-v1.json") == SignedLog.plan)
    #expect(names.contains("catalogue/0001.json") && names.contains("verify.py"))
    #expect(names.count { $0.hasPrefix("checkpoints/") } == 2)
    let report = try verify(keys: [log.signer.key])
    #expect(report.isSound, "\(String(describing: report.damage))")
    #expect(report.dumps.count == DumpName.allCases.count)
    #expect(report.files == names.count - 1)
    #expect(report.head?.size == log.end)
    #expect(report.heads == 3 && report.plans == 1 && report.missing.isEmpty)
    let run = try BuiltProgram.run(["verify", "--pack", pack])
    #expect(run.code == 0, "\(run.error)")
    #expect(run.output.contains("a key that the pack itself tells of"))
    #expect(run.output.contains("sound; no outside anchor given"))
    try SignedLog.put(try SignedLog.bytes("\(pack)/tiles/checkpoint"), log.beside("kept"))
    let words = ["verify", "--pack", pack, "--vkey", log.signer.key.text, "--checkpoint"]
    let kept = try BuiltProgram.run(words + [log.beside("kept"), "--json"])
    #expect(kept.code == 0, "\(kept.error)")
    #expect(kept.output.contains("anchored: the first \(log.end) events"), "\(kept.output)")
    // A pack that ends before a head that was kept elsewhere.
    let later = try #require(
      SignedCheckpoint(
        Checkpoint(
          origin: "test", head: TreeHead(size: log.end + 1, root: Digest(words: (1, 2, 3, 4)))),
        by: [log.signer]))
    try SignedLog.put(later.bytes, log.beside("later"))
    let short = try BuiltProgram.run(words + [log.beside("later")])
    #expect(short.code == 3)
    #expect(short.error.contains("\(log.beside("later")): it was signed at"), "\(short.error)")
  }

  @Test func `a changed byte anywhere in a pack is found, and its file is named`() throws {
    for path in try files() {
      let whole = "\(pack)/\(path)"
      let bytes = try SignedLog.bytes(whole)
      let places = Set(
        stride(from: 0, to: bytes.count, by: max(61, bytes.count / 6)) + [bytes.count - 1])
      for place in places.sorted() {
        var changed = bytes
        changed[place] ^= 1
        try SignedLog.put(changed, whole)
        let report = try verify(keys: place.isMultiple(of: 2) ? [log.signer.key] : nil)
        #expect(report.damage?.path == path, "byte \(place) of \(path)")
        if path.hasSuffix(".csv") { #expect(report.damage?.offset == place) }
        if path.hasPrefix("tiles/tile/0") || path.hasPrefix("tiles/tile/1") {
          #expect(report.damage?.offset == place)
        }
      }
      for changed in [Array(bytes.dropLast()), bytes + [10]] {
        try SignedLog.put(changed, whole)
        #expect(try verify().damage?.path == path, "the length of \(path)")
      }
      try SignedLog.put(bytes, whole)
    }
    #expect(try verify().isSound)
  }

  @Test func `a changed event is named by its position`() throws {
    let path = "tiles/tile/entries/000"
    var bytes = try SignedLog.bytes("\(pack)/\(path)")
    // The last byte of the fourth entry.
    var end = 0
    for _ in 0..<4 { end += 2 + (Int(bytes[end]) << 8 | Int(bytes[end + 1])) }
    bytes[end - 1] ^= 1
    try SignedLog.put(bytes, "\(pack)/\(path)")
    let damage = try #require(try verify().damage)
    #expect(damage.path == path)
    #expect(damage.what.contains("entry 3 of it has another hash than its tile says, event 3"))
  }

  @Test func `a file that is missing, and one that nobody named, are told`() throws {
    let disk = SystemDisk()
    for path in ["policy", "dumps/mix.csv", "tiles/tile/0/000", "catalogue/0001.json"] {
      try disk.rename("\(pack)/\(path)", to: log.beside("away"), replacing: true)
      let damage = try #require(try verify().damage)
      #expect(damage.path == path && damage.what.contains("it is missing"))
      try disk.rename(log.beside("away"), to: "\(pack)/\(path)", replacing: true)
    }
    for path in ["a", "dumps/more.csv", "zzz", "tiles/tile/2"] {
      try SignedLog.put([1], "\(pack)/\(path)")
      let damage = try #require(try verify().damage)
      #expect(damage.path == path && damage.what.contains("does not belong here"))
      try disk.remove("\(pack)/\(path)")
    }
    #expect(try verify().isSound)
  }

  @Test func `without its list a folder is no pack, and no folder with files becomes one`() throws {
    let again = try log.run("export", "audit-pack", pack)
    #expect(again.code == 1)
    #expect(again.error.contains("\(pack) is not empty"), "\(again.error)")
    try SystemDisk().remove("\(pack)/\(AuditPack.noteName)")
    let run = try BuiltProgram.run(["verify", "--pack", pack])
    #expect(run.code == 3)
    #expect(run.error.contains("is no audit pack"), "\(run.error)")
  }

  @Test func `a list that was signed anew by somebody else is refused`() throws {
    let stranger = try #require(NoteSigner(name: "test", seed: [UInt8](repeating: 8, count: 32)))
    try SignedLog.put(Array("{}".utf8), "\(pack)/plans/p-v1.json")
    try signAgain(stranger)
    #expect(try verify(keys: [log.signer.key]).damage?.path == AuditPack.noteName)
    // Nor does it help to write the key among those of the log, and to change nothing else.
    try SignedLog.put(SignedLog.plan, "\(pack)/plans/p-v1.json")
    let keys = try SignedLog.bytes("\(pack)/log.vkey")
    try SignedLog.put(keys + Array("\(stranger.key.text)\n".utf8), "\(pack)/log.vkey")
    try signAgain(stranger)
    let damage = try #require(try verify(keys: [log.signer.key]).damage)
    #expect(damage.path == AuditPack.noteName)
    #expect(damage.what.contains("no head leads from them to its key"), "\(damage.what)")
  }

  /// What the owner of the key could sign: digests that are right, of files that are not true.
  @Test(arguments: [
    ("plans/p-v1.json", "it is not the document that the log announced"),
    ("dumps/merchants.csv", "the entries folded anew give other rows"),
    ("dumps/merchants.csv.manifest.json", "it is not the manifest that was signed"),
    ("dumps/merchants.csv.manifest.note", "is not that key's"),
    ("checkpoints/00000000000000000008", "is not that key's"),
    ("policy", ""),
  ])
  func `a list of untrue files that the log's own key signed does not make them true`(
    path: String, what: String
  ) throws {
    var bytes = try SignedLog.bytes("\(pack)/\(path)")
    switch path {
    case "policy": bytes = Array("quorum nobody\n".utf8)
    case let note where note.hasSuffix("note") || note.hasPrefix("check"):
      // Another letter in the text; the signature stays.
      bytes[note.hasSuffix("note") ? 29 : 8] ^= 1
    default: bytes[bytes.count - 2] ^= 1
    }
    try SignedLog.put(bytes, "\(pack)/\(path)")
    try signAgain()
    let damage = try #require(try verify().damage)
    #expect(damage.path == path)
    #expect(damage.what.contains(what), "\(damage.what)")
  }

  @Test func `an event forged together with its tiles does not lead to the signed root`() throws {
    var bytes = try SignedLog.bytes("\(pack)/tiles/tile/entries/000")
    // The digest of the first event's command: any value of it decodes and folds.
    bytes[2 + 48] ^= 1
    try SignedLog.put(bytes, "\(pack)/tiles/tile/entries/000")
    var leaves: [Digest] = []
    var offset = 0
    while offset < bytes.count {
      let length = Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
      let entry = Array(bytes[offset + 2..<offset + 2 + length])
      leaves.append(Digest.eventLeaf(unsafe entry.span.bytes))
      offset += 2 + length
    }
    try SignedLog.put(leaves.flatMap { $0.bytes }, "\(pack)/tiles/tile/0/000")
    try SignedLog.put(CompactTree(leaves.span).root.bytes, "\(pack)/tiles/tile/1/000.p/1")
    try signAgain()
    let damage = try #require(try verify().damage)
    #expect(damage.path == AuditPack.head)
    #expect(damage.what.contains("the entries hashed anew lead to"), "\(damage.what)")
  }

  @Test func `a head of more events than there are entries asks for no memory`() throws {
    let head = try #require(
      SignedCheckpoint(
        Checkpoint(
          origin: "test", head: TreeHead(size: 1 << 62, root: Digest(words: (1, 2, 3, 4)))),
        by: [log.signer]))
    try SignedLog.put(head.bytes, "\(pack)/tiles/checkpoint")
    try signAgain()
    let damage = try #require(try verify().damage)
    #expect(damage.what.contains("are not all here"))
  }

  @Test func `who trusts one key of a log can follow it to the others, and nobody else can`() throws
  {
    let next = try log.changeKey(seed: 9)
    try log.log.pay(.captured, "later", fen: 1)
    try log.sign()
    let later = log.beside("later")
    let run = try log.run("export", "audit-pack", later, "--tools", log.beside("tools"))
    #expect(run.code == 0, "\(run.error)")
    let stranger = try #require(NoteSigner(name: "test", seed: [UInt8](repeating: 8, count: 32)))
    for (keys, isSound) in [
      (nil, true), ([log.signer.key], true), ([next.key], true),
      ([log.signer.key, next.key], true), ([stranger.key], false),
    ] as [([NoteKey]?, Bool)] {
      var trust = HeadTrust()
      trust.keys = keys
      let report = try PackVerification(SystemDisk(), later, trust: trust).run()
      #expect(report.isSound == isSound, "\(String(describing: report.damage))")
      #expect(report.signers == [next.key.label])
    }
  }

  @Test func `a pack without the reader says so and is sound`() throws {
    let bare = log.beside("bare")
    let run = try log.run("export", "audit-pack", bare, "--tools", log.beside("nowhere"))
    #expect(run.code == 0)
    #expect(run.error.contains("the pack has no verify.py and no catalogue/"), "\(run.error)")
    let report = try PackVerification(SystemDisk(), bare).run()
    #expect(report.isSound && report.missing == ["catalogue", "verify.py", "rebuild_root.go"])
  }
}
