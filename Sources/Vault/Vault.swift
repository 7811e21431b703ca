// What may name people, outside the log: the words behind a reason, sealed, and the tokens of
// payment accounts. It is the one thing beside the keys that cannot be made again from the log, and
// nothing that is folded from the log reads it: a rebuild before an erasure and one after it give
// the same bytes.
//
//   words     key of the subject durable, words sealed and durable, then the event with their
//             reference; a crash in between leaves words that no event names
//   account   row of the table durable, then the event with the token
//   erasure   1 what is to be erased, durable   (erasing/SUBJECT)
//             2 key overwritten, durable, removed, durable; or the account's row overwritten
//             3 subject-erased appended, durable
//             4 what is to be erased forgotten
//
// From 1 on nothing of the subject is given out any more. A start goes on from 2: overwriting what
// is gone changes nothing, and the event's command follows from the subject, so that it is appended
// once. Therefore the event never says what is not so: where it stands the key is gone.

import Cryptography
public import Events
import Merkle
public import Platform
import Synchronization

/// The vault of one daemon.
///
/// Words and erasures belong to one thread; tokens may be asked for on any.
public final class Vault: Sendable {
  /// Its name beside the log, where nobody says another.
  public static let folderName = "vault"
  /// How many bytes of words are sealed at once, and how long a subject's name may be.
  public static let wordsMax = 16 * 1024
  public static let nameMax = 256

  struct State: Sendable {
    var lock: DiskFile?
    var namesKey: [UInt8]?
    var subjects: [NameTag: SubjectReference] = [:]
    var pending: [Erasure] = []
    /// Files that are not what was written there, for the operator.
    var warnings: [String] = []
  }

  public let folder: String
  let disk: any Disk
  let random: @Sendable () -> (UInt64, UInt64)
  let state: Mutex<State>
  let accounts: Mutex<AccountTable?>

  /// Opens a vault; where the folder is missing, the first words make it.
  ///
  /// - Parameter random: draws sixteen bytes that nobody can guess.
  /// - Throws: `VaultFault`: another user owns it or may reach into it, another process has it, or
  ///   what everything hangs on is damaged.
  public init(
    _ folder: String, _ disk: any Disk = SystemDisk(),
    random: @escaping @Sendable () -> (UInt64, UInt64) = { SystemRandom.bytes16() }
  ) throws(VaultFault) {
    self.folder = folder
    self.disk = disk
    self.random = random
    var state = State()
    var accounts: AccountTable?
    if try onDisk({ () throws(Fault) in try disk.exists(folder) }) {
      // Nobody reaches a file of it but through the folder, whatever a copy has made of the files.
      let isOfAnother = try onDisk { () throws(Fault) in try disk.isOfAnother(folder) }
      guard !isOfAnother else { throw .ofAnother(folder) }
      let isOpen = try onDisk { () throws(Fault) in try disk.isOpenToOthers(folder) }
      guard !isOpen else { throw .openToOthers(folder) }
      state.lock = try Vault.lock(folder, disk)
      try Vault.load(&state, folder, disk)
      let path = VaultPaths(folder).accounts
      if let key = state.namesKey,
        try onDisk({ () throws(Fault) in try disk.exists(path) })
      {
        let table = try AccountTable(path, disk, namesKey: key)
        if table.damaged > 0 {
          state.warnings.append(
            "\(path): \(table.damaged) rows are damaged; their accounts get other tokens")
        }
        accounts = table
      }
    }
    self.state = Mutex(state)
    self.accounts = Mutex(accounts)
  }

  deinit {
    if let lock = state.withLock({ $0.lock }) { try? disk.unlock(lock) }
  }

  private static func lock(_ folder: String, _ disk: any Disk) throws(VaultFault) -> DiskFile {
    guard let lock = try onDisk({ () throws(Fault) in try disk.lock(folder) }) else {
      throw .locked(folder)
    }
    return lock
  }

  /// What an operator should hear of files that were left out.
  public var warnings: [String] { state.withLock { $0.warnings } }

  /// Whether accounts get tokens here; without them an account's pseudonym is its token for ever.
  public var hasAccounts: Bool { accounts.withLock { $0 != nil } }

  /// Whether a vault in a folder has a table of accounts; nothing of it is opened.
  public static func hasAccounts(
    in folder: String, _ disk: any Disk = SystemDisk()
  ) throws(VaultFault) -> Bool {
    try onDisk { () throws(Fault) in try disk.exists(VaultPaths(folder).accounts) }
  }

  private func draw() -> [UInt8] { SubjectReference(random()).bytes }
}

/// Where things stand in the folder.
struct VaultPaths {
  let folder: String
  init(_ folder: String) { self.folder = folder }

  var names: String { "\(folder)/names.key" }
  var accounts: String { "\(folder)/accounts" }
  var keys: String { "\(folder)/keys" }
  var words: String { "\(folder)/words" }
  var erasing: String { "\(folder)/erasing" }
  func key(_ subject: SubjectReference) -> String { "\(keys)/\(subject)" }
  func words(_ reference: Digest) -> String { "\(words)/\(reference.hex)" }
  func erasing(_ subject: SubjectReference) -> String { "\(erasing)/\(subject)" }
}

