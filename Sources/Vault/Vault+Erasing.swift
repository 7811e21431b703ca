// Tokens of accounts, and erasures step by step; the order stands at the head of Vault.swift.

public import Events
import Platform
import Synchronization

extension Vault {
  /// The token of an account; its pseudonym itself where the vault has no table of accounts.
  ///
  /// - Throws: what the disk says; then the account must not be in any event.
  public func token(for pseudonym: ExternalID) throws(VaultFault) -> ExternalID {
    if pseudonym.isEmpty { return pseudonym }
    return try accounts.withLock { (table) throws(VaultFault) in
      guard table != nil else { return pseudonym }
      let token = try table?.token(of: pseudonym.bytes) { SubjectReference(random()) }
      return token?.text ?? pseudonym
    }
  }

  /// The subject of a reference, an account's token or a name; nil where there is none, or none any
  /// more.
  public func find(_ text: String) throws(VaultFault) -> SubjectReference? {
    let subject = SubjectReference(text)
    let known = state.withLock { state in
      if let subject, state.subjects.values.contains(subject) { return Optional(subject) }
      return state.namesKey.flatMap {
        state.subjects[NameTag("about", Array(text.utf8), under: $0)]
      }
    }
    if let known { return known }
    guard let subject else { return nil }
    // A damaged key opens nothing, and is destroyed all the same.
    if try hasKey(subject) { return subject }
    let isAccount = try accounts.withLock { (table) throws(VaultFault) in
      try table?.holds(subject) ?? false
    }
    return isAccount ? subject : nil
  }

  /// The token of an account that has one; nil where it has none, or none any more.
  public func find(account pseudonym: ExternalID) throws(VaultFault) -> SubjectReference? {
    try accounts.withLock { (table) throws(VaultFault) in try table?.known(pseudonym.bytes) }
  }

  /// Erasures that were begun and whose event is not known to be durable, in no special order.
  public var pending: [Erasure] { state.withLock { $0.pending } }

  /// Begins an erasure: it is durable that it will be carried out, and nothing of the subject is
  /// given out any more.
  ///
  /// - Throws: `VaultFault.subjectUnknown` for a subject that `find` does not give.
  public func begin(
    erasing subject: SubjectReference, by actor: Actor, reason: ShortText
  ) throws(VaultFault) -> Erasure {
    if let begun = pending.first(where: { $0.subject == subject }) { return begun }
    guard let found = try find(subject.description), found == subject else {
      throw .subjectUnknown
    }
    let paths = VaultPaths(folder)
    let disk = disk
    let isPerson = try hasKey(subject)
    let texts = isPerson ? try Vault.count(of: subject, folder, disk) : 0
    let erasure = Erasure(
      subject, isPerson ? .person : .account, texts: UInt32(texts), by: actor, reason)
    try onDisk { () throws(Fault) in
      try disk.replaceFile(
        paths.erasing(subject), with: unsafe erasure.file.span.bytes)
    }
    state.withLock { state in
      state.pending.append(erasure)
      for (tag, other) in state.subjects where other == subject { state.subjects[tag] = nil }
    }
    return erasure
  }

  private func hasKey(_ subject: SubjectReference) throws(VaultFault) -> Bool {
    let path = VaultPaths(folder).key(subject)
    let disk = disk
    return try onDisk { () throws(Fault) in try disk.exists(path) }
  }

  /// How many texts are sealed of a subject.
  private static func count(
    of subject: SubjectReference, _ folder: String, _ disk: any Disk
  ) throws(VaultFault) -> Int {
    let words = VaultPaths(folder).words
    var count = 0
    for name in try onDisk({ () throws(Fault) in try disk.list(words) }) {
      let path = "\(words)/\(name)"
      let bytes = try onDisk { () throws(Fault) in try disk.contents(path) }
      // What is damaged cannot be read either.
      if let sealed = try? SealedWords(bytes, path: path), sealed.subject == subject { count += 1 }
    }
    return count
  }

  /// Destroys what opens the subject's words, or leads to its token.
  ///
  /// Returns when it is gone for good; once more changes nothing.
  public func destroy(_ erasure: Erasure) throws(VaultFault) {
    switch erasure.kind {
    case .person:
      let path = VaultPaths(folder).key(erasure.subject)
      let disk = disk
      try onDisk { () throws(Fault) in try disk.shred(path) }
    case .account:
      try accounts.withLock { (table) throws(VaultFault) in
        // Without the table nobody could say that the row is gone.
        guard table != nil else { throw .subjectUnknown }
        try table?.erase(erasure.subject)
      }
    }
  }

  /// Destroys what a copy of the vault has brought back of subjects that were erased: keys by their
  /// names, accounts in one pass over their table, however many were erased.
  ///
  /// - Returns: those of which there was anything.
  public func destroyAgain(
    _ erased: Set<SubjectReference>
  ) throws(VaultFault) -> [SubjectReference] {
    if erased.isEmpty { return [] }
    let (paths, disk) = (VaultPaths(folder), disk)
    let keys = try Vault.names(paths.keys, disk).compactMap { SubjectReference($0) }
      .filter { erased.contains($0) }
    for subject in keys { try onDisk { () throws(Fault) in try disk.shred(paths.key(subject)) } }
    state.withLock { state in
      for (tag, subject) in state.subjects where erased.contains(subject) {
        state.subjects[tag] = nil
      }
    }
    return try keys
      + accounts.withLock { (table) throws(VaultFault) in try table?.erase(all: erased) ?? [] }
  }

  /// Forgets an erasure whose event is durable.
  public func settle(_ erasure: Erasure) throws(VaultFault) {
    let path = VaultPaths(folder).erasing(erasure.subject)
    let disk = disk
    try onDisk { () throws(Fault) in
      if try disk.exists(path) {
        try disk.remove(path)
        try disk.synchronizeDirectory(parentDirectory(of: path))
      }
    }
    state.withLock { $0.pending.removeAll { $0.subject == erasure.subject } }
  }
}
