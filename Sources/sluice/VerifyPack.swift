// sluice verify --pack: an audit pack, checked out of itself.

import Audit
import Events
import Merkle
import Platform

enum VerifyPack {
  static let option = OptionShape.value(
    "pack", "DIR", "an audit pack, in place of a log: its files, tiles, dumps and plans")

  static func run(_ folder: String, _ arguments: Arguments) throws -> ExitCode {
    guard !arguments.flag("data") else {
      throw UsageFault(what: "--pack and --data exclude each other", hint: "Give one of them")
    }
    guard try SystemDisk().exists("\(folder)/\(AuditPack.noteName)") else {
      throw CommandFailure(
        .damaged, "\(folder) is no audit pack: \(AuditPack.noteName) is not there",
        hint: "An export that was cut short leaves none: export it again")
    }
    let meter = Meter("bytes", isQuiet: arguments.flag("json"))
    let report = try PackVerification(
      SystemDisk(), folder, trust: try VerifyCommand.trust(arguments)
    ).run { meter.show(UInt64($0), of: UInt64($1)) }
    meter.finish()
    say(arguments.flag("json") ? document(report) : Array(text(report).utf8))
    if let damage = report.damage {
      let path = damage.isInPack ? "\(folder)/\(damage.path)" : damage.path
      throw CommandFailure(
        .damaged, "\(path)\(place(damage)): \(damage.what)",
        hint: "Do not rely on the pack; fetch it again, or have it exported again")
    }
    if let refusal = report.refusal {
      throw CommandFailure(
        .refused, refusal, hint: "Verify it with the release that its manifest names")
    }
    return .done
  }

  private static func place(_ damage: PackReport.Damage) -> String {
    (damage.line.map { " at line \($0)" } ?? "")
      + (damage.offset.map { (damage.line == nil ? " at" : ",") + " offset \($0)" } ?? "")
  }

  private static func document(_ report: PackReport) -> [UInt8] {
    Document.object { document in
      document.put("sound", report.isSound)
      document.put("origin", report.origin)
      document.put("events", report.head?.size ?? 0)
      document.put("root", report.head?.root.base64)
      document.put("files", report.files)
      document.put("bytes", report.bytes)
      document.array("signers", report.signers) { $0.put(nil, $1) }
      document.put("keys_from_the_pack_itself", report.areKeysItsOwn)
      document.put("heads", report.heads)
      document.array("dumps", report.dumps) { $0.put(nil, $1) }
      document.put("plans", report.plans)
      document.array("missing", report.missing) { $0.put(nil, $1) }
      if let damage = report.damage {
        document.object("damage") { document in
          document.put("path", damage.path)
          if let offset = damage.offset { document.put("offset", offset) }
          if let line = damage.line { document.put("line", line) }
          document.put("what", damage.what)
        }
      } else {
        document.null("damage")
      }
      document.put("refusal", report.refusal)
      document.put("anchor", anchor(report))
    }
  }

  private static func text(_ report: PackReport) -> String {
    var facts = TextFacts()
    facts.add("files", "\(Screen.count(report.files)), \(Screen.count(report.bytes)) bytes, hashed")
    facts.add(
      "signed by",
      report.signers.isEmpty
        ? "nobody who is trusted"
        : report.signers.joined(separator: ", ")
          + (report.areKeysItsOwn
            ? ", a key that the pack itself tells of" : ", trusted by the keys given"))
    if let head = report.head {
      facts.add(
        "events", "\(Screen.count(head.size)) of \(Screen.plain(report.origin)), hashed anew")
      facts.add("root", head.root.base64)
      facts.add("signed heads", "\(report.heads) agree")
      facts.add("made again", report.dumps.joined(separator: ", "))
      facts.add("plans", "\(report.plans)")
    }
    for name in report.missing { facts.add("not here", name) }
    let verdict =
      report.isSound
      ? Screen.toned("sound", .green)
      : Screen.toned(report.damage == nil ? "not all made again" : "damaged", .red)
    return facts.text(indent: 0) + "\n\(verdict); \(anchor(report))\n"
  }

  private static func anchor(_ report: PackReport) -> String {
    report.anchor.map {
      "anchored: the first \($0) events are those of a head that was kept elsewhere"
    } ?? "no outside anchor given: that the log ends here, and is the only one, is not shown"
  }
}
