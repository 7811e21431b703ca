// Signed heads held against a log: what they show, and what they do not let pass.

import Audit
import EventLog
import Events
import Merkle
import Orchestrator
import Simulation
import Testing

@Suite struct HeadVerificationTests {
  private static let origin = "audit.test"
  private static let folder = LogFolder(SmallLog.folder)

  private static func signer(_ seed: UInt8, _ name: String = origin) throws -> NoteSigner {
    try #require(NoteSigner(name: name, seed: [UInt8](repeating: seed, count: 32)))
  }

  /// A log with a key, whose head is signed at some sizes and at its end.
  private struct Log {
    let log: SmallLog
    let leaves: [Digest]

    init(last: [Command.Body] = [], signers: [NoteSigner]? = nil) throws {
      log = try SmallLog(batches: 10, last: last)
      var leaves: [Digest] = []
      try LogReader(log.disk, SmallLog.folder).read(from: .zero) { (batch) throws(Never) in
        for index in 0..<batch.count { leaves.append(Digest.eventLeaf(batch.bytes(of: index))) }
      }
      self.leaves = leaves
      let first = try HeadVerificationTests.signer(1)
      log.disk.place(folder.publicKeys, Array((first.key.text + "\n").utf8))
      for size in [3, 20, leaves.count] {
        let head = try head(size, by: signers ?? [first])
        if size < leaves.count {
          log.disk.place("\(folder.checkpoints)/\(Log.name(size))", head.bytes)
        } else {
          log.disk.place(folder.lastSigned, head.bytes)
          log.disk.place(folder.checkpoint, head.bytes)
        }
      }
    }

    static func name(_ size: Int) -> String {
      SignedHeads<SimulatedDisk>.name(UInt64(size))
    }

    func head(
      _ size: Int, by signers: [NoteSigner], origin: String = origin, root: Digest? = nil
    ) throws -> SignedCheckpoint {
      let right = CompactTree.root(of: leaves.span, size: min(size, leaves.count))
      return try #require(
        SignedCheckpoint(
          Checkpoint(
            origin: origin, head: TreeHead(size: UInt64(size), root: root ?? right)),
          by: signers))
    }

