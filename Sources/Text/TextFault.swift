// What the parsers say when bytes from outside are not what they must be.

/// A text that was refused: where, what is wrong, and what to do about it.
public struct TextFault: Error, Hashable, Sendable {
  /// The byte at which the fault was found, from 0.
  public var offset: Int
  /// The line of that byte, from 1; 0 where the fault is of a field and its reason names the path.
  public var line: Int
  /// What is wrong, without a full stop.
  public var reason: String
  /// What to do about it, in one sentence; empty where the reason says it all.
  public var hint: String

  public init(offset: Int, line: Int, reason: String, hint: String = "") {
    self.offset = offset
    self.line = line
    self.reason = reason
    self.hint = hint
  }
}

extension TextFault: CustomStringConvertible {
  public var description: String {
    let place = line > 0 ? "line \(line), offset \(offset): " : ""
    let advice = hint.isEmpty ? "" : " \(hint)"
    return "\(place)\(reason).\(advice)"
  }
}

extension TextFault {
  /// A fault at an offset of a text; the line is counted only now, because faults are rare.
  @inline(never)
  static func at(
    _ offset: Int, of bytes: Span<UInt8>, _ reason: String, _ hint: String = ""
  ) -> TextFault {
    var line = 1
    for index in 0..<min(offset, bytes.count) where bytes[index] == Byte.lineFeed { line += 1 }
    return TextFault(offset: offset, line: line, reason: reason, hint: hint)
  }

  /// A fault of a field that is named by its path.
  @inline(never)
  static func field(_ reason: String, _ hint: String = "") -> TextFault {
    TextFault(offset: 0, line: 0, reason: reason, hint: hint)
  }
}
