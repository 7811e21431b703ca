// One zlib stream that takes gzip members one after another.

import CZlib

/// The state of decompression between two chunks.
@safe struct Inflater: ~Copyable {
  // In memory of its own: zlib keeps a pointer back to it and refuses a stream that has moved.
  private let stream: UnsafeMutablePointer<z_stream>
  private(set) var isBetweenMembers = true

  struct Step: Sendable {
    var taken: Int
    var written: Int
    var isSound: Bool
  }

  init(path: String) throws(Fault) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // The largest window, and 16 to take gzip's wrapping and no other.
    let result = unsafe inflateInit2_(
      stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else {
      unsafe stream.deallocate()
      throw Fault("inflateInit2", .noMemory, path: path, hint: hint(for: .noMemory))
    }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Decompresses from a part of the input until it is used up, the room is full or a member ends.
  mutating func step(
    _ input: [UInt8], _ part: Range<Int>, into bytes: inout MutableRawSpan, room: Int
  ) -> Step {
    isBetweenMembers = false
    let result = unsafe bytes.withUnsafeMutableBytes { target in
      unsafe input.withUnsafeBytes { source in
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
          mutating: source.baseAddress?.advanced(by: part.lowerBound)
            .assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(part.count)
        unsafe stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(room)
        return unsafe inflate(stream, Z_NO_FLUSH)
      }
    }
    let taken = part.count - Int(unsafe stream.pointee.avail_in)
    let written = room - Int(unsafe stream.pointee.avail_out)
    if result == Z_STREAM_END {
      isBetweenMembers = true
      let reset = unsafe inflateReset(stream)
      return Step(taken: taken, written: written, isSound: reset == Z_OK)
    }
    return Step(taken: taken, written: written, isSound: result == Z_OK || result == Z_BUF_ERROR)
  }
}
