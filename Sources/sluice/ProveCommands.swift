// sluice prove event, prove merchant, prove check: that an event stands in the log, in one file
// that stock tools check; and that some events are all of a merchant's.

import EventLog
import Events
import Merkle
import Platform
import Projections

struct ProveEventCommand: Subcommand {
  static let guide = Guide(
    name: "prove event",
    sentence: "Makes a proof that an event stands at a position, a file of c2sp.org/tlog-proof@v1.",
    operands: ["POSITION"],
    options: [
      .data, HeadFiles.option,
      .value("out", "FILE", "write a file, whole or not at all; the standard output if absent"),
    ],
    examples: [
      "sluice prove event 1200 --data events/log --out 1200.tlog-proof",
      "sluice prove event 1200 --data events/log --checkpoint kept/monday",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let text = arguments.operands[0]
    guard let number = UInt64(text), number < UInt64(Int64.max) else {
      throw UsageFault(what: "\(text) is no position", hint: "Positions count from 0")
    }
    let (head, tree) = try HeadFiles.openTree(arguments)
    guard number < head.head.size else {
      throw CommandFailure(
        .refused, "position \(number) is not among the \(head.head.size) events that are signed",
        hint: "A head is signed within a second of an event; try again, or name a later head")
    }
    let position = Position(number)
    let proof = try tree.inclusion(of: position, size: head.head.size)
    // What is handed out proves what it says, whatever a derived file held.
    guard proof.verifies(leaf: try tree.leaf(position), root: head.head.root) else {
      throw CommandFailure(
        .damaged, "the log does not lead to the root that was signed at \(head.head.size) events",
        hint: "Run `sluice verify`: it names the first bad place")
    }
    try HeadFiles.put(OfflineProof(proof, in: head).bytes, arguments)
    return .done
  }
}

struct ProveMerchantCommand: Subcommand {
  static let guide = Guide(
    name: "prove merchant",
    sentence: "Makes a proof that some events are all events of a merchant, or that it has none, "
      + "by the last tree of merchants in the log.",
    operands: ["M"],
    options: [
      .data, HeadFiles.option,
      .value("out", "FILE", "write a file, whole or not at all; the standard output if absent"),
    ],
    examples: [
      "sluice prove merchant shop-000017 --data events/log --out 17.merchant-proof",
      "sluice prove merchant no-such-shop --data events/log --checkpoint kept/monday",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard let merchant = ExternalID(arguments.operands[0]), !merchant.isEmpty else {
      throw UsageFault(what: "a merchant's id has 1 to 64 bytes", hint: "Give another")
    }
    let (head, log) = try HeadFiles.open(arguments)
    let (place, committed) = try lastTree(arguments, before: Position(head.head.size), log)
    var histories = MerchantHistories(watching: merchant)
    let meter = Meter("events", isQuiet: false)
    do {
      try log.read(from: .zero, to: Position(committed.size)) { (batch) throws(HistoryFault) in
        try histories.apply(batch)
        meter.show(histories.next.rawValue, of: committed.size)
      }
    } catch {
      if case .body(let fault) = error { throw CommandFailure(.damaged, "\(fault)", hint: hint) }
      throw error
    }
    meter.finish()
    let tree = try TreeReader(log, upTo: Position(head.head.size))
    let inclusion = try tree.inclusion(of: place, size: head.head.size)
    let proof = MerchantProof(
      merchant: merchant, positions: histories.positions,
      leaves: histories.tree.proof(of: merchant), event: try log.bytes(at: place),
      inclusion: OfflineProof(inclusion, in: head))
    // What is handed out proves what it says, whatever a derived file held.
    if let objection = proof.objection {
      throw CommandFailure(
        .damaged, "the log does not lead to the tree committed at \(place.rawValue): \(objection)",
        hint: hint)
    }
    let bytes = proof.bytes
    guard bytes.count <= MerchantProof.bytesMax else {
      throw CommandFailure(
        .refused,
        "the merchant has \(proof.positions.count) events, and a proof holds \(bytes.count) bytes "
          + "of at most \(MerchantProof.bytesMax)",
        hint: "Hand over the log, or its tiles: `sluice export tiles`")
    }
    try HeadFiles.put(bytes, arguments)
    return .done
  }

  private static let hint = "Run `sluice verify`, then `sluice audit`: they name the place"

  /// The last event before a position that commits a tree of merchants.
  private static func lastTree(
    _ arguments: Arguments, before end: Position, _ log: LogReader<SystemDisk>
  ) throws -> (Position, MerchantTreeCommitted) {
    var fold = ModelFold(hashesLeaves: false)
    try LogView.reading(arguments) { try fold.follow($0) }
    let row = fold.model.timeline.rows.last {
      $0.kind == .merchantTreeCommitted && $0.position < end
    }
    guard let row else {
      throw CommandFailure(
        .refused, "no tree of merchants is committed among the \(end.rawValue) events signed",
        hint: "The daemon commits one when a day, a wave, a window or a rollout ends")
    }
    let bytes = try log.bytes(at: row.position)
    guard
      case .merchantTreeCommitted(let fields) = try Event(decoding: unsafe bytes.span.bytes).payload
    else {
      throw CommandFailure(.damaged, "position \(row.position.rawValue) is no tree", hint: hint)
    }
    return (row.position, fields)
  }
}

struct ProveCheckCommand: Subcommand {
  static let guide = Guide(
    name: "prove check",
    sentence: "Checks a proof of an event, against its bytes, or of a merchant, by the keys that "
      + "are trusted.",
    operands: ["PROOF"],
    options: [
      .value("event", "FILE", "the event's bytes, as `sluice log show POSITION --raw` prints them"),
      .value("merchant", "M", "whose proof a proof of a merchant must be"),
      .data,
    ] + Trust.options + [.json],
    examples: [
      "sluice prove check 1200.tlog-proof --event 1200.event --vkey \"$(head -1 log.vkey)\"",
      "sluice prove check 1200.tlog-proof --data events/log --policy policy",
      "sluice prove check 17.merchant-proof --merchant shop-17 --vkey \"$(cat log.vkey)\"",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let path = arguments.operands[0]
    let bytes = try bytes(path)
    if MerchantProof.isNamed(by: bytes) {
      let proof = try read(path) { () throws(ProofFault) in try MerchantProof(bytes) }
      return try check(proof, path, arguments)
    }
    let proof = try read(path) { () throws(ProofFault) in try OfflineProof(bytes) }
    let isOwn = try HeadFiles.check(proof.head, arguments)
    guard proof.verifies(leaf: try leaf(Position(proof.proof.index), arguments)) else {
      throw CommandFailure(
        .damaged,
        "\(path) does not show that these bytes stand at position \(proof.proof.index)",
        hint: "The event, the proof or the head was changed")
    }
    let head = proof.head.checkpoint
    if arguments.flag("json") {
      say(
        Document.object { document in
          document.put("position", proof.proof.index)
          document.put("origin", head.origin)
          document.put("size", head.head.size)
          document.put("root", head.head.root.base64)
          document.put("keys_from_the_folder_itself", isOwn)
        })
    } else {
      say(
        "proven: the event stands at position \(proof.proof.index) of "
          + "\(Screen.plain(head.origin)), among the first "
          + "\(Screen.counted(head.head.size, "event"))\n"
      )
    }
    return .done
  }

  /// Checks a proof of a merchant.
  private static func check(
    _ proof: MerchantProof, _ path: String, _ arguments: Arguments
  ) throws -> ExitCode {
    // Names that look alike are not the same: whose proof it must be is told by who asks.
    guard let wanted = arguments.value("merchant") else {
      throw UsageFault(
        what: "\(path) is a proof of a merchant, and nothing says of which it must be",
        hint: "Give --merchant M")
    }
    guard ExternalID(wanted) == proof.merchant else {
      throw CommandFailure(
        .damaged, "\(path) is the proof of another merchant",
        hint: "It says \(Base64.encode(proof.merchant.bytes)) in Base64")
    }
    let isOwn = try HeadFiles.check(proof.inclusion.head, arguments)
    if let objection = proof.objection {
      throw CommandFailure(
        .damaged, "\(path) does not show which events are the merchant's: \(objection)",
        hint: "The proof, the event or the head was changed")
    }
    let head = proof.inclusion.head.checkpoint
    let size = proof.committed?.size ?? 0
    if arguments.flag("json") {
      say(
        Document.object { document in
          document.put("merchant", "\(proof.merchant)")
          document.put("events", UInt64(proof.positions.count))
          document.array("positions", proof.positions) { $0.put(nil, $1) }
          document.put("among_the_first", size)
          document.put("committed_at", proof.inclusion.proof.index)
          document.put("origin", head.origin)
          document.put("size", head.head.size)
          document.put("root", head.head.root.base64)
          document.put("keys_from_the_folder_itself", isOwn)
        })
      return .done
    }
    let name = Screen.plain("\(proof.merchant)")
    let what =
      proof.positions.isEmpty
      ? "merchant \(name) has no event"
      : proof.positions.count == 1
        ? "merchant \(name) has this 1 event and no other"
        : "merchant \(name) has these \(proof.positions.count) events and no other"
    say(
      "proven: \(what) among the first \(Screen.counted(size, "event")) of "
        + "\(Screen.plain(head.origin))\n"
        + proof.positions.map { "\($0.rawValue)\n" }.joined()
        + "The tree was committed at position \(proof.inclusion.proof.index); that it is the "
        + "log's is what `sluice audit` makes again.\n")
    return .done
  }

  private static func bytes(_ path: String) throws -> [UInt8] {
    var file = try InputFile(path)
    return try file.readAll(limit: MerchantProof.bytesMax)
  }

  private static func read<Proof>(
    _ path: String, _ proof: () throws(ProofFault) -> Proof
  ) throws -> Proof {
    do throws(ProofFault) { return try proof() } catch {
      throw CommandFailure(
        .damaged, "\(path) is no proof: \(error)",
        hint: "Make it again with `sluice prove event` or `sluice prove merchant`")
    }
  }

  /// The leaf of the event that is asked about.
  private static func leaf(_ position: Position, _ arguments: Arguments) throws -> Digest {
    if let path = arguments.value("event") {
      var file = try InputFile(path)
      let bytes = try file.readAll(limit: 1 << 16)
      return Digest.eventLeaf(unsafe bytes.span.bytes)
    }
    let log = try LogReader(SystemDisk(), try arguments.required("data"))
    let event = try log.bytes(at: position)
    return Digest.eventLeaf(unsafe event.span.bytes)
  }
}
