// sluice dump NAME: a projection as a table, at a position, with its manifest.

import Dumps
import EventLog
import Events
import Merkle
import Platform
import Projections
import Text

struct DumpCommand: Subcommand {
  static let guide = Guide(
    name: "dump",
    sentence:
      "Prints a projection: \(DumpName.allCases.map(\.name).joined(separator: ", ")), "
      + "dashboard; all.",
    operands: ["NAME"],
    options: LogView.options + [
      .socket,
      .value("format", "FORMAT", "\(formats); of the dashboard html (where absent) or prometheus"),
      .language,
      .value("out", "FILE", "write a file, whole or not at all; the standard output if absent"),
      ManifestNotes.option,
      .flag("live", "have the daemon print it from its own projections"),
      .flag("publish", "record in the log that this dump was handed out"),
    ],
    choices: [
      "NAME": DumpName.allCases.map(\.name) + ["dashboard", "all"],
      "FORMAT": DumpFormatName.allCases.map(\.name) + [Dump.databaseFormat, "html", "prometheus"],
    ],
    examples: [
      "sluice dump merchants --data events/log --format csv --out merchants.csv",
      "sluice dump all --data events/log --format sqlite --out rollout.db",
      "sluice dump reconciliation --data events/log --as-of 2024-09-14 --json",
      "sluice dump dashboard --data events/log --format prometheus --out /srv/textfile/sluice.prom",
    ])

