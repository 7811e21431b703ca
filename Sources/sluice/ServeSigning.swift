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
    if let path = arguments.value("last-signed") { folder.lastSigned = path }
    let named = try lastNamed(model, carrier)
    let origin = named?.origin.description ?? log.origin.description
    let last = try lastHead(folder)
    // The head that was handed out stands in for a last one that somebody has removed.
    let published = try SystemDisk().exists(folder.checkpoint) ? try? published(folder) : nil
    let lost =
      try lostHead(last, origin, carrier) ?? lostHead(published, origin, carrier)
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
    _ arguments: Arguments, _ folder: LogFolder, _ origin: String, _ lost: TreeHead,
    _ carrier: borrowing FileCarrier<SystemDisk>, _ lines: OperatorLines
  ) throws -> ServeSigning {
    guard let name = arguments.value("new-origin") else {
      throw CommandFailure(
        .forked,
        "\(HeadFault.forked(last: lost, now: carrier.head)) (\(folder.lastSigned))",
        hint: "Bring back the newest copy of the log. Where the events are lost for ever, start "
          + "with --new-origin NAME: the log goes on under another name and says what it lost")
    }
    guard name != origin, NoteKey.isName(name), let text = ShortText(name)
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
      "\(lost.size) events had been signed under \(origin) and are not all here: the log "
        + "goes on as \(name)")
    var event = naming(next.key, after: try publicKeys(folder).last)
    event.origin = text
    event.lostSize = lost.size
    event.lostRoot = lost.root
    return ServeSigning(
      heads: try SignedHeads(disk, folder, signer: next, isKeyNew: true), naming: event)
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
    guard signer.key.name == origin, signer.key.kind == .ed25519 else {
      throw CommandFailure(
        .usage, "\(path) holds a key of \(signer.key.name), and the log is signed as \(origin)",
        hint: "Bring back the log's own key")
    }
    return signer
  }

  /// The keys that a folder tells everybody of.
  static func publicKeys(_ folder: LogFolder) throws -> [NoteKey] {
    guard try SystemDisk().exists(folder.publicKeys) else { return [] }
    var file = try InputFile(folder.publicKeys)
    let text = String(decoding: try file.readAll(limit: 1 << 20), as: UTF8.self)
    return text.split(separator: "\n").compactMap { NoteKey(String($0)) }
  }

  /// The last signed head; a file that holds none is no guard, and so refused.
  private static func lastHead(_ folder: LogFolder) throws -> SignedCheckpoint? {
    do throws(HeadFault) { return try SignedHeads.read(SystemDisk(), folder).head } catch {
      guard case .damaged = error else { throw error }
      throw CommandFailure(
        .damaged, "\(error)",
        hint: "Bring it back from \(folder.checkpoint) if that is the same or larger than any "
          + "head that was handed out; while it is in doubt, nothing is signed")
    }
  }

  private static func published(_ folder: LogFolder) throws -> SignedCheckpoint {
    var file = try InputFile(folder.checkpoint)
    return try SignedCheckpoint(try file.readAll(limit: SignedNote.bytesMax))
  }

  /// The head that was signed under the log's name and that the log does not lead to.
  private static func lostHead(
    _ last: SignedCheckpoint?, _ origin: String, _ carrier: borrowing FileCarrier<SystemDisk>
  ) throws -> TreeHead? {
    guard let last, last.checkpoint.origin == origin else { return nil }
    return try carrier.root(at: last.head.size) == last.head.root ? nil : last.head
  }

  /// What the log says of its key; nil where it says nothing.
  private static func lastNamed(
    _ model: ReadModel, _ carrier: borrowing FileCarrier<SystemDisk>
  ) throws -> SigningKeyNamed? {
    guard let row = model.timeline.rows.last(where: { $0.kind == .signingKeyNamed }) else {
      return nil
    }
    var found: SigningKeyNamed?
    try carrier.read(from: row.position, to: row.position.advanced(by: 1)) { batch in
      for index in 0..<batch.count where batch.position(index) == row.position {
        if case .signingKeyNamed(let fields) = try batch.event(index).payload { found = fields }
      }
    }
    return found
  }
}
