// What stands in a folder of events/golden: a log, and the verdict that every release gives it.

import Audit
import Dumps
import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections
import Simulation
import Support
import Testing
import Text

/// The verdict on a golden log.
struct GoldenVerdict: Hashable {
  /// `whole`, `torn` or `damaged`.
  var verdict: String
  /// What opening it for writing says, every frame looked at; `clean` and `torn` open.
  var opening: String
  /// Where the verification finds the first bad place; empty where it finds none.
  var file = ""
  var offset = 0
  /// Where the good part of the log ends, and the root over it.
  var position: UInt64
  var root: String
  /// How far a reader without the lock goes.
  var readable: UInt64
  /// SHA-256 of each projection's CSV up to there; empty where nothing may be read.
  var dumps: [String: String] = [:]
}

/// The folders of events/golden.
enum GoldenFolder {
  static let root = PackageRoot.path("events/golden")
  static let verdictName = "verdict.json"
  static let verdictBytesMax = 65_536
  static let fileBytesMax = 1 << 20

  static func path(_ name: String) -> String { root + "/" + name }

  /// The logs there, in the order of their names.
  static var names: [String] {
    let listed = (try? SystemDisk().list(root)) ?? []
    // Lawless logs are whole, and have their violations beside them in place of a verdict.
    return listed.filter {
      !$0.hasSuffix(".md") && !$0.hasPrefix(".") && !$0.hasPrefix("lawless-")
    }.sorted()
  }

  static func bytes(_ path: String, limit: Int) throws -> [UInt8] {
    var file = try InputFile(path)
    return try file.readAll(limit: limit)
  }

  /// A copy of a golden log that may be opened and changed.
  static func copy(_ name: String) throws -> SimulatedDisk {
    let disk = SimulatedDisk(seed: 3)
    disk.place("\(GoldenStory.folder)/holder", [])
    let system = SystemDisk()
    for part in parts where try system.exists(path(name) + part) {
      for file in try system.list(path(name) + part).sorted()
      where !parts.contains("/" + file) && file != verdictName {
        let bytes = try bytes("\(path(name))\(part)/\(file)", limit: fileBytesMax)
        disk.place("\(GoldenStory.folder)\(part)/\(file)", bytes)
      }
    }
    return disk
  }

  /// Writes a log and its verdict.
  static func write(_ name: String, _ log: SimulatedDisk, _ verdict: GoldenVerdict) throws {
    let system = SystemDisk()
    let kept = log.paths.filter { keeps($0) }
    let used = parts.filter { part in
      kept.contains { $0.hasPrefix(GoldenStory.folder + part + "/") }
    }
    for folder in [root] + used.map({ path(name) + $0 }) where try !system.exists(folder) {
      try system.makeDirectory(folder)
    }
    for file in kept {
      let bytes = try #require(log.contents(file))
      let place = path(name) + file.dropFirst(GoldenStory.folder.count)
      try system.replaceFile(place, with: unsafe bytes.span.bytes)
    }
    let text = verdict.document
    try system.replaceFile("\(path(name))/\(verdictName)", with: unsafe text.span.bytes)
  }

  /// The folders of a golden log.
  private static let parts = ["", "/segments", "/checkpoints"]
  private static let files = [
    "sync.mark", "leaves", "tree", "log.vkey", "last-signed", "checkpoint",
  ]

  private static func keeps(_ file: String) -> Bool {
    file.hasSuffix(".seg") || file.hasPrefix("\(GoldenStory.folder)/checkpoints/")
      || files.contains { file == "\(GoldenStory.folder)/\($0)" }
  }
}

extension GoldenVerdict {
  /// One line a fact.
  var document: [UInt8] {
    var lines = [
      "\"verdict\": \"\(verdict)\"", "\"opening\": \"\(opening)\"",
      "\"file\": \"\(file)\"", "\"offset\": \(offset)", "\"position\": \(position)",
      "\"root\": \"\(root)\"", "\"readable\": \(readable)",
    ]
    let digests = dumps.keys.sorted().map { "    \"\($0)\": \"\(dumps[$0] ?? "")\"" }
    lines.append(
      digests.isEmpty ? "\"dumps\": {}" : "\"dumps\": {\n\(digests.joined(separator: ",\n"))\n  }")
    let body = lines.map { "  " + $0 }.joined(separator: ",\n")
    return Array("{\n\(body)\n}\n".utf8)
  }