// Opening and making.
extension Vault {
  private static func load(
    _ state: inout State, _ folder: String, _ disk: any Disk
  ) throws(VaultFault) {
    let paths = VaultPaths(folder)
    for part in [folder, paths.keys, paths.words, paths.erasing] {
      try onDisk { () throws(Fault) in try Vault.tidy(part, disk) }
    }
    let names = try onDisk { () throws(Fault) in
      try disk.exists(paths.names) ? try disk.contents(paths.names) : nil
    }
    if let names {
      state.namesKey = try VaultFile.names.decode(
        names, count: SubjectKey.keyLength, of: paths.names)
    }
    for name in try Vault.names(paths.erasing, disk) {
      let path = "\(paths.erasing)/\(name)"
      let bytes = try onDisk { () throws(Fault) in try disk.contents(path) }
      state.pending.append(try Erasure(bytes, path: path))
    }
    let erasing = Set(state.pending.map(\.subject))
    for name in try Vault.names(paths.keys, disk) {
      let path = "\(paths.keys)/\(name)"
      if let subject = SubjectReference(name), erasing.contains(subject) { continue }
      let bytes = try onDisk { () throws(Fault) in try disk.contents(path) }
      do throws(VaultFault) {
        let key = try SubjectKey(bytes, path: path)
        state.subjects[key.tag] = key.subject
      } catch { state.warnings.append("\(error)") }
    }
    guard state.namesKey != nil || (state.subjects.isEmpty && state.warnings.isEmpty) else {
      throw .damaged(file: paths.names, reason: "it is missing")
    }
  }

  static func names(_ folder: String, _ disk: any Disk) throws(VaultFault) -> [String] {
    try onDisk { () throws(Fault) in
      try disk.exists(folder) ? try disk.list(folder).filter { SubjectReference($0) != nil } : []
    }
  }

  /// Destroys what writes left that were cut short: a key may be among it.
  private static func tidy(_ folder: String, _ disk: any Disk) throws(Fault) {
    guard try disk.exists(folder) else { return }
    for name in try disk.list(folder) where name.hasSuffix(VaultFile.besideSuffix) {
      try disk.shred("\(folder)/\(name)")
    }
  }

  /// The key that names are hashed under; makes the vault where it is not there yet.
  private func need(_ state: inout State) throws(VaultFault) -> [UInt8] {
    if let key = state.namesKey { return key }
    let paths = VaultPaths(folder)
    let disk = disk
    try onDisk { () throws(Fault) in
      for part in [paths.folder, paths.keys, paths.words, paths.erasing] {
        try disk.needDirectory(part)
      }
    }
    if state.lock == nil { state.lock = try Vault.lock(folder, disk) }
    let key = draw() + draw()
    let file = VaultFile.names.encode(key)
    try onDisk { () throws(Fault) in
      try disk.replaceFile(paths.names, with: unsafe file.span.bytes)
    }
    state.namesKey = key
    return key
  }

  /// Makes the vault with a table of accounts: from then on every account gets a token of its own.
  ///
  /// Nothing where it has one.
  public func addAccounts() throws(VaultFault) {
    let key = try state.withLock { (state) throws(VaultFault) in try need(&state) }
    let path = VaultPaths(folder).accounts
    let disk = disk
    try accounts.withLock { (table) throws(VaultFault) in
      guard table == nil else { return }
      try onDisk { () throws(Fault) in try AccountTable.create(path, disk) }
      table = try AccountTable(path, disk, namesKey: key)
    }
  }
}

// Words.
extension Vault {
  /// Words on their way into the vault: what an event will name them by is known.
  public struct Draft: Sendable {
    let sealed: SealedWords
    let key: SubjectKey
    public var reference: Digest { sealed.reference }
  }

  /// Seals words; nothing is written.
  ///
  /// - Parameters:
  ///   - name: whom they are about; words without a name are a subject of their own.
  ///   - command: whose reason they stand beside: a repeat of it comes to the same reference.
  /// - Throws: `VaultFault.tooLong`; or what the disk or a damaged key says.
  public func draft(
    _ words: [UInt8], about name: [UInt8]?, for command: CommandID
  ) throws(VaultFault) -> Draft {
    guard words.count <= Vault.wordsMax else {
      throw .tooLong(bytes: words.count, most: Vault.wordsMax)
    }
    if let name, name.count > Vault.nameMax {
      throw .tooLong(bytes: name.count, most: Vault.nameMax)
    }
    let key = try state.withLock { (state) throws(VaultFault) in
      let names = try need(&state)
      let tag =
        name.map { NameTag("about", $0, under: names) }
        ?? NameTag("command", SubjectReference((command.low, command.high)).bytes, under: names)
      guard let subject = state.subjects[tag] else {
        return SubjectKey(SubjectReference(random()), tag, key: draw() + draw())
      }
      return try Vault.key(of: subject, folder, disk)
    }
    let salt = key.salt(of: command)
    let nonce = Array(draw()[..<AESGCM.nonceLength])
    return Draft(sealed: SealedWords(words, salt: salt, under: key, nonce: nonce), key: key)
  }

  /// Writes sealed words, and their subject's key where it is new; returns when all is durable.
  public func keep(_ draft: Draft) throws(VaultFault) {
    let paths = VaultPaths(folder)
    let disk = disk
    try state.withLock { (state) throws(VaultFault) in
      try onDisk { () throws(Fault) in
        if state.subjects[draft.key.tag] == nil {
          let file = draft.key.file
          try disk.replaceFile(
            paths.key(draft.key.subject), with: unsafe file.span.bytes)
        }
        let file = draft.sealed.file
        try disk.replaceFile(paths.words(draft.reference), with: unsafe file.span.bytes)
      }
      state.subjects[draft.key.tag] = draft.key.subject
    }
  }

  static func key(
    of subject: SubjectReference, _ folder: String, _ disk: any Disk
  ) throws(VaultFault) -> SubjectKey {
    let path = VaultPaths(folder).key(subject)
    let bytes = try onDisk { () throws(Fault) in
      try disk.exists(path) ? try disk.contents(path) : nil
    }
    guard let bytes else { throw .erased(subject) }
    let key = try SubjectKey(bytes, path: path)
    guard key.subject == subject else {
      throw .damaged(file: path, reason: "it is the key of another subject")
    }
    return key
  }
}
