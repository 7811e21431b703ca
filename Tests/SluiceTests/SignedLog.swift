// A real log with a key, whose head is signed as a daemon signs it.

import EventLog
import Events
import Merkle
import Orchestrator
import Platform
import Testing

@testable import sluice

/// A log of a plan, merchants and payments, and a folder beside it for what tests write.
final class SignedLog {
  static let plan = Array(
    """
    {"plan": "p", "version": 1, "institution": "wechat-pay",
     "effective_at": "2024-09-22T00:00:00+08:00", "window_days": 1,
     "order": {"hash_version": 1, "seed": "s", "largest_last": "10%"}, "hold_back": "0%",
     "waves": [{"name": "one", "day": 1, "opens": "08:00", "share": "50%", "canary": true},
               {"name": "two", "day": 1, "opens": "09:00", "share": "rest"}],
     "caps": {"merchants_per_hour": 1, "merchants_per_day": 100, "payments_per_hour": 100000,
              "payments_per_day": 100000}, "approvals": 1, "after_window": "hold"}
    """.utf8)

  let log: RealLog
  let signer: NoteSigner
  private var heads: SignedHeads<SystemDisk>

  var folder: String { log.folder }
  /// A path for what a test writes; gone with the log.
  func beside(_ name: String) -> String { "\(log.folder)/\(name)" }

  /// - Parameter payments: how many follow; their head is signed and kept.
  init(merchants: Int = 5, payments: Int = 6) throws {
    log = try RealLog(merchants: merchants, openTo: [.alipay])
    let signer = try #require(NoteSigner(name: "test", seed: [UInt8](repeating: 7, count: 32)))
    self.signer = signer
    let paths = LogFolder(log.folder)
    try SecretFile.write(SecretKey.bytes(signer), to: paths.nextPrivateKey)
    heads = try SignedHeads(SystemDisk(), paths, signer: signer, isKeyNew: true)
    try log.send(.announce(document: SignedLog.plan))
    try sign()
    for number in 0..<payments {
      try log.pay(
        .captured, "t\(number)", fen: Int64(1_000 + number), merchant: "m\(number % merchants + 1)",
        by: number.isMultiple(of: 2) ? .alipay : .weChatPay)
    }
    try sign()
  }

  /// Another key comes into use, and the next head is signed by both.
  func changeKey(seed: UInt8) throws -> NoteSigner {
    let next = try #require(
      NoteSigner(name: "test", seed: [UInt8](repeating: seed, count: 32)))
    let paths = LogFolder(log.folder)
    try SecretFile.write(SecretKey.bytes(next), to: paths.nextPrivateKey)
    try log.send(
      .nameKey(
        SigningKeyNamed(
          origin: RealLog.id("test"), publicKey: next.key.publicDigest, keyID: next.key.id,
          previousKeyID: signer.key.id)))
    heads = try SignedHeads(
      SystemDisk(), paths, signer: next, isKeyNew: true, predecessor: signer)
    try sign()
    return next
  }

  /// Signs the head of what is durable, and keeps it.
  func sign() throws {
    try heads.sign(
      TreeHead(size: log.runtime.durableEnd.rawValue, root: log.runtime.root), isKept: true)
  }

  var end: UInt64 { log.runtime.durableEnd.rawValue }

  /// Runs the program on this log.
  func run(_ words: String...) throws -> (code: Int32, output: String, error: String) {
    try BuiltProgram.run(words + ["--data", folder])
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    try WholeFile.read(path, max: 1 << 26)
  }

  /// Writes a file without waiting for the disk.
  static func put(_ bytes: [UInt8], _ path: String) throws {
    let disk = SystemDisk()
    let file = try disk.open(path, .createOrOpen)
    try disk.truncate(file, length: 0)
    try disk.writeAll(file, unsafe bytes.span.bytes, at: 0, path: path)
    try disk.close(file)
  }
}
