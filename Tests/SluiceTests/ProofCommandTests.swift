// The commands that prove: one event, growth, witnesses by file, and tiles.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Testing

@testable import sluice

@Suite struct ProofCommandTests {
  private func text(_ path: String) throws -> String {
    String(decoding: try SignedLog.bytes(path), as: UTF8.self)
  }

  private func bytes(of position: UInt64, _ folder: String) throws -> [UInt8] {
    try LogReader(SystemDisk(), folder).bytes(at: Position(position))
  }

  @Test func `each event is proven by its bytes, and by no other's`() throws {
    let log = try SignedLog()
    let (proof, event) = (log.beside("a.tlog-proof"), log.beside("a.event"))
    for position in ["0", "3", "\(log.end - 1)"] {
      #expect(try log.run("prove", "event", position, "--out", proof).code == 0)
      let raw = try bytes(of: UInt64(position) ?? 0, log.folder)
      try SignedLog.put(raw, event)
      let key = log.signer.key.text
      let words = ["prove", "check", proof, "--event", event]
      #expect(try BuiltProgram.run(words + ["--vkey", key]).code == 0)
      #expect(try BuiltProgram.run(words + ["--data", log.folder]).code == 0)
      let stranger = try #require(NoteSigner(name: "test", seed: [UInt8](repeating: 9, count: 32)))
      #expect(try BuiltProgram.run(words + ["--vkey", stranger.key.text]).code == 3)
      #expect(try BuiltProgram.run(words).code == 2, "somebody must be trusted")
      try SignedLog.put(raw.dropLast() + [(raw.last ?? 0) ^ 1], event)
      #expect(try BuiltProgram.run(words + ["--vkey", key]).code == 3)
    }
    #expect(try log.run("prove", "event", "\(log.end)").code == 1)
  }

  @Test func `which events are a merchant's is proven, and that another has none`() throws {
    let log = try SignedLog()
    let (proof, key) = (log.beside("m.merchant-proof"), log.signer.key.text)
    let none = try log.run("prove", "merchant", "m1", "--out", proof)
    #expect(none.code == 1 && none.error.contains("no tree of merchants"), "\(none.error)")
    var trees = MerchantTreeMaker(SystemDisk(), log.folder)
    let size = log.end
    try log.log.send(.commitMerchantTree(try trees.commit(at: Position(size))))
    try log.log.pay(.captured, "later", fen: 5)
    try log.sign()
    // Registered at 5 to 9 by the rules of the log that tests write, paid in turn behind the plan.
    for (merchant, events) in [("m1", 3), ("m2", 2), ("m5", 2), ("nobody", 0), ("a", 0)] {
      #expect(try log.run("prove", "merchant", merchant, "--out", proof).code == 0)
      for trust in [["--vkey", key], ["--data", log.folder]] {
        let told = try BuiltProgram.run(
          ["prove", "check", proof, "--json", "--merchant", merchant] + trust)
        #expect(told.code == 0, "\(told.error)")
        #expect(told.output.contains("\"events\":\(events),"), "\(merchant): \(told.output)")
        #expect(told.output.contains("\"among_the_first\":\(size),"))
      }
      let plain = try BuiltProgram.run([
        "prove", "check", proof, "--vkey", key, "--merchant", merchant,
      ])
      #expect(plain.output.hasPrefix("proven: merchant \(merchant) has "), "\(plain.output)")
    }
    let whole = try text(proof)
    let other = try MerchantProof(Array(whole.utf8))
    #expect(other.positions.isEmpty && other.leaves.count == 1)
    var mine = other
    mine.merchant = RealLog.id("m1")
    try SignedLog.put(mine.bytes, proof)
    let asked = ["prove", "check", proof, "--vkey", key]
    #expect(try BuiltProgram.run(asked + ["--merchant", "m1"]).code == 3)
    let stranger = try #require(NoteSigner(name: "test", seed: [UInt8](repeating: 9, count: 32)))
    try SignedLog.put(other.bytes, proof)
    for (whose, code) in [("a", Int32(0)), ("a ", 3), ("a\u{2060}", 3), ("m1", 3)] {
      #expect(try BuiltProgram.run(asked + ["--merchant", whose]).code == code, "\(whose)")
    }
    #expect(try BuiltProgram.run(asked).code == 2, "it is told whose proof it must be")
    let words = ["prove", "check", proof, "--merchant", "a"]
    #expect(try BuiltProgram.run(words + ["--vkey", stranger.key.text]).code == 3)
    #expect(try BuiltProgram.run(words).code == 2, "somebody must be trusted")
    #expect(try log.run("audit").code == 0)
  }

  @Test func `no proof is made of a merchant by a tree that is not the log's`() throws {
    let log = try SignedLog()
    var trees = MerchantTreeMaker(SystemDisk(), log.folder)
    var tree = try trees.commit(at: Position(log.end))
    tree.size -= 1
    try log.log.send(.commitMerchantTree(tree))
    try log.sign()
    let told = try log.run("prove", "merchant", "m1")
    #expect(told.code == 3 && told.error.contains("sluice audit"), "\(told.error)")
    let audit = try log.run("audit")
    #expect(audit.code == 3 && audit.output.contains("merchant-tree\n"), "\(audit.output)")
  }

