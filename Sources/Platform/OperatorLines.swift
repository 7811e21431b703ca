// The lines that a daemon writes for its operator: one an event, on the standard error.
//
// Where the standard error is the journal, a line begins with its priority, as in `<4>`, which the
// journal takes off and keeps (sd-daemon(3)); everywhere else it begins with the priority's name.
// Whatever stands in a text, a line stays one line and does nothing to a terminal.

/// How much a line matters, with the numbers of syslog.
public enum Severity: Int, CaseIterable, Comparable, Sendable {
  /// Something is lost or ended.
  case error = 3
  /// Something is not as it should be, and the daemon goes on.
  case warning = 4
  /// Something that an operator asked for, or waits for.
  case notice = 5
  /// Everyday life.
  case info = 6

  public var name: String { "\(self)" }

  /// The one that matters more comes first.
  public static func < (first: Severity, second: Severity) -> Bool {
    first.rawValue < second.rawValue
  }
}

/// Where a daemon's lines go, and which.
public struct OperatorLines: Sendable {
  /// The most bytes a line has; what is longer is cut and says so.
  public static let lineMax = 2_000
  private static let cut = Array(" [...]".utf8)

  /// Whether the standard error is the journal.
  public let isJournal: Bool
  /// Lines that matter less are not written.
  public let least: Severity

  public init(isJournal: Bool, least: Severity = .info) {
    self.isJournal = isJournal
    self.least = least
  }

  /// Asks the environment whether the standard error is the journal, and not a pipe behind it.
  public static func standardError(least: Severity = .info) -> OperatorLines {
    let journal = CurrentProcess.environment("JOURNAL_STREAM")
    return OperatorLines(
      isJournal: journal != nil && journal == StandardStream.error.identity, least: least)
  }

  /// Writes a line, where it matters enough; a reader that has gone is no fault of ours.
  public func write(_ severity: Severity, _ text: String) {
    guard severity <= least else { return }
    try? StandardStream.error.write(line(severity, text))
  }

  /// A line with its line feed.
  public func line(_ severity: Severity, _ text: String) -> [UInt8] {
    var line = Array((isJournal ? "<\(severity.rawValue)>" : "\(severity.name): ").utf8)
    let room = OperatorLines.lineMax - OperatorLines.cut.count - 1
    for scalar in text.unicodeScalars {
      let bytes = OperatorLines.escaped(scalar)
      guard line.count + bytes.count <= room else {
        line.append(contentsOf: OperatorLines.cut)
        break
      }
      line.append(contentsOf: bytes)
    }
    line.append(UInt8(ascii: "\n"))
    return line
  }

  /// A scalar as it may stand in a line: what controls a terminal, ends a line or turns the
  /// direction of writing is spelled out.
  private static func escaped(_ scalar: Unicode.Scalar) -> [UInt8] {
    switch scalar.value {
    case 0x0A: return Array("\\n".utf8)
    case 0x0D: return Array("\\r".utf8)
    case 0x09: return Array("\\t".utf8)
    case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069:
      return Array("\\u{\(String(scalar.value, radix: 16))}".utf8)
    default: return Array(String(scalar).utf8)
    }
  }
}
