// The folder of an audit pack in the making; what stands in it is told in Audit/AuditPack.swift.

import Audit
import Dumps
import EventLog
import Events
import Merkle
import Platform
import Projections

/// Writes a pack.
struct AuditPackFolder {
  private let root: String
  private let signer: NoteSigner
  private let disk = SystemDisk()

  init(_ root: String, signer: NoteSigner) {
    self.root = root
    self.signer = signer
  }

  private func path(_ name: String) -> String { "\(root)/\(name)" }

  /// Writes the pack; the list of its files comes last, and a folder without it is no pack.
  ///
  /// - Returns: how many files it has.
  func write(
    _ head: SignedCheckpoint, of log: LogReader<SystemDisk>, _ arguments: Arguments
  ) throws -> Int {
    try begin()
    let folder = LogFolder(try arguments.required("data"))
    _ = try TileFolder(path(AuditPack.tiles)).write(head, of: log)
    try writeTrust(head, folder, arguments)
    let rollouts = try writeDumps(head, log)
    let reader = try writeReader(arguments)
    let readme = AuditPackReadme(
      head: head.checkpoint, key: signer.key, hasReader: reader, rollouts: rollouts)
    try put(AuditPack.readme, Array(readme.text.utf8))
    return try writeNote()
  }

  /// An empty folder, made where it is missing.
  private func begin() throws {
    if try disk.exists(root) {
      guard try disk.list(root).isEmpty else {
        throw CommandFailure(
          .refused, "\(root) is not empty", hint: "Name a folder that is empty or not there yet")
      }
    } else {
      try disk.makeDirectory(root)
    }
  }

  private func put(_ name: String, _ bytes: [UInt8]) throws {
    let folder = parentDirectory(of: path(name))
    if try !disk.exists(folder) { try disk.makeDirectory(folder) }
    try disk.replaceFile(path(name), with: unsafe bytes.span.bytes)
  }

  // MARK: Keys, heads, the policy

  private func writeTrust(
    _ head: SignedCheckpoint, _ folder: LogFolder, _ arguments: Arguments
  ) throws {
    try put(LogFolder.publicKeysName, try WholeFile.read(folder.publicKeys, max: 1 << 20))
    if try disk.exists(folder.checkpoints) {
      for name in try disk.list(folder.checkpoints) {
        guard name.utf8.count == 20, let size = UInt64(name), size <= head.head.size else {
          continue
        }
        let bytes = try WholeFile.read(
          "\(folder.checkpoints)/\(name)", max: SignedNote.bytesMax)
        try put("\(AuditPack.checkpoints)/\(name)", bytes)
      }
    }
    if let given = arguments.value("policy") {
      try put(AuditPack.policy, try WholeFile.read(given, max: TrustPolicy.bytesMax))
    } else {
      let logs = try ServeSigning.publicKeys(folder).map { "log \($0.text)\n" }.joined()
      try put(AuditPack.policy, Array("\(logs)quorum none\n".utf8))
    }
  }

  // MARK: Dumps and plans

  /// Folds the log from its first event to the head.
  ///
  /// - Returns: the ids of the plans.
  private func writeDumps(
    _ head: SignedCheckpoint, _ log: LogReader<SystemDisk>
  ) throws -> [String] {
    var fold = ModelFold(hashesLeaves: true)
    var plans = PackPlans()
    try fold.replay(log, upTo: Position(head.head.size)) { (batch) throws in
      for index in 0..<batch.count {
        switch EventKind(rawValue: batch.kind(index)) {
        case .rolloutAnnounced, .rolloutAmended: plans.take(try batch.event(index).payload)
        default: break
        }
      }
    }
    guard fold.context.root == head.head.root else {
      throw CommandFailure(
        .damaged, "the log does not lead to the root that was signed at \(head.head.size) events",
        hint: "Run `sluice verify`: it names the first bad place")
    }
    for (name, document) in plans.documents { try put(name, document) }
    try disk.makeDirectory(path(AuditPack.dumps))
    for name in DumpName.allCases {
      let file = path("\(AuditPack.dumps)/\(name.name).csv")
      let bar = RowBar([name], fold.model)
      let manifest = try Dump.write(
        name, .csv, fold.model, fold.context, toPath: file, on: disk, progress: bar.progress)
      bar.end()
      guard let note = ManifestNote(manifest, by: signer) else {
        throw CommandFailure(
          .usage, "\(signer.key.label) is a key that signs no manifest",
          hint: "Give an Ed25519 key, as `sluice approval keygen` makes one")
      }
      try disk.replaceFile(file + ManifestNote.fileSuffix, with: unsafe note.bytes.span.bytes)
    }
    return fold.model.rollouts.rollouts.map { $0.plan.description }
  }

