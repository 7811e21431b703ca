// The switching of one merchant: the three kinds of event of which one order or one wave leads to
// millions. They are decided, encoded and folded as the few numbers that they say; an `Event` has
// room for the largest payload, and that much would be copied at every step.

import CRecord

/// A merchant is enabled, rolled back or reinstated.
public struct MerchantSwitch: Hashable, Sendable {
  public var header: EventHeader
  /// `merchantEnabled`, `merchantRolledBack` or `merchantReinstated`.
  public var kind: EventKind
  public var rollout: RolloutNumber
  public var planVersion: UInt16
  public var wave: WaveNumber
  /// When the plan had the wave open: of an enablement alone.
  public var plannedAt: Timestamp

  @inline(__always)
  public init(
    _ kind: EventKind, _ header: EventHeader, rollout: RolloutNumber, planVersion: UInt16,
    wave: WaveNumber, plannedAt: Timestamp = .none
  ) {
    precondition(EventKind.isSwitch(kind.rawValue), "an event of another kind switches nobody")
    self.kind = kind
    self.header = header
    self.rollout = rollout
    self.planVersion = planVersion
    self.wave = wave
    self.plannedAt = plannedAt
  }

  /// Nil for an event of another kind.
  public init?(_ event: Event) {
    switch event.payload {
    case .merchantEnabled(let fields):
      self.init(
        .merchantEnabled, event.header, rollout: fields.rollout, planVersion: fields.planVersion,
        wave: fields.wave, plannedAt: fields.plannedAt)
    case .merchantRolledBack(let fields), .merchantReinstated(let fields):
      self.init(
        event.kind, event.header, rollout: fields.rollout, planVersion: fields.planVersion,
        wave: fields.wave)
    default: return nil
    }
  }

  /// The same as an event like any other.
  public var event: Event {
    let switched = MerchantSwitched(rollout: rollout, planVersion: planVersion, wave: wave)
    switch kind {
    case .merchantRolledBack: return Event(header, .merchantRolledBack(switched))
    case .merchantReinstated: return Event(header, .merchantReinstated(switched))
    default:
      return Event(
        header,
        .merchantEnabled(
          MerchantEnabled(
            rollout: rollout, planVersion: planVersion, wave: wave, plannedAt: plannedAt)))
    }
  }

  /// Whether the scheduler took it as a step, in a wave or under an order.
  @inline(__always)
  public var isStep: Bool { header.actor.kind == .scheduler }
}

extension EventKind {
  /// Whether a kind of this number is a `MerchantSwitch`.
  @inline(__always)
  public static func isSwitch(_ kind: UInt16) -> Bool {
    kind == EventKind.merchantEnabled.rawValue || kind == EventKind.merchantRolledBack.rawValue
      || kind == EventKind.merchantReinstated.rawValue
  }
}

// Its bytes: what `Event` writes and reads, without the event.
extension MerchantSwitch {
  private static let headLength = MemoryLayout<sluice_head>.size
  /// Rollout, version of the plan and wave.
  private static let placeLength = 6
  private static let plannedLength = 8

  @inline(__always)
  private static func length(_ kind: EventKind) -> Int {
    headLength + placeLength + (kind == .merchantEnabled ? plannedLength : 0)
  }

  /// The longest of them, in words.
  private struct Image {
    var head: sluice_head
    var low: UInt64
    var high: UInt64
  }

  /// Lends the canonical bytes to a closure.
  @inline(__always)
  public func withSpan(_ body: (RawSpan) -> Void) {
    let length = MerchantSwitch.length(kind)
    let planned = UInt64(bitPattern: plannedAt.rawValue)
    var low = UInt64(rollout.rawValue) | UInt64(planVersion) << 16 | UInt64(wave.rawValue) << 32
    low |= planned << 48
    let image = Image(
      head: sluice_head(header, kind, length: UInt16(length)), low: low.littleEndian,
      high: (planned >> 16).littleEndian)
    unsafe withUnsafeBytes(of: image) { buffer in
      let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[0..<length])
      body(unsafe bytes.bytes)
    }
  }

  /// Reads an event of a batch; nil where it is of another kind, or where the full decoder has to
  /// say what is wrong with it.
  @inline(__always)
  public init?(_ batch: borrowing EventBatch, _ index: Int) {
    guard EventKind.isSwitch(batch.kind(index)) else { return nil }
    let head = batch.head(index)
    let length = Int(head.length)
    let offset = Int(batch.offsets[index])
    guard let kind = EventKind(rawValue: head.kind), head.kind_version == kind.version,
      length == MerchantSwitch.length(kind), offset + length <= batch.bytes.byteCount,
      let header = try? EventHeader(head)
    else { return nil }
    func load<Value: FixedWidthInteger & BitwiseCopyable>(_ place: Int) -> Value {
      let start = offset + MerchantSwitch.headLength + place
      return Value(
        littleEndian: unsafe batch.bytes.unsafeLoadUnaligned(
          fromByteOffset: start, as: Value.self))
    }
    self.kind = kind
    self.header = header
    rollout = RolloutNumber(load(0))
    planVersion = load(2)
    wave = WaveNumber(load(4))
    plannedAt =
      kind == .merchantEnabled ? Timestamp(rawValue: load(MerchantSwitch.placeLength)) : .none
  }
}
