// sluice verify: every byte of the log read and hashed again.

import Audit
import Events
import Merkle
import Platform

struct VerifyCommand: Subcommand {
  static let guide = Guide(
    name: "verify",
    sentence: "Reads and hashes every byte of the log again, folds every event, and holds signed "
      + "heads against the root.",
    options: [.data, VerifyPack.option] + Trust.options + [
      .value(
        "checkpoint", "FILE", "a signed head that was kept elsewhere: nothing before it is cut off",
        repeatable: true),
      .json,
    ],
    examples: [
      "sluice verify --data events/log",
      "sluice verify --data /mnt/copy --checkpoint kept/monday --policy kept/policy",
      "sluice verify --pack audit-2024-09 --vkey \"$(cat kept/log.vkey)\"",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    if let pack = arguments.value("pack") { return try VerifyPack.run(pack, arguments) }
    let folder = try arguments.required("data")
    let clock = WallClock()
    let began = clock.monotonicNanoseconds()
    let meter = Meter("bytes", isQuiet: arguments.flag("json"))
    let report = try Verification(SystemDisk(), folder, trust: try trust(arguments)).run {
      meter.show(UInt64($0), of: UInt64($1))
    }
    meter.finish()
    let elapsed = clock.monotonicNanoseconds() - began
    say(
      arguments.flag("json")
        ? document(report, elapsed) : Array(text(report, elapsed).utf8))
    if let damage = report.damage {
      throw CommandFailure(
        .damaged,
        "\(damage.path) at offset \(damage.offset), position \(damage.position.rawValue): "
          + damage.what,
        hint: "Nothing was changed. The events before the position can be read and exported")
    }
    if let beside = report.beside {
      throw CommandFailure(
        .damaged,
        "\(beside.path) at offset \(beside.offset), position \(beside.position.rawValue): "
          + beside.what,
        hint: "The events agree with one another; nothing was changed")
    }
    if case .differs(let position) = report.leaves {
      throw CommandFailure(
        .damaged,
        "\(folder)/leaves at offset \(position.rawValue * UInt64(Digest.byteCount)), position "
          + "\(position.rawValue): another leaf than the event's",
        hint: "The events are sound: stop the daemon and delete the file, opening makes it anew")
    }
    return .done
  }

  /// Whom the options believe, with the heads that they name.
  static func trust(_ arguments: Arguments) throws -> HeadTrust {
    var trust = try Trust.read(arguments)
    for path in arguments.values("checkpoint") {
      var file = try InputFile(path)
      let bytes = try file.readAll(limit: SignedNote.bytesMax)
      // What is no head at all says nothing of the log.
      do throws(CheckpointFault) { _ = try SignedCheckpoint(bytes) } catch {
        throw UsageFault(
          what: "\(path) is no signed head: \(error)",
          hint: "Give a file as the log's `checkpoint`, kept elsewhere, whole and unchanged")
      }
      trust.kept.append(HeadTrust.Kept(path: path, bytes: bytes))
    }
    return trust
  }

  private static func document(_ report: VerifyReport, _ elapsed: Int64) -> [UInt8] {
    Document.object { document in
      document.put("sound", report.isSound)
      document.put("events", report.position.rawValue)
      document.put("root", report.root.hex)
      document.put("log_time", report.logTime)
      document.put("segments", report.segments.count)
      document.put("bytes", report.bytes)
      document.put("frames", report.frames)
      document.put("seals", report.seals)
      switch report.leaves {
      case .absent: document.null("leaves")
      case .same(let count): document.put("leaves", count)
      case .differs(let position): document.put("leaves_differ_at", position)
      }
      document.array("notes", report.notes) { $0.put(nil, $1) }
      put("damage", report.damage, into: &document)
      document.array("heads", report.heads) { document, head in
        document.object(nil) { document in
          document.put("path", head.path)
          document.put("size", head.size)
          document.put("signers", head.signers.joined(separator: " "))
          document.put("cosigners", head.cosigners)
          document.put("kept_elsewhere", head.isOutside)
        }
      }
      put("beside", report.beside, into: &document)
      document.put("keys_from_the_folder_itself", report.areKeysItsOwn)
      document.put("anchor", anchor(report))
      document.put("elapsed_ns", elapsed)
    }
  }

  private static func put(
    _ key: String, _ damage: VerifyReport.Damage?, into document: inout Document
  ) {
    guard let damage else {
      document.null(key)
      return
    }
    document.object(key) { document in
      document.put("path", damage.path)
      document.put("offset", damage.offset)
      document.put("position", damage.position)
      document.put("what", damage.what)
    }
  }

  private static func text(_ report: VerifyReport, _ elapsed: Int64) -> String {
    var table = TextTable(["segment", ">bytes", ">frames", ">events", "seal"])
    for part in report.segments {
      let name = part.path.split(separator: "/").last.map { String($0) } ?? part.path
      table.add([
        name, Screen.count(part.bytes), Screen.count(part.frames), Screen.count(part.events),
        part.isSealed ? "root agrees" : "-",
      ])
    }
    var facts = TextFacts()
    facts.add("events", "\(Screen.count(report.position.rawValue)), all decoded and folded")
    facts.add(
      "bytes", "\(Screen.count(report.bytes)) in \(Screen.count(report.frames)) frames, all read")
    facts.add("leaves", leaves(report))
    facts.add("signed heads", heads(report))
    facts.add("log time", Screen.time(report.logTime))
    facts.add("root", report.root.hex)
    facts.add("seconds", Screen.seconds(elapsed))
    var out = table.text(indent: 0) + "\n" + facts.text(indent: 0)
    for note in report.notes { out += "note: \(note)\n" }
    let verdict =
      report.isSound ? Screen.toned("sound", .green) : Screen.toned("damaged", .red)
    return out + "\n\(verdict); \(anchor(report))\n"
  }

  /// What an outside head shows, or that none was given.
  private static func anchor(_ report: VerifyReport) -> String {
    guard let anchor = report.anchor else {
      if report.hasKept {
        return "what was kept elsewhere does not agree: the log was changed or cut off"
      }
      return "no outside anchor given: truncation not excluded"
    }
    return "anchored: the first \(anchor.size) events are those of \(anchor.path); what was "
      + "appended since may have been cut off"
  }

  private static func heads(_ report: VerifyReport) -> String {
    guard let last = report.heads.max(by: { $0.size < $1.size }) else { return "none" }
    let whose = report.areKeysItsOwn ? "keys that the folder itself tells of" : "keys given"
    return "\(report.heads.count) agree, up to \(Screen.count(last.size)) events, by \(whose)"
  }

  private static func leaves(_ report: VerifyReport) -> String {
    switch report.leaves {
    case .absent: "hashed anew; no derived file"
    case .same(let count):
      "hashed anew; the derived file agrees up to position \(Screen.count(count))"
    case .differs(let position): "the derived file differs at position \(position.rawValue)"
    }
  }
}
