// sluice export audit-pack: everything that an auditor takes away, in one folder.

import Audit
import Dumps
import EventLog
import Events
import Merkle
import Platform
import Projections

struct ExportAuditPackCommand: Subcommand {
  static let guide = Guide(
    name: "export audit-pack",
    sentence: "Writes a folder that an auditor checks without us: the log as tiles, signed heads, "
      + "keys, plans, every dump with its signed manifest, an independent reader, and a list of "
      + "all files signed by the log's key.",
    operands: ["DIR"],
    options: [
      .data, HeadFiles.option,
      .value(
        "policy", "FILE",
        "a tlog-policy of C2SP that the head meets; one that asks for no witness if absent"),
      .value(
        "signing-key", "FILE",
        "the log's private key, which signs manifests and the list; DIR/log.skey if absent"),
      .value(
        "tools", "DIR",
        "the checkout or the installation that holds tools/verify.py and events/catalogue; the "
          + "one of this program if absent"),
    ],
    examples: [
      "sluice export audit-pack /srv/audit-2024-09 --data events/log",
      "sluice export audit-pack pack --data events/log --policy policy --checkpoint kept/monday",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let signer: NoteSigner
    switch try ManifestNotes.found(arguments) {
    case .signer(let found): signer = found
    case .nobody(let why):
      throw CommandFailure(
        .refused, "the list of the pack's files must be signed, and nobody can: \(why)",
        hint: "Run it as the daemon's user, or name the log's private key with --signing-key")
    }
    let (head, log) = try HeadFiles.open(arguments)
    try HeadFiles.check(head, arguments)
    let pack = AuditPackFolder(arguments.operands[0], signer: signer)
    let files = try pack.write(head, of: log, arguments)
    say(
      "\(Screen.count(files, "file")) in \(arguments.operands[0]), "
        + "\(Screen.count(head.head.size, "event")) of \(Screen.plain(head.checkpoint.origin)); "
        + "\(AuditPack.readme) says what to type\n")
    return .done
  }
}
