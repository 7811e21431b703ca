// A proof that an event stands in a log, in one file, as C2SP tlog-proof v1 has it:
//
//   c2sp.org/tlog-proof@v1
//   extra <Base64>               left out where there is nothing more; it is not authenticated
//   index <decimal>
//   <Base64>                     a line for each hash of RFC 6962 section 2.1.1
//   <an empty line>
//   <the checkpoint>
//
// And a request to a witness, as C2SP tlog-witness v1.0.0 has it, which shows that a log only grew:
//
//   old <decimal>
//   <Base64>                     a line for each hash of RFC 6962 section 2.1.2, at most 63
//   <an empty line>
//   <the checkpoint>

public import Events

/// That an event stands at a position of a log whose head is signed.
public struct OfflineProof: Hashable, Sendable {
  public static let header = "c2sp.org/tlog-proof@v1"
  public static let fileSuffix = ".tlog-proof"
  /// How long such a file is at most: a note, 64 hashes, and as much again for what is extra.
  public static let bytesMax = 2 * SignedNote.bytesMax

  public var extra: [UInt8]
  public var proof: InclusionProof
  public var head: SignedCheckpoint

  public init(_ proof: InclusionProof, in head: SignedCheckpoint, extra: [UInt8] = []) {
    self.proof = proof
    self.head = head
    self.extra = extra
  }

  /// Reads a proof's file; whether it proves anything is still to be asked.
  ///
  /// - Throws: `ProofFault` for any bytes that are none.
  public init(_ bytes: [UInt8]) throws(ProofFault) {
    guard bytes.count <= OfflineProof.bytesMax else {
      throw .tooLong(bytes.count, max: OfflineProof.bytesMax)
    }
    var lines = ProofLines(bytes)
    guard lines.next() == OfflineProof.header else { throw .notALine("the header") }
    var line = lines.next()
    extra = []
    if let text = line, text.hasPrefix("extra ") {
      guard let decoded = Base64.decode(String(text.dropFirst(6))) else {
        throw .notALine("what is extra")
      }
      extra = decoded
      line = lines.next()
    }
    guard let text = line, text.hasPrefix("index "),
      let index = PlainDecimal.value(text.dropFirst(6))
    else { throw .notALine("the index") }
    let hashes = try lines.hashes()
    head = try lines.checkpoint()
    guard index < head.head.size else { throw .outside(index: index, size: head.head.size) }
    proof = InclusionProof(index: index, size: head.head.size, hashes: hashes)
  }

  public var bytes: [UInt8] {
    var text = OfflineProof.header + "\n"
    if !extra.isEmpty { text += "extra \(Base64.encode(extra))\n" }
    text += "index \(proof.index)\n"
    return Array(text.utf8) + ProofLines.bytes(proof.hashes, head)
  }

  /// Whether it shows that a leaf stands there, by the root that the checkpoint names.
  public func verifies(leaf: Digest) -> Bool {
    proof.verifies(leaf: leaf, root: head.head.root)
  }
}

/// That a log whose head is signed begins with the log of an earlier head.
public struct WitnessRequest: Hashable, Sendable {
  public static let hashesMax = 63

  public var proof: ConsistencyProof
  public var head: SignedCheckpoint

  public init(_ proof: ConsistencyProof, to head: SignedCheckpoint) {
    self.proof = proof
    self.head = head
  }

  /// Reads a request.
  ///
  /// - Throws: `ProofFault` for any bytes that are none.
  public init(_ bytes: [UInt8]) throws(ProofFault) {
    guard bytes.count <= OfflineProof.bytesMax else {
      throw .tooLong(bytes.count, max: OfflineProof.bytesMax)
    }
    var lines = ProofLines(bytes)
    guard let text = lines.next(), text.hasPrefix("old "),
      let old = PlainDecimal.value(text.dropFirst(4))
    else { throw .notALine("the old size") }
    let hashes = try lines.hashes()
    guard hashes.count <= WitnessRequest.hashesMax else {
      throw .tooLong(bytes.count, max: OfflineProof.bytesMax)
    }
    head = try lines.checkpoint()
    guard old <= head.head.size else { throw .outside(index: old, size: head.head.size) }
    proof = ConsistencyProof(oldSize: old, newSize: head.head.size, hashes: hashes)
  }

  public var bytes: [UInt8] {
    Array("old \(proof.oldSize)\n".utf8) + ProofLines.bytes(proof.hashes, head)
  }

  /// Whether it shows that the log of the old head only grew; every log grew from the empty one.
  public func verifies(oldRoot: Digest) -> Bool {
    guard proof.oldSize > 0 else { return proof.hashes.isEmpty && oldRoot == .emptyRoot }
    return proof.verifies(oldRoot: oldRoot, newRoot: head.head.root)
  }
}

/// Why bytes are no proof.
public enum ProofFault: Error, Hashable, Sendable, CustomStringConvertible {
  case tooLong(Int, max: Int)
  /// What should stand on a line and does not.
  case notALine(String)
  case outside(index: UInt64, size: UInt64)
  case checkpoint(CheckpointFault)

  public var description: String {
    switch self {
    case .tooLong(let count, let max): "it has \(count) bytes, and a proof has at most \(max)"
    case .notALine(let what): "\(what) is missing or not written as it should be"
    case .outside(let index, let size): "\(index) is not inside a log of \(size) events"
    case .checkpoint(let fault): "its checkpoint: \(fault)"
    }
  }
}
