// Policies: what may stand in one, and which heads it accepts.

import Events
import Merkle
import Testing

@Suite struct PolicyTests {
  private let log: NoteSigner
  private let witnesses: [NoteSigner]

  init() throws {
    log = try CheckpointTests.signer()
    witnesses = try (0..<6).map {
      try CheckpointTests.signer("w\($0).example", UInt8(20 + $0), .cosignature)
    }
  }

  private func read(_ text: String) throws -> TrustPolicy { try TrustPolicy(Array(text.utf8)) }

  /// The published example: two of three, one of three, and both groups.
  private var example: String {
    var text = "# who watches\nlog \(log.key.text) https://log.example\n\n"
    for (index, witness) in witnesses.enumerated() {
      text += "\twitness W\(index)  \(witness.key.text)\n"
    }
    return text + "group X 2 W0 W1 W2\ngroup Y any W3 W4 W5\ngroup XY all X Y\nquorum XY"
  }

  private func head(by cosigners: [Int]) throws -> SignedCheckpoint {
    let head = try CheckpointTests.head(of: numberedLeaves(3), by: [log])
    let lines = try cosigners.map { try #require(witnesses[$0].cosign(head.note, seconds: 9)) }
    return try SignedCheckpoint(head.note.adding(lines))
  }

  @Test(arguments: [
    ([0, 1, 3], true), ([0, 2, 5], true), ([0, 1, 2, 3, 4, 5], true), ([0, 1], false),
    ([0, 3, 4, 5], false), ([], false), ([3], false), ([1, 1, 3], false),
  ])
  func `a quorum of groups counts witnesses once each`(_ cosigners: [Int], _ isEnough: Bool) throws
  {
    let objection = try read(example).objection(to: try head(by: cosigners))
    #expect((objection == nil) == isEnough, "\(objection ?? "")")
  }

  @Test func `a policy without witnesses asks for the log's signature alone`() throws {
    let policy = try read("log \(log.key.text)\nquorum none\n")
    #expect(policy.objection(to: try head(by: [])) == nil)
    let other = try CheckpointTests.signer(CheckpointTests.origin, 99)
    let forged = try CheckpointTests.head(of: numberedLeaves(3), by: [other])
    #expect(policy.objection(to: forged) != nil)
  }

  @Test func `a cosignature that is not its own spoils the head`() throws {
    var lines = try head(by: [0, 1, 3]).note.signatures
    lines[1].bytes[20] ^= 1
    let text = try CheckpointTests.head(of: numberedLeaves(3), by: [log])
    let spoilt = try SignedCheckpoint(text.note.adding(lines))
    #expect(try read(example).objection(to: spoilt) != nil)
  }

  @Test func `what a policy may not say is refused with its line`() throws {
    let (key, witness) = (log.key.text, witnesses[0].key.text)
    let cases: [(String, Int)] = [
      ("", 1), ("quorum W", 1), ("log \(witness)\nquorum none", 1),
      ("witness W \(key)\nquorum W", 1), ("log \(key)\nlog \(key)\nquorum none", 2),
      ("witness W \(witness)\nwitness V \(witness)\nquorum V", 2),
      ("witness none \(witness)\nquorum none", 1), ("quorum none\nquorum none", 2),
      ("witness W \(witness)\ngroup G 2 W\nquorum G", 2),
      ("witness W \(witness)\ngroup G 0 W\nquorum G", 2),
      ("witness W \(witness)\ngroup G 01 W\nquorum G", 2),
      ("witness W \(witness)\ngroup G any W W\nquorum G", 2),
      ("witness W \(witness)\ngroup G any W\ngroup H any W\nquorum H", 3),
      ("group G any W\nwitness W \(witness)\nquorum G", 1),
      ("witness W \(witness)\ngroup W any W\nquorum W", 2), ("group G any\nquorum G", 1),
      ("witness W \(witness)\ngroup G any none\nquorum G", 2), ("trust me\nquorum none", 1),
      ("quorum none extra", 1), ("quorum\u{1} none", 1), ("log \(key)\n", 2),
    ]
    for (text, line) in cases {
      do {
        _ = try read(text)
        Issue.record("accepted: \(text)")
      } catch let fault as PolicyFault {
        #expect(fault.line == line, "\(text): \(fault)")
      }
    }
  }
}
