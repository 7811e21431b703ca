// Signed heads as commands find them: one that an option names, else the one of the log's folder.

import Audit
import EventLog
import Events
import Merkle
import Platform

enum HeadFiles {
  static let option = OptionShape.value(
    "checkpoint", "FILE", "the signed head; that of the log's folder if absent")

  /// Reads a signed head from a file.
  static func read(_ path: String) throws -> SignedCheckpoint {
    var file = try InputFile(path)
    let bytes = try file.readAll(limit: SignedNote.bytesMax)
    do throws(CheckpointFault) { return try SignedCheckpoint(bytes) } catch {
      throw CommandFailure(
        .damaged, "\(path) holds no signed head: \(error)",
        hint: "It is a note of three lines and its signatures (c2sp.org/tlog-checkpoint)")
    }
  }

  /// The head that a command is about, and the tree of the log up to it.
  static func openTree(
    _ arguments: Arguments
  ) throws -> (head: SignedCheckpoint, tree: TreeReader<SystemDisk>) {
    let (head, log) = try open(arguments)
    return (head, try TreeReader(log, upTo: Position(head.head.size)))
  }

  /// The head that a command is about, and the log that it is of.
  static func open(
    _ arguments: Arguments
  ) throws -> (head: SignedCheckpoint, log: LogReader<SystemDisk>) {
    let directory = try arguments.required("data")
    let log = try LogReader(SystemDisk(), directory)
    let path = arguments.value("checkpoint") ?? LogFolder(directory).checkpoint
    guard try SystemDisk().exists(path) else {
      throw CommandFailure(
        .refused, "no head of the log is signed: \(path) is not there",
        hint: "`sluice serve` signs one within a second of its first event")
    }
    let head = try read(path)
    let end = Position(head.head.size)
    guard end <= log.durableEnd else {
      throw CommandFailure(
        .damaged,
        "\(path) was signed at \(end.rawValue) events, and the log has "
          + "\(log.durableEnd.rawValue)",
        hint: "Run `sluice verify`")
    }
    return (head, log)
  }

  /// The keys that the folder of the log tells of; none where no folder is named.
  static func ownKeys(_ arguments: Arguments) throws -> [NoteKey] {
    guard let directory = arguments.value("data") else { return [] }
    return try ServeSigning.publicKeys(LogFolder(directory))
  }

  /// Refuses a head that nobody who is trusted has signed.
  ///
  /// - Returns: whether the trust came with the log itself.
  @discardableResult
  static func check(_ head: SignedCheckpoint, _ arguments: Arguments) throws -> Bool {
    let trust = try Trust.read(arguments)
    let isOwn = trust.keys == nil && trust.policy == nil
    let own = isOwn ? try ownKeys(arguments) : []
    guard !isOwn || !own.isEmpty else {
      throw UsageFault(
        what: "nothing says whose signature counts",
        hint: "Give --vkey KEY or --policy FILE, or the folder of the log with --data DIR")
    }
    if let objection = Trust.objection(to: head, trust, ownKeys: own) {
      throw CommandFailure(
        .damaged, "the signed head is not to be believed: \(objection)",
        hint: "Fetch it again from whoever keeps it, and compare")
    }
    return isOwn
  }

  /// Writes to the file that `--out` names, whole or not at all, or to the standard output.
  static func put(_ bytes: [UInt8], _ arguments: Arguments) throws {
    guard let path = arguments.value("out") else {
      say(bytes)
      return
    }
    try SystemDisk().replaceFile(path, with: unsafe bytes.span.bytes)
  }
}
