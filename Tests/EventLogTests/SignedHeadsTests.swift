// Heads: signed once, kept before they are shown, never two of one size, whatever the disk does.

import EventLog
import Events
import Merkle
import Platform
import Simulation
import Testing

@Suite struct SignedHeadsTests {
  private static let folder = LogFolder("/log")
  private static let origin = "heads.test"

  private static func signer(_ seed: UInt8, _ name: String = origin) throws -> NoteSigner {
    try #require(NoteSigner(name: name, seed: [UInt8](repeating: seed, count: 32)))
  }

  /// The head of a log of so many events, each its own leaf; `history` makes another log.
  private static func head(_ size: Int, history: UInt64 = 0) -> TreeHead {
    let leaves = (0..<size).map { Digest(words: (UInt64($0), history, 0, 0)) }
    return CompactTree(leaves.span).head
  }

  private static func disk() throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: 3)
    try disk.makeDirectory("/log")
    try disk.synchronizeDirectory("/")
    return disk
  }

  private static func read(_ disk: SimulatedDisk, _ path: String) throws -> SignedCheckpoint? {
    guard let bytes = disk.contents(path) else { return nil }
    return try SignedCheckpoint(bytes)
  }

  private func heads(
    _ disk: SimulatedDisk, _ seed: UInt8 = 1, isKeyNew: Bool = false,
    predecessor: NoteSigner? = nil
  ) throws -> SignedHeads<SimulatedDisk> {
    let signer = try SignedHeadsTests.signer(seed)
    return try SignedHeads(
      disk, SignedHeadsTests.folder, signer: signer, isKeyNew: isKeyNew, predecessor: predecessor)
  }

  @Test func `a head is kept, shown, and kept among the others where it is asked for`() throws {
    let disk = try SignedHeadsTests.disk()
    let folder = SignedHeadsTests.folder
    var heads = try heads(disk)
    #expect(heads.last == nil)
    try heads.sign(SignedHeadsTests.head(3), isKept: false)
    try heads.sign(SignedHeadsTests.head(5), isKept: true)
    try heads.sign(SignedHeadsTests.head(5), isKept: true)
    let last = try #require(try SignedHeadsTests.read(disk, folder.lastSigned))
    #expect(last.head == SignedHeadsTests.head(5))
    #expect(try last.signers(among: [heads.signer.key]) == [heads.signer.key])
    #expect(disk.contents(folder.checkpoint) == last.bytes)
    #expect(disk.contents(folder.checkpoints + "/00000000000000000005") == last.bytes)
    #expect(disk.contents(folder.checkpoints + "/00000000000000000003") == nil)
  }

  @Test func `a smaller head, and another of the same size, are a fork`() throws {
    let disk = try SignedHeadsTests.disk()
    var heads = try heads(disk)
    try heads.sign(SignedHeadsTests.head(5), isKept: false)
    for other in [SignedHeadsTests.head(4), SignedHeadsTests.head(5, history: 1)] {
      #expect(throws: HeadFault.forked(last: SignedHeadsTests.head(5), now: other)) {
        try heads.sign(other, isKept: false)
      }
    }
    #expect(try self.heads(disk).last?.head == SignedHeadsTests.head(5))
  }

  @Test func `who changes the file of the last head stops the signing`() throws {
    let disk = try SignedHeadsTests.disk()
    let path = SignedHeadsTests.folder.lastSigned
    var first = try heads(disk)
    var second = try heads(disk)
    try first.sign(SignedHeadsTests.head(5), isKept: false)
    #expect(throws: HeadFault.changed(path: path)) {
      try second.sign(SignedHeadsTests.head(6), isKept: false)
    }
    disk.flip(path, offset: 20, bit: 0)
    #expect(throws: HeadFault.self) { try first.sign(SignedHeadsTests.head(7), isKept: false) }
    #expect(throws: HeadFault.self) { _ = try heads(disk) }
  }

  @Test func `a new key and the one before it sign one head, and then the new one alone`() throws {
    let disk = try SignedHeadsTests.disk()
    let folder = SignedHeadsTests.folder
    let old = try SignedHeadsTests.signer(1)
    let new = try SignedHeadsTests.signer(2)
    disk.place(folder.publicKeys, Array((old.key.text + "\n").utf8))
    disk.place(folder.privateKey, Array("old".utf8))
    disk.place(folder.nextPrivateKey, Array("new".utf8))
    var heads = try heads(disk, 2, isKeyNew: true, predecessor: old)
    try heads.sign(SignedHeadsTests.head(5), isKept: false)
    let both = try #require(
      try SignedHeadsTests.read(disk, folder.checkpoints + "/00000000000000000005"))
    #expect(try both.signers(among: [old.key, new.key]) == [old.key, new.key])
    #expect(disk.contents(folder.publicKeys) == Array("\(old.key.text)\n\(new.key.text)\n".utf8))
    #expect(disk.contents(folder.privateKey) == Array("new".utf8))
    #expect(disk.contents(folder.nextPrivateKey) == nil)
    try heads.sign(SignedHeadsTests.head(6), isKept: false)
    let alone = try #require(try SignedHeadsTests.read(disk, folder.checkpoint))
    #expect(alone.note.signatures.count == 1)
  }

  @Test func `a key is added behind all that were there, however many`() throws {
    let disk = try SignedHeadsTests.disk()
    let folder = SignedHeadsTests.folder
    // More than a note may be long.
    let old = try ["heads.before", SignedHeadsTests.origin].flatMap { name in
      try (10..<250).map { try SignedHeadsTests.signer($0, name).key }
    }
    #expect(old.reduce(0) { $0 + $1.text.utf8.count } > SignedNote.bytesMax)
    disk.place(folder.publicKeys, Array(old.map { $0.text + "\n" }.joined().utf8))
    var heads = try heads(disk, 2, isKeyNew: true)
    try heads.sign(SignedHeadsTests.head(5), isKept: false)
    #expect(try PublicKeys.read(disk, folder) == old + [heads.signer.key])
  }

  @Test func `under another name the heads of the old one are put aside`() throws {
    let disk = try SignedHeadsTests.disk()
    let folder = SignedHeadsTests.folder
    var heads = try heads(disk)
    try heads.sign(SignedHeadsTests.head(9), isKept: true)
    let signer = try SignedHeadsTests.signer(4, "heads.after")
    var after = try SignedHeads(disk, folder, signer: signer, isKeyNew: true)
    try after.sign(SignedHeadsTests.head(6, history: 1), isKept: false)
    #expect(after.last?.checkpoint.origin == "heads.after")
    #expect(try disk.list(folder.checkpoints) == ["00000000000000000006"])
    #expect(
      try disk.list(folder.checkpoints + ".before-00000000000000000009")
        == ["00000000000000000009"])
  }

  /// Signs growing heads, some of them kept, and a second key in the middle.
  private static func story(_ disk: SimulatedDisk, from first: Int) throws {
    let old = try signer(1)
    let new = try signer(2)
    var heads = try SignedHeads(disk, folder, signer: old)
    for size in first..<first + 4 { try heads.sign(head(size), isKept: size % 2 == 0) }
    disk.place(folder.nextPrivateKey, Array("next".utf8))
    var next = try SignedHeads(
      disk, folder, signer: new, isKeyNew: true, predecessor: old)
    for size in first + 4..<first + 7 { try next.sign(head(size), isKept: size % 2 == 0) }
  }

  /// What a disk holds in the end.
  private struct Held {
    var last: SignedCheckpoint?
    var shown: SignedCheckpoint?
    var kept: [SignedCheckpoint] = []

    init(_ disk: SimulatedDisk) throws {
      last = try SignedHeadsTests.read(disk, folder.lastSigned)
      shown = try SignedHeadsTests.read(disk, folder.checkpoint)
      for path in disk.paths where path.hasPrefix(folder.checkpoints + "/0") {
        guard !path.hasSuffix(".tmp"), let head = try SignedHeadsTests.read(disk, path) else {
          continue
        }
        kept.append(head)
      }
    }
  }

  /// Nothing is shown that is not kept, and nothing kept is of another history.
  private static func complaint(_ disk: SimulatedDisk) throws -> String? {
    let old = try signer(1).key
    let new = try signer(2).key
    let known = [old, new]
    let held = try Held(disk)
    let size = held.last?.head.size ?? 0
    if let shown = held.shown, shown.head.size > size { return "shown beyond what is kept" }
    for found in held.kept {
      if found.head.size > size { return "kept beyond the last" }
      if found.head != head(Int(found.head.size)) { return "another history" }
      if (try? found.signers(among: known)) == nil { return "signed by a stranger" }
    }
    return nil
  }

  @Test(arguments: [
    SimulatedDisk.Effect.powerCut, .fail(.inputOutput), .fail(.noSpace),
  ])
  func `whatever call fails, nothing is shown before it is kept, and signing goes on`(
    _ effect: SimulatedDisk.Effect
  ) throws {
    let rehearsal = try SignedHeadsTests.disk()
    let before = rehearsal.operations
    try SignedHeadsTests.story(rehearsal, from: 1)
    #expect(rehearsal.operations - before > 100)
    for operation in before + 1...rehearsal.operations {
      let disk = try SignedHeadsTests.disk()
      disk.plan.atOperation[operation] = effect
      try? SignedHeadsTests.story(disk, from: 1)
      if effect == .powerCut { disk.restart() } else { disk.kill() }
      let complaint = try SignedHeadsTests.complaint(disk)
      #expect(complaint == nil, "call \(operation)")
      let kept = try SignedHeadsTests.read(disk, SignedHeadsTests.folder.lastSigned)
      let last = kept?.head.size ?? 0
      // Whoever comes next goes on from what is kept, by the second key.
      let old = try SignedHeadsTests.signer(1)
      var next = try heads(disk, 2, isKeyNew: true, predecessor: old)
      try next.sign(SignedHeadsTests.head(Int(last) + 1), isKept: true)
      #expect(try SignedHeadsTests.complaint(disk) == nil, "after call \(operation)")
    }
  }
}
