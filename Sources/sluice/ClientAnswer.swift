// What the daemon answers, as a client reads it.

import Events
import Text

/// One answer line.
enum ClientAnswer {
  /// So many requests were taken now; their events stand from here to there.
  case accepted(count: Int, first: Position, last: Position)
  /// They came before; these are their first receipts.
  case repeated(count: Int, first: Position, last: Position)
  /// What was asked for was so before, since an instant; nothing was appended.
  case already(position: Position, since: String)
  /// A delivery is kept until it can be read.
  case held(why: String, detail: String)
  case refused(ClientRefusal)
  case wrong(field: String, reason: String, hint: String)
  /// Bytes of a dump follow.
  case dump(JSONValue, byteCount: Int)
  case other(JSONValue)

  /// How many requests it answers.
  var count: Int {
    switch self {
    case .accepted(let count, _, _), .repeated(let count, _, _): count
    default: 1
    }
  }

  /// The number of no line: what comes with it is about the connection, which ends.
  private static let doorLine: Int64 = 0

  /// Reads an answer.
  ///
  /// - Throws: `TurnedAway`, or the failure of a refusal, where the connection itself was refused.
  init(_ line: [UInt8]) throws {
    let value: JSONValue
    do {
      value = try JSONReader.read(line)
    } catch {
      throw CommandFailure(
        .fault, "the daemon's answer is no JSON: \(error.reason)",
        hint: "See that daemon and client are of one release")
    }
    for word in ["accepted", "repeated"] {
      guard let count = value[word].flatMap(integer) else { continue }
      let first = Position(UInt64(value["first"].flatMap(integer) ?? 0))
      let last = Position(UInt64(value["last"].flatMap(integer) ?? 0))
      self =
        word == "accepted"
        ? .accepted(count: Int(count), first: first, last: last)
        : .repeated(count: Int(count), first: first, last: last)
      return
    }
    if let already = value["already"] {
      self = .already(
        position: Position(UInt64(already["position"].flatMap(integer) ?? 0)),
        since: text(already["since"]))
    } else if let held = value["held"] {
      self = .held(why: text(held["why"]), detail: text(held["detail"]))
    } else if let refused = value["refused"] {
      let refusal = ClientRefusal(refused)
      if refused["line"].flatMap(integer) == ClientAnswer.doorLine { throw refusal.failure }
      self = .refused(refusal)
    } else if let wrong = value["error"] {
      if wrong["line"].flatMap(integer) == ClientAnswer.doorLine { throw TurnedAway(wrong) }
      self = .wrong(
        field: text(wrong["field"]), reason: text(wrong["reason"]), hint: text(wrong["hint"]))
    } else if let dump = value["dump"], let count = dump["bytes"].flatMap(integer) {
      self = .dump(dump, byteCount: Int(count))
    } else {
      self = .other(value)
    }
  }
}

/// The daemon does not let the client in, or not any longer; it looked at no request.
struct TurnedAway: Error {
  let reason: String
  let hint: String
  /// Whether it is because the daemon stops.
  let isStopping: Bool

  init(_ value: JSONValue) {
    reason = text(value["reason"])
    hint = text(value["hint"])
    if case .bool(true)? = value["stopping"] { isStopping = true } else { isStopping = false }
  }

  var failure: CommandFailure {
    CommandFailure(.fault, "the daemon answered: \(reason)", hint: hint)
  }
}

/// A rule of the daemon that said no.
struct ClientRefusal {
  let number: Int64
  let name: String
  let message: String
  let hint: String
  let isRetryable: Bool

  init(_ value: JSONValue) {
    number = value["number"].flatMap(integer) ?? 0
    name = text(value["name"])
    message = text(value["message"])
    hint = text(value["hint"])
    if case .bool(true)? = value["retry"] { isRetryable = true } else { isRetryable = false }
  }

  var failure: CommandFailure {
    CommandFailure(.refused, "\(message) (refusal \(number), \(name))", hint: hint)
  }
}

/// The whole number of a JSON value.
func integer(_ value: JSONValue) -> Int64? {
  if case .number(let number) = value { return number.integer }
  return nil
}

/// The string of a JSON value; empty where it is none.
func text(_ value: JSONValue?) -> String {
  if case .string(let text)? = value { return text }
  return ""
}
