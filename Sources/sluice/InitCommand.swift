// sluice init: an empty log with its first events.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Text
import Vault

struct InitCommand: Subcommand {
  static let guide = Guide(
    name: "init", sentence: "Creates an empty log in a folder.",
    options: [
      .data, .value("origin", "NAME", "the log's name for ever, as in sluice.example/taobao"),
      .value(
        "clock", "INSTANT", "run on a scaled clock that begins here; the wall clock if absent"),
      .value("speed", "N", "seconds of a scaled clock for one second of the machine"),
      .segmentSize, .json,
    ],
    examples: [
      "sluice init --data events/log --origin sluice.example/taobao",
      "sluice init --data /tmp/story --origin demo --clock 2024-09-04T09:00:00+08:00 --speed 3600",
    ])

  /// Institutions that every merchant has from the start, outside any rollout.
  private static let openToAll: [Institution] = [.alipay, .unionPay, .card]

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let folder = try arguments.required("data")
    let (genesis, clock) = try genesis(arguments)
    var options = LogOptions()
    options.holder = "process \(CurrentProcess.identifier)"
    if let size = try arguments.segmentSize() { options.segmentCapacity = size }
    let (carrier, _) = try FileCarrier.create(
      SystemDisk(), folder, logID: LogID(low: genesis.logIDLow, high: genesis.logIDHigh),
      created: clock.now(), options: options)
    let (head, end) = try write(genesis, carrier, clock)
    let key = try sign(head, genesis.origin.description, folder)
    let vault = try Vault("\(folder)/\(Vault.folderName)")
    try vault.addAccounts()
    try ServeVault.note(vault, in: folder)
    if arguments.flag("json") {
      say(
        Document.object { document in
          document.put("origin", genesis.origin)
          document.put("clock", genesis.clock.name)
          document.put("vkey", key.text)
          document.put("position", end)
        })
    } else {
      say(
        "The log \(Screen.plain(genesis.origin)) is in \(folder): \(end.rawValue) events, "
          + genesis.clock.name
          + " clock.\nIts heads are signed by \(key.text)\nNext: sluice serve --data \(folder)\n")
    }
    return .done
  }

  private static func genesis(_ arguments: Arguments) throws -> (LogCreated, any TimeSource) {
    let origin = try arguments.required("origin")
    let name: ExternalID
    do {
      name = try IdentifierRule.externalID(origin)
    } catch {
      throw UsageFault(what: "--origin: \(error.reason)", hint: error.hint)
    }
    guard NoteKey.isName(origin) else {
      throw UsageFault(
        what: "--origin \(origin) cannot name the key that signs for the log",
        hint: "Give a name without spaces and without +")
    }
    let speed = try arguments.integer("speed", in: 1...ClockSpeed.termMax)
    let (low, high) = SystemRandom.bytes16()
    guard let text = arguments.value("clock") else {
      guard speed == nil else {
        throw UsageFault(
          what: "--speed goes with --clock", hint: "The wall clock has one speed")
      }
      let clock = WallClock()
      return (
        LogCreated(
          origin: name, clock: .wall, clockStart: clock.now(), clockSpeed: 1, logIDLow: low,
          logIDHigh: high), clock
      )
    }
    guard let speed else {
      throw UsageFault(what: "--speed is missing", hint: "A scaled clock needs one, as in 3600")
    }
    let start = try LogView.instant(text, "clock")
    return (
      LogCreated(
        origin: name, clock: .scaled, clockStart: start, clockSpeed: UInt32(speed), logIDLow: low,
        logIDHigh: high), ManualClock(start)
    )
  }

  /// Gives the log its key and signs its first head.
  private static func sign(
    _ head: TreeHead, _ origin: String, _ folder: String
  ) throws -> NoteKey {
    let folder = LogFolder(folder)
    let disk = SystemDisk()
    // What an interrupted creation has left is nobody's key.
    for path in [folder.nextPrivateKey, folder.privateKey, folder.publicKeys, folder.lastSigned]
    where try disk.exists(path) { try disk.remove(path) }
    let signer = try SecretKey.make(origin)
    try SecretFile.write(SecretKey.bytes(signer), to: folder.nextPrivateKey)
    var heads = try SignedHeads(disk, folder, signer: signer, isKeyNew: true)
    try heads.sign(head, isKept: false)
    return signer.key
  }

  /// Decides the first command and makes its events durable.
  private static func write(
    _ genesis: LogCreated, _ carrier: consuming FileCarrier<SystemDisk>, _ clock: any TimeSource
  ) throws -> (TreeHead, Position) {
    let runtime = Runtime(after: Replay(hashesLeaves: false), root: carrier.root, time: clock)
    let (low, high) = SystemRandom.bytes16()
    _ = try runtime.submit(
      Command(
        id: CommandID(low: low, high: high), digest: low,
        actor: Actor(.operator, id: CurrentProcess.user),
        body: .createLog(genesis, openToAll: openToAll)))
    guard let job = runtime.seal() else {
      preconditionFailure("the first command left no batch")
    }
    var committer = Committer(carrier: carrier)
    try committer.commit(job)
    runtime.finish(job)
    try committer.close(at: runtime.currentTime())
    let end = runtime.durableEnd
    return (TreeHead(size: end.rawValue, root: runtime.root), end)
  }
}
