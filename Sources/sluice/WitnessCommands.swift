// sluice witness keygen, request, cosign, attach: an auditor without a network cosigns heads by
// files. The bytes are those of c2sp.org/tlog-witness, so that any conforming tool can stand on
// either side.

import EventLog
import Events
import Merkle
import Platform
import Text

struct WitnessKeygenCommand: Subcommand {
  static let guide = Guide(
    name: "witness keygen",
    sentence: "Makes a witness's key: the secret one into a file, the public one printed.",
    operands: ["NAME"],
    options: [.value("out", "FILE", "takes the secret key, readable by its owner alone")],
    examples: [
      "sluice witness keygen auditor.example --out auditor.key",
      "sluice witness keygen w1.example --out /secure/w1.key",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let signer = try SecretKey.make(arguments.operands[0], .cosignature)
    try SecretFile.write(SecretKey.bytes(signer), to: try arguments.required("out"))
    say("\(signer.key.text)\n")
    return .done
  }
}

struct WitnessRequestCommand: Subcommand {
  static let guide = Guide(
    name: "witness request",
    sentence: "Prints what a witness is asked: a signed head, and proof that the log only grew.",
    options: [
      .data, HeadFiles.option,
      .value("old", "SIZE", "how many events the witness has seen; 0 where it has seen none"),
      .value("out", "FILE", "write a file, whole or not at all; the standard output if absent"),
    ],
    examples: [
      "sluice witness request --old 0 --data events/log --out request",
      "sluice witness request --old 1200 --data events/log --out request",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    guard let old = try arguments.integer("old", in: 0...Int64.max) else {
      throw UsageFault(what: "--old is missing", hint: "Give what the witness has seen, or 0")
    }
    let (head, tree) = try HeadFiles.openTree(arguments)
    guard UInt64(old) <= head.head.size else {
      throw CommandFailure(
        .refused, "the head has \(head.head.size) events, fewer than \(old)",
        hint: "Name a later head")
    }
    let proof = try tree.consistency(from: UInt64(old), to: head.head.size)
    let request = WitnessRequest(proof, to: head)
    let oldRoot = try tree.tree(size: UInt64(old)).root
    guard request.verifies(oldRoot: oldRoot) else {
      throw CommandFailure(
        .damaged, "the log does not lead to the root that was signed at \(head.head.size) events",
        hint: "Run `sluice verify`: it names the first bad place")
    }
    try HeadFiles.put(request.bytes, arguments)
    return .done
  }
}

struct WitnessCosignCommand: Subcommand {
  static let guide = Guide(
    name: "witness cosign",
    sentence: "As a witness: checks that the log only grew since what was cosigned before, and "
      + "cosigns.",
    operands: ["REQUEST"],
    options: [
      .value("state", "FILE", "what was cosigned last; made by the first time"),
      .value("key", "FILE", "the witness's secret key"),
      .value("vkey", "KEY", "the log's public key; needed the first time", repeatable: true),
      .value("out", "FILE", "write a file, whole or not at all; the standard output if absent"),
    ],
    examples: [
      "sluice witness cosign request --state seen --key auditor.key --vkey \"$(cat log.vkey)\"",
      "sluice witness cosign request --state seen --key auditor.key --out response",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let statePath = try arguments.required("state")
    let signer = try SecretKey.read(try arguments.required("key"))
    guard signer.key.kind == .cosignature else {
      throw UsageFault(
        what: "the key of \(signer.key.name) is none of a witness",
        hint: "`sluice witness keygen` makes one, of type 0x04")
    }
    // One at a time: what is read of the state holds until the new one is durable.
    let gate = statePath + ".lock"
    let disk = SystemDisk()
    if try !disk.exists(gate) { try disk.makeDirectory(gate) }
    guard try disk.lock(gate) != nil else {
      throw CommandFailure(
        .locked, "another process is at work on \(statePath)",
        hint: "Try again once it has ended")
    }
    var state = try WitnessState(statePath)
    for text in arguments.values("vkey") { try state.trust(text) }
    let path = arguments.operands[0]
    var file = try InputFile(path)
    let bytes = try file.readAll(limit: OfflineProof.bytesMax)
    let request: WitnessRequest
    do throws(ProofFault) { request = try WitnessRequest(bytes) } catch {
      throw CommandFailure(
        .damaged, "\(path) is no request: \(error)",
        hint: "Make it with `sluice witness request`")
    }
    if let why = state.objection(to: request) { throw why }
    let seconds = UInt64(max(0, WallClock().now().seconds))
    guard let line = signer.cosign(request.head.note, seconds: seconds) else {
      throw CommandFailure(
        .fault, "libcrypto did not sign",
        hint: "Try again; if it lasts, report the version of libssl")
    }
    // Kept before it is said: nobody holds a cosignature that this state does not know.
    state.head = request.head
    try state.write()
    try HeadFiles.put(Array(line.line.utf8), arguments)
    return .done
  }
}

struct WitnessAttachCommand: Subcommand {
  static let guide = Guide(
    name: "witness attach",
    sentence: "Adds the lines that witnesses answered to a signed head.",
    operands: ["CHECKPOINT", "RESPONSE"], isLastRepeated: true,
    options: [
      .value("policy", "FILE", "refuse what this policy does not accept then"),
      .value("out", "FILE", "write a file, whole or not at all; the standard output if absent"),
    ],
    examples: [
      "sluice witness attach checkpoint response --out checkpoint.cosigned",
      "sluice witness attach checkpoint first second --policy policy --out checkpoint.cosigned",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let head = try HeadFiles.read(arguments.operands[0])
    var lines: [SignedNote.Signature] = []
    for path in arguments.operands.dropFirst() {
      var file = try InputFile(path)
      let bytes = try file.readAll(limit: SignedNote.bytesMax)
      do throws(NoteFault) { lines += try SignedNote.signatures(bytes) } catch {
        throw CommandFailure(
          .damaged, "\(path) holds no lines of signatures: \(error)",
          hint: "Ask the witness for its response again")
      }
    }
    let whole = try SignedCheckpoint(head.note.adding(lines))
    if let policy = try Trust.policy(arguments), let objection = policy.objection(to: whole) {
      throw CommandFailure(
        .refused, "the policy does not accept the head: \(objection)",
        hint: "Attach the responses that the policy still asks for")
    }
    try HeadFiles.put(whole.bytes, arguments)
    return .done
  }
}

/// What a witness remembers of one log: whose signature counts, and the head it cosigned last.
///
/// A file of lines: a public key a line, an empty line, the head; nothing behind the empty line
/// where it has cosigned none.
struct WitnessState {
  private let path: String
  private var keys: [NoteKey] = []
  var head: SignedCheckpoint?

