// Signed manifests: that they vouch for what was printed, and that nothing that was changed passes.

import Dumps
import EventLog
import Events
import Merkle
import Platform
import Projections
import Testing
import Text

@testable import sluice

@Suite struct ReportVerifyTests {
  @Test(arguments: [
    ("csv", "a.csv"), ("json", "a.json"), ("ndjson", "a.ndjson"), ("sqlite", "a.db"),
  ])
  func `a dump that was written is made again from its note`(
    format: String, name: String
  ) throws {
    let log = try SignedLog()
    let path = log.beside(name)
    let dump = try log.run("dump", "merchants", "--format", format, "--out", path)
    #expect(dump.code == 0, "\(dump.error)")
    let note = try ManifestNote(try SignedLog.bytes(path + ManifestNote.fileSuffix))
    #expect(try note.note.signers(among: [log.signer.key]) == [log.signer.key])
    #expect(note.manifest.context.position.rawValue == log.end)
    // The log goes on, and the dump of then stays what it was.
    try log.log.pay(.captured, "later", fen: 1)
    let verdict = try log.run("report", "verify", path + ManifestNote.fileSuffix)
    #expect(verdict.code == 0, "\(verdict.error)")
    #expect(verdict.output.contains("reproduced; not shown:"))
    let looks = format == "sqlite" ? "compared row by row" : "compared to its last byte"
    #expect(verdict.output.contains(looks), "\(verdict.output)")
    // The same log gives the same note.
    let again = log.beside("again")
    #expect(
      try log.run(
        "dump", "merchants", "--format", format, "--out", again, "--at", "\(log.end - 1)"
      ).code == 0)
    #expect(try SignedLog.bytes(again + ManifestNote.fileSuffix) == note.bytes)
  }

  @Test func `what is published is what the note says`() throws {
    let log = try SignedLog()
    let path = log.beside("a.csv")
    #expect(try log.run("dump", "mix", "--out", path).code == 0)
    let manifest = try ManifestNote(try SignedLog.bytes(path + ManifestNote.fileSuffix)).manifest
    let asked = try JSONReader.read(DumpCommand.publication(of: manifest))
    #expect(asked["digest"] == .string(manifest.digest.hex))
    #expect(asked["name"] == .string("mix") && asked["format"] == .string("csv"))
    guard case .number(let position)? = asked["position"], case .number(let rows)? = asked["rows"]
    else {
      Issue.record("no numbers")
      return
    }
    #expect(position.integer == Int64(log.end) && rows.integer == Int64(manifest.rows))
  }

  @Test func `all tables have their notes, in a folder and in one database`() throws {
    let log = try SignedLog()
    #expect(try log.run("dump", "all", "--out", log.beside("all")).code == 0)
    let database = log.beside("all.db")
    #expect(try log.run("dump", "all", "--format", "sqlite", "--out", database).code == 0)
    for name in DumpName.allCases {
      for path in [log.beside("all/\(name.name).csv"), "\(database).\(name.name)"] {
        let run = try log.run("report", "verify", path + ManifestNote.fileSuffix)
        #expect(run.code == 0, "\(run.error)")
      }
    }
  }

  @Test func `a file that is no database, and one that is damaged, are refused`() throws {
    let log = try SignedLog(merchants: 400)
    let path = log.beside("a.db")
    #expect(try log.run("dump", "merchants", "--format", "sqlite", "--out", path).code == 0)
    let whole = try SignedLog.bytes(path)
    let note = log.beside("kept.note")
    try SignedLog.put(try SignedLog.bytes(path + ManifestNote.fileSuffix), note)
    for place in [0, 40, 100, 32_768, whole.count / 2, whole.count - 60] {
      var bytes = whole
      for index in place..<min(bytes.count, place + 50) { bytes[index] ^= 0x5A }
      try SignedLog.put(bytes, path)
      let run = try log.run("report", "verify", path + ManifestNote.fileSuffix)
      #expect([3, 4].contains(run.code), "\(place): \(run.code) \(run.error)")
    }
    try SignedLog.put(Array(whole.dropLast(40_000)), path)
    #expect(try log.run("report", "verify", path + ManifestNote.fileSuffix).code != 0)
    let other = try log.run("dump", "merchants", "--format", "sqlite", "--out", path, "--at", "9")
    #expect(other.code == 0)
    let stale = try log.run("report", "verify", note, "--dump", path)
    #expect(stale.code == 3 && stale.error.contains("is not the dump of"), "\(stale.error)")
    try SignedLog.put(Array("number,merchant\n".utf8), path)
    #expect(try log.run("report", "verify", path + ManifestNote.fileSuffix).code != 0)
  }

  @Test func `a changed byte of a note or of its dump is found, whichever it is`() throws {
    let log = try SignedLog(merchants: 2, payments: 1)
    let path = log.beside("a.csv")
    #expect(try log.run("dump", "reconciliation", "--out", path).code == 0)
    let note = try SignedLog.bytes(path + ManifestNote.fileSuffix)
    for place in note.indices {
      for flip: UInt8 in [1, 0x20, 0x80] {
        var bytes = note
        bytes[place] ^= flip
        let isBelieved =
          (try? ManifestNote(bytes).note.signers(among: [log.signer.key]).isEmpty == false) ?? false
        #expect(!isBelieved, "byte \(place) of the note")
      }
    }
    var fold = ModelFold(hashesLeaves: true)
    try fold.replay(
      try LogReader(SystemDisk(), log.folder), upTo: Position(log.end))
    let dump = try SignedLog.bytes(path)
    for place in dump.indices {
      var bytes = dump
      bytes[place] ^= 1
      try SignedLog.put(bytes, path)
      let found = try Dump.compare(
        path, with: .reconciliation, .csv, fold.model, fold.context, on: SystemDisk())
      #expect(found.difference?.offset == place)
      #expect(found.difference?.line == dump[..<place].count { $0 == 10 } + 1)
    }
    for bytes in [dump.dropLast(), dump + [10]] {
      try SignedLog.put(Array(bytes), path)
      let run = try log.run("report", "verify", path + ManifestNote.fileSuffix)
      #expect(run.code == 3)
      #expect(run.error.contains("it differs at line"), "\(run.error)")
    }
  }

  @Test func `a note that is signed and untrue is refused by what differs`() throws {
    let log = try SignedLog()
    let path = log.beside("a.csv")
    #expect(try log.run("dump", "merchants", "--out", path).code == 0)
    let sound = try ManifestNote(try SignedLog.bytes(path + ManifestNote.fileSuffix)).manifest
    var untrue: [(String, Manifest)] = []
    for field in ["root", "rows", "sha256", "log_id", "log_time", "log_origin"] {
      var manifest = sound
      switch field {
      case "root": manifest.context.root = Digest(words: (1, 2, 3, 4))
      case "rows": manifest.rows += 1
      case "sha256": manifest.digest = Digest(words: (1, 2, 3, 4))
      case "log_id": manifest.context.id = LogID(low: 9, high: 9)
      case "log_time": manifest.context.logTime = RealLog.morning.advanced(bySeconds: 1 << 20)
      default: manifest.context.origin = RealLog.id("other")
      }
      untrue.append((field, manifest))
    }
    for (field, manifest) in untrue {
      let note = try #require(ManifestNote(manifest, by: log.signer))
      try SignedLog.put(note.bytes, log.beside("untrue"))
      let run = try log.run("report", "verify", log.beside("untrue"), "--json")
      #expect(run.code == 3)
      #expect(run.error.contains("is not true of this log: \(field) is"), "\(run.error)")
      #expect(run.output.contains("\"reproduced\":false"))
    }
    var ahead = sound
    ahead.context.position = Position(log.end + 1)
    try SignedLog.put(
      try #require(ManifestNote(ahead, by: log.signer)).bytes, log.beside("untrue"))
    let run = try log.run("report", "verify", log.beside("untrue"))
    #expect(run.code == 3)
    #expect(run.error.contains("and the log has \(log.end)"), "\(run.error)")
  }

  @Test func `another release, another key and a missing key are told apart`() throws {
    let log = try SignedLog()
    let path = log.beside("a.csv")
    #expect(try log.run("dump", "waves", "--out", path).code == 0)
    var manifest = try ManifestNote(try SignedLog.bytes(path + ManifestNote.fileSuffix)).manifest
    manifest.version += 1
    try SignedLog.put(
      try #require(ManifestNote(manifest, by: log.signer)).bytes, log.beside("other"))
    let other = try log.run("report", "verify", log.beside("other"))
    #expect(other.code == 1)
    #expect(other.error.contains("is of another release: version 2 of waves"), "\(other.error)")
    let stranger = try #require(NoteSigner(name: "test", seed: [UInt8](repeating: 8, count: 32)))
    let named = try log.run(
      "report", "verify", path + ManifestNote.fileSuffix, "--vkey", stranger.key.text)
    #expect(named.code == 3)
    #expect(named.error.contains("is signed by none of the keys"), "\(named.error)")
  }

  @Test func `who may not read the key prints as good a dump, and no note of an older one stays`()
    throws
  {
    let log = try SignedLog()
    let path = log.beside("a.csv")
    #expect(try log.run("dump", "waves", "--out", path).code == 0)
    #expect(try SystemDisk().exists(path + ManifestNote.fileSuffix))
    let key = LogFolder(log.folder).privateKey
    try SystemDisk().rename(key, to: log.beside("kept"), replacing: false)
    let unsigned = try log.run("dump", "waves", "--out", path)
    #expect(unsigned.code == 0)
    #expect(unsigned.error.contains("no manifest is signed, and the dump is as good: \(key)"))
    #expect(try !SystemDisk().exists(path + ManifestNote.fileSuffix))
    let signed = try log.run("dump", "waves", "--out", path, "--signing-key", log.beside("kept"))
    #expect(signed.code == 0 && signed.error.isEmpty)
    #expect(try SystemDisk().exists(path + ManifestNote.fileSuffix))
    let strange = try #require(NoteSigner(name: "test", seed: [UInt8](repeating: 8, count: 32)))
    try SecretFile.write(SecretKey.bytes(strange), to: log.beside("strange"))
    let refused = try log.run(
      "dump", "waves", "--out", path, "--signing-key", log.beside("strange"))
    #expect(refused.code == 2)
  }
}
