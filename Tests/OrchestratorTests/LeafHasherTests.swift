// The tree that is hashed beside the fold is the tree of the log.

import Events
import Merkle
import Orchestrator
import Platform
import Testing

@Suite struct LeafHasherTests {
  @Test func `batches of every size give the tree of their events, in one go or in parts`() {
    var encoder = FieldEncoder()
    var wanted = CompactTree()
    let hasher = LeafHasher()
    var part = CompactTree()
    for size in [1, 2, 7, 300, 1, 30_000, 5_000, 64] {
      let buffer = BatchBuffer()
      for number in 0..<size {
        let header = EventHeader(logTime: Timestamp(seconds: Int64(number + size)))
        Event(header, .clockConfirmed).encode(into: &encoder)
        buffer.append(encoder.span)
        wanted.append(Digest.eventLeaf(encoder.span))
      }
      let follower = LeafHasher(after: part)
      buffer.withBatch(first: .zero, logTime: .none) { batch in
        hasher.append(batch)
        follower.append(batch)
      }
      part = follower.finish()
      #expect(part == wanted)
    }
    #expect(hasher.finish() == wanted)
  }

  @Test func `a hasher that was handed nothing has the tree it began with`() {
    let hasher = LeafHasher()
    #expect(hasher.finish().root == .emptyRoot)
  }

  @Test func `a hasher that is let go of ends`() {
    for _ in 0..<50 {
      var encoder = FieldEncoder()
      Event(EventHeader(), .clockConfirmed).encode(into: &encoder)
      let buffer = BatchBuffer()
      buffer.append(encoder.span)
      let hasher = LeafHasher()
      buffer.withBatch(first: .zero, logTime: .none) { hasher.append($0) }
    }
  }
}
