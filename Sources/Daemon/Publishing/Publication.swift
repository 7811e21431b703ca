// What a daemon publishes: the dashboard and the tables that are not long, as files of one folder.
//
//   dashboard.html     the page
//   NAME.json          each table of at most `rowsMax` rows
//   published.json     the position, the root, each file with its rows and its SHA-256, and what
//                      was left out; written last, so that no file it names is older than it says
//
// The table of merchants has a row for each of them and is in none of it: `sluice dump merchants`.
// A file that is not of the position in `published.json` is of an earlier one: each says its own.

public import Dumps
import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Text

/// Where a daemon publishes, how often, and in which language.
public struct Publication: Sendable {
  /// Longer tables are left out: they are printed again and again.
  public static let rowsMax = 20_000
  /// The shortest and the longest time between two turns, in nanoseconds.
  public static let everyMin: Int64 = 1_000_000_000
  public static let everyMax: Int64 = 86_400_000_000_000

  /// Nil where nothing is written and the page is shown by HTTP alone.
  public var folder: String?
  /// Nanoseconds by the machine, whatever clock the log runs on.
  public var every: Int64
  public var language: Language

  public init(folder: String?, every: Int64 = 30_000_000_000, language: Language = .english) {
    self.folder = folder
    self.every = every
    self.language = language
  }
}

extension Publication {
  static let indexName = "published.json"
  static let pageName = "dashboard.html"

  /// All files at a position.
  static func files(
    _ model: ReadModel, _ place: LogContext, page: [UInt8]
  ) -> [PublishedFile] {
    var files = [PublishedFile(name: pageName, bytes: page)]
    var rows: [Int?] = [nil]
    var leftOut: [(name: String, rows: Int)] = []
    for name in DumpName.allCases {
      let count = name.rowCount(model)
      guard name != .merchants, count <= rowsMax else {
        leftOut.append((name.name, count))
        continue
      }
      let (bytes, manifest) = Dump.bytes(name, .json, model, place)
      files.append(PublishedFile(name: "\(name.name).json", bytes: bytes))
      rows.append(manifest.rows)
    }
    files.append(
      PublishedFile(
        name: indexName, bytes: index(zip(files, rows).map { ($0, $1) }, leftOut, place)))
    return files
  }

  private static func index(
    _ files: [(file: PublishedFile, rows: Int?)], _ leftOut: [(name: String, rows: Int)],
    _ place: LogContext
  ) -> [UInt8] {
    var (json, out) = (JSONWriter(), [UInt8]())
    json.beginObject(to: &out)
    func put(_ name: String, _ value: String) {
      json.key(name, to: &out)
      json.string(value, to: &out)
    }
    put("origin", "\(place.origin)")
    put("log_id", place.id.hex)
    json.key("position", to: &out)
    json.integer(place.position.rawValue, to: &out)
    put("root", place.root.base64)
    put("log_time", RFC3339.text(place.logTime))
    json.key("files", to: &out)
    json.beginArray(to: &out)
    for (file, rows) in files {
      json.beginObject(to: &out)
      put("name", file.name)
      json.key("bytes", to: &out)
      json.integer(file.bytes.count, to: &out)
      put("sha256", SHA256.hash(unsafe file.bytes.span.bytes).hex)
      if let rows {
        json.key("rows", to: &out)
        json.integer(rows, to: &out)
      }
      json.endObject(to: &out)
    }
    json.endArray(to: &out)
    json.key("left_out", to: &out)
    json.beginArray(to: &out)
    for (name, rows) in leftOut {
      json.beginObject(to: &out)
      put("name", name)
      json.key("rows", to: &out)
      json.integer(rows, to: &out)
      json.endObject(to: &out)
    }
    json.endArray(to: &out)
    json.endObject(to: &out)
    out.append(UInt8(ascii: "\n"))
    return out
  }
}
