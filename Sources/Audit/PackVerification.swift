// Verification of an audit pack, out of the pack alone and the keys that the auditor trusts.
//
//   1. pack.note is signed by a trusted key; every file that it names is there with its SHA-256,
//      and no other file is.
//   2. The tiles are rebuilt from the entries to the root of tiles/checkpoint (PackTiles), and
//      every other signed head has the root of the entries at its size (HeadCheck).
//   3. The entries fold into every projection; each dump is printed again and compared to its last
//      byte, and so is its manifest, which a trusted key has signed.
//   4. The plans' documents are those of their events.
//
// The first bad file is named, in the order of the paths; where in it, as far as its neighbours
// tell. What the pack does not hold (that nothing was appended since, that the log is the only one)
// it cannot show: that takes a head from elsewhere.

import Dumps
import EventLog
import Events
import Merkle
public import Platform
import Projections

/// Verifies an audit pack.
public struct PackVerification<D: Disk> {
  private let disk: D
  private let directory: String
  private let trust: HeadTrust
  private var report = PackReport()
  private var heads = HeadCheck()
  private var named: [String: Digest] = [:]
  /// Files whose bytes are not those that the note names.
  private var bad: Set<String> = []
  private var isWhole = true
  /// Who signed the note: keys that are trusted, or keys of log.vkey that a head has to vouch for.
  private var signers: [NoteKey] = []
  private var fold = PackFold()

  /// - Parameter trust: whose signatures count, and which heads were kept elsewhere.
  public init(_ disk: D, _ directory: String, trust: HeadTrust = HeadTrust()) {
    self.disk = disk
    self.directory = directory
    self.trust = trust
  }

  /// Runs it.
  ///
  /// - Parameter progress: told the bytes done and the bytes in all, now and then.
  /// - Throws: `Fault` where no pack stands there; what is wrong with one is in the report.
  public consuming func run(
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(Fault) -> PackReport {
    try readHeads()
    guard report.damage == nil, let entries = try readNote() else { return report }
    try hashFiles(entries)
    let expected = [
      AuditPack.policy, AuditPack.catalogue, AuditPack.reader, AuditPack.goReader,
    ]
    report.missing = expected.filter { name in
      !entries.contains { $0.path == name || $0.path.hasPrefix(name + "/") }
    }
    let first = report.damage
    guard isWhole, first == nil || isRebuilt(first?.path ?? "") else { return report }
    report.damage = nil
    try rebuild(progress)
    // Where a file's bytes are wrong, what was made from others may say where; no more.
    if let first, report.damage?.path != first.path { report.damage = first }
    return report
  }

  /// Whether a file can be made again from others.
  private func isRebuilt(_ path: String) -> Bool {
    path.hasPrefix(AuditPack.tiles + "/tile/")
      || (path.hasPrefix(AuditPack.dumps + "/") && path.hasSuffix(".csv"))
  }

  private mutating func fail(
    _ path: String, at offset: Int? = nil, line: Int? = nil, _ what: String
  ) {
    guard report.damage == nil else { return }
    report.damage = .init(path: path, offset: offset, line: line, what: what)
  }

  private func whole(_ path: String) -> String { "\(directory)/\(path)" }

  // MARK: The note, and every file's bytes

  /// Reads the keys and the heads; a line of log.vkey that is no key is the first thing wrong.
  private mutating func readHeads() throws(Fault) {
    var trust = trust
    if let bytes = try HeadCheck.read(disk, whole(AuditPack.head)) {
      trust.kept.append(HeadTrust.Kept(path: whole(AuditPack.head), bytes: bytes))
    }
    heads = try HeadCheck(disk, directory, trust)
    report.areKeysItsOwn = heads.areKeysItsOwn
    let keysPath = LogFolder(directory).publicKeys
    if heads.areKeysItsOwn, let fault = heads.fault, fault.path == keysPath {
      fail(LogFolder.publicKeysName, at: fault.offset, fault.what)
    }
  }

  private mutating func readNote() throws(Fault) -> [PackNote.Entry]? {
    let path = whole(AuditPack.noteName)
    guard let bytes = try AuditPack.contents(path, max: AuditPack.noteBytesMax, on: disk) else {
      fail(AuditPack.noteName, "it is longer than any list of files")
      return nil
    }
    let note: PackNote
    do throws(PackFault) { note = try PackNote(bytes) } catch {
      fail(AuditPack.noteName, line: error.line == 0 ? nil : error.line, error.why)
      return nil
    }
    do throws(NoteFault) {
      let own = heads.ownKeys.filter { !heads.keys.contains($0) }
      signers = try note.note.signers(among: heads.keys + own)
    } catch {
      fail(AuditPack.noteName, "\(error)")
      return nil
    }
    report.signers = signers.map { $0.label }
    guard !signers.isEmpty else {
      fail(AuditPack.noteName, "none of the keys that are trusted has signed it")
      return nil
    }
    return note.entries
  }

  /// Finds files that are missing, that nobody named, and that have other bytes.
  private mutating func hashFiles(_ entries: [PackNote.Entry]) throws(Fault) {
    var folders: Set<String> = []
    for entry in entries {
      named[entry.path] = entry.digest
      var folder = parentDirectory(of: entry.path)
      while folder != ".", folders.insert(folder).inserted {
        folder = parentDirectory(of: folder)
      }
    }
    let found = try AuditPack.files(directory, on: disk) { (path) throws(Fault) in
      named[path] == nil && folders.contains(path)
    }
    let present = Set(found)
    let strange = found.filter { named[$0] == nil && $0 != AuditPack.noteName }
    let paths = entries.map { $0.path } + strange
    for path in paths.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      guard let digest = named[path] else {
        fail(path, "\(AuditPack.noteName) does not name it: it does not belong here")
        continue
      }
      guard present.contains(path) else {
        isWhole = false
        fail(path, "\(AuditPack.noteName) names it, and it is missing")
        continue
      }
      let held = try AuditPack.digest(whole(path), on: disk)
      report.files += 1
      report.bytes += held.length
      guard held.digest != digest else { continue }
      bad.insert(path)
      fail(path, "its SHA-256 is another than \(AuditPack.noteName) says")
    }
  }

