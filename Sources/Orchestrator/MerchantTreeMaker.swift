// The tree of merchants beside the daemon's work: folded from the log, a little behind its end.

public import EventLog
public import Events
import Merkle
public import Platform
public import Projections

/// Why there is no tree of merchants.
public enum TreeFault: Error, Sendable, CustomStringConvertible {
  case log(LogFault)
  case history(HistoryFault)
  /// It was asked to end before it was done.
  case ended

  public var description: String {
    switch self {
    case .log(let fault): "\(fault)"
    case .history(let fault): "\(fault)"
    case .ended: "the daemon ends"
    }
  }
}

/// Makes trees of merchants at growing sizes of a log, on whatever thread calls it.
///
/// Each event is folded once. After a fault it goes on where it was.
public struct MerchantTreeMaker<D: Disk>: Sendable {
  private let disk: D
  private let directory: String
  private var histories = MerchantHistories(strangersMax: MerchantTreeMaker.strangersMax)

  /// How many ids that are not registered may be named: outsiders choose them, and each takes up
  /// to 140 bytes of memory, by its layout.
  private static var strangersMax: Int { 2_000_000 }

  public init(_ disk: D, _ directory: String) {
    self.disk = disk
    self.directory = directory
  }

  /// What the tree is over that an event commits; nil where it commits none or cannot be read.
  public func size(at position: Position) -> Position? {
    guard let log = try? LogReader(disk, directory, stopAt: position.advanced(by: 1)),
      case .merchantTreeCommitted(let fields)? = try? log.event(at: position).payload
    else { return nil }
    return Position(fields.size)
  }

  /// The tree over the events before a position, which are durable.
  ///
  /// - Parameter isEnding: asked between batches whether nobody waits for it any more.
  public mutating func commit(
    at end: Position, isEnding: () -> Bool = { false }
  ) throws(TreeFault) -> MerchantTreeCommitted {
    let reader: LogReader<D>
    do throws(LogFault) { reader = try LogReader(disk, directory, stopAt: end) } catch {
      throw .log(error)
    }
    do throws(ReadFailure<TreeFault>) {
      try reader.read(from: histories.next, to: end) { (batch) throws(TreeFault) in
        guard !isEnding() else { throw .ended }
        do throws(HistoryFault) { try histories.apply(batch) } catch { throw .history(error) }
      }
    } catch {
      switch error {
      case .log(let fault): throw .log(fault)
      case .body(let fault): throw fault
      }
    }
    return histories.committed
  }
}