  init(_ path: String) throws {
    self.path = path
    guard try SystemDisk().exists(path) else { return }
    var file = try InputFile(path)
    let bytes = try file.readAll(limit: 2 * SignedNote.bytesMax)
    let fault = CommandFailure(
      .damaged, "\(path) is no state of a witness",
      hint: "Bring it back from a copy; a witness that forgets may cosign two histories")
    let feed = UInt8(ascii: "\n")
    guard
      let end = bytes.indices.first(where: {
        bytes[$0] == feed && ($0 == 0 || bytes[$0 - 1] == feed)
      })
    else { throw fault }
    for line in bytes[..<end].split(separator: feed) {
      guard let key = NoteKey(String(decoding: line, as: UTF8.self)) else { throw fault }
      keys.append(key)
    }
    let rest = Array(bytes[(end + 1)...])
    if rest.isEmpty { return }
    guard let head = try? SignedCheckpoint(rest) else { throw fault }
    self.head = head
  }

  /// Believes a key of the log from now on.
  mutating func trust(_ text: String) throws {
    for line in text.split(separator: "\n") {
      guard let key = NoteKey(String(line)), key.kind == .ed25519 else {
        throw UsageFault(
          what: "--vkey \(line) is no public key of a log",
          hint: "It is <name>+<id>+<Base64>, as `sluice init` prints it")
      }
      if !keys.contains(key) { keys.append(key) }
    }
  }

  /// Why a request is not cosigned; nil where it is.
  func objection(to request: WitnessRequest) -> CommandFailure? {
    let policy = TrustPolicy(logs: keys)
    if let objection = policy.objection(to: request.head) {
      return CommandFailure(
        .damaged, "the head is not to be believed: \(objection)",
        hint: keys.isEmpty ? "The first time needs --vkey KEY" : "")
    }
    if let head, head.checkpoint.origin != request.head.checkpoint.origin {
      return CommandFailure(
        .refused,
        "this state is of \(head.checkpoint.origin), and the request is of "
          + request.head.checkpoint.origin, hint: "Keep one state for each log")
    }
    let seen = head?.head ?? .empty
    guard request.proof.oldSize == seen.size else {
      return CommandFailure(
        .refused,
        "\(seen.size) events were cosigned last, and the request begins at "
          + "\(request.proof.oldSize)", hint: "Ask with `sluice witness request --old \(seen.size)`"
      )
    }
    guard request.verifies(oldRoot: seen.root) else {
      return CommandFailure(
        .damaged, "the log did not only grow since \(seen.size) events were cosigned",
        hint: "Keep the request: it shows that two histories were signed")
    }
    return nil
  }

  /// Makes the state durable.
  func write() throws {
    let text = keys.map { $0.text + "\n" }.joined() + "\n"
    let bytes = Array(text.utf8) + (head?.bytes ?? [])
    try SystemDisk().replaceFile(path, with: unsafe bytes.span.bytes)
  }
}
