// Who signs the heads of a log, found at a start; and the guard that what was signed is still true.
//
// A log's first key is made with it, or at its first start by a release that signs. A key that
// follows another waits in log.skey.next until its event is in the log and a head is signed by
// both; a start that finds it there goes on with it.

import Daemon
import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Projections

/// What a start has found, or made, to sign with.
struct ServeSigning {
  var heads: SignedHeads<SystemDisk>
  /// The event that says so, where the log does not say it yet.
  var naming: SigningKeyNamed?

  static let options: [OptionShape] = [
    .value(
      "last-signed", "FILE",
      "where the last signed head is kept, best on another disk; DIR/last-signed if absent"),
    .flag("new-key", "sign with a new key from now on; the next head is signed by both"),
    .value(
      "new-origin", "NAME", "go on under another name, where signed events were lost for ever"),
  ]

  /// Finds who signs, and refuses a log that is not the one that was signed.
  ///
  /// - Returns: nil where nobody can: the log's name is none that a key may have.
  static func open(
    _ arguments: Arguments, _ directory: String, _ log: LogCreated, _ model: ReadModel,
    _ carrier: borrowing FileCarrier<SystemDisk>, _ lines: OperatorLines
  ) throws -> ServeSigning? {
    var folder = LogFolder(directory)
    try SigningGuard.settle(arguments.value("last-signed"), &folder, lines)
    let names = try names(model, carrier)
    let named = names.last
    let origin = named?.origin.description ?? log.origin.description
    let last = try lastHead(folder)
    let lost = try lostHead(last, origin, names, carrier)
    if try !isSigned(last, origin, folder) {
      try refuseUnsigned(folder, lost, goesOn: arguments.value("new-origin") != nil)
      lines.write(.warning, "\(folder.lastSigned) is signed by no key that this folder knows")
    }
    if let lost {
      return try afterLoss(arguments, folder, origin, lost, carrier, lines)
    }
    guard arguments.value("new-origin") == nil else {
      throw CommandFailure(
        .refused, "the log leads to all that was signed",
        hint: "Leave out --new-origin: it is for a log that has lost signed events")
    }
    guard NoteKey.isName(origin) else {
      lines.write(
        .warning, "heads are not signed: \(origin) cannot name a key, which has no space and no +")
      return nil
    }
    return try open(arguments, folder, origin, named, isSigned: last != nil)
  }

  private static func open(
    _ arguments: Arguments, _ folder: LogFolder, _ origin: String, _ named: SigningKeyNamed?,
    isSigned: Bool
  ) throws -> ServeSigning {
    let disk = SystemDisk()
    let current =
      try disk.exists(folder.privateKey) ? try key(folder.privateKey, origin, folder) : nil
    var next =
      try disk.exists(folder.nextPrivateKey)
      ? try key(folder.nextPrivateKey, origin, folder) : nil
    if current == nil, next == nil, isSigned || named != nil, !arguments.flag("new-key") {
      throw CommandFailure(
        .usage, "the key that signs for \(origin) is missing: \(folder.privateKey)",
        hint: "Bring it back from a copy, or start once with --new-key, which the log will say")
    }
    if next == nil, current == nil || arguments.flag("new-key") {
      let made = try SecretKey.make(origin)
      try SecretFile.write(SecretKey.bytes(made), to: folder.nextPrivateKey)
      next = made
    }
    guard let next else {
      guard let current else { preconditionFailure("a log has a key, or is given one") }
      try checkIsTold(current.key, named, folder)
      return ServeSigning(heads: try SignedHeads(disk, folder, signer: current), naming: nil)
    }
    let previous = try current?.key ?? publicKeys(folder).last
    return ServeSigning(
      heads: try SignedHeads(
        disk, folder, signer: next, isKeyNew: true, predecessor: current),
      naming: named?.keyID == next.key.id ? nil : naming(next.key, after: previous))
  }

