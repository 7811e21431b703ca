// Work that is cut in two: one thread makes things, another uses them up in their order.
//
//   maker    fills an item ─ hands it over ─ goes on with an empty one ...
//                               │ full               ▲ free
//   user                        └── takes it, uses it┘
//
// Side by side the longer of the two counts. Three items at most go round, so that neither waits
// for the other's every pause. Until the first item is full there is no second thread: what is
// small is done where it is made, and so is everything where the system has no thread left.

private import Synchronization

private enum RelayRing {
  /// One with the maker, one with the user, one between them.
  static let itemsMax = 3
}

/// Hands items to a thread of its own, which uses each with a state that it alone has.
///
/// The first failure is kept for `finish`; what is handed over behind it is passed by.
public final class Relay<Item: ~Copyable & Sendable, State: Sendable, Failure: Error> {
  public typealias Use = @Sendable (inout State, borrowing Item) throws(Failure) -> Void

  /// What the user has come to.
  private struct Standing: Sendable {
    var state: State
    var failure: Failure?

    mutating func take(_ item: borrowing Item, _ use: Use) {
      guard failure == nil else { return }
      do throws(Failure) { try use(&state, item) } catch { failure = error }
    }
  }

  private final class Exchange: Sendable {
    let full = Mailbox<Item>()
    let free = Mailbox<Item>()
    let begun = Mailbox<Standing>()
    let reached = Mailbox<Standing>()
    private let failed = Atomic(false)

    var hasFailed: Bool { failed.load(ordering: .relaxed) }
    func fail() { failed.store(true, ordering: .relaxed) }
  }

  private let name: String
  private let use: Use
  /// Nil while the user has it.
  private var standing: Standing?
  private let exchange = Exchange()
  private var worker: Worker?
  private var isAlone = false
  private var items = 1

  /// - Parameters:
  ///   - name: of the thread.
  ///   - use: what is done with an item, on either thread.
  public init(_ name: String, _ state: consuming State, _ use: @escaping Use) {
    self.name = name
    self.use = use
    standing = Standing(state: state)
  }

  /// Hands over an item that is full and leaves another in its place.
  ///
  /// - Parameters:
  ///   - meanwhile: does a piece of the user's work on the item while no other has come back; false
  ///     where nothing is left to do.
  ///   - another: makes a further item like this one; one that comes back is as the user left it.
  /// - Returns: false where the user has failed and uses no more.
  @discardableResult
  public func hand(
    _ item: inout Item, meanwhile: (inout Item) -> Bool = { _ in false },
    _ another: (borrowing Item) -> Item
  ) -> Bool {
    guard begin() else { return takeHere(item) }
    if exchange.hasFailed { return false }
    var next = exchange.free.takeIfPresent()
    if next == nil, items < RelayRing.itemsMax {
      items += 1
      next = another(item)
    }
    while next == nil, meanwhile(&item) { next = exchange.free.takeIfPresent() }
    // The user ends only when `join` closes the boxes.
    guard exchange.full.put(item), let empty = next.take() ?? exchange.free.take() else {
      preconditionFailure("an item is handed to a relay that has finished")
    }
    item = empty
    return true
  }

  private func takeHere(_ item: borrowing Item) -> Bool {
    standing?.take(item, use)
    return standing?.failure == nil
  }

  /// Uses the last item, waits for all that were handed over and gives back the state.
  public func finish(_ last: borrowing Item) throws(Failure) -> State {
    join()
    standing?.take(last, use)
    return try end()
  }

  /// Waits for all that were handed over and gives back the state.
  public func finish() throws(Failure) -> State {
    join()
    return try end()
  }

  private func end() throws(Failure) -> State {
    guard let reached = standing.take() else { preconditionFailure("a relay is finished once") }
    if let failure = reached.failure { throw failure }
    return reached.state
  }

  private func join() {
    guard let worker else { return }
    self.worker = nil
    isAlone = true
    exchange.full.close()
    exchange.free.close()
    guard let reached = exchange.reached.take() else {
      preconditionFailure("the user of a relay has ended without its state")
    }
    worker.join()
    standing = reached
  }

  /// Whether there is a second thread.
  private func begin() -> Bool {
    if worker != nil { return true }
    if isAlone { return false }
    worker = try? Worker(name) { [exchange, use] in
      guard var reached = exchange.begun.take() else { return }
      while let item = exchange.full.take() {
        reached.take(item, use)
        if reached.failure != nil { exchange.fail() }
        // Nobody wants it back when all are made.
        _ = exchange.free.put(item)
      }
      _ = exchange.reached.put(reached)
    }
    isAlone = worker == nil
    // Moved and not copied, for then it would be copied again where it is first changed.
    if !isAlone, let moved = standing.take() { _ = exchange.begun.put(moved) }
    return !isAlone
  }

  deinit {
    // A relay that is let go of without its end ends by itself.
    exchange.full.close()
    exchange.free.close()
    exchange.reached.close()
  }
}
