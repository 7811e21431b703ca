// The small types that give every integer of the product a meaning.

/// The index of an event in the log, gapless from 0.
public struct Position: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt64
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  public init(_ rawValue: UInt64) { self.rawValue = rawValue }

  /// Where the first event stands.
  public static let zero = Position(0)
  /// What a head carries where there is no such event.
  public static let none = Position(.max)

  public static func < (left: Position, right: Position) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The position `count` events further on.
  public func advanced(by count: Int) -> Position { Position(rawValue + UInt64(count)) }
}

/// The dense number a merchant gets at registration, from 1; 0 means none, or not registered.
public struct MerchantNumber: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public init(_ rawValue: UInt32) { self.rawValue = rawValue }
  public static let none = MerchantNumber(0)
  public static func < (left: MerchantNumber, right: MerchantNumber) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// The dense number a rollout gets when it is announced, from 1; 0 means none.
public struct RolloutNumber: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
  public init(_ rawValue: UInt16) { self.rawValue = rawValue }
  public static let none = RolloutNumber(0)
  public static func < (left: RolloutNumber, right: RolloutNumber) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// The number of a wave of a plan, from 1 in the order of opening; 0 means none.
public struct WaveNumber: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: UInt16
  public init(rawValue: UInt16) { self.rawValue = rawValue }
  public init(_ rawValue: UInt16) { self.rawValue = rawValue }
  public static let none = WaveNumber(0)
  public static func < (left: WaveNumber, right: WaveNumber) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// The idempotency key of a command: 16 bytes, the same for every repeat of it.
public struct CommandID: Hashable, Sendable, BitwiseCopyable {
  /// Bytes 0 to 7 as a little-endian integer.
  public var low: UInt64
  /// Bytes 8 to 15 as a little-endian integer.
  public var high: UInt64
  public init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }
  public static let none = CommandID(low: 0, high: 0)
}

/// Which log this is: 16 random bytes drawn when it was created.
public struct LogID: Hashable, Sendable, BitwiseCopyable {
  public var low: UInt64
  public var high: UInt64
  public init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }
}

/// An amount of money in the minor unit of its currency: fen, hundredths of a yuan.
public struct Money: RawRepresentable, Hashable, Comparable, Sendable, BitwiseCopyable {
  public var rawValue: Int64
  public init(rawValue: Int64) { self.rawValue = rawValue }
  public init(fen: Int64) { self.rawValue = fen }
  public static let zero = Money(fen: 0)
  /// The largest amount one payment may carry: a billion yuan.
  public static let paymentMax = Money(fen: 100_000_000_000)

  public static func < (left: Money, right: Money) -> Bool { left.rawValue < right.rawValue }
  public static func + (left: Money, right: Money) -> Money {
    Money(fen: left.rawValue + right.rawValue)
  }
  public static func - (left: Money, right: Money) -> Money {
    Money(fen: left.rawValue - right.rawValue)
  }
}
