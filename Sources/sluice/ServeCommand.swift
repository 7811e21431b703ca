// sluice serve: the daemon. Lines for the operator go to the standard error, each with its level;
// one line on the standard output says that it is ready, and the service manager is told so too.

import Daemon
import Dumps
import EventLog
import Events
import Institutions
import Orchestrator
import Platform
import Text
import Vault

struct ServeCommand: Subcommand {
  static let guide = Guide(
    name: "serve",
    sentence: "Serves a log on its socket until SIGTERM; SIGHUP makes it say how it stands, "
      + "retry a full disk and read roles and keys again.",
    options: [
      .data, .socket, .segmentSize,
      .value("downtime", "DURATION", "move a scaled clock on by this gap, as in 2h"),
      .value("roles", "FILE", "who may do what, by uid; without it this uid and root may all"),
      .value("group", "NAME", "lets this group read the log, and nobody else knock at the socket"),
      .value("keys", "FOLDER", "the institutions' keys; without it no notice is read"),
      .vault,
      .flag("new-vault", "begin a new vault where the one of this log is lost for good"),
      .value(
        "http", "ADDR:PORT", "show / and /metrics by HTTP and, with --keys, take notices there"),
      .value(
        "publish", "DIR", "write the dashboard and short tables there as files, again and again"),
      .value("every", "DURATION", "how often --publish writes, as in 30s, which it is if absent"),
      .language,
      .flag("foreground", "stay in the foreground, which it does anyway"),
      .flag("quiet", "tell errors, warnings and notices only"),
    ] + ServeSigning.options,
    examples: [
      "sluice serve --data events/log",
      "sluice serve --data /var/lib/sluice --roles /etc/sluice/roles.json --group sluice",
    ])

