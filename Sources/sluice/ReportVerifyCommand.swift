// sluice report verify: a dump that was handed out, made again from the log.
//
// The signature says who vouched for the manifest; the replay says whether it was true. Nothing
// derived is believed: every event up to the manifest's position is read, hashed and folded.

import Audit
import Dumps
import EventLog
import Events
import Merkle
import Platform
import Projections

struct ReportVerifyCommand: Subcommand {
  static let guide = Guide(
    name: "report verify",
    sentence: "Makes a dump again from the log and compares it with its signed manifest.",
    operands: ["NOTE"],
    options: [.data] + Trust.options + [
      .value("dump", "FILE", "the dump; the file that the note stands beside if absent"), .json,
    ],
    examples: [
      "sluice report verify merchants.csv.manifest.note --data events/log",
      "sluice report verify a.note --dump a.csv --data /mnt/copy --vkey \"$(cat kept/log.vkey)\"",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let path = arguments.operands[0]
    let note = try read(path)
    let (keys, areItsOwn) = try trusted(arguments)
    let signers = try signers(note, path, among: keys)
    let manifest = note.manifest
    let table = try table(manifest, path)
    let log = try LogReader(SystemDisk(), try arguments.required("data"))
    guard manifest.context.position <= log.durableEnd else {
      throw CommandFailure(
        .damaged,
        "\(path) is of \(manifest.context.position.rawValue) events, and the log has "
          + "\(log.durableEnd.rawValue)",
        hint: "It is another log, or it has lost events: run `sluice verify` with a kept head")
    }
    var fold = ModelFold(hashesLeaves: true)
    try fold.replay(log, upTo: manifest.context.position)
    var report = ReportVerdict(
      path: path, manifest: manifest, signers: signers, areKeysItsOwn: areItsOwn)
    try report.compare(fold, table, file: try file(path, manifest, arguments))
    say(arguments.flag("json") ? report.document : Array(report.text.utf8))
    if let first = report.differences.first {
      throw CommandFailure(
        .damaged,
        "\(path) is not true of this log: \(first.field) is \(first.noted) there and "
          + "\(first.made) when made again",
        hint: "Do not rely on it; dump it anew, and ask who signed the note")
    }
    if let (file, difference) = report.fileDifference {
      throw CommandFailure(
        .damaged, "\(file) is not the dump of \(path): \(difference)",
        hint: "The file was changed after it was signed: fetch it again, or dump it anew")
    }
    return .done
  }

  /// Reads a note as bytes: what begins like gzip is no note either.
  static func read(_ path: String) throws -> ManifestNote {
    let bytes = try WholeFile.read(path, max: SignedNote.bytesMax)
    do throws(ManifestFault) { return try ManifestNote(bytes) } catch {
      if case .filtered = error {
        throw CommandFailure(
          .refused, "\(path): \(error)",
          hint: "Verify it with the release that it names")
      }
      throw CommandFailure(
        .damaged, "\(path) is no signed manifest: \(error)",
        hint: "Ask whoever handed it out for the note that belongs to the file")
    }
  }

  /// The keys whose signatures count, and whether they came with the log itself.
  private static func trusted(
    _ arguments: Arguments
  ) throws -> (keys: [NoteKey], areItsOwn: Bool) {
    let trust = try Trust.read(arguments)
    let areItsOwn = trust.keys == nil && trust.policy == nil
    let keys =
      areItsOwn
      ? try HeadFiles.ownKeys(arguments) : (trust.keys ?? []) + (trust.policy?.logs ?? [])
    guard !keys.isEmpty else {
      throw UsageFault(
        what: "nothing says whose signature counts",
        hint: "Give --vkey KEY, or the folder of the log with its log.vkey")
    }
    return (keys, areItsOwn)
  }

  /// The labels of the keys that signed.
  private static func signers(
    _ note: ManifestNote, _ path: String, among keys: [NoteKey]
  ) throws -> [String] {
    let signers: [NoteKey]
    do throws(NoteFault) { signers = try note.note.signers(among: keys) } catch {
      throw CommandFailure(
        .damaged, "\(path): \(error)",
        hint: "Do not rely on the file; dump it anew from the log")
    }
    guard !signers.isEmpty else {
      throw CommandFailure(
        .damaged, "\(path) is signed by none of the keys that are trusted",
        hint: "Those are \(keys.map { $0.label }.joined(separator: ", "))")
    }
    return signers.map { $0.label }
  }

  /// The table that a manifest is of, in a format of this release; nil for a database.
  static func table(
    _ manifest: Manifest, _ path: String
  ) throws -> (name: DumpName, format: DumpFormatName?) {
    func other(_ what: String) -> CommandFailure {
      CommandFailure(
        .refused, "\(path) is of another release: \(what)",
        hint: "Verify it with sluice \(Screen.plain(manifest.context.release))")
    }
    guard let name = DumpName(name: manifest.dump) else {
      throw other("this one prints no \(Screen.plain(manifest.dump))")
    }
    guard manifest.version == name.version else {
      throw other(
        "version \(manifest.version) of \(name.name), and this one prints \(name.version)")
    }
    guard manifest.order == name.order else {
      throw other("its rows are sorted by \(Screen.plain(manifest.order))")
    }
    let newest = DumpFormatName(name: manifest.format)
    guard newest != nil || manifest.format == Dump.databaseFormat else {
      throw other("this one knows no format \(Screen.plain(manifest.format))")
    }
    if let format = DumpFormatName(name: manifest.format, version: manifest.formatVersion) {
      return (name, format)
    }
    let version = newest?.version ?? Dump.databaseVersion
    guard newest == nil, manifest.formatVersion == version else {
      throw other(
        "version \(manifest.formatVersion) of \(manifest.format), and this one writes \(version)")
    }
    return (name, nil)
  }

  /// The dump's own file: the one that is named, or the one that the note stands beside.
  private static func file(
    _ path: String, _ manifest: Manifest, _ arguments: Arguments
  ) throws -> String? {
    if let named = arguments.value("dump") { return named }
    guard path.hasSuffix(ManifestNote.fileSuffix) else { return nil }
    var beside = String(path.dropLast(ManifestNote.fileSuffix.count))
    guard !beside.isEmpty, !beside.hasSuffix("/") else { return nil }
    if try SystemDisk().exists(beside) { return beside }
    // Beside a database of several dumps each note has its dump's name.
    guard manifest.format == Dump.databaseFormat, beside.hasSuffix(".\(manifest.dump)") else {
      return nil
    }
    beside.removeLast(manifest.dump.count + 1)
    return try SystemDisk().exists(beside) ? beside : nil
  }
}
