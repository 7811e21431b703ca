// What a dump is of: enough to make the same bytes again, and to see that they are the same.

public import Events
import Merkle
import Projections
import Text

/// The place in the log that a dump is made at.
public struct LogContext: Hashable, Sendable {
  /// The name of the log.
  public var origin: ShortText
  public var id: LogID
  /// One past the last event that the dump holds.
  public var position: Position
  /// The root over the events before the position.
  public var root: Digest
  /// Of the last event; `.none` for an empty log.
  public var logTime: Timestamp
  /// The version of the program.
  public var release: String

  public init(
    origin: ShortText, id: LogID, position: Position, root: Digest, logTime: Timestamp,
    release: String
  ) {
    self.origin = origin
    self.id = id
    self.position = position
    self.root = root
    self.logTime = logTime
    self.release = release
  }
}

/// The account of a dump that is handed out with it.
///
/// Every dump has all rows of its projection, so its parameters are none; a filter would be named
/// there, and whoever reads of one here does not know it.
public struct Manifest: Hashable, Sendable {
  public var dump: String
  public var format: String
  /// Of what the format makes of a row.
  public var formatVersion: Int
  /// Of the projection's rows.
  public var version: Int
  public var context: LogContext
  /// What the rows are sorted by.
  public var order: String
  public var rows: Int
  /// SHA-256 of the rows' bytes; the head of each format's file says which these are.
  public var digest: Digest

  /// - Parameter format: the word for it, and the version of what it makes of a row.
  init(
    _ name: DumpName, _ format: (name: String, version: Int), _ context: LogContext, rows: Int,
    digest: Digest
  ) {
    dump = name.name
    self.format = format.name
    formatVersion = format.version
    version = name.version
    self.context = context
    order = name.order
    self.rows = rows
    self.digest = digest
  }

  /// The manifest as one JSON object, without a line end.
  public func append(to out: inout [UInt8]) {
    var writer = JSONWriter()
    writer.beginObject(to: &out)
    writer.key("dump", to: &out)
    writer.string(dump, to: &out)
    writer.key("format", to: &out)
    writer.string(format, to: &out)
    writer.key("format_version", to: &out)
    writer.integer(formatVersion, to: &out)
    writer.key("projection_version", to: &out)
    writer.integer(version, to: &out)
    writer.key("log_origin", to: &out)
    writer.string(context.origin, to: &out)
    writer.key("log_id", to: &out)
    writer.string(context.id.hex, to: &out)
    writer.key("position", to: &out)
    writer.integer(context.position.rawValue, to: &out)
    writer.key("root", to: &out)
    writer.string(context.root.base64, to: &out)
    writer.key("log_time", to: &out)
    if context.logTime == .none {
      writer.null(to: &out)
    } else {
      writer.time(context.logTime, offsetSeconds: RFC3339.beijingOffset, to: &out)
    }
    writer.key("parameters", to: &out)
    writer.beginObject(to: &out)
    writer.endObject(to: &out)
    writer.key("order", to: &out)
    writer.string(order, to: &out)
    writer.key("rows", to: &out)
    writer.integer(rows, to: &out)
    writer.key("sha256", to: &out)
    writer.string(digest.hex, to: &out)
    writer.key("release", to: &out)
    writer.string(context.release, to: &out)
    writer.endObject(to: &out)
  }

  /// The file beside a dump that cannot hold its manifest.
  public var bytes: [UInt8] {
    var out: [UInt8] = []
    append(to: &out)
    out.append(UInt8(ascii: "\n"))
    return out
  }
}

/// Little-endian words as the hexadecimal digits of their bytes.
func hexOfWords(_ words: [UInt64]) -> String {
  var bytes: [UInt8] = []
  for word in words {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: word >> shift))
    }
  }
  return Hexadecimal.encode(bytes)
}