  @Test func `a witness cosigns what only grew, once it knows the log's key`() throws {
    let log = try SignedLog()
    let (request, answer) = (log.beside("request"), log.beside("answer"))
    let (key, state) = (log.beside("w.key"), log.beside("seen"))
    let made = try BuiltProgram.run(["witness", "keygen", "w.example", "--out", key])
    #expect(made.code == 0)
    let witness = try #require(NoteKey(String(made.output.dropLast())))
    #expect(try log.run("witness", "request", "--old", "0", "--out", request).code == 0)
    let words = ["witness", "cosign", request, "--state", state, "--key", key, "--out", answer]
    let stranger = try BuiltProgram.run(words)
    #expect(stranger.code == 3 && stranger.error.contains("--vkey"), "\(stranger.error)")
    #expect(try BuiltProgram.run(words + ["--vkey", log.signer.key.text]).code == 0)
    #expect(try BuiltProgram.run(words).code == 1, "what was cosigned is asked once")
    let old = log.end
    let policy = log.beside("policy")
    try SignedLog.put(
      Array("log \(log.signer.key.text)\nwitness w \(witness.text)\nquorum w\n".utf8), policy)
    let (bare, whole) = (LogFolder(log.folder).checkpoint, log.beside("whole"))
    #expect(
      try BuiltProgram.run(["witness", "attach", bare, answer, "--policy", policy, "--out", whole])
        .code == 0)
    #expect(try log.run("verify", "--checkpoint", whole, "--policy", policy).code == 0)
    #expect(try log.run("verify", "--checkpoint", bare, "--policy", policy).code == 3)
    // The log goes on, and so does the witness; what is asked from elsewhere it refuses.
    try log.log.pay(.captured, "later", fen: 5)
    try log.sign()
    #expect(try log.run("witness", "request", "--old", "1", "--out", request).code == 0)
    #expect(try BuiltProgram.run(words).code == 1)
    #expect(try log.run("witness", "request", "--old", "\(old)", "--out", request).code == 0)
    #expect(try BuiltProgram.run(words).code == 0)
  }

  @Test func `a witness refuses another history, and another log`() throws {
    let log = try SignedLog()
    let state = log.beside("seen")
    var kept = try WitnessState(state)
    try kept.trust(log.signer.key.text)
    let leaves = (0..<9).map { Digest(words: (UInt64($0), 0, 0, 0)) }
    let other = (0..<9).map { Digest(words: (UInt64($0), 1, 0, 0)) }
    func head(_ leaves: [Digest], _ size: Int, _ origin: String = "test") throws -> SignedCheckpoint
    {
      let root = CompactTree.root(of: leaves.span, size: size)
      let checkpoint = Checkpoint(
        origin: origin, head: TreeHead(size: UInt64(size), root: root))
      return try #require(SignedCheckpoint(checkpoint, by: [log.signer]))
    }
    func request(_ leaves: [Digest], _ old: UInt64, _ origin: String = "test") throws
      -> WitnessRequest
    {
      WitnessRequest(
        ConsistencyProof(from: old, in: leaves.span), to: try head(leaves, 9, origin))
    }
    #expect(kept.objection(to: try request(leaves, 0)) == nil)
    kept.head = try head(leaves, 4)
    try kept.write()
    var again = try WitnessState(state)
    #expect(again.head == kept.head)
    #expect(again.objection(to: try request(leaves, 4)) == nil)
    #expect(again.objection(to: try request(other, 4))?.code == .damaged)
    #expect(again.objection(to: try request(leaves, 3))?.code == .refused)
    #expect(again.objection(to: try request(leaves, 4, "elsewhere"))?.code == .damaged)
    again.head = nil
    try again.write()
    #expect(try WitnessState(state).head == nil)
    try SignedLog.put(Array("nonsense".utf8), state)
    #expect(throws: CommandFailure.self) { _ = try WitnessState(state) }
  }

  @Test func `tiles are written again over what stands there, and nothing else is`() throws {
    let log = try SignedLog(merchants: 300)
    let folder = log.beside("tiles")
    #expect(try log.run("export", "tiles", folder).code == 0)
    let whole = try text("\(folder)/checkpoint")
    #expect(whole == (try text(LogFolder(log.folder).checkpoint)))
    let first = try SignedLog.bytes("\(folder)/tile/0/000")
    #expect(first.count == 8_192)
    #expect(try log.run("export", "tiles", folder).code == 0)
    try SignedLog.put([UInt8](repeating: 1, count: 8_192), "\(folder)/tile/0/000")
    let refused = try log.run("export", "tiles", folder)
    #expect(refused.code == 1 && refused.error.contains("tile/0/000"), "\(refused.error)")
  }
}
