// Checkpoints, cosignatures of witnesses, offline proofs, and policies.

import Events
import Merkle
import Support
import Testing
import Text

@Suite struct CheckpointTests {
  static let origin = "sluice.example/taobao"

  static func signer(
    _ name: String = origin, _ seed: UInt8 = 7, _ kind: NoteKey.Kind = .ed25519
  ) throws -> NoteSigner {
    try #require(
      NoteSigner(name: name, kind: kind, seed: [UInt8](repeating: seed, count: 32)))
  }

  static func head(of leaves: [Digest], by signers: [NoteSigner]) throws -> SignedCheckpoint {
    try #require(
      SignedCheckpoint(
        Checkpoint(origin: origin, head: CompactTree(leaves.span).head), by: signers))
  }

  @Test func `the published checkpoint of a public log reads, verifies and comes out the same`()
    throws
  {
    let text =
      "go.sum database tree\n35225469\nvt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ=\n\n"
      + "\u{2014} sum.golang.org Az3grpukl5AXaVfYkLiDGORx/DN2nlcS5kZHR5uYOBV2KA2HgXpD+gu9HHONebHL"
      + "AyaKbbTM75QTtPydhKCExixSfwQ=\n"
    let key = try #require(
      NoteKey("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"))
    let head = try SignedCheckpoint(Array(text.utf8))
    #expect(head.checkpoint.origin == "go.sum database tree")
    #expect(head.head.size == 35_225_469)
    #expect(head.bytes == Array(text.utf8))
    #expect(try head.note.signers(among: [key]) == [key])
    #expect(throws: CheckpointFault.notSigned("go.sum database tree")) {
      // Its key has another name than its origin, as it is the oldest of such logs.
      try head.signers(among: [key])
    }
  }

  private static let root = "vt5T6GaLCXvyHFl9VUvvItR43XZxfLgftEcTyO3eJCQ="

  @Test(arguments: [
    ("a\n1\n\(root)\n", true), ("a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", true),
    ("a\n18446744073709551615\n\(root)\n", true), ("a\n18446744073709551616\n\(root)\n", false),
    ("a\n1\n\(root)", false), ("a\n1\n\(root)\nTimestamp: 5\n", false), ("\n1\n\(root)\n", false),
    ("a\n01\n\(root)\n", false), ("a\n+1\n\(root)\n", false), ("a\n-1\n\(root)\n", false),
    ("a\n 1\n\(root)\n", false), ("a\n\n\(root)\n", false), ("a\n1\n\(root) \n", false),
    ("a\n1\nYmFuYW5hcw==\n", false), ("a\n1\n\n", false), ("a\n1\n", false), ("", false),
    ("a\n0\n\(root)\n", false), ("a\n1\n\(root)\n\n", false),
  ])
  func `only three lines to the letter are a checkpoint`(_ text: String, _ isOne: Bool) {
    let read = try? Checkpoint(text: text)
    #expect((read != nil) == isOne, "\(text.debugDescription)")
    if let read { #expect(read.text == text, "each checkpoint has one spelling") }
  }

  @Test func `a head is signed by keys of its own name alone`() throws {
    let (ours, other) = (try CheckpointTests.signer(), try CheckpointTests.signer("other", 9))
    let head = try CheckpointTests.head(of: numberedLeaves(5), by: [ours, other])
    #expect(try head.signers(among: [ours.key, other.key]) == [ours.key])
    #expect(throws: CheckpointFault.notSigned(CheckpointTests.origin)) {
      try head.signers(among: [other.key])
    }
  }

  @Test func `every byte of a signed head matters`() throws {
    let ours = try CheckpointTests.signer()
    let bytes = try CheckpointTests.head(of: numberedLeaves(5), by: [ours]).bytes
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= 1
      let read = try? SignedCheckpoint(changed).signers(among: [ours.key])
      #expect(read == nil, "byte \(index)")
    }
  }

  // MARK: Witnesses

  @Test func `a witness's line holds its instant and the text, and nothing else verifies`() throws {
    let (ours, witness) = (
      try CheckpointTests.signer(), try CheckpointTests.signer("w.example", 3, .cosignature)
    )
    let head = try CheckpointTests.head(of: numberedLeaves(5), by: [ours])
    let line = try #require(witness.cosign(head.note, seconds: 1_726_099_200))
    #expect(line.seconds == 1_726_099_200)
    #expect(line.bytes.count == 72)
    let whole = head.note.adding([line, line])
    #expect(whole.signatures.count == 2, "a line is added once")
    #expect(try whole.signers(among: [ours.key, witness.key]) == [ours.key, witness.key])
    #expect(try SignedNote.signatures(Array(line.line.utf8)) == [line])
    for index in line.bytes.indices {
      var changed = line
      changed.bytes[index] ^= 1
      #expect(throws: NoteFault.wrongSignature(witness.key.label)) {
        try head.note.adding([changed]).signers(among: [witness.key])
      }
    }
    #expect(witness.sign(head.note.text) == nil, "a witness signs no text without an instant")
    #expect(ours.cosign(head.note, seconds: 1) == nil)
    #expect(NoteKey(witness.key.text) == witness.key)
    #expect(
      witness.key.id
        != NoteSigner(name: "w.example", seed: [UInt8](repeating: 3, count: 32))?
        .key.id, "the type is in the id")
  }

  // MARK: Proofs

  @Test func `an offline proof reads back and proves its event and no other`() throws {
    let ours = try CheckpointTests.signer()
    for size in [1, 2, 7, 64] {
      let leaves = numberedLeaves(size)
      let head = try CheckpointTests.head(of: leaves, by: [ours])
      for index in leaves.indices {
        let proof = OfflineProof(
          InclusionProof(of: UInt64(index), in: leaves.span), in: head,
          extra: index == 0 ? [] : [1, 2, 3])
        let read = try OfflineProof(proof.bytes)
        #expect(read == proof)
        #expect(read.verifies(leaf: leaves[index]))
        #expect(!read.verifies(leaf: leaves[(index + 1) % size]) || size == 1)
      }
    }
  }

  @Test func `a request to a witness reads back, and shows growth from its old head alone`() throws
  {
    let ours = try CheckpointTests.signer()
    let leaves = numberedLeaves(20)
    let head = try CheckpointTests.head(of: leaves, by: [ours])
    for old in 0...20 {
      let request = WitnessRequest(ConsistencyProof(from: UInt64(old), in: leaves.span), to: head)
      let read = try WitnessRequest(request.bytes)
      #expect(read == request)
      #expect(read.verifies(oldRoot: CompactTree.root(of: leaves.span, size: old)))
      let wrong = CompactTree.root(of: leaves.span, size: old == 20 ? 19 : old + 1)
      #expect(!read.verifies(oldRoot: wrong))
    }
  }

  @Test func `every byte changed in a proof is refused or proves nothing`() throws {
    let ours = try CheckpointTests.signer()
    let leaves = numberedLeaves(11)
    let proof = OfflineProof(
      InclusionProof(of: 6, in: leaves.span),
      in: try CheckpointTests.head(of: leaves, by: [ours]))
    for index in proof.bytes.indices {
      var changed = proof.bytes
      changed[index] ^= 1
      guard let read = try? OfflineProof(changed) else { continue }
      let isSigned = (try? read.head.signers(among: [ours.key])) != nil
      #expect(!isSigned || !read.verifies(leaf: leaves[6]), "byte \(index)")
    }
  }

  // MARK: Published vectors

  @Test(.enabled(if: SharedData.path("data/vectors") != nil, Comment(rawValue: SharedData.absence)))
  func `malformed checkpoints and proofs get the published verdicts`() throws {
    let file = try VectorFile("formats-tables.json")
    for text in try file.list("checkpoint_bad") {
      #expect((try? Checkpoint(text: text.string ?? "")) == nil, "\(text)")
    }
    for pair in try file.list("tlog_proof_bad") {
      let parts = try #require(pair.list)
      #expect((try? OfflineProof(Array((parts[0].string ?? "").utf8))) == nil, "\(parts[1])")
    }
    for text in try file.list("other_type_vkeys_must_be_refused_or_ignored") {
      #expect(NoteKey(text.string ?? "") == nil)
    }
    let skey = try file.text("ed25519_key", "skey")
    #expect(NoteSigner(skey)?.key.text == (try file.text("ed25519_key", "vkey")))
  }

  @Test(.enabled(if: SharedData.path("data/vectors") != nil, Comment(rawValue: SharedData.absence)))
  func `notes and tile paths get the published verdicts`() throws {
    let file = try VectorFile("sumdb-note.json")
    var keys: [String: NoteKey] = [:]
    for name in ["PeterNeumann", "EnochRoot"] {
      keys[name] = NoteKey(try file.text("vkeys", name))
    }
    #expect(keys.count == 2)
    for text in try file.list("bad_vkeys") { #expect(NoteKey(text.string ?? "") == nil) }
    for entry in try file.list("good_notes") {
      let note = try SignedNote(Array((entry["note"]?.string ?? "").utf8))
      let known = (entry["known"]?.list ?? []).compactMap { keys[$0.string ?? ""] }
      let verified = (entry["verified"]?.list ?? []).compactMap { $0.string }
      #expect(try note.signers(among: known).map { $0.name } == verified)
    }
    for entry in try file.list("bad_notes") {
      guard let bytes = CheckpointTests.bytes(of: entry) else { continue }
      let why = entry["why"]?.string ?? ""
      #expect(
        (try? SignedNote(bytes).signers(among: Array(keys.values))) == nil, "\(why)")
    }
    let example = try VectorFile("c2sp-examples.json")
    let note = try SignedNote(Array(try example.text("signed_note", "note").utf8))
    let key = try #require(NoteKey(try example.text("signed_note", "vkey")))
    #expect(try note.signers(among: [key]) == [key])
  }

  /// The bytes of a published note; nil where the table tells how to make it.
  private static func bytes(of entry: JSONValue) -> [UInt8]? {
    if let text = entry["note"]?.string { return Array(text.utf8) }
    return entry["note_hex"]?.string.flatMap { Hexadecimal.decode($0) }
  }
}
