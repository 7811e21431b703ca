// The lines of a proof's file: of c2sp.org/tlog-proof, of a request to a witness, of a merchant.

import Events

/// The lines of a proof's file.
struct ProofLines {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next line without its line feed; nil where none ends any more, or it is no text.
  mutating func next() -> String? {
    guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let line = String(validating: bytes[place..<end], as: UTF8.self)
    place = end + 1
    return line
  }

  /// Hashes up to the empty line, which is taken as well.
  mutating func hashes() throws(ProofFault) -> [Digest] {
    var hashes: [Digest] = []
    while let line = next() {
      if line.isEmpty { return hashes }
      guard let hash = Digest(base64: line), hashes.count < CompactTree.heightMax else {
        throw .notALine("hash \(hashes.count + 1)")
      }
      hashes.append(hash)
    }
    throw .notALine("the empty line before the checkpoint")
  }

  /// What follows.
  func checkpoint() throws(ProofFault) -> SignedCheckpoint {
    do throws(CheckpointFault) {
      return try SignedCheckpoint(rest)
    } catch { throw .checkpoint(error) }
  }

  static func bytes(_ hashes: [Digest], _ head: SignedCheckpoint) -> [UInt8] {
    Array(hashes.map { $0.base64 + "\n" }.joined().utf8) + [UInt8(ascii: "\n")] + head.bytes
  }

  /// What stands behind a word at the beginning of the next line, which is taken; nil, and nothing
  /// is taken, where the line begins otherwise.
  mutating func field(_ word: String) -> String? {
    let start = place
    guard let line = next(), line.hasPrefix(word + " ") else {
      place = start
      return nil
    }
    return String(line.dropFirst(word.count + 1))
  }

  /// A leaf of the tree of merchants with the hashes that stand below it.
  mutating func leaf(_ text: String) throws(ProofFault) -> MerchantProof.Leaf {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = PlainDecimal.value(parts[0]),
      let leaf = Base64.decode(String(parts[1])).flatMap({ MerchantLeaf($0) })
    else { throw .notALine("a leaf") }
    var hashes: [Digest] = []
    while hashes.count < CompactTree.heightMax {
      let start = place
      guard let line = next(), let hash = Digest(base64: line) else {
        place = start
        break
      }
      hashes.append(hash)
    }
    // How many leaves there are is said by the event.
    return MerchantProof.Leaf(
      leaf: leaf, proof: InclusionProof(index: index, size: 0, hashes: hashes))
  }

  /// Everything that was not taken.
  var rest: [UInt8] { Array(bytes[place...]) }
}
