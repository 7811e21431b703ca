// What was asked of the daemon and has no answer yet.
//
//   add ──► to be written ──nextToWrite──► written ──acknowledge / answerQuestion──► gone
//                ▲                            │
//                ├───────reconnect────────────┤   questions are dropped, notices written again
//                └──resume── postponed ◄──────┘   postpone: refused for now
//
// Answers come in the order of the requests, so an answer says nothing of which request it means.

public import Events

/// One request to the daemon.
public enum ShopperRequest: Hashable, Sendable {
  case notice(ShopperNotice)
  /// What became open since a position?
  case question(since: Position)
}

/// How the daemon's answers do not fit what was asked.
public enum OutstandingFault: Error, Hashable, Sendable, CustomStringConvertible {
  case nothingAsked
  case noticeExpected
  case questionExpected

  public var description: String {
    switch self {
    case .nothingAsked: "the daemon answered more requests than it was sent"
    case .noticeExpected: "the daemon answered a question as if it were a command"
    case .questionExpected: "the daemon answered a command as if it were a question"
    }
  }
}

/// The requests of one client, in the order they were made.
public struct OutstandingQueue: Sendable {
  /// How many requests a queue may be told to hold.
  public static let limitMax = 1_000_000

  private let limit: Int
  private var requests: [ShopperRequest] = []
  private var head = 0
  private var written = 0
  private var postponed: [ShopperNotice] = []

  /// A queue that has room for so many notices.
  public init(limit: Int) {
    precondition((1...Self.limitMax).contains(limit), "a queue holds 1 to \(Self.limitMax)")
    self.limit = limit
  }

  /// How many requests have no answer, postponed ones included.
  public var count: Int { requests.count - head + postponed.count }
  /// How many more notices may be added.
  public var room: Int { max(0, limit - count) }
  public var hasPostponed: Bool { !postponed.isEmpty }
  /// Whether a request waits to be written.
  public var hasUnwritten: Bool { written < requests.count }

  public mutating func add(_ request: ShopperRequest) { requests.append(request) }

  /// The next request to be written to the connection; nil where all are.
  public mutating func nextToWrite() -> ShopperRequest? {
    guard written < requests.count else { return nil }
    defer { written += 1 }
    return requests[written]
  }

  /// Takes the answer to a run of commands; `body` is handed each notice and its place in the run.
  public mutating func acknowledge(
    _ run: UInt64, _ body: (UInt64, ShopperNotice) -> Void
  ) throws(OutstandingFault) {
    for place in 0..<run { body(place, try takeNotice()) }
    compact()
  }

  /// Takes the answer to a question.
  public mutating func answerQuestion() throws(OutstandingFault) {
    guard head < written else { throw .nothingAsked }
    guard case .question = requests[head] else { throw .questionExpected }
    head += 1
    compact()
  }

  /// Sets the first command aside: it was refused for now.
  public mutating func postpone() throws(OutstandingFault) {
    postponed.append(try takeNotice())
    compact()
  }

  /// The first command is taken out: it was refused for good.
  public mutating func takeNotice() throws(OutstandingFault) -> ShopperNotice {
    guard head < written else { throw .nothingAsked }
    guard case .notice(let notice) = requests[head] else { throw .noticeExpected }
    head += 1
    return notice
  }

  /// Asks again what was postponed, behind everything else.
  public mutating func resume() {
    for notice in postponed { requests.append(.notice(notice)) }
    postponed.removeAll(keepingCapacity: true)
  }

  /// The connection is a new one: what has no answer is written again.
  public mutating func reconnect() {
    requests.removeSubrange(..<head)
    requests.removeAll {
      if case .question = $0 { return true }
      return false
    }
    head = 0
    written = 0
  }

  private mutating func compact() {
    guard head == requests.count || head > 65_536 else { return }
    requests.removeSubrange(..<head)
    written -= head
    head = 0
  }
}
