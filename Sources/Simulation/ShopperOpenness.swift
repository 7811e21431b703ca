// What is open where, as a cashier learns it: changes come in the order of the log, moments in the
// order of time.
//
// A change counts from its own instant on: an order placed at that very instant falls under it. A
// shop that has closed stays closed, whatever is opened to all later.

public import Events

/// One change of what is open.
public struct OpenChange: Hashable, Sendable {
  public var at: Timestamp
  /// Nil where it concerns every institution.
  public var institution: Institution?
  /// The row of the shop; nil where it concerns every one.
  public var merchant: UInt32?
  public var isOn: Bool

  public init(at: Timestamp, institution: Institution?, merchant: UInt32?, isOn: Bool) {
    self.at = at
    self.institution = institution
    self.merchant = merchant
    self.isOn = isOn
  }
}

/// The institutions open at each shop, moved forward in time.
public struct ShopperOpenness: Sendable {
  private static let closed: UInt8 = 1
  private static let all: UInt8 = 0b11110

  /// One bit an institution, 1 << number; bit 0 where the shop has closed.
  private var masks: [UInt8]
  private var waiting: [OpenChange] = []
  private var head = 0
  private var now = Timestamp(nanoseconds: Int64.min)
  /// At how many shops each institution is open, by its number.
  private var counts = [Int](repeating: 0, count: 8)

  public init(merchants: Int) { masks = [UInt8](repeating: 0, count: merchants) }

  /// Takes a change, none of which may be older than the one before it.
  public mutating func add(_ change: OpenChange) {
    precondition(
      waiting.isEmpty || waiting[waiting.count - 1].at <= change.at,
      "a change is older than the one before it in the log")
    waiting.append(change)
  }

  /// What is open at a shop at a moment that is not before the one asked for last.
  public mutating func institutions(at merchant: UInt32, when moment: Timestamp) -> UInt8 {
    advance(to: moment)
    let mask = masks[Int(merchant)]
    return mask & Self.closed != 0 ? 0 : mask & Self.all
  }

  /// At how many shops an institution is open at the moment asked for last.
  public func count(_ institution: Institution) -> Int { counts[Int(institution.rawValue)] }

  /// Lets every change up to an instant count.
  public mutating func advance(to moment: Timestamp) {
    precondition(now <= moment, "moments go forward")
    now = moment
    while head < waiting.count, waiting[head].at <= moment {
      apply(waiting[head])
      head += 1
    }
    if head == waiting.count, head > 0 {
      waiting.removeAll(keepingCapacity: true)
      head = 0
    }
  }

  private mutating func apply(_ change: OpenChange) {
    let bits = change.institution.map { 1 << $0.rawValue } ?? Self.all
    let closes = change.institution == nil && !change.isOn
    if let merchant = change.merchant {
      set(Int(merchant), bits, change.isOn, closes: closes)
    } else {
      for merchant in masks.indices { set(merchant, bits, change.isOn, closes: false) }
    }
  }

  private mutating func set(_ merchant: Int, _ bits: UInt8, _ isOn: Bool, closes: Bool) {
    let before = masks[merchant]
    guard before & Self.closed == 0 else { return }
    let after = isOn ? before | bits : before & ~bits
    for number in 1..<5 {
      let bit: UInt8 = 1 << UInt8(number)
      counts[number] += Int((after & bit) >> UInt8(number)) - Int((before & bit) >> UInt8(number))
    }
    masks[merchant] = closes ? after | Self.closed : after
  }
}