  /// A log that has lost signed events goes on under another name, or not at all.
  private static func afterLoss(
    _ arguments: Arguments, _ folder: LogFolder, _ origin: String, _ lost: SignedCheckpoint,
    _ carrier: borrowing FileCarrier<SystemDisk>, _ lines: OperatorLines
  ) throws -> ServeSigning {
    guard let name = arguments.value("new-origin") else {
      throw refusal(lost, folder, origin, carrier)
    }
    guard name != origin, name != lost.checkpoint.origin, NoteKey.isName(name),
      let text = ShortText(name)
    else {
      throw UsageFault(
        what: "--new-origin \(name) cannot name what follows \(origin)",
        hint: "Give another name, of at most \(ExternalID.lengthMax) bytes without spaces and +")
    }
    let disk = SystemDisk()
    var next =
      try disk.exists(folder.nextPrivateKey) ? try SecretKey.read(folder.nextPrivateKey) : nil
    if next?.key.name != name {
      if next != nil { try disk.remove(folder.nextPrivateKey) }
      let made = try SecretKey.make(name)
      try SecretFile.write(SecretKey.bytes(made), to: folder.nextPrivateKey)
      next = made
    }
    guard let next else { preconditionFailure("a key was made") }
    lines.write(
      .warning,
      "\(lost.head.size) events had been signed under \(lost.checkpoint.origin) and are not all "
        + "here: the log goes on as \(name)")
    var event = naming(next.key, after: try publicKeys(folder).last)
    event.origin = text
    event.lostSize = lost.head.size
    event.lostRoot = lost.head.root
    return ServeSigning(
      heads: try SignedHeads(disk, folder, signer: next, isKeyNew: true), naming: event)
  }

  /// Why a log that does not lead to what was signed is not served.
  private static func refusal(
    _ lost: SignedCheckpoint, _ folder: LogFolder, _ origin: String,
    _ carrier: borrowing FileCarrier<SystemDisk>
  ) -> CommandFailure {
    let way =
      "Where the events are lost for ever, start with --new-origin NAME: the log goes on under "
      + "another name and says what it lost"
    guard lost.checkpoint.origin == origin else {
      return CommandFailure(
        .forked,
        "\(folder.lastSigned) holds a head of \(lost.checkpoint.origin), and this log is "
          + "\(origin): it is another log's, or a later one of this log",
        hint: "Name the log's own file, or bring back its newest copy. " + way)
    }
    return CommandFailure(
      .forked,
      "\(HeadFault.forked(last: lost.head, now: carrier.head)) (\(folder.lastSigned))",
      hint: "Bring back the newest copy of the log. " + way)
  }

  private static func naming(_ key: NoteKey, after previous: NoteKey?) -> SigningKeyNamed {
    SigningKeyNamed(
      origin: ShortText(key.name) ?? .none, publicKey: key.publicDigest, keyID: key.id,
      previousKeyID: previous?.id ?? 0)
  }

  /// A private key that signs under the log's name.
  private static func key(
    _ path: String, _ origin: String, _ folder: LogFolder
  ) throws -> NoteSigner {
    let signer = try SecretKey.read(path)
    guard try !SystemDisk().isOpenToOthers(path) else {
      throw CommandFailure(
        .usage, "others may read \(path)", hint: "It is the key that signs: chmod 600 \(path)")
    }
    guard signer.key.name == origin, signer.key.kind == .ed25519 else {
      throw CommandFailure(
        .usage, "\(path) holds a key of \(signer.key.name), and the log is signed as \(origin)",
        hint: "Bring back the log's own key")
    }
    return signer
  }

  /// The keys that a folder tells everybody of.
  static func publicKeys(_ folder: LogFolder) throws -> [NoteKey] {
    try PublicKeys.read(SystemDisk(), folder)
  }

  /// The key that signs is the one that everybody is told of, and that the log names.
  private static func checkIsTold(
    _ key: NoteKey, _ named: SigningKeyNamed?, _ folder: LogFolder
  ) throws {
    let told = try publicKeys(folder)
    if let named, named.keyID != key.id {
      throw CommandFailure(
        .usage,
        "\(folder.privateKey) is the key \(key.label), and the log names \(named.keyLabel)",
        hint: "Bring back the log's own key, or start once with --new-key")
    }
    guard told.last != key else { return }
    guard told.isEmpty, try !SystemDisk().exists(folder.publicKeys) else {
      throw CommandFailure(
        .usage,
        "\(folder.privateKey) is the key \(key.label), and it is not the last that "
          + "\(folder.publicKeys) tells of",
        hint: "Bring back the log's own keys, both files")
    }
    let line = Array((key.text + "\n").utf8)
    try SystemDisk().replaceFile(folder.publicKeys, with: unsafe line.span.bytes)
  }

  /// The last signed head; a file that holds none is no guard, and so refused.
  private static func lastHead(_ folder: LogFolder) throws -> SignedCheckpoint? {
    do throws(HeadFault) { return try SignedHeads.read(SystemDisk(), folder).head } catch {
      guard case .damaged = error else { throw error }
      throw CommandFailure(.damaged, "\(error)", hint: SigningGuard.bringBack(folder))
    }
  }

