// A payment event read where it stands: its fixed fields and its strings, without decoding them.

public import CRecord

/// The canonical bytes of a payment event, seen field by field.
///
/// Every string of it lies inside the bytes and they fill them exactly.
public struct PaymentView: ~Escapable {
  public static let headLength = MemoryLayout<sluice_head>.size
  /// Bytes before the strings.
  public static let fixedLength = headLength + MemoryLayout<sluice_payment>.size
  /// transaction, order, account, code, refund, merchant.
  private static let textCount = 6

  private let bytes: RawSpan
  /// Where the length byte of each string stands, and one past the last string.
  private let places: InlineArray<7, UInt16>

  /// Nil where the strings do not fill the bytes; the full decoder then says what is wrong.
  @inline(__always)
  @_lifetime(copy bytes)
  public init?(_ bytes: RawSpan) {
    var places = InlineArray<7, UInt16>(repeating: 0)
    var offset = PaymentView.fixedLength
    let end = bytes.byteCount
    for index in 0..<PaymentView.textCount {
      guard offset < end else { return nil }
      let count = Int(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
      guard count <= ExternalID.lengthMax else { return nil }
      places[index] = UInt16(truncatingIfNeeded: offset)
      offset &+= 1 &+ count
    }
    places[PaymentView.textCount] = UInt16(truncatingIfNeeded: offset)
    guard offset < end else { return nil }
    let digest = Int(unsafe bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
    guard digest == 0 || digest == 32, offset &+ 1 &+ digest == end else { return nil }
    self.bytes = bytes
    self.places = places
  }

  public var head: sluice_head {
    @inline(__always) get {
      unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: sluice_head.self)
    }
  }

  public var fields: sluice_payment {
    @inline(__always) get {
      unsafe bytes.unsafeLoadUnaligned(
        fromByteOffset: PaymentView.headLength, as: sluice_payment.self)
    }
  }

  @inline(__always)
  @_lifetime(copy self)
  private func text(_ index: Int) -> RawSpan {
    bytes.extracting(Int(places[index]) + 1..<Int(places[index + 1]))
  }

  public var transaction: RawSpan { @inline(__always) @_lifetime(copy self) get { text(0) } }
  public var order: RawSpan { @inline(__always) @_lifetime(copy self) get { text(1) } }
  public var code: RawSpan { @inline(__always) @_lifetime(copy self) get { text(3) } }
  public var refund: RawSpan { @inline(__always) @_lifetime(copy self) get { text(4) } }
  /// The external merchant id; empty where the head names a registered merchant.
  public var merchant: RawSpan { @inline(__always) @_lifetime(copy self) get { text(5) } }
}
