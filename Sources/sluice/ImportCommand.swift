// sluice import: merchants or payments from files, through the daemon's one door.

import Platform

struct ImportCommand: Subcommand {
  static let guide = Guide(
    name: "import",
    sentence:
      "Brings merchants, payments, the cashier's attempts, institutions' notices or disputes from"
      + " CSV or NDJSON files, .gz too, into the log.",
    operands: ["merchants|payments|attempts|notices|disputes", "FILE"], isLastRepeated: true,
    options: [
      .data, .socket,
      .value("map", "FIELD=COLUMN", "the column that holds a field", repeatable: true),
      .value("set", "FIELD=VALUE", "a value for a column the file lacks", repeatable: true),
      .value("rejects", "PATH", "where rows go that cannot be taken; FILE.rejected if absent"),
      .json,
    ],
    tables: ImportKind.allCases.map(\.table),
    examples: [
      "sluice import merchants shops.csv.gz --map merchant=shop_id --set platform=taobao"
        + " --data events/log",
      "zcat payments.ndjson.gz | sluice import payments - --data events/log",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard let kind = ImportKind(rawValue: arguments.operands[0]) else {
      throw UsageFault(
        what: "\(arguments.operands[0]) cannot be imported",
        hint: "Import merchants, payments, attempts, notices or disputes")
    }
    let fields = try ImportFields(
      kind, maps: arguments.values("map"), sets: arguments.values("set"))
    let paths = Array(arguments.operands.dropFirst())
    guard paths.count == 1 || arguments.value("rejects") == nil else {
      throw UsageFault(
        what: "--rejects is for one file", hint: "Leave it out: each file gets FILE.rejected")
    }
    let (client, daemon) = try connect(arguments)
    var tally = ImportTally()
    var receipts: [ClosedRange<UInt64>] = []
    let clock = WallClock()
    let began = clock.monotonicNanoseconds()
    do {
      for path in paths {
        let name = path == "-" ? "standard-input" : path
        let rejects = try RejectFile(
          arguments.value("rejects") ?? "\(name).rejected", beside: path)
        let (part, taken) = try importFile(
          path, fields, client, rejects, isQuiet: arguments.flag("json"))
        receipts += taken
        tally.accepted += part.accepted
        tally.repeated += part.repeated
        tally.rejected += part.rejected
      }
    } catch {
      daemon?.abandon()
      throw error
    }
    let elapsed = clock.monotonicNanoseconds() - began
    try daemon?.stop()
    let flags = try flags(kind, receipts, arguments)
    for line in flags?.lines ?? [] { tell(line) }
    report(tally, flags, elapsed, arguments)
    return tally.rejected == 0 ? .done : .refused
  }

  /// The daemon on the folder, or a private one where none runs.
  private static func connect(_ arguments: Arguments) throws -> (Client, PrivateDaemon?) {
    let path = try Client.socketPath(arguments)
    do {
      return (try Client(path), nil)
    } catch let failure as CommandFailure {
      guard arguments.value("socket") == nil, let folder = arguments.value("data") else {
        throw failure
      }
      let daemon = try PrivateDaemon.start(folder)
      return (daemon.client, daemon)
    }
  }

  /// Hands every row of a file in and waits for the answers.
  static func importFile(
    _ path: String, _ fields: ImportFields, _ client: Client, _ rejects: RejectFile,
    isQuiet: Bool
  ) throws -> (ImportTally, [ClosedRange<UInt64>]) {
    let name = path == "-" ? "standard-input" : path
    var source = try ImportSource(path, fields)
    let importer = Importer(client, rejects, Meter("rows", isQuiet: isQuiet))
    while let row = try next(&source, importer) {
      importer.behind = (source.bytesRead, source.byteCount)
      try importer.take(row)
    }
    try importer.finish()
    if !source.ignored.isEmpty {
      tell("\(name): columns not taken: \(source.ignored.joined(separator: ", "))")
    }
    if importer.tally.rejected > 0 {
      tell("\(Screen.count(importer.tally.rejected, "row")) rejected; see \(rejects.path)")
    }
    return (importer.tally, importer.receipts)
  }

  /// The next row; where the file breaks off, what was sent is answered first.
  private static func next(
    _ source: inout ImportSource, _ importer: Importer
  ) throws -> ImportRow? {
    do { return try source.next() } catch {
      try importer.finish()
      let (failure, tally) = (CommandFailure(of: error), importer.tally)
      guard tally.total > 0 else { throw failure }
      throw CommandFailure(
        .usage,
        "\(failure.what) (\(Screen.count(tally.accepted + tally.repeated, "row")) before it "
          + "are in the log)", hint: failure.hint)
    }
  }

  /// What was taken although it can hardly be meant; nil where that is not looked at: of payments
  /// `sluice dump discrepancies` lists it, and without the folder it cannot be read.
  private static func flags(
    _ kind: ImportKind, _ receipts: [ClosedRange<UInt64>], _ arguments: Arguments
  ) throws -> ImportFlags? {
    guard kind == .attempts, arguments.value("data") != nil else { return nil }
    return try ImportFlags.of(receipts, in: try LogView(arguments))
  }

  private static func report(
    _ tally: ImportTally, _ flags: ImportFlags?, _ elapsed: Int64, _ arguments: Arguments
  ) {
    if arguments.flag("json") {
      say(
        Document.object { document in
          document.put("accepted", tally.accepted)
          document.put("repeated", tally.repeated)
          document.put("rejected", tally.rejected)
          document.put("elapsed_ns", elapsed)
          flags?.put(&document)
        })
      return
    }
    say(
      "\(Screen.count(tally.accepted)) accepted, \(Screen.count(tally.repeated)) repeated, "
        + "\(Screen.count(tally.rejected)) rejected in \(Screen.seconds(elapsed)) s, "
        + "\(Screen.rate(tally.total, in: elapsed)) rows a second\n")
  }
}
