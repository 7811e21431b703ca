// A digest as bytes and as text.

public import Events

extension Digest {
  public static let byteCount = 32

  /// The 32 bytes of a span from an offset on; traps where the span ends before.
  public init(_ bytes: RawSpan, at offset: Int = 0) {
    func word(_ index: Int) -> UInt64 {
      let place = offset + index * 8
      return UInt64(
        littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
    self.init(words: (word(0), word(1), word(2), word(3)))
  }

  /// A digest of exactly 32 bytes; nil for any other count.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Digest.byteCount else { return nil }
    let span = bytes.span
    self.init(unsafe span.bytes)
  }

  /// A digest from 64 hexadecimal digits of either case; nil for anything else.
  public init?(hex: String) {
    guard let bytes = Hexadecimal.decode(hex) else { return nil }
    self.init(bytes: bytes)
  }

  /// A digest from strict Base64; nil for anything else.
  public init?(base64: String) {
    guard let bytes = Base64.decode(base64) else { return nil }
    self.init(bytes: bytes)
  }

  /// Stores the 32 bytes at an offset; traps where the span ends before.
  public func write(into bytes: inout MutableRawSpan, at offset: Int = 0) {
    bytes.storeBytes(of: words.0.littleEndian, toByteOffset: offset, as: UInt64.self)
    bytes.storeBytes(of: words.1.littleEndian, toByteOffset: offset + 8, as: UInt64.self)
    bytes.storeBytes(of: words.2.littleEndian, toByteOffset: offset + 16, as: UInt64.self)
    bytes.storeBytes(of: words.3.littleEndian, toByteOffset: offset + 24, as: UInt64.self)
  }

  public var bytes: [UInt8] {
    var result = [UInt8](repeating: 0, count: Digest.byteCount)
    var span = result.mutableSpan
    var raw = unsafe span.mutableBytes
    write(into: &raw)
    return result
  }

  /// Sixty-four lower-case hexadecimal digits.
  public var hex: String { Hexadecimal.encode(bytes) }

  /// Standard Base64 with padding: 44 characters.
  public var base64: String { Base64.encode(bytes) }
}
