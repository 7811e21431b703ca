// What a client can say on the socket: one JSON object a line, each answered in order.

public import Events
public import Institutions
public import Orchestrator

/// One request of a client.
public enum Request: Sendable {
  case command(Command)
  /// A command whose reason has words, which go into the vault.
  case words(Command, SealedWords)
  /// A payment notice; its fields stand in the reader's draft until the next line.
  case payment(PaymentNoticeHeader)
  /// A notification as an institution sent it.
  case notice(NoticeRequest)
  /// To make a person's data unreadable.
  case erase(ErasureRequest)
  case query(Query)
  /// Drain, close the log and exit 0: what SIGTERM does.
  case stop

  /// A delivery that somebody hands in.
  public struct NoticeRequest: Sendable {
    public var institution: Institution
    public var delivery: Delivery
    /// When the institution sent it; nil where it comes from there this moment.
    public var receivedAt: Timestamp?
    /// The uid of who hands it in.
    public var user: UInt32
  }

  /// What is said beside a reason, and about whom.
  public struct SealedWords: Sendable {
    public var text: [UInt8]
    /// A name that other words about the same person have too; nil where they stand alone.
    public var name: [UInt8]?
  }

  /// Who is to be erased.
  public struct ErasureRequest: Sendable {
    public enum Subject: Sendable {
      /// A reference, the token of an account, or a name.
      case named(String)
      /// An account as its institution knows it.
      case account(Institution, String)
    }

    public var subject: Subject
    public var reason: ShortText
    /// The uid of who asks.
    public var user: UInt32
  }

  /// A question; its answer speaks of durable events only.
  public enum Query: Sendable {
    /// The log's clock, position and identity.
    case clock
    /// What became open or closed where, from a position on.
    case open(since: Position, limit: Int)
    /// The rollouts at a glance.
    case status
    /// A dump made from the live projections.
    case dump(name: String, format: String)
  }
}