  init(reading bytes: [UInt8]) throws {
    let value = try JSONReader.read(bytes)
    func text(_ key: String) throws -> String {
      guard case .string(let text)? = value[key] else { throw Missing(key: key) }
      return text
    }
    func number(_ key: String) throws -> Int64 {
      guard case .number(let number)? = value[key], let integer = number.integer else {
        throw Missing(key: key)
      }
      return integer
    }
    verdict = try text("verdict")
    opening = try text("opening")
    file = try text("file")
    offset = Int(try number("offset"))
    position = UInt64(try number("position"))
    root = try text("root")
    readable = UInt64(try number("readable"))
    guard case .object(let fields)? = value["dumps"] else { throw Missing(key: "dumps") }
    for (key, digest) in fields {
      guard case .string(let digest) = digest else { throw Missing(key: key) }
      dumps[key] = digest
    }
  }

  struct Missing: Error { var key: String }
}

// What the product says of a log.
extension GoldenVerdict {
  init(judging disk: SimulatedDisk, capacity: Int) throws {
    let report = try Verification(disk.copy(), GoldenStory.folder).run()
    let refusal: Corruption?
    (opening, refusal) = GoldenVerdict.opening(disk.copy(), capacity: capacity)
    position = report.position.rawValue
    root = report.root.hex
    if let damage = report.damage {
      // A missing end has no bytes of its own: opening says where they would have to stand.
      let isInSegment = damage.path.hasSuffix(".seg")
      let path = isInSegment ? damage.path : refusal?.path ?? damage.path
      verdict = "damaged"
      file = path.split(separator: "/").last.map { String($0) } ?? ""
      offset = isInSegment ? damage.offset : refusal?.offset ?? damage.offset
      position = damage.position.rawValue
    } else {
      verdict = report.isTorn ? "torn" : "whole"
    }
    (readable, dumps) = GoldenVerdict.replay(disk.copy())
  }

  private static func opening(
    _ disk: SimulatedDisk, capacity: Int
  ) -> (verdict: String, refusal: Corruption?) {
    var options = GoldenStory.options(capacity: capacity)
    options.verifyEverything = true
    do {
      var (carrier, report) = try FileCarrier.open(disk, GoldenStory.folder, options: options)
      carrier.abandon()
      return (report.verdict == .torn ? "torn" : "clean", nil)
    } catch {
      guard case .corrupt(let corruption) = error else { return ("\(error)", nil) }
      return (corruption.what.rawValue, corruption)
    }
  }

  /// Without the digests that another does not have.
  func with(dumpsOf other: GoldenVerdict) -> GoldenVerdict {
    var verdict = self
    verdict.dumps = dumps.filter { other.dumps[$0.key] != nil }
    return verdict
  }

  /// Folds what a reader shows; nothing where it shows no whole log.
  static func replay(_ disk: SimulatedDisk) -> (UInt64, [String: String]) {
    var replay = Replay(hashesLeaves: true)
    guard let reader = try? LogReader(disk, GoldenStory.folder),
      (try? reader.read(from: .zero) { batch throws(ReadModelFault) in try replay.apply(batch) })
        != nil
    else { return (0, [:]) }
    let context = LogContext(
      origin: replay.state.log?.origin ?? .none, id: reader.logID, position: replay.model.position,
      root: replay.tree.root, logTime: replay.model.logTime, release: "golden")
    var digests: [String: String] = [:]
    for name in DumpName.allCases {
      // The verdicts were written when CSV was of version 1.
      digests[name.name] =
        Dump.bytes(name, .csvOfVersion1, replay.model, context).manifest.digest.hex
    }
    return (reader.durableEnd.rawValue, digests)
  }
}
