// A file held against the dump that it should be, byte for byte, while the dump is printed anew.

import Events
public import Platform
public import Projections

extension Dump {
  /// The first place at which a file is not the dump that it should be.
  public struct Difference: Hashable, Sendable {
    public var offset: Int
    /// Counted from 1.
    public var line: Int
  }

  /// Prints a dump anew and compares a file with it.
  ///
  /// - Returns: the manifest of what was printed, and where the file first differs; nil where it is
  ///   the same to its last byte.
  public static func compare(
    _ path: String, with name: DumpName, _ format: DumpFormatName, _ model: ReadModel,
    _ context: LogContext, on disk: some Disk
  ) throws(Fault) -> (manifest: Manifest, difference: Difference?) {
    let file = try disk.open(path, .read)
    defer { try? disk.close(file) }
    let length = try disk.size(file)
    let (manifest, place) = try write(name, format, model, context, ComparedPlace()) {
      (place, piece) throws(Fault) in
      guard !place.hasEnded else { return }
      var bytes = [UInt8](repeating: 0, count: piece.count)
      var held = 0
      do {
        var elements = bytes.mutableSpan
        var span = unsafe elements.mutableBytes
        held = try disk.readAll(file, into: &span, at: place.offset)
      }
      place.compare(piece, with: bytes.span.extracting(0..<held))
    }
    guard place.hasEnded || place.offset < length else { return (manifest, nil) }
    return (manifest, Difference(offset: place.offset, line: place.line))
  }
}

/// How far a file is the same.
private struct ComparedPlace: Sendable {
  var offset = 0
  var line = 1
  var hasEnded = false

  mutating func compare(_ piece: Span<UInt8>, with held: Span<UInt8>) {
    for index in 0..<piece.count {
      guard index < held.count, held[index] == piece[index] else {
        hasEnded = true
        return
      }
      offset += 1
      if piece[index] == UInt8(ascii: "\n") { line += 1 }
    }
  }
}
