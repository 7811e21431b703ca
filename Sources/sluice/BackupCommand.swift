// sluice backup: a copy of the log that is whole, made while the daemon writes.

import EventLog
import Events
import Merkle
import Platform

struct BackupCommand: Subcommand {
  static let guide = Guide(
    name: "backup",
    sentence: "Copies the log into a folder while the daemon writes; the next time only what is "
      + "new.",
    operands: ["DIR"], options: [.data, .json],
    examples: [
      "sluice backup /mnt/backup/log --data events/log",
      "sluice backup /mnt/backup/log --data events/log && sluice verify --data /mnt/backup/log"
        + " --checkpoint /mnt/backup/log/checkpoint",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let (disk, target) = (SystemDisk(), arguments.operands[0])
    let source = LogFolder(try arguments.required("data"))
    if try disk.exists(target), try disk.isSameFile(target, source.directory) {
      throw UsageFault(what: "\(target) is the log itself", hint: "Name another folder")
    }
    // The heads first: what is copied afterwards has all events that they cover.
    let heads = try heads(of: source, disk)
    try makeFolder(target, disk)
    let meter = Meter("bytes", isQuiet: arguments.flag("json"))
    let copy = try LogReader(disk, source.directory).copy(to: target) {
      meter.show(UInt64($0), of: UInt64($1))
    }
    meter.finish()
    if try !disk.exists("\(target)/checkpoints") { try disk.makeDirectory("\(target)/checkpoints") }
    for (name, bytes) in heads {
      try disk.replaceFile("\(target)/\(name)", with: unsafe bytes.span.bytes)
    }
    if arguments.flag("json") {
      say(
        Document.object { document in
          document.put("events", copy.next.rawValue)
          document.put("segments", copy.segments)
          document.put("segments_kept", copy.kept)
          document.put("bytes", copy.bytes)
          document.put("heads", heads.filter { $0.name != LogFolder.publicKeysName }.count)
        })
      return .done
    }
    say(
      "\(Screen.count(copy.next.rawValue, "event")) in \(Screen.count(copy.segments, "segment")), "
        + "\(Screen.count(copy.kept)) of them there before; \(Screen.count(copy.bytes)) bytes "
        + "written\nThe private key and the vault are not in it.\n"
        + "Next: sluice verify --data \(target) --checkpoint \(target)/checkpoint\n")
    return .done
  }

  /// Makes a folder and those above it that are not there.
  private static func makeFolder(_ path: String, _ disk: SystemDisk) throws {
    guard try !disk.exists(path) else { return }
    try makeFolder(parentDirectory(of: path), disk)
    try disk.makeDirectory(path)
  }

  /// What is shown to everybody beside the segments: the public keys and the signed heads.
  private static func heads(
    of source: LogFolder, _ disk: SystemDisk
  ) throws -> [(name: String, bytes: [UInt8])] {
    var names = [LogFolder.publicKeysName, "checkpoint"]
    if try disk.exists(source.checkpoints) {
      names += try disk.list(source.checkpoints).filter { $0.allSatisfy(\.isNumber) }.sorted()
        .map { "checkpoints/\($0)" }
    }
    var found: [(name: String, bytes: [UInt8])] = []
    for name in names where try disk.exists("\(source.directory)/\(name)") {
      found.append((name, try WholeFile.read("\(source.directory)/\(name)", max: 1 << 20)))
    }
    return found
  }
}