    func verify(_ trust: HeadTrust = HeadTrust()) throws -> VerifyReport {
      try Verification(log.disk, SmallLog.folder, trust: trust).run()
    }
  }

  private static func kept(_ head: SignedCheckpoint) -> HeadTrust.Kept {
    HeadTrust.Kept(path: "kept", bytes: head.bytes)
  }

  @Test func `the heads of a folder agree, and show no more than the folder itself`() throws {
    let report = try Log().verify()
    #expect(report.isSound, "\(String(describing: report.beside))")
    #expect(report.heads.count == 4)
    #expect(report.areKeysItsOwn)
    #expect(report.anchor == nil)
  }

  @Test func `a head from outside is an anchor`() throws {
    let log = try Log()
    let signer = try HeadVerificationTests.signer(1)
    var trust = HeadTrust()
    trust.keys = [signer.key]
    // In the middle of a batch as well: nobody need know how events were cut into batches.
    for size in [1, 4, 22, log.leaves.count] {
      trust.kept = [HeadVerificationTests.kept(try log.head(size, by: [signer]))]
      let report = try log.verify(trust)
      #expect(report.isSound)
      #expect(report.anchor?.size == UInt64(size))
      #expect(!report.areKeysItsOwn)
    }
  }

  @Test func `a log that was cut off agrees with itself, and not with a head from outside`() throws
  {
    let log = try Log()
    let signer = try HeadVerificationTests.signer(1)
    let end = log.leaves.count
    let head = try log.head(end, by: [signer])
    // An earlier state of the whole folder, brought back.
    let earlier = try SmallLog(batches: 9)
    #expect(try Verification(earlier.disk, SmallLog.folder).run().isSound)
    var trust = HeadTrust()
    trust.keys = [signer.key]
    trust.kept = [HeadVerificationTests.kept(head)]
    let report = try Verification(earlier.disk, SmallLog.folder, trust: trust).run()
    #expect(!report.isSound)
    #expect(report.beside?.path == "kept")
    #expect(report.anchor == nil)
  }

  @Test func `a head that is not true of the log, or not signed as it must be, is named`() throws {
    let log = try Log()
    let (ours, other) = (
      try HeadVerificationTests.signer(1), try HeadVerificationTests.signer(9)
    )
    let named = try HeadVerificationTests.signer(1, "another.test")
    let wrong = [
      try log.head(20, by: [ours], root: Digest(words: (1, 2, 3, 4))),
      try log.head(20, by: [other]),
      try log.head(log.leaves.count + 1, by: [ours]),
      try log.head(20, by: [named], origin: "another.test"),
    ]
    for (index, head) in wrong.enumerated() {
      var trust = HeadTrust()
      trust.keys = [ours.key, named.key]
      trust.kept = [HeadVerificationTests.kept(head)]
      let report = try log.verify(trust)
      #expect(report.beside?.path == "kept", "\(index)")
      #expect(report.damage == nil, "the events are sound all the same")
    }
    let path = "\(HeadVerificationTests.folder.checkpoints)/\(Log.name(7))"
    log.log.disk.place(path, try log.head(8, by: [ours]).bytes)
    #expect(try log.verify().beside?.path == path, "a head under the name of another size")
  }

  @Test func `a policy asks for witnesses of heads from outside`() throws {
    let log = try Log()
    let ours = try HeadVerificationTests.signer(1)
    let witness = try #require(
      NoteSigner(name: "w", kind: .cosignature, seed: [UInt8](repeating: 5, count: 32)))
    var trust = HeadTrust()
    trust.policy = try TrustPolicy(
      Array("log \(ours.key.text)\nwitness w \(witness.key.text)\nquorum w\n".utf8))
    let head = try log.head(20, by: [ours])
    trust.kept = [HeadVerificationTests.kept(head)]
    #expect(try log.verify(trust).beside?.path == "kept")
    let line = try #require(witness.cosign(head.note, seconds: 5))
    trust.kept = [HeadVerificationTests.kept(try SignedCheckpoint(head.note.adding([line])))]
    let report = try log.verify(trust)
    #expect(report.isSound)
    #expect(report.anchor?.cosigners == 1)
  }

  // MARK: Keys

  private static func naming(_ key: NoteKey, lost: TreeHead? = nil) -> Command.Body {
    .nameKey(
      SigningKeyNamed(
        origin: ShortText(key.name) ?? .none, publicKey: key.publicDigest, keyID: key.id,
        lostSize: lost?.size ?? 0, lostRoot: lost?.root ?? .zero))
  }

  @Test func `a key is believed once a believed one has signed the event that names it`() throws {
    let old = try HeadVerificationTests.signer(1)
    let new = try HeadVerificationTests.signer(2)
    let end = 3 + 40 + 1
    for signers in [[old, new], [new]] {
      let log = try Log(last: [HeadVerificationTests.naming(new.key)], signers: [old])
      log.log.disk.place(HeadVerificationTests.folder.lastSigned, [])
      log.log.disk.vanish(HeadVerificationTests.folder.lastSigned)
      let path = HeadVerificationTests.folder.checkpoint
      log.log.disk.place(path, try log.head(end, by: signers).bytes)
      var trust = HeadTrust()
      trust.keys = [old.key]
      trust.kept = [HeadVerificationTests.kept(try log.head(end, by: [new]))]
      let report = try log.verify(trust)
      #expect(report.isSound == (signers.count == 2), "\(String(describing: report.beside))")
    }
  }

  @Test func `what the log says that it has lost is no fault, under the old name alone`() throws {
    let old = try HeadVerificationTests.signer(1)
    let after = try HeadVerificationTests.signer(2, "audit.after")
    let lost = TreeHead(size: 90, root: Digest(words: (7, 7, 7, 7)))
    let log = try Log(last: [HeadVerificationTests.naming(after.key, lost: lost)])
    let head = try #require(
      SignedCheckpoint(
        Checkpoint(origin: HeadVerificationTests.origin, head: lost), by: [old]))
    log.log.disk.place(HeadVerificationTests.folder.lastSigned, head.bytes)
    #expect(try log.verify().isSound)
    let other = try #require(
      SignedCheckpoint(
        Checkpoint(
          origin: HeadVerificationTests.origin,
          head: TreeHead(size: 91, root: lost.root)), by: [old]))
    log.log.disk.place(HeadVerificationTests.folder.lastSigned, other.bytes)
    #expect(try log.verify().beside?.path == HeadVerificationTests.folder.lastSigned)
  }

  // MARK: Every byte

  @Test func `one changed byte in any small file of a folder is found, and the file is named`()
    throws
  {
    let log = try Log()
    let disk = log.log.disk
    let small = disk.paths.filter { !$0.hasSuffix(".seg") && !$0.hasSuffix(".tmp") }
    let known = ["checkpoint", "last-signed", "log.vkey", "sync.mark", "tree", "leaves"]
    for name in known { #expect(small.contains("\(SmallLog.folder)/\(name)"), "\(name)") }
    for path in small where !path.hasSuffix("/reserve") && !path.hasSuffix("/holder") {
      let bytes = try #require(disk.contents(path))
      for offset in bytes.indices where offset % 61 == 0 || offset % 4_096 < 200 && offset % 7 == 0
      {
        disk.flip(path, offset: offset, bit: offset % 8)
        defer { disk.flip(path, offset: offset, bit: offset % 8) }
        let report = try log.verify()
        if path.hasSuffix("/leaves") {
          #expect(report.leaves == .differs(Position(UInt64(offset / 32))))
        } else {
          let found = report.beside?.path ?? report.damage?.path
          // A mark that names another frame is told of the frame as well.
          let isRight = found == path || path.hasSuffix("/sync.mark") && found != nil
          #expect(isRight && !report.isSound, "\(path) at \(offset): \(found ?? "nothing")")
        }
      }
    }
  }
}