  // MARK: What follows from the entries

  private mutating func rebuild(_ progress: (Int, Int) -> Void) throws(Fault) {
    guard let head = try readHead() else { return }
    let strange = named.keys.filter {
      $0.hasPrefix(AuditPack.tiles + "/") && !PackTiles<D>.belongs($0, size: head.size)
    }
    if let path = strange.min(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      return fail(path, "it is no tile of a log of \(head.size) events")
    }
    var tiles = PackTiles(disk, directory, size: head.size, rootsAt: heads.sizes)
    var fold = PackFold()
    let damage = try tiles.run { (entries, bytes, first) throws(Fault) in
      let wrong = fold.take(entries, bytes, first)
      progress(Int(first.rawValue) + entries.count, Int(head.size))
      return wrong.map {
        .init(path: PackTiles<D>.bundlePath(of: $0.position, size: head.size), what: $0.what)
      }
    }
    self.fold = fold
    if let damage {
      let isEntry = tiles.conflict?.entry.map { bad.contains($0.path) } ?? false
      report.damage = isEntry ? tiles.conflict?.entry : damage
      return
    }
    guard tiles.tree.root == head.root else {
      return fail(AuditPack.head, "the entries hashed anew lead to \(tiles.tree.root.base64)")
    }
    if let wrong = self.fold.finish() {
      return fail(PackTiles<D>.bundlePath(of: wrong.position, size: head.size), wrong.what)
    }
    if let imbalance = self.fold.model.imbalance { return fail(AuditPack.tiles, "\(imbalance)") }
    report.head = head
    report.origin = self.fold.origins.last ?? ""
    try checkHeads(head.size, tiles.roots)
    try checkDumps(head)
    try checkPlans()
    try checkPolicy()
  }

  private mutating func readHead() throws(Fault) -> TreeHead? {
    guard named[AuditPack.head] != nil, try disk.exists(whole(AuditPack.head)),
      let bytes = try HeadCheck.read(disk, whole(AuditPack.head))
    else {
      fail(AuditPack.head, "it is missing: nothing says what the tiles lead to")
      return nil
    }
    let head: TreeHead
    do throws(CheckpointFault) { head = try SignedCheckpoint(bytes).head } catch {
      fail(AuditPack.head, "\(error)")
      return nil
    }
    let bundles = named.keys.count { $0.hasPrefix("\(AuditPack.tiles)/tile/entries/") }
    guard head.size <= UInt64(bundles) * UInt64(Tile.width) else {
      fail(AuditPack.head, "the entries of \(head.size) events are not all here")
      return nil
    }
    return head
  }

