// Whose signatures a command believes, as its options say.

import Audit
import Merkle
import Platform

enum Trust {
  static let options: [OptionShape] = [
    .value("vkey", "KEY", "a public key of the log that is trusted", repeatable: true),
    .value("policy", "FILE", "which keys and witnesses are trusted, a tlog-policy of C2SP"),
  ]

  static func read(_ arguments: Arguments) throws -> HeadTrust {
    var trust = HeadTrust()
    // A file of keys has one a line.
    let lines = arguments.values("vkey").flatMap { $0.split(separator: "\n").map { String($0) } }
    let keys = try lines.map { (text) throws in
      guard let key = NoteKey(text), key.kind == .ed25519 else {
        throw UsageFault(
          what: "--vkey \(text) is no public key of a log",
          hint: "It is <name>+<id>+<Base64>, as `sluice init` prints it")
      }
      return key
    }
    if !keys.isEmpty { trust.keys = keys }
    trust.policy = try policy(arguments)
    return trust
  }

  static func policy(_ arguments: Arguments) throws -> TrustPolicy? {
    guard let path = arguments.value("policy") else { return nil }
    var file = try InputFile(path)
    let bytes = try file.readAll(limit: TrustPolicy.bytesMax)
    do throws(PolicyFault) { return try TrustPolicy(bytes) } catch {
      throw CommandFailure(
        .usage, "\(path): \(error)", hint: "The format is c2sp.org/tlog-policy")
    }
  }

  /// What is wrong with a head by the options; nil where nothing is.
  ///
  /// - Parameter ownKeys: believed where the options name nobody.
  static func objection(
    to head: SignedCheckpoint, _ trust: HeadTrust, ownKeys: [NoteKey]
  ) -> String? {
    if let policy = trust.policy { return policy.objection(to: head) }
    let policy = TrustPolicy(logs: trust.keys ?? ownKeys)
    return policy.objection(to: head)
  }
}