  // MARK: The independent reader

  /// Copies verify.py and the catalogue; says where they were looked for if they are not there.
  private func writeReader(_ arguments: Arguments) throws -> Bool {
    guard let found = try IndependentReader.find(arguments.value("tools"), on: disk) else {
      let place = arguments.value("tools") ?? "the installation of this program"
      tell(
        "the pack has no \(AuditPack.reader) and no \(AuditPack.catalogue)/: \(place) holds no "
          + "tools/verify.py with tools/\(AuditPack.goReader) and events/catalogue; name it with "
          + "--tools DIR")
      return false
    }
    for name in [AuditPack.reader, AuditPack.goReader] {
      try put(name, try WholeFile.read("\(found.readers)/\(name)", max: 1 << 24))
    }
    for name in try disk.list(found.catalogue) where name.hasSuffix(".json") {
      let bytes = try WholeFile.read("\(found.catalogue)/\(name)", max: 1 << 20)
      try put("\(AuditPack.catalogue)/\(name)", bytes)
    }
    return true
  }

  // MARK: The list of files

  private func writeNote() throws -> Int {
    let files = try AuditPack.files(root, on: disk) { (name) throws(Fault) in
      try isFolder(name)
    }
    let entries = try files.map { (name) throws in
      PackNote.Entry(path: name, digest: try AuditPack.digest(path(name), on: disk).digest)
    }
    guard let note = PackNote(entries, by: signer) else {
      throw CommandFailure(
        .refused, "the list of \(files.count) files is longer than a pack's may be",
        hint: "Export the tiles alone: `sluice export tiles`")
    }
    try disk.replaceFile(path(AuditPack.noteName), with: unsafe note.bytes.span.bytes)
    return files.count + 1
  }

  private func isFolder(_ name: String) throws(Fault) -> Bool {
    let whole = path(name)
    do throws(Fault) {
      _ = try disk.list(whole)
      return true
    } catch {
      guard error.errno == .notDirectory else { throw error }
      return false
    }
  }
}

/// Where the readers that share no code with this program stand.
enum IndependentReader {
  /// How many folders above the program are looked at.
  private static let stepsMax = 6

  static func find(
    _ folder: String?, on disk: SystemDisk
  ) throws(Fault) -> (readers: String, catalogue: String)? {
    for root in folder.map({ [$0] }) ?? installations() {
      for (readers, catalogue) in [
        ("tools", "events/catalogue"), (".", "catalogue"),
        ("share/sluice", "share/sluice/catalogue"),
      ] {
        let found = (readers: "\(root)/\(readers)", catalogue: "\(root)/\(catalogue)")
        if try isWhole(found.readers, found.catalogue, on: disk) { return found }
      }
    }
    return nil
  }

  private static func isWhole(
    _ readers: String, _ catalogue: String, on disk: SystemDisk
  ) throws(Fault) -> Bool {
    for name in [AuditPack.reader, AuditPack.goReader] {
      guard try disk.exists("\(readers)/\(name)") else { return false }
    }
    return try disk.exists(catalogue)
  }

  /// The folder of the program and those above it.
  private static func installations() -> [String] {
    guard var folder = ProgramFile.path.map({ parentDirectory(of: $0) }) else { return [] }
    var folders: [String] = []
    while folders.count < stepsMax, folder != "/", folder != "." {
      folders.append(folder)
      folder = parentDirectory(of: folder)
    }
    return folders
  }
}
