// Words beside a reason, and erasures: what is said of people, which no event holds and no digest
// in the log is made of.

import Events
import Orchestrator

extension RequestReader {
  /// A reason with the words that may stand beside it.
  static let reasonFields: [WireField] = [.reason, .words, .about]

  /// The command with its words, where the line has some.
  func withWords(
    _ command: Command, _ verb: Words.Verb, _ bytes: Span<UInt8>
  ) throws(WireFault) -> Request {
    guard line.has(.words) || line.has(.about) else { return .command(command) }
    let words = try line.bytes(.words, of: bytes)
    guard !words.isEmpty else {
      throw WireFault("words", "they are empty", hint: "Leave the field out where there are none.")
    }
    var name: [UInt8]?
    if line.has(.about) {
      let found = try line.bytes(.about, of: bytes)
      guard !found.isEmpty else {
        throw WireFault("about", "it is empty", hint: "Name whom the words are about, or nobody.")
      }
      name = found
    }
    var command = command
    command.digest = Command.digest(try rest(verb, bytes))
    return .words(command, Request.SealedWords(text: words, name: name))
  }

  /// What the line says beside its words, for the digest of the command.
  private func rest(_ verb: Words.Verb, _ bytes: Span<UInt8>) throws(WireFault) -> [UInt8] {
    var rest = Array(verb.name.utf8)
    let fields: [WireField] = [.id, .plan, .merchant, .reason, .scope, .tier, .category]
    for field in fields where line.has(field) {
      let value = try line.withText(field, of: bytes) { text throws(WireFault) in
        (0..<text.count).map { text[$0] }
      }
      rest += [0] + Array(field.name.utf8) + [0] + (value ?? [])
    }
    if line.has(.wave) {
      let wave = try line.integer(.wave, in: 1...Int64(UInt16.max))
      rest += [0] + Array("wave\0\(wave)".utf8)
    }
    return rest
  }

  /// `{"command":"erase-subject","subject":"..","reason":".."}`, or `institution` and `account` in
  /// place of `subject`; it needs no id, because a subject is erased once.
  func erasure(_ bytes: Span<UInt8>) throws(WireFault) -> Request.ErasureRequest {
    let isAccount = line.has(.account) || line.has(.institution)
    try line.allow(
      WireFields([.command, .reason] + (isAccount ? [.institution, .account] : [.subject])))
    let field: WireField = isAccount ? .account : .subject
    let name = String(decoding: try line.bytes(field, of: bytes), as: UTF8.self)
    guard !name.isEmpty else {
      throw WireFault(
        field.name, "it is empty", hint: "Give a reference, a token, a name or an account.")
    }
    return Request.ErasureRequest(
      subject: isAccount
        ? .account(try line.word(.institution, of: bytes, Words.institutions), name)
        : .named(name),
      reason: try line.identifier(.reason, of: bytes), user: user)
  }
}