  private static let formats =
    (DumpFormatName.allCases.map(\.name) + [Dump.databaseFormat]).joined(separator: ", ")

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard !arguments.flag("signing-key") || arguments.flag("out") else {
      throw UsageFault(
        what: "--signing-key needs --out FILE", hint: "The signed manifest stands beside the file")
    }
    if isMetrics(arguments) { return try metrics(arguments) }
    if arguments.operands[0] == "dashboard" { return try dashboard(arguments) }
    try refuseLanguage(arguments)
    if arguments.operands[0] == "all" { return try all(arguments) }
    guard let name = DumpName(name: arguments.operands[0]) else { throw noDump(arguments) }
    if isDatabase(arguments) { return try database([name], arguments) }
    let format = try format(arguments)
    if arguments.flag("live") { return try live(name.name, format.name, arguments) }
    var fold = ModelFold(hashesLeaves: true)
    try fold.follow(try LogView(arguments))
    let bar = RowBar([name], fold.model)
    let manifest: Manifest
    if let path = arguments.value("out") {
      manifest = try Dump.write(
        name, format, fold.model, fold.context, toPath: path, on: SystemDisk(),
        progress: bar.progress)
      bar.end()
      try ManifestNotes.write([(path, manifest)], arguments)
      say("\(rows(manifest)) in \(path), sha256 \(manifest.digest.hex)\n")
    } else {
      manifest = Dump.write(
        name, format, fold.model, fold.context, progress: bar.progress
      ) { (piece) throws(Never) in say(piece) }
      bar.end()
    }
    if arguments.flag("publish") { try publish(manifest, arguments) }
    return .done
  }

  private static func rows(_ manifest: Manifest) -> String {
    Screen.counted(manifest.rows, "row")
  }

  static func noDump(_ arguments: Arguments) -> UsageFault {
    let names = DumpName.allCases.map(\.name) + ["dashboard", "all"]
    let nearest = Nearest.word(to: arguments.operands[0], among: names)
    return UsageFault(
      what: "there is no dump \(arguments.operands[0])",
      hint: (nearest.map { "The nearest is \($0). " } ?? "")
        + "There are: \(names.joined(separator: ", "))")
  }

  /// Every table and the page, from one fold, into a folder.
  private static func all(_ arguments: Arguments) throws -> ExitCode {
    if isDatabase(arguments) { return try database(DumpName.allCases, arguments) }
    let folder = try arguments.required("out")
    let format = try format(arguments)
    guard !arguments.flag("live"), !arguments.flag("publish") else {
      throw UsageFault(
        what: "all dumps at once are made from the log", hint: "Leave out --live and --publish")
    }
    var fold = ModelFold(hashesLeaves: true)
    try fold.follow(try LogView(arguments))
    let disk = SystemDisk()
    if !(try disk.exists(folder)) { try disk.makeDirectory(folder) }
    var written: [(path: String, manifest: Manifest)] = []
    for name in DumpName.allCases {
      let path = "\(folder)/\(name.name).\(format.name)"
      let bar = RowBar([name], fold.model)
      let manifest = try Dump.write(
        name, format, fold.model, fold.context, toPath: path, on: disk, progress: bar.progress)
      bar.end()
      written.append((path, manifest))
      say("\(rows(manifest)) in \(path), sha256 \(manifest.digest.hex)\n")
    }
    try ManifestNotes.write(written, arguments)
    let page = DashboardPage.bytes(fold.model, fold.context)
    let span = page.span
    try disk.replaceFile("\(folder)/dashboard.html", with: unsafe span.bytes)
    say("the dashboard is in \(folder)/dashboard.html\n")
    return .done
  }

  /// Whether `--format` names the database, and `--json` does not speak against it.
  private static func isDatabase(_ arguments: Arguments) -> Bool {
    arguments.value("format") == Dump.databaseFormat && !arguments.flag("json")
  }

  /// Tables as one database, which only a file can hold.
  private static func database(_ names: [DumpName], _ arguments: Arguments) throws -> ExitCode {
    guard !arguments.flag("live") else {
      throw UsageFault(
        what: "--live and --format sqlite exclude each other",
        hint: "A database is made from the log, which can be read beside the daemon")
    }
    guard let path = arguments.value("out") else {
      throw UsageFault(
        what: "--format sqlite needs --out FILE", hint: "A database is a file and no stream")
    }
    guard names.count == 1 || !arguments.flag("publish") else {
      throw UsageFault(
        what: "all dumps at once are not published", hint: "Leave out --publish, or name one")
    }
    var fold = ModelFold(hashesLeaves: true)
    try fold.follow(try LogView(arguments))
    let bar = RowBar(names, fold.model)
    let manifests = try Dump.writeDatabase(
      names, fold.model, fold.context, toPath: path, on: SystemDisk(), progress: bar.progress)
    bar.end()
    try ManifestNotes.write(
      manifests.map { (names.count == 1 ? path : "\(path).\($0.dump)", $0) }, arguments)
    for manifest in manifests {
      say("\(rows(manifest)) of \(manifest.dump) in \(path), ")
      say("sha256 of its CSV \(manifest.digest.hex)\n")
    }
    if arguments.flag("publish"), let manifest = manifests.first {
      try publish(manifest, arguments)
    }
    return .done
  }

  /// Tables are read by programs: their columns and words are English in every language.
  static func refuseLanguage(_ arguments: Arguments) throws(UsageFault) {
    guard arguments.value("lang") == nil else {
      throw UsageFault(
        what: "--lang is of the dashboard", hint: "The words of tables are the same for everyone")
    }
  }

  /// The page for people, which has one format.
  private static func dashboard(_ arguments: Arguments) throws -> ExitCode {
    let format = arguments.value("format") ?? "html"
    guard format == "html", !arguments.flag("json") else {
      throw UsageFault(
        what: "the dashboard is html, or prometheus for programs",
        hint: "Leave out --json; write --format prometheus for figures")
    }
    guard !arguments.flag("publish") else {
      throw UsageFault(
        what: "the dashboard has no manifest to publish", hint: "Publish the dumps it shows")
    }
    let language = try arguments.language()
    if arguments.flag("live") {
      guard language == .english else {
        throw UsageFault(
          what: "--live and --lang \(language.rawValue) exclude each other",
          hint: "The daemon prints its page in English; leave out --live")
      }
      return try live("dashboard", format, arguments)
    }
    var fold = ModelFold(hashesLeaves: true, believesSeals: true)
    let view = try LogView(arguments)
    try fold.follow(view)
    var cited: [Position: Payload] = [:]
    if language != .english {
      for position in DashboardPage.cites(fold.model) {
        cited[position] = try view.reader.event(at: position).payload
      }
    }
    let page = DashboardPage.bytes(fold.model, fold.context, in: language, citing: cited)
    guard let path = arguments.value("out") else {
      say(page)
      return .done
    }
    let span = page.span
    try SystemDisk().replaceFile(path, with: unsafe span.bytes)
    say("\(page.count) bytes in \(path)\n")
    return .done
  }

  private static func format(_ arguments: Arguments) throws -> DumpFormatName {
    let text = arguments.value("format")
    if arguments.flag("json") {
      guard text == nil || text == "json" else {
        throw UsageFault(what: "--json and --format \(text ?? "") differ", hint: "Give one")
      }
      return .json
    }
    guard let format = DumpFormatName(name: text ?? "csv") else {
      throw UsageFault(
        what: "there is no format \(text ?? "") of a table",
        hint: "There are: \(formats); html and prometheus are of sluice dump dashboard")
    }
    return format
  }

  /// The daemon's own print, passed on byte by byte.
  private static func live(
    _ name: String, _ format: String, _ arguments: Arguments
  ) throws -> ExitCode {
    for option in ["at", "as-of", "publish", "signing-key"] where arguments.flag(option) {
      throw UsageFault(
        what: "--live and --\(option) exclude each other", hint: "A live dump is of now")
    }
    let client = try Client(arguments)
    let line = Document.object { document in
      document.put("query", "dump")
      document.put("name", name)
      document.put("format", format)
    }
    switch try client.ask(line) {
    case .dump(_, let count):
      guard let path = arguments.value("out") else {
        try client.takeBytes(count) { say($0) }
        return .done
      }
      var bytes: [UInt8] = []
      try client.takeBytes(count) { bytes.append(contentsOf: $0) }
      let span = bytes.span
      try SystemDisk().replaceFile(path, with: unsafe span.bytes)
      if DumpName(name: name) != nil {
        try ManifestNotes.leaveOut([path], "the daemon printed it; dump it --at a position")
      }
      return .done
    case .refused(let refusal): throw refusal.failure
    case .wrong(let field, let reason, let hint):
      throw CommandFailure(.usage, field.isEmpty ? reason : "\(field): \(reason)", hint: hint)
    default:
      throw CommandFailure(
        .fault, "the daemon's answer is not that of a dump",
        hint: "See that daemon and program are of one release")
    }
  }

  /// Records in the log that the dump was handed out; what is told goes to the standard error.
  private static func publish(_ manifest: Manifest, _ arguments: Arguments) throws {
    switch try Client(arguments).ask(publication(of: manifest)) {
    case .accepted(_, let first, _), .repeated(_, let first, _):
      try StandardStream.error.write("published at position \(first.rawValue)\n")
    case .refused(let refusal): throw refusal.failure
    default:
      throw CommandFailure(
        .fault, "the daemon's answer is not that of a command",
        hint: "See that daemon and program are of one release")
    }
  }

  /// What the daemon is asked to record: what the note beside the dump vouches for.
  static func publication(of manifest: Manifest) -> [UInt8] {
    let digest = manifest.digest.hex
    return Document.object { document in
      document.put("command", "publish-dump")
      // The same dump of the same position is published once.
      document.put("id", "dump-\(digest.prefix(32))-\(manifest.context.position.rawValue)")
      document.put("name", manifest.dump)
      document.put("format", manifest.format)
      document.put("position", manifest.context.position)
      document.put("rows", manifest.rows)
      document.put("digest", digest)
    }
  }
}
