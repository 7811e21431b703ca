// The tokens of payment accounts: for each account sixteen bytes drawn at random, which payments
// carry in the log. A row is the only thing that leads from an account to its token; where it is
// overwritten, nothing does any more, and the account's next payment draws another token.
//
// The file is rows of 64 bytes, so that none crosses a sector, and a row is there whole or not:
//
//   row 0    magic slcvacc1, 40 zeros, check 16
//   row n    tag 16, token 16, 16 zeros, check 16 over magic, n as 8 bytes and the 48 before it
//
// The tag is the account's pseudonym hashed under the vault's own key. A row of zeros was erased or
// never written. A row is durable before its token is in any event, so what a power cut takes was
// in none.

import Cryptography
import Events
import Merkle
import Platform

/// The table of accounts of one vault.
struct AccountTable: Sendable {
  static let rowLength = 64
  private static let checkStart = 48
  private static let magic = Array("slcvacc1".utf8)
  /// Rows read at a time.
  private static let chunkRows = 1024

  private let path: String
  private let disk: any Disk
  private let file: DiskFile
  private let namesKey: [UInt8]
  /// The row of each account.
  private var rows: [NameTag: UInt32] = [:]
  private var next = 1
  /// Rows that are not what was written there: their accounts get other tokens.
  private(set) var damaged = 0
  /// What is durable is not known any more.
  private var isUnsure = false

  /// Makes an empty table, durably; what a crash left of one that was never finished goes.
  static func create(_ path: String, _ disk: any Disk) throws(Fault) {
    let head = [UInt8](AccountTable.magic) + [UInt8](repeating: 0, count: 40)
    try disk.replaceFile(path, with: unsafe (head + VaultFile.check(head)).span.bytes)
  }

  /// Opens a table and reads its rows.
  ///
  /// - Throws: `VaultFault.damaged` where the file is no such table.
  init(_ path: String, _ disk: any Disk, namesKey: [UInt8]) throws(VaultFault) {
    self.path = path
    self.disk = disk
    self.namesKey = namesKey
    file = try onDisk { () throws(Fault) in try disk.open(path, .write) }
    var isTable = false
    var found: [NameTag: UInt32] = [:]
    var bad = 0
    next = try AccountTable.scan(disk, file) { row, bytes in
      if row == 0 {
        let end = AccountTable.checkStart
        isTable =
          Array(bytes[..<8]) == AccountTable.magic
          && VaultFile.check(Array(bytes[..<end])) == Array(bytes[end...])
      } else if bytes.contains(where: { $0 != 0 }) {
        guard AccountTable.check(row, bytes) == Array(bytes[AccountTable.checkStart...]) else {
          bad += 1
          return
        }
        found[NameTag(bytes)] = UInt32(row)
      }
    }
    guard isTable else {
      try? disk.close(file)
      throw .damaged(file: path, reason: "it does not begin as the table of accounts does")
    }
    rows = found
    damaged = bad
  }

  private static func check(_ row: Int, _ bytes: [UInt8]) -> [UInt8] {
    let place = (0..<8).map { UInt8(truncatingIfNeeded: row >> (8 * $0)) }
    return VaultFile.check(magic + place + bytes[..<checkStart])
  }

  /// Shows every row; a part of one at the end was never durable and is not shown.
  ///
  /// - Returns: where the next row goes.
  private static func scan(
    _ disk: any Disk, _ file: DiskFile, _ body: (Int, [UInt8]) -> Void
  ) throws(VaultFault) -> Int {
    var row = 0
    while true {
      var chunk = [UInt8](repeating: 0, count: chunkRows * rowLength)
      let count = try onDisk { () throws(Fault) in
        var span = chunk.mutableSpan
        var raw = unsafe span.mutableBytes
        return try disk.readAll(file, into: &raw, at: row * rowLength)
      }
      for start in stride(from: 0, to: count - rowLength + 1, by: rowLength) {
        body(row, Array(chunk[start..<start + rowLength]))
        row += 1
      }
      if count < chunk.count { return max(1, row) }
    }
  }

