// Short messages with their padding, one by one or a row at a time.
//
// The library takes whole blocks where they stand; what is left of a message it copies into its
// context, pads there and wipes, which costs as much as half a block. So messages of a few blocks
// are padded here (FIPS 180-4, section 5.1.1), in memory from the stack that is written once.
//
// The library loads a message 16 bytes at a time, and a load of what several stores have just
// written waits until they have reached the cache: a quarter of the time of a node. So where there
// are many, a row of messages is written first, and hashed when all of it stands there.

public import Events

/// Messages of a few blocks.
enum PaddedMessage {
  private static let blockLength = 64
  private static let capacity = 320
  /// Behind the message stand a one bit and its length in bits.
  static let lengthMax = capacity - 9

  /// The length of a message of `count` bytes with its padding.
  @inline(__always)
  static func length(of count: Int) -> Int { ((count + 8) / blockLength + 1) * blockLength }

  /// Lays the padding of a message of `count` bytes, which is to stand at the start of a room.
  @inline(__always)
  static func pad(_ room: inout MutableRawSpan, _ count: Int) {
    let length = length(of: count)
    // The padding begins in the last block or in the one before it.
    unsafe room.withUnsafeMutableBytes { memory in
      let end = unsafe UnsafeMutableRawBufferPointer(
        rebasing: memory[max(0, length - 2 * blockLength)..<length])
      unsafe end.initializeMemory(as: UInt8.self, repeating: 0)
    }
    room.storeBytes(of: 0x80, toByteOffset: count, as: UInt8.self)
    room.storeBytes(of: UInt64(count * 8).bigEndian, toByteOffset: length - 8, as: UInt64.self)
  }

  /// Copies bytes into a room.
  @inline(__always)
  static func copy(_ text: RawSpan, to room: inout MutableRawSpan, at offset: Int) {
    unsafe room.withUnsafeMutableBytes { target in
      unsafe text.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        precondition(offset + source.count <= target.count, "a message is longer than its room")
        unsafe (to + offset).copyMemory(from: from, byteCount: source.count)
      }
    }
  }

  /// - Parameter prefix: a byte in front of the message; nil for none.
  @inline(__always)
  static func digest(prefix: UInt8? = nil, _ text: RawSpan) -> Digest {
    let start = prefix == nil ? 0 : 1
    return digest(start + text.byteCount) { room in
      if let prefix { room.storeBytes(of: prefix, as: UInt8.self) }
      copy(text, to: &room, at: start)
    }
  }

  /// The digest of a message of `count` bytes that `write` puts in front of its padding.
  @inline(__always)
  static func digest(_ count: Int, _ write: (inout MutableRawSpan) -> Void) -> Digest {
    precondition(count <= lengthMax, "a message is not short")
    return unsafe withUnsafeTemporaryAllocation(byteCount: capacity, alignment: 16) { memory in
      var room = unsafe memory.mutableBytes
      pad(&room, count)
      write(&room)
      return SHA256.digest(ofPadded: room.bytes.extracting(0..<length(of: count)))
    }
  }
}

/// The memory of a row, as much as the stack gives without being asked.
private let rowLength = 1_024

extension UnsafeMutableRawBufferPointer {
  /// One of the rooms of a row, which are of one length.
  @inline(__always)
  fileprivate func room(_ place: Int, of length: Int) -> UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(rebasing: self[place * length..<(place + 1) * length])
  }
}

extension EventBatch {
  /// Adds the leaves of some of its events to others, in their order.
  public func appendLeaves(_ range: Range<Int>, to leaves: inout [Digest]) {
    let rooms = 4
    for start in stride(from: range.lowerBound, to: range.upperBound, by: rooms) {
      let end = min(start + rooms, range.upperBound)
      unsafe withUnsafeTemporaryAllocation(byteCount: rowLength, alignment: 16) { memory in
        let roomLength = rowLength / rooms
        for index in start..<end {
          let event = bytes(of: index)
          guard PaddedMessage.length(of: 1 + event.byteCount) <= roomLength else { continue }
          let memory = unsafe memory.room(index - start, of: roomLength)
          var room = unsafe memory.mutableBytes
          PaddedMessage.pad(&room, 1 + event.byteCount)
          room.storeBytes(of: Digest.leafPrefix, as: UInt8.self)
          PaddedMessage.copy(event, to: &room, at: 1)
        }
        for index in start..<end {
          let event = bytes(of: index)
          let length = PaddedMessage.length(of: 1 + event.byteCount)
          guard length <= roomLength else {
            leaves.append(Digest.eventLeaf(event))
            continue
          }
          let room = unsafe memory.room(index - start, of: roomLength).bytes
          leaves.append(SHA256.digest(ofPadded: room.extracting(0..<length)))
        }
      }
    }
  }

  /// Adds the leaves of all of its events to others, in their order.
  public func appendLeaves(to leaves: inout [Digest]) { appendLeaves(0..<count, to: &leaves) }
}

extension Digest {
  /// Puts the nodes over the first pairs of some digests in the place of as many of them.
  static func pairUp(_ digests: inout MutableSpan<Digest>, pairs: Int) {
    let roomLength = PaddedMessage.length(of: nodeLength)
    let rooms = rowLength / roomLength
    unsafe withUnsafeTemporaryAllocation(byteCount: rowLength, alignment: 16) { memory in
      for place in 0..<min(rooms, pairs) {
        let memory = unsafe memory.room(place, of: roomLength)
        var room = unsafe memory.mutableBytes
        PaddedMessage.pad(&room, nodeLength)
        room.storeBytes(of: nodePrefix, as: UInt8.self)
      }
      for start in stride(from: 0, to: pairs, by: rooms) {
        let end = min(start + rooms, pairs)
        for pair in start..<end {
          let memory = unsafe memory.room(pair - start, of: roomLength)
          var room = unsafe memory.mutableBytes
          digests[2 * pair].write(into: &room, at: 1)
          digests[2 * pair + 1].write(into: &room, at: 1 + byteCount)
        }
        for pair in start..<end {
          let room = unsafe memory.room(pair - start, of: roomLength).bytes
          digests[pair] = SHA256.digest(ofPadded: room)
        }
      }
    }
  }
}
