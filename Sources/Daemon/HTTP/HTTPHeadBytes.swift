// The bytes of a head as they lie in the library's buffer.
//
// The library ends what it cuts with zeros, so a zero that was sent hides what stands behind it,
// from us and from nobody before us. Between two pieces that it hands over lies nothing but line
// ends, spaces and its own zeros; anything else there was hidden, or is a value of several lines,
// which is put together elsewhere and which no sender may make any more (RFC 9112, section 5.2).

/// One request's line and headers in memory, from the method on.
@safe struct HTTPHeadBytes {
  private let bytes: UnsafeRawBufferPointer
  /// Up to where all bytes are known.
  private var end: Int
  private(set) var hidesBytes = false

  /// - Parameters:
  ///   - method: where the first line begins.
  ///   - count: of all of them, as the library says; the first line is not looked at where it is 0.
  init(method: UnsafeRawPointer, count: Int) {
    unsafe bytes = UnsafeRawBufferPointer(start: method, count: count)
    end = 0
  }

  /// The target: where it begins, where the version does, and how long it is as it was handed over.
  mutating func line(target: UInt, version: UInt, count: Int) {
    take(target, count)
    if let start = offset(version) {
      hidesBytes = hidesBytes || start != end + 1
      end = max(end, start)
      // The version's eight characters were compared by the library.
      end = min(end + "HTTP/1.1".utf8.count, unsafe bytes.count)
    }
  }

  /// The next piece; one that lies somewhere else is passed over.
  mutating func take(_ address: UInt, _ count: Int) {
    guard let start = offset(address), start >= end, start + count <= (unsafe bytes.count) else {
      return
    }
    look(upTo: start)
    end = start + count
  }

  /// All pieces were taken.
  mutating func finish() { look(upTo: unsafe bytes.count) }

  private mutating func look(upTo start: Int) {
    guard end < start else { return }
    let isPlain = unsafe bytes[end..<start].allSatisfy { byte in
      switch byte {
      case 0, 0x09, 0x0A, 0x0D, 0x20: true
      default: false
      }
    }
    hidesBytes = hidesBytes || !isPlain
  }

  private func offset(_ address: UInt) -> Int? {
    let start = unsafe UInt(bitPattern: bytes.baseAddress)
    guard address >= start, address - start < UInt(unsafe bytes.count) else { return nil }
    return Int(address - start)
  }
}