  /// The token of an account, drawn where it has none; returns only when that is durable.
  mutating func token(
    of pseudonym: [UInt8], draw: () -> SubjectReference
  ) throws(VaultFault) -> SubjectReference {
    if isUnsure { throw .unsure(path) }
    if let token = try known(pseudonym) { return token }
    let tag = NameTag("account", pseudonym, under: namesKey)
    let token = draw()
    guard next < Int(UInt32.max) else {
      throw .damaged(file: path, reason: "it is full")
    }
    try write(next, tag.bytes + token.bytes + [UInt8](repeating: 0, count: 16))
    rows[tag] = UInt32(next)
    next += 1
    return token
  }

  /// The token of an account that has one.
  func known(_ pseudonym: [UInt8]) throws(VaultFault) -> SubjectReference? {
    let tag = NameTag("account", pseudonym, under: namesKey)
    guard let row = rows[tag] else { return nil }
    return try read(row, tag)
  }

  private func read(_ row: UInt32, _ tag: NameTag) throws(VaultFault) -> SubjectReference {
    var bytes = [UInt8](repeating: 0, count: AccountTable.rowLength)
    let count = try onDisk { () throws(Fault) in
      var span = bytes.mutableSpan
      var raw = unsafe span.mutableBytes
      return try disk.readAll(file, into: &raw, at: Int(row) * AccountTable.rowLength)
    }
    guard count == bytes.count, NameTag(bytes) == tag,
      AccountTable.check(Int(row), bytes) == Array(bytes[AccountTable.checkStart...])
    else { throw .damaged(file: path, reason: "row \(row) is not what was written there") }
    return SubjectReference(bytes, at: 16)
  }

  /// Writes a row and makes it durable; no failed synchronization is tried again.
  private mutating func write(_ row: Int, _ body: [UInt8]) throws(VaultFault) {
    let isErased = !body.contains { $0 != 0 }
    let check = isErased ? [UInt8](repeating: 0, count: 16) : AccountTable.check(row, body)
    do throws(Fault) {
      let bytes = body + check
      try disk.writeAll(
        file, unsafe bytes.span.bytes, at: row * AccountTable.rowLength, path: path)
      try disk.synchronize(file)
    } catch {
      isUnsure = true
      throw .disk(error)
    }
  }

  /// The row and the tag of a token; nil where it is not there.
  private func find(_ token: SubjectReference) throws(VaultFault) -> (row: Int, tag: NameTag)? {
    var found: (row: Int, tag: NameTag)?
    _ = try AccountTable.scan(disk, file) { row, bytes in
      guard row > 0, SubjectReference(bytes, at: 16) == token else { return }
      found = (row, NameTag(bytes))
    }
    return found
  }

  func holds(_ token: SubjectReference) throws(VaultFault) -> Bool { try find(token) != nil }

  /// Overwrites the row of a token; nothing where there is none.
  mutating func erase(_ token: SubjectReference) throws(VaultFault) {
    if isUnsure { throw .unsure(path) }
    guard let (row, tag) = try find(token) else { return }
    try write(row, [UInt8](repeating: 0, count: AccountTable.checkStart))
    rows[tag] = nil
  }

  /// Overwrites the rows of all these tokens; gives those that had one.
  mutating func erase(
    all tokens: Set<SubjectReference>
  ) throws(VaultFault) -> [SubjectReference] {
    if isUnsure { throw .unsure(path) }
    var found: [(row: Int, tag: NameTag, token: SubjectReference)] = []
    _ = try AccountTable.scan(disk, file) { row, bytes in
      let token = SubjectReference(bytes, at: 16)
      if row > 0, tokens.contains(token) { found.append((row, NameTag(bytes), token)) }
    }
    for (row, tag, _) in found {
      try write(row, [UInt8](repeating: 0, count: AccountTable.checkStart))
      rows[tag] = nil
    }
    return found.map(\.token)
  }

  var count: Int { rows.count }
}
