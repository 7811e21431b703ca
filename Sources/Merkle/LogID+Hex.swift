// A log's id as text: the bytes as they stand in its first event and in its files.

public import Events

extension LogID {
  /// The 16 bytes in their order, as 32 lower-case hexadecimal digits.
  public var hex: String {
    var bytes: [UInt8] = []
    for word in [low, high] {
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    return Hexadecimal.encode(bytes)
  }

  /// An id from 32 hexadecimal digits of either case; nil for anything else.
  public init?(hex: String) {
    guard let bytes = Hexadecimal.decode(hex), bytes.count == 16 else { return nil }
    func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    self.init(low: word(bytes[..<8]), high: word(bytes[8...]))
  }
}