  /// What the group that reads a log does not see.
  private static let hiddenNames: Set<String> = [
    HeldShelf.folderName, Vault.folderName, LogFolder.privateKeyName,
    LogFolder.privateKeyName + ".next",
  ]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let folder = try arguments.required("data")
    let socket = arguments.value("socket") ?? Client.defaultSocket(folder)
    let downtime = try downtime(arguments)
    var doorkeeper = try arguments.value("roles").map { try Doorkeeper(file: $0) } ?? Doorkeeper()
    let group = try group(arguments)
    doorkeeper.isForGroup = group != nil
    let disk = SystemDisk(isGroupReadable: group != nil)
    let lines = OperatorLines.standardError(least: arguments.flag("quiet") ? .notice : .info)
    let makeDesk = try arguments.value("keys").map { try self.desk($0, folder, lines) }
    let address = try httpAddress(arguments)
    let publication = try publication(arguments)
    if let place = publication?.folder { try PublishFolder.check(place, log: folder) }
    let service = ServiceNotice.taken()
    var options = LogOptions()
    options.holder = "process \(CurrentProcess.identifier)"
    if let size = try arguments.segmentSize() { options.segmentCapacity = size }
    var start = ServiceStart(service, folder)
    let (carrier, report) = try FileCarrier.open(disk, folder, options: options)
    try group?.share(folder, hidden: hiddenNames)
    for warning in report.warnings { lines.write(.warning, warning) }
    if report.verdict == .torn {
      lines.write(.warning, "a torn tail of \(report.droppedBytes) bytes was put into quarantine")
    }
    let vault = try ServeVault.open(arguments, folder, readsNotices: makeDesk != nil)
    let desk = makeDesk?(vault)
    var housekeeper = try Housekeeper(disk, folder)
    try tidy(&housekeeper, &start, lines)
    let replay = try fold(carrier, &housekeeper, &start, lines)
    for warning in housekeeper.warnings { lines.write(.warning, warning) }
    let vaultStart = ServeVault.Start(
      folder: folder, readsNotices: desk != nil, beginsAnew: arguments.flag("new-vault"),
      wasServed: replay.state.incarnation > 0,
      usedAt: { try ServeVault.lastUse(replay.model, housekeeper.index, carrier) })
    try ServeVault.settle(vault, vaultStart, lines)
    try ServeVault.destroyRestored(vault, replay.model, carrier, lines)
    guard let log = replay.state.log else {
      throw CommandFailure(
        .damaged, "the log in \(folder) has no first event",
        hint: "Its creation was cut short: remove the folder and run `sluice init` again")
    }
    let signing = try ServeSigning.open(arguments, folder, log, replay.model, carrier, lines)
    let clock = try clock(log, carrier.lastLogTime, downtime)
    let seconds = Screen.seconds(start.spent)
    lines.write(
      .info, "\(log.origin) is at position \(carrier.durableEnd.rawValue), after \(seconds) s")
    let runtime = Runtime(
      after: consume replay, root: carrier.root, promised: carrier.lastLogTime, time: clock)
    try announce(runtime, report, downtime, signing?.naming)
    let context = ServerContext(log: log, release: Program.release, folder: folder) {
      lines.write($0, $1)
    }
    let server = try Server(
      runtime: runtime, carrier: carrier, time: clock, socketPath: socket, context: context,
      hasReserve: try disk.exists("\(folder)/reserve"), notice: service,
      doorkeeper: doorkeeper, desk: desk, vault: vault, housekeeper: housekeeper,
      heads: signing?.heads, publication: publication)
    try group?.shareSocket(socket)
    let door = try address.map { try openDoor($0, server, desk, clock, lines) }
    defer { door?.stop() }
    lines.write(.info, "listening on \(socket), incarnation \(report.incarnation)")
    say("ready \(socket)\n")
    switch try server.run() {
    case .stopped(let reason):
      lines.write(.info, "stopped by \(reason) at position \(runtime.durableEnd.rawValue)")
      return .done
    case .failed(let fault): throw fault
    }
  }

  /// What makes a desk that reads what institutions send, with the keys of a folder.
  private static func desk(
    _ keys: String, _ folder: String, _ lines: OperatorLines
  ) throws -> (Vault) -> NoticeDesk {
    let read: @Sendable () throws(KeyFault) -> NoticeKeys = { () throws(KeyFault) in
      try NoticeKeys(folder: keys, NoticeReaders.all)
    }
    let first: NoticeKeys
    do throws(KeyFault) { first = try read() } catch {
      throw CommandFailure(.usage, "\(error.file): \(error.reason)", hint: error.hint)
    }
    let names = first.institutions.map(\.name).joined(separator: ", ")
    lines.write(.info, "notices are read of: \(names.isEmpty ? "nobody" : names)")
    return { vault in
      NoticeDesk(
        first, shelf: HeldShelf("\(folder)/\(HeldShelf.folderName)"), vault: vault, readAgain: read
      ) { lines.write($0, $1) }
    }
  }

  /// Who may read and knock beside the daemon's own user; nil where nobody may read.
  private static func group(_ arguments: Arguments) throws -> UserGroup? {
    guard let name = arguments.value("group") else { return nil }
    guard let group = UserGroup(named: name) else {
      throw UsageFault(
        what: "--group \(name): the machine has no such group",
        hint: "Make it with `groupadd`, and its members with `usermod -aG`")
    }
    UserGroup.letGroupReadWhatIsMade()
    return group
  }

  /// What is published, and the language of what is shown; nil where that is the usual one.
  private static func publication(_ arguments: Arguments) throws -> Publication? {
    let language = try arguments.language()
    let folder = arguments.value("publish")
    guard let text = arguments.value("every") else {
      let isUsual = folder == nil && language == .english
      return isUsual ? nil : Publication(folder: folder, language: language)
    }
    guard folder != nil else {
      throw UsageFault(what: "--every is of --publish", hint: "Give --publish DIR too")
    }
    let every: Int64
    do { every = try DurationText.parse(text) } catch {
      throw UsageFault(what: "--every \(text): \(error.reason)", hint: error.hint)
    }
    guard Publication.everyMin...Publication.everyMax ~= every else {
      throw UsageFault(what: "--every \(text) is too often or too rare", hint: "Give 1s to 1d")
    }
    return Publication(folder: folder, every: every, language: language)
  }

  /// Where institutions are to knock and pages are shown; nil where nowhere.
  private static func httpAddress(_ arguments: Arguments) throws -> HTTPAddress? {
    guard let text = arguments.value("http") else { return nil }
    guard let address = HTTPAddress(text) else {
      throw UsageFault(
        what: "--http \(text) is no address", hint: "Write 127.0.0.1:8443 or [::1]:8443")
    }
    return address
  }

  /// Opens the door for institutions and for who looks.
  private static func openDoor(
    _ address: HTTPAddress, _ server: Server<FileCarrier<SystemDisk>>, _ desk: NoticeDesk?,
    _ clock: any TimeSource, _ lines: OperatorLines
  ) throws -> HTTPDoor {
    let door = try NoticeDoor.open(
      at: address, desk, server.queue, pages: server.pages, time: clock,
      user: CurrentProcess.user)
    let taken = desk == nil ? "pages are shown" : "notices are taken"
    lines.write(.info, "\(taken) at port \(door.port) of \(address.host)")
    if !address.isLoopback {
      lines.write(
        .warning,
        "the page and the metrics are readable by whoever reaches \(address.host) port "
          + "\(door.port): listen on 127.0.0.1 behind a proxy, or put a firewall before it"
      )
    }
    return door
  }

  /// Makes what is missing of the index.
  private static func tidy(
    _ housekeeper: inout Housekeeper<SystemDisk>, _ start: inout ServiceStart,
    _ lines: OperatorLines
  ) throws {
    do throws(LogFault) {
      while try housekeeper.stepIndex() {
        start.goOn(housekeeper.index.end, of: housekeeper.sealedEnd)
      }
    } catch {
      guard case .disk = error else { throw error }
      // As on a full disk: the tables hold what the index does not cover.
      lines.write(.warning, "the index of sealed segments is left as it is: \(error)")
    }
  }

  /// Folds the log from the latest snapshot on; what the index covers is not kept in tables.
  private static func fold(
    _ carrier: FileCarrier<SystemDisk>, _ housekeeper: inout Housekeeper<SystemDisk>,
    _ start: inout ServiceStart, _ lines: OperatorLines
  ) throws -> Replay {
    while true {
      var replay = housekeeper.begin()
      replay.expect(upTo: carrier.durableEnd)
      try carrier.read(from: replay.state.next, to: carrier.durableEnd) {
        (batch: borrowing EventBatch) throws in
        try replay.apply(batch)
        start.goOn(batch.first, of: carrier.durableEnd)
      }
      guard let fault = replay.fault else { return replay }
      // A file of the index is made anew where it is damaged; each turn has one less.
      guard case .corrupt(let damage) = fault, damage.what == .index else { throw fault }
      try housekeeper.discard(damage.path)
      try tidy(&housekeeper, &start, lines)
    }
  }

  private static func downtime(_ arguments: Arguments) throws -> Int64 {
    guard let text = arguments.value("downtime") else { return 0 }
    do {
      return try DurationText.parse(text)
    } catch {
      throw UsageFault(what: "--downtime \(text): \(error.reason)", hint: error.hint)
    }
  }

  /// The clock that the first event fixed for ever.
  private static func clock(
    _ log: LogCreated, _ lastLogTime: Timestamp, _ downtime: Int64
  ) throws -> any TimeSource {
    switch log.clock {
    case .wall:
      guard downtime == 0 else {
        throw UsageFault(
          what: "--downtime is for a scaled clock; this log runs on the wall clock",
          hint: "Leave it out")
      }
      return WallClock()
    case .scaled:
      guard let speed = ClockSpeed(Int64(log.clockSpeed)) else {
        throw CommandFailure(
          .damaged, "the first event names the clock speed \(log.clockSpeed)",
          hint: "Run `sluice verify`, and serve it with the release that made it")
      }
      let (start, isOver) = max(lastLogTime, log.clockStart).rawValue
        .addingReportingOverflow(downtime)
      guard !isOver, Timestamp(nanoseconds: start) < Timestamp.latest else {
        throw UsageFault(what: "--downtime leads past the year 2199", hint: "Give a shorter one")
      }
      return ScaledClock(start: Timestamp(nanoseconds: start), speed: speed)
    }
  }

  /// The first events of a daemon; they are durable with its first batch.
  private static func announce(
    _ runtime: Runtime, _ report: RecoveryReport, _ downtime: Int64, _ naming: SigningKeyNamed?
  ) throws {
    let release = ShortText(Program.release) ?? .none
    try submit(
      runtime,
      .startDaemon(
        DaemonStarted(incarnation: report.incarnation, release: release, downtime: downtime)))
    if report.verdict == .torn {
      try submit(
        runtime,
        .recordRecovery(
          LogRecovered(
            droppedBytes: UInt64(report.droppedBytes), incarnation: report.incarnation)))
    }
    if let naming { try submit(runtime, .nameKey(naming)) }
  }

  private static func submit(_ runtime: Runtime, _ body: Command.Body) throws {
    let (low, high) = SystemRandom.bytes16()
    _ = try runtime.submit(
      Command(id: CommandID(low: low, high: high), digest: low, actor: .system, body: body))
  }
}
