// What a dump is of: enough to make the same bytes again, and to see that they are the same.

package import Events
import Merkle
import Text

/// The place in the log that a dump is made at.
package struct LogContext: Hashable, Sendable {
  /// The name of the log.
  package var origin: ShortText
  package var id: LogID
  /// One past the last event that the dump holds.
  package var position: Position
  /// The root over the events before the position.
  package var root: Digest
  /// Of the last event; `.none` for an empty log.
  package var logTime: Timestamp
  /// The version of the program.
  package var release: String

  package init(
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
package struct Manifest: Hashable, Sendable {
  package var dump: String
  package var format: String
  /// Of the projection's rows.
  package var version: Int
  package var context: LogContext
  package var rows: Int
  /// SHA-256 of the rows' bytes; the head of each format's file says which these are.
  package var digest: Digest

  package init(
    dump: String, format: String, version: Int, context: LogContext, rows: Int, digest: Digest
  ) {
    self.dump = dump
    self.format = format
    self.version = version
    self.context = context
    self.rows = rows
    self.digest = digest
  }

  /// The manifest as one JSON object, without a line end.
  package func append(to out: inout [UInt8]) {
    var writer = JSONWriter()
    writer.beginObject(to: &out)
    writer.key("dump", to: &out)
    writer.string(dump, to: &out)
    writer.key("format", to: &out)
    writer.string(format, to: &out)
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
    writer.key("rows", to: &out)
    writer.integer(rows, to: &out)
    writer.key("sha256", to: &out)
    writer.string(digest.hex, to: &out)
    writer.key("release", to: &out)
    writer.string(context.release, to: &out)
    writer.endObject(to: &out)
  }

  /// The file beside a dump that cannot hold its manifest.
  package var bytes: [UInt8] {
    var out: [UInt8] = []
    append(to: &out)
    out.append(UInt8(ascii: "\n"))
    return out
  }
}

extension LogID {
  /// The 16 bytes in their order as hexadecimal digits.
  package var hex: String { hexOfWords([low, high]) }
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
