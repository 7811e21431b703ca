// The published proofs of the transparency-dev/merkle project, good and bad.

import Events
import Merkle
import Platform
import Support
import Testing

@Suite(.enabled(if: SharedData.path("data/vectors") != nil, Comment(rawValue: SharedData.absence)))
struct PublishedVectorTests {
  /// One file: a flat JSON object with one list, read by the name of the field.
  struct Case {
    var name: String
    var text: String

    func value(_ field: String) -> Substring? {
      guard let key = text.firstRange(of: "\"\(field)\":") else { return nil }
      let rest = text[key.upperBound...].drop { $0 == " " }
      if rest.first == "[" { return rest.dropFirst().prefix { $0 != "]" } }
      if rest.first == "\"" { return rest.dropFirst().prefix { $0 != "\"" } }
      return rest.prefix { $0 != "," && $0 != "\n" && $0 != "}" }
    }

    func number(_ field: String) -> UInt64? { value(field).flatMap { UInt64($0) } }
    func digest(_ field: String) -> Digest? { value(field).flatMap { Digest(base64: String($0)) } }
    var isWrong: Bool { value("wantErr") == "true" }

    /// The hashes; nil where one is not 32 bytes in strict Base64.
    var proof: [Digest]? {
      // Between quotes stand, by turns, punctuation and a hash; the empty text is a bad hash.
      let parts = (value("proof") ?? "").split(
        separator: "\"", omittingEmptySubsequences: false)
      var hashes: [Digest] = []
      for (index, part) in parts.enumerated() where index % 2 == 1 {
        guard let hash = Digest(base64: String(part)) else { return nil }
        hashes.append(hash)
      }
      return hashes
    }
  }

  private func cases(_ kind: String) throws -> [Case] {
    let folder = try #require(SharedData.path("data/vectors/merkle-proofs/\(kind)"))
    let disk = SystemDisk()
    var cases: [Case] = []
    var waiting = [folder]
    while let directory = waiting.popLast() {
      for name in try disk.list(directory) {
        let path = "\(directory)/\(name)"
        guard name.hasSuffix(".json") else {
          waiting.append(path)
          continue
        }
        var file = try InputFile(path)
        let bytes = try file.readAll(limit: 1 << 20)
        cases.append(Case(name: path, text: String(decoding: bytes, as: UTF8.self)))
      }
    }
    return cases
  }

  @Test func `Inclusion proofs get the published verdicts`() throws {
    let cases = try cases("inclusion")
    #expect(cases.count > 90)
    for test in cases {
      var passes = false
      if let index = test.number("leafIdx"), let size = test.number("treeSize"),
        let root = test.digest("root"), let leaf = test.digest("leafHash"), let hashes = test.proof
      {
        passes = InclusionProof(index: index, size: size, hashes: hashes)
          .verifies(leaf: leaf, root: root)
      }
      #expect(passes == !test.isWrong, "\(test.name)")
    }
  }

  @Test func `Consistency proofs get the published verdicts`() throws {
    let cases = try cases("consistency")
    #expect(cases.count > 90)
    // This one holds roots of 12 bytes that stand for any root: no digests of ours.
    for test in cases where !test.name.hasSuffix("sizes-are-equal-one-and-proof-is-empty.json") {
      var passes = false
      if let old = test.number("size1"), let new = test.number("size2"),
        let oldRoot = test.digest("root1"), let newRoot = test.digest("root2"),
        let hashes = test.proof
      {
        passes = ConsistencyProof(oldSize: old, newSize: new, hashes: hashes)
          .verifies(oldRoot: oldRoot, newRoot: newRoot)
      }
      #expect(passes == !test.isWrong, "\(test.name)")
    }
  }
}
