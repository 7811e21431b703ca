// sluice prove event, prove check: that an event stands in the log, in one file that stock tools
// check.

import EventLog
import Events
import Merkle
import Platform

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

struct ProveCheckCommand: Subcommand {
  static let guide = Guide(
    name: "prove check",
    sentence: "Checks a proof against an event's bytes and the keys that are trusted.",
    operands: ["PROOF"],
    options: [
      .value("event", "FILE", "the event's bytes, as `sluice log show POSITION --raw` prints them"),
      .data,
    ] + Trust.options + [.json],
    examples: [
      "sluice prove check 1200.tlog-proof --event 1200.event --vkey \"$(head -1 log.vkey)\"",
      "sluice prove check 1200.tlog-proof --data events/log --policy policy",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let path = arguments.operands[0]
    var file = try InputFile(path)
    let proof: OfflineProof
    do throws(ProofFault) {
      proof = try OfflineProof(try bytes(&file, limit: OfflineProof.bytesMax))
    } catch { throw CommandFailure(.damaged, "\(path) is no proof: \(error)") }
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
          + "\(Screen.plain(head.origin)), among the first \(head.head.size) events\n")
    }
    return .done
  }

  private static func bytes(_ file: inout InputFile, limit: Int) throws(ProofFault) -> [UInt8] {
    guard let bytes = try? file.readAll(limit: limit) else { throw .tooLong(limit + 1) }
    return bytes
  }

  /// The leaf of the event that is asked about.
  private static func leaf(_ position: Position, _ arguments: Arguments) throws -> Digest {
    if let path = arguments.value("event") {
      var file = try InputFile(path)
      let bytes = try file.readAll(limit: 1 << 16)
      return Digest.eventLeaf(unsafe bytes.span.bytes)
    }
    let log = try LogReader(SystemDisk(), try arguments.required("data"))
    guard position < log.durableEnd else {
      throw LogFault.outOfRange(position: position, durableEnd: log.durableEnd)
    }
    var leaf = Digest.zero
    try log.read(from: position, to: position.advanced(by: 1)) { (batch) throws(Never) in
      leaf = Digest.eventLeaf(batch.bytes(of: 0))
    }
    return leaf
  }
}
