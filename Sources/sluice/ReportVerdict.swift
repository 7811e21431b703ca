// What came of making a dump again: what is the same, what differs, and what none of it shows.

import Dumps
import Events
import Merkle
import Platform
import Projections

/// The outcome of a verification of one dump.
struct ReportVerdict {
  /// A value of the manifest that is another when it is made again.
  struct Difference: Hashable {
    var field: String
    var noted: String
    var made: String
  }

  let path: String
  let manifest: Manifest
  let signers: [String]
  /// Whether the keys are those that the folder of the log tells of.
  let areKeysItsOwn: Bool
  private(set) var differences: [Difference] = []
  /// The dump's file, where it was compared to its last byte.
  private(set) var file: String?
  private(set) var fileDifference: (path: String, what: FileDifference)?

  /// Where a file is not the dump.
  enum FileDifference: CustomStringConvertible {
    case place(Dump.Difference)
    /// Of a database, in words.
    case database(String)

    var description: String {
      switch self {
      case .place(let place): "it differs at line \(place.line), offset \(place.offset)"
      case .database(let what): what
      }
    }
  }

  init(path: String, manifest: Manifest, signers: [String], areKeysItsOwn: Bool) {
    self.path = path
    self.manifest = manifest
    self.signers = signers
    self.areKeysItsOwn = areKeysItsOwn
  }

  /// Prints the table again and compares it with the manifest, and the file with what is printed.
  mutating func compare(
    _ fold: ModelFold, _ table: (name: DumpName, format: DumpFormatName?), file: String?
  ) throws {
    var context = fold.context
    // The program that printed it may have been another; what it prints is told by the versions.
    context.release = manifest.context.release
    var made: Manifest
    if let file, let format = table.format {
      let compared = try Dump.compare(
        file, with: table.name, format, fold.model, context, on: SystemDisk())
      made = compared.manifest
      self.file = file
      fileDifference = compared.difference.map { (file, .place($0)) }
    } else {
      made = Dump.manifest(table.name, table.format ?? .csv, fold.model, context)
      if let file {
        self.file = file
        let difference = try Dump.difference(
          ofDatabase: file, from: table.name, fold.model, context)
        fileDifference = difference.map { (file, .database(Screen.plain($0))) }
      }
    }
    let (old, new) = (manifest.context, made.context)
    differ("log_origin", Screen.plain(old.origin), Screen.plain(new.origin))
    differ("log_id", old.id.hex, new.id.hex)
    differ("root", old.root.base64, new.root.base64)
    differ("log_time", Screen.time(old.logTime), Screen.time(new.logTime))
    differ("rows", "\(manifest.rows)", "\(made.rows)")
    differ("sha256", manifest.digest.hex, made.digest.hex)
  }

  private mutating func differ(_ field: String, _ noted: String, _ made: String) {
    if noted != made {
      differences.append(Difference(field: field, noted: noted, made: made))
    }
  }

  var isReproduced: Bool { differences.isEmpty && fileDifference == nil }

  private static let notShown =
    "that the log before the first signed head was not written anew, that its end was not cut off "
    + "since, or that what it says happened outside"

  /// What of the file was looked at.
  private var fileSentence: String {
    guard let file else { return "not looked at: it is not beside the note; name it with --dump" }
    return manifest.format == Dump.databaseFormat
      ? "\(file), compared row by row, and its tables, indexes and views by their texts"
      : "\(file), compared to its last byte"
  }

  var document: [UInt8] {
    Document.object { document in
      document.put("reproduced", isReproduced)
      document.put("note", path)
      document.put("dump", manifest.dump)
      document.put("format", manifest.format)
      document.put("position", manifest.context.position)
      document.put("root", manifest.context.root.base64)
      document.put("rows", manifest.rows)
      document.put("sha256", manifest.digest)
      document.array("signers", signers) { $0.put(nil, $1) }
      document.put("keys_from_the_folder_itself", areKeysItsOwn)
      document.put("file", file)
      document.array("differences", differences) { document, difference in
        document.object(nil) { document in
          document.put("field", difference.field)
          document.put("note", difference.noted)
          document.put("made", difference.made)
        }
      }
      if let (path, difference) = fileDifference {
        document.object("file_differs") { document in
          document.put("path", path)
          document.put("what", "\(difference)")
          if case .place(let place) = difference {
            document.put("offset", place.offset)
            document.put("line", place.line)
          }
        }
      } else {
        document.null("file_differs")
      }
      document.put("not_shown", ReportVerdict.notShown)
    }
  }

  var text: String {
    var facts = TextFacts()
    facts.add("dump", "\(manifest.dump), \(manifest.format)")
    facts.add(
      "signed by",
      signers.joined(separator: ", ")
        + (areKeysItsOwn ? ", a key that the folder itself tells of" : ", a key that was given"))
    facts.add(
      "replayed",
      "\(Screen.count(manifest.context.position.rawValue, "event")) from the first one")
    facts.add("root", manifest.context.root.base64)
    facts.add("rows", Screen.count(manifest.rows))
    facts.add("sha256", manifest.digest.hex)
    facts.add("file", fileSentence)
    for difference in differences {
      facts.add(
        "differs", "\(difference.field): \(difference.noted) noted, \(difference.made) made again")
    }
    if let (path, difference) = fileDifference {
      facts.add("differs", "\(path): \(difference)")
    }
    let verdict =
      isReproduced
      ? Screen.toned("reproduced", .green) : Screen.toned("not reproduced", .red)
    return facts.text(indent: 0) + "\n\(verdict); not shown: \(ReportVerdict.notShown)\n"
  }
}
