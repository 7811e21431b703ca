// What a log has signed, and the guard that it never signs two histories.
//
//   DIR/last-signed      the last head that was signed: written, durably, before anybody sees it
//   DIR/checkpoint       the same for everybody, replaced after that
//   DIR/checkpoints/N    heads of fixed moments, N being their size in 20 digits
//
// All three hold checkpoints as they are handed out. A head is signed only if the file of the last
// one still holds what this daemon wrote there or found there at its start (compare and swap), and
// only if it is the same or larger. A log from an old copy is shorter than its last signed head, or
// has another root at that size: it is refused before anything is signed, or a fork would be.

public import Events
public import Merkle
public import Platform

/// Signs heads, each once, never a smaller one behind a larger.
public struct SignedHeads<D: Disk>: Sendable {
  private let disk: D
  private let folder: LogFolder
  /// Who signs.
  public let signer: NoteSigner
  /// Who signed before, until both have signed one head: who trusts it can follow then.
  private var predecessor: NoteSigner?
  /// Whether the key waits beside the one in use for its first head.
  private var isKeyNew: Bool
  /// What stands in the file of the last signed head; empty where there is none.
  private var lastBytes: [UInt8]
  public private(set) var last: SignedCheckpoint?

  /// Reads what was signed before.
  ///
  /// - Parameters:
  ///   - isKeyNew: whether the key stands in `log.skey.next` still; it is moved once it has signed.
  ///   - predecessor: the key before it; nil where none is to vouch for the new one.
  /// - Throws: `HeadFault` where the file of the last signed head holds none.
  public init(
    _ disk: D, _ folder: LogFolder, signer: NoteSigner, isKeyNew: Bool = false,
    predecessor: NoteSigner? = nil
  ) throws(HeadFault) {
    self.disk = disk
    self.folder = folder
    self.signer = signer
    self.isKeyNew = isKeyNew
    self.predecessor = predecessor
    (last, lastBytes) = try SignedHeads.read(disk, folder)
    guard let last, last.checkpoint.origin == signer.key.name else { return }
    var known = [signer.key, predecessor?.key].compactMap { $0 }
    do throws(Fault) { known += try PublicKeys.read(disk, folder) } catch { throw .disk(error) }
    do throws(CheckpointFault) { _ = try last.signers(among: known) } catch {
      throw .damaged(path: folder.lastSigned, error)
    }
  }

  /// The last signed head of a folder, and the bytes of its file.
  public static func read(
    _ disk: D, _ folder: LogFolder
  ) throws(HeadFault) -> (head: SignedCheckpoint?, bytes: [UInt8]) {
    let path = folder.lastSigned
    do throws(Fault) {
      guard try disk.exists(path) else { return (nil, []) }
    } catch { throw .disk(error) }
    guard let bytes = disk.contents(path, max: SignedNote.bytesMax + 1) else {
      throw .disk(Fault("read", .inputOutput, path: path, hint: "See whether it can be read."))
    }
    do throws(CheckpointFault) { return (try SignedCheckpoint(bytes), bytes) } catch {
      throw .damaged(path: path, error)
    }
  }

  /// Signs a head, keeps it, and shows it to everybody.
  ///
  /// - Parameters:
  ///   - head: of events that are durable.
  ///   - isKept: whether it stays among the heads of fixed moments.
  /// - Throws: `HeadFault`; after `.disk` it may be tried again, after any other never.
  public mutating func sign(_ head: TreeHead, isKept: Bool) throws(HeadFault) {
    let (_, bytes) = try SignedHeads.read(disk, folder)
    guard bytes == lastBytes else { throw .changed(path: folder.lastSigned) }
    if let last, last.checkpoint.origin == signer.key.name {
      guard head.size > last.head.size || head == last.head else {
        throw .forked(last: last.head, now: head)
      }
    }
    if let last, last.checkpoint.origin != signer.key.name { try putAside(last) }
    if last?.head != head || !isOurs { try write(head) }
    guard let last else { return }
    // The head that both keys have signed is asked for later.
    let isKept = isKept || isKeyNew
    do throws(Fault) {
      if isKeyNew { try takeUpKey() }
      if disk.contents(folder.checkpoint, max: lastBytes.count + 1) != lastBytes {
        try disk.replaceFile(folder.checkpoint, with: unsafe lastBytes.span.bytes)
      }
      if isKept { try keep(last) }
    } catch { throw .disk(error) }
  }