  /// Whether a head under the log's name is signed by one of its keys, as far as the folder tells.
  private static func isSigned(
    _ last: SignedCheckpoint?, _ origin: String, _ folder: LogFolder
  ) throws -> Bool {
    guard let last, last.checkpoint.origin == origin else { return true }
    var known = try publicKeys(folder)
    for path in [folder.privateKey, folder.nextPrivateKey] where try SystemDisk().exists(path) {
      known.append(try SecretKey.read(path).key)
    }
    // Where every key is lost, nobody can tell any more.
    return known.isEmpty || (try? last.signers(among: known)) != nil
  }

  /// Refuses a head that none of the log's keys has signed: it guards nothing.
  ///
  /// An old copy knows neither the later events nor a later key. Only who says so goes on from it
  /// under another name.
  private static func refuseUnsigned(
    _ folder: LogFolder, _ lost: SignedCheckpoint?, goesOn: Bool
  ) throws {
    guard let lost else {
      throw CommandFailure(
        .damaged, "\(folder.lastSigned) is not signed by a key of this log",
        hint: SigningGuard.bringBack(folder))
    }
    guard goesOn else {
      throw CommandFailure(
        .forked,
        "the log does not lead to the \(lost.head.size) events that \(folder.lastSigned) "
          + "says were signed, and no key of \(folder.publicKeys) has signed them",
        hint: "Bring back the newest copy of the log, with its keys. See that nobody changed the "
          + "file; where all newer copies are lost for ever, --new-origin NAME goes on without them"
      )
    }
  }

  /// The head that was signed and that the log does not lead to.
  ///
  /// A head under another name is one of those too, unless the log itself says that it lost that
  /// very one: it is of a later name of this log, or of another log.
  private static func lostHead(
    _ last: SignedCheckpoint?, _ origin: String, _ names: [SigningKeyNamed],
    _ carrier: borrowing FileCarrier<SystemDisk>
  ) throws -> SignedCheckpoint? {
    guard let last else { return nil }
    let head = last.head
    guard last.checkpoint.origin == origin else {
      let isTold = names.contains { $0.lostSize == head.size && $0.lostRoot == head.root }
      return isTold ? nil : last
    }
    return try carrier.root(at: head.size) == head.root ? nil : last
  }

  /// What the log says of its keys, in its order.
  private static func names(
    _ model: ReadModel, _ carrier: borrowing FileCarrier<SystemDisk>
  ) throws -> [SigningKeyNamed] {
    var found: [SigningKeyNamed] = []
    for row in model.timeline.rows where row.kind == .signingKeyNamed {
      try carrier.read(from: row.position, to: row.position.advanced(by: 1)) { batch in
        for index in 0..<batch.count where batch.position(index) == row.position {
          if case .signingKeyNamed(let fields) = try batch.event(index).payload {
            found.append(fields)
          }
        }
      }
    }
    return found
  }
}

/// Where the last signed head is kept, found at a start.
enum SigningGuard {
  static func bringBack(_ folder: LogFolder) -> String {
    "Bring it back from a copy of that file alone; a copy of \(folder.checkpoint) will do where no "
      + "larger head was ever handed out. While it is in doubt, nothing is served"
  }

  /// Settles which file it is, and takes a head along that stands in the log's folder.
  ///
  /// - Throws: where heads were handed out and the file is gone: its disk may not be there.
  static func settle(
    _ path: String?, _ folder: inout LogFolder, _ lines: OperatorLines
  ) throws {
    let disk = SystemDisk()
    let usual = folder.lastSigned
    if let path, path != usual {
      folder.lastSigned = path
      if try disk.exists(usual) {
        try takeAlong(usual, to: path)
        lines.write(.notice, "the last signed head is kept in \(path) from now on")
      }
    }
    guard try !disk.exists(folder.lastSigned), try disk.exists(folder.checkpoint) else { return }
    throw CommandFailure(
      .usage, "the last signed head is missing: \(folder.lastSigned), and heads were handed out",
      hint: path == nil
        ? "Where it stands elsewhere, say so with --last-signed FILE. " + bringBack(folder)
        : "See that its disk is there. " + bringBack(folder))
  }

  /// Moves the head to the place where it is kept, unless a later one stands there.
  private static func takeAlong(_ usual: String, to path: String) throws {
    let disk = SystemDisk()
    let head = try HeadFiles.read(usual)
    let isThere = try disk.exists(path)
    if !isThere {
      try disk.replaceFile(path, with: unsafe head.bytes.span.bytes)
    } else {
      let other = try HeadFiles.read(path)
      guard other.checkpoint.origin == head.checkpoint.origin, other.head.size >= head.head.size
      else {
        throw CommandFailure(
          .usage, "\(usual) and \(path) hold heads of which neither follows on the other",
          hint: "Keep the one that was signed last in \(path), and remove \(usual)")
      }
    }
    try disk.remove(usual)
    try disk.synchronizeDirectory(parentDirectory(of: usual))
  }
}
