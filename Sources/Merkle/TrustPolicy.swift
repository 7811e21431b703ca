// Whom to believe: C2SP tlog-policy, a file of lines.
//
//   log <vkey> [<url>]
//   witness <name> <vkey> [<url>]
//   group <name> all|any|<k> <name>...      of witnesses and groups named before, each once
//   quorum <name>|none                      exactly one such line
//
// Words are parted by spaces and tabs; empty lines and lines that begin with # say nothing.

/// Which signatures make a checkpoint good.
public struct TrustPolicy: Sendable {
  /// How long a policy is at most, in bytes.
  public static let bytesMax = 1 << 20

  public private(set) var logs: [NoteKey] = []
  /// With the names by which groups know them.
  public private(set) var witnesses: [(name: String, key: NoteKey)] = []
  private var groups: [Group] = []
  private var quorum: String?
  private var members: Set<String> = []

  private struct Group: Sendable {
    var name: String
    var needed: Int
    var members: [String]
  }

  private static let none = "none"

  /// The policy that asks for the signature of one of these keys and for no witness.
  public init(logs: [NoteKey]) {
    self.logs = logs
    quorum = TrustPolicy.none
  }

  /// Reads a policy.
  ///
  /// - Throws: `PolicyFault` with the number of the first bad line.
  public init(_ bytes: [UInt8]) throws(PolicyFault) {
    guard bytes.count <= TrustPolicy.bytesMax else {
      throw PolicyFault(line: 0, why: "it is longer than \(TrustPolicy.bytesMax) bytes")
    }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      guard line.allSatisfy({ $0 == 9 || ($0 >= 0x20 && $0 != 0x7F) }) else {
        throw PolicyFault(line: index + 1, why: "it holds a control character")
      }
      let words = line.split { $0 == 9 || $0 == 0x20 }.map { String(decoding: $0, as: UTF8.self) }
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      if let why = take(first, Array(words.dropFirst())) {
        throw PolicyFault(line: index + 1, why: why)
      }
    }
    guard quorum != nil else {
      throw PolicyFault(line: lines.count, why: "no line says what the quorum is")
    }
  }

  /// Takes one line; the answer is what is wrong with it.
  private mutating func take(_ word: String, _ rest: [String]) -> String? {
    switch word {
    case "log": takeLog(rest)
    case "witness": takeWitness(rest)
    case "group": takeGroup(rest)
    case "quorum": takeQuorum(rest)
    default: "it begins with none of log, witness, group and quorum"
    }
  }

  private mutating func takeLog(_ rest: [String]) -> String? {
    guard (1...2).contains(rest.count), let key = NoteKey(rest[0]), key.kind == .ed25519 else {
      return "a log has a key of type 0x01, and perhaps an address"
    }
    guard !logs.contains(where: { $0.isSameKey(as: key) }) else { return "this log stands twice" }
    logs.append(key)
    return nil
  }

  private mutating func takeWitness(_ rest: [String]) -> String? {
    guard (2...3).contains(rest.count), let key = NoteKey(rest[1]), key.kind == .cosignature else {
      return "a witness has a name, a key of type 0x04, and perhaps an address"
    }
    guard !isKnown(rest[0]) else { return "the name \(rest[0]) stands twice" }
    guard !witnesses.contains(where: { $0.key.isSameKey(as: key) }) else {
      return "this witness stands twice"
    }
    witnesses.append((rest[0], key))
    return nil
  }

  private mutating func takeGroup(_ rest: [String]) -> String? {
    guard rest.count >= 3 else { return "a group has a name, how many, and its members" }
    guard !isKnown(rest[0]) else { return "the name \(rest[0]) stands twice" }
    let named = Array(rest[2...])
    let needed: Int
    switch rest[1] {
    case "all": needed = named.count
    case "any": needed = 1
    default:
      guard let count = PlainDecimal.value(rest[1]), (1...UInt64(named.count)).contains(count)
      else { return "of \(named.count) members, \(rest[1]) are no number of them" }
      needed = Int(count)
    }
    for name in named {
      guard name != TrustPolicy.none, isKnown(name) else { return "\(name) is not named before" }
      guard members.insert(name).inserted else { return "\(name) is a member twice" }
    }
    groups.append(Group(name: rest[0], needed: needed, members: named))
    return nil
  }

  private mutating func takeQuorum(_ rest: [String]) -> String? {
    guard quorum == nil else { return "the quorum is said twice" }
    guard rest.count == 1, isKnown(rest[0]) else {
      return "the quorum is none, or a witness or a group named before"
    }
    quorum = rest[0]
    return nil
  }

  private func isKnown(_ name: String) -> Bool {
    name == TrustPolicy.none || witnesses.contains { $0.name == name }
      || groups.contains { $0.name == name }
  }

  /// What is wrong with a checkpoint by this policy; nil where nothing is.
  public func objection(to head: SignedCheckpoint) -> String? {
    do throws(CheckpointFault) { _ = try head.signers(among: logs) } catch { return "\(error)" }
    let cosigners: [NoteKey]
    do throws(NoteFault) {
      cosigners = try head.note.signers(among: witnesses.map { $0.key })
    } catch { return "\(error)" }
    guard let quorum, quorum != TrustPolicy.none else { return nil }
    var witnessed = Set(
      witnesses.filter { cosigners.contains($0.key) }.map { $0.name })
    // A group names only what stands before it.
    for group in groups where group.members.count(where: { witnessed.contains($0) }) >= group.needed
    {
      witnessed.insert(group.name)
    }
    guard !witnessed.contains(quorum) else { return nil }
    return "its \(cosigners.count) known cosignatures do not make the quorum \(quorum)"
  }
}

/// Why bytes are no policy.
public struct PolicyFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// Counted from 1.
  public var line: Int
  public var why: String

  public var description: String { "line \(line): \(why)" }
}