  private mutating func checkHeads(_ size: UInt64, _ roots: [UInt64: Digest]) throws(Fault) {
    for origin in fold.origins { heads.name(origin) }
    for (fields, position) in fold.keys { heads.name(fields, at: position) }
    let isTrusted = signers.contains { heads.keys.contains($0) }
    // The list names log.vkey: who is trusted has signed for its keys.
    if isTrusted { heads.believeOwnKeys() }
    let agreed = heads.finish(size: size, roots)
    report.heads = agreed.count
    report.anchor =
      agreed.filter { $0.isOutside && $0.path != whole(AuditPack.head) }.map { $0.size }.max()
    guard let fault = heads.fault else {
      guard signers.contains(where: { heads.keys.contains($0) }) else {
        return fail(
          AuditPack.noteName,
          "none of the keys that are trusted has signed it, and no head leads from them to its key")
      }
      return
    }
    let isInside = fault.path.hasPrefix(directory + "/")
    fail(
      isInside ? String(fault.path.dropFirst(directory.count + 1)) : fault.path,
      at: fault.offset == 0 ? nil : fault.offset, fault.what)
    if !isInside { report.damage?.isInPack = false }
  }

  private mutating func checkPlans() throws(Fault) {
    let made = fold.plans.documents
    for (path, document) in made {
      guard named[path] != nil,
        let held = try AuditPack.contents(whole(path), max: document.count + 1, on: disk)
      else {
        fail(path, "the log announced it, and it is missing")
        continue
      }
      guard held != document else { continue }
      let offset = zip(held, document).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      fail(
        path, at: offset ?? min(held.count, document.count),
        "it is not the document that the log announced")
    }
    report.plans = made.count
    let known = Set(made.map { $0.path })
    let strange = named.keys.filter { $0.hasPrefix(AuditPack.plans + "/") && !known.contains($0) }
    if let path = strange.min() { fail(path, "no event of the log announced it") }
  }

  private mutating func checkPolicy() throws(Fault) {
    guard named[AuditPack.policy] != nil,
      let bytes = try AuditPack.contents(
        whole(AuditPack.policy), max: TrustPolicy.bytesMax, on: disk)
    else { return }
    do throws(PolicyFault) { _ = try TrustPolicy(bytes) } catch {
      fail(AuditPack.policy, line: error.line, error.why)
    }
  }

  // MARK: Dumps

  private mutating func checkDumps(_ head: TreeHead) throws(Fault) {
    let folder = AuditPack.dumps + "/"
    let dumps = named.keys.filter { $0.hasPrefix(folder) && $0.hasSuffix(".csv") }
    for path in dumps.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      guard report.damage == nil else { return }
      try checkDump(path, head)
    }
  }

  private mutating func checkDump(_ path: String, _ head: TreeHead) throws(Fault) {
    let notePath = path + ManifestNote.fileSuffix
    guard named[notePath] != nil,
      let bytes = try AuditPack.contents(whole(notePath), max: SignedNote.bytesMax, on: disk)
    else { return fail(path, "no signed manifest stands beside it") }
    let note: ManifestNote
    do throws(ManifestFault) { note = try ManifestNote(bytes) } catch {
      return fail(notePath, "\(error)")
    }
    do throws(NoteFault) {
      guard try !note.note.signers(among: heads.keys).isEmpty else {
        return fail(notePath, "none of the keys that are trusted has signed it")
      }
    } catch { return fail(notePath, "\(error)") }
    let manifest = note.manifest
    guard let name = DumpName(name: manifest.dump), manifest.version == name.version,
      manifest.format == DumpFormatName.csv.name, manifest.order == name.order,
      let format = DumpFormatName(name: manifest.format, version: manifest.formatVersion)
    else {
      report.refusal = report.refusal ?? "\(notePath) is of another release, or of another format"
      return
    }
    let context = fold.context(head, release: manifest.context.release)
    let made = try Dump.compare(whole(path), with: name, format, fold.model, context, on: disk)
    if let place = made.difference {
      return fail(
        path, at: place.offset, line: place.line, "the entries folded anew give other rows")
    }
    guard made.manifest == manifest else {
      return fail(notePath, "it is not the manifest of the dump made again")
    }
    let beside = path + Dump.manifestSuffix
    if named[beside] != nil,
      try AuditPack.contents(whole(beside), max: SignedNote.bytesMax, on: disk) != manifest.bytes
    {
      return fail(beside, "it is not the manifest that was signed")
    }
    report.dumps.append(name.name)
  }
}
