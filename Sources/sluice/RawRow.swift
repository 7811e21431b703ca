// A row as it stands in its file, kept for whoever mends it: quotes and all, up to a limit.

/// The bytes of a row, or its beginning where it is a long one.
struct RawRow {
  /// A misplaced quote may make one row of a whole file; no more of it is kept.
  static let bytesMax = 64 * 1024

  private(set) var bytes: [UInt8] = []
  /// How many bytes the row has in the file.
  private(set) var count = 0

  var isCut: Bool { bytes.count < count }

  init() {}

  init(_ bytes: Span<UInt8>) { append(bytes) }

  mutating func append(_ more: Span<UInt8>) {
    count += more.count
    let room = min(more.count, RawRow.bytesMax - bytes.count)
    guard room > 0 else { return }
    bytes.reserveCapacity(bytes.count + room)
    for index in 0..<room { bytes.append(more[index]) }
  }

  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    count = 0
  }

  /// Takes away empty lines before the row, and its own line end.
  mutating func trimLineEnds() {
    let isLineEnd = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
    if !isCut {
      while let last = bytes.last, isLineEnd(last) {
        bytes.removeLast()
        count -= 1
      }
    }
    let empty = bytes.prefix(while: isLineEnd).count
    guard empty > 0 else { return }
    bytes.removeFirst(empty)
    count -= empty
  }
}