  /// Whether this key has signed the last head.
  private var isOurs: Bool { (try? last?.signers(among: [signer.key])) != nil }

  private mutating func write(_ head: TreeHead) throws(HeadFault) {
    // A key of another name signs for another log.
    let signers = [predecessor, signer].compactMap { $0 }.filter {
      $0.key.name == signer.key.name
    }
    guard
      let signed = SignedCheckpoint(Checkpoint(origin: signer.key.name, head: head), by: signers)
    else { throw .unsigned }
    let bytes = signed.bytes
    do throws(Fault) {
      try disk.replaceFile(folder.lastSigned, with: unsafe bytes.span.bytes)
    } catch {
      // What the file holds now is to be seen, not guessed.
      (last, lastBytes) = try SignedHeads.read(disk, folder)
      throw .disk(error)
    }
    (last, lastBytes) = (signed, bytes)
  }

  /// The heads of another name stay, beside those of this one: not all of them need be true of this
  /// log.
  private func putAside(_ last: SignedCheckpoint) throws(HeadFault) {
    do throws(Fault) {
      guard try disk.exists(folder.checkpoints) else { return }
      let aside = "\(folder.checkpoints).before-\(SignedHeads.name(last.head.size))"
      if try !disk.exists(aside) { try disk.makeDirectory(aside) }
      for name in try disk.list(folder.checkpoints) {
        try disk.rename("\(folder.checkpoints)/\(name)", to: "\(aside)/\(name)", replacing: true)
      }
      for path in [aside, folder.checkpoints, folder.directory] {
        try disk.synchronizeDirectory(path)
      }
    } catch { throw .disk(error) }
  }

  /// The key has signed: it is told to everybody, and takes the place of the one before it.
  private mutating func takeUpKey() throws(Fault) {
    try PublicKeys.add(signer.key, disk, folder)
    if try disk.exists(folder.nextPrivateKey) {
      try disk.rename(folder.nextPrivateKey, to: folder.privateKey, replacing: true)
      try disk.synchronizeDirectory(folder.directory)
    }
    isKeyNew = false
    predecessor = nil
  }

  private func keep(_ head: SignedCheckpoint) throws(Fault) {
    if try !disk.exists(folder.checkpoints) { try disk.makeDirectory(folder.checkpoints) }
    let path = folder.checkpoints + "/" + Self.name(head.head.size)
    try disk.replaceFile(path, with: unsafe lastBytes.span.bytes)
  }

  /// The name of a head's file among those of fixed moments.
  public static func name(_ size: UInt64) -> String {
    let digits = "\(size)"
    return String(repeating: "0", count: 20 - digits.utf8.count) + digits
  }
}

/// Why a head is not signed.
public enum HeadFault: Error, Hashable, Sendable, CustomStringConvertible {
  case disk(Fault)
  /// The file of the last signed head holds none.
  case damaged(path: String, CheckpointFault)
  /// Somebody else wrote it.
  case changed(path: String)
  /// The log is shorter than what was signed, or another.
  case forked(last: TreeHead, now: TreeHead)
  /// The key signs no such text.
  case unsigned

  public var description: String {
    switch self {
    case .disk(let fault): "\(fault)"
    case .damaged(let path, let fault): "\(path) holds no signed head: \(fault)"
    case .changed(let path):
      "\(path) is not what this daemon wrote there: something else signs for this log, or a copy "
        + "was brought back under it"
    case .forked(let last, let now):
      "the log was signed at \(last.size) events with the root \(last.root.base64), and what is "
        + "here has \(now.size) events and the root \(now.root.base64)"
    case .unsigned: "the key signs no head of this log"
    }
  }
}

extension FileCarrier {
  /// The root over the first `size` events; nil where the log has fewer.
  ///
  /// The leaves behind the edge that opening began with are folded: few where the size is near the
  /// end, as that of the last signed head is.
  public func root(at size: UInt64) throws(LogFault) -> Digest? {
    guard size <= tree.size else { return nil }
    if size == tree.size { return tree.root }
    var edge = begunWith.size <= size ? begunWith : CompactTree()
    let reader = try LogReader(disk, folder.directory, stopAt: Position(tree.size))
    let leaves = try TreeReader(reader, upTo: Position(size))
    do throws(ReadFailure<Never>) {
      try leaves.read(edge.size..<size) { (block) throws(Never) in
        edge.append(contentsOf: block)
      }
    } catch {
      if case .log(let fault) = error { throw fault }
    }
    return edge.root
  }
}
