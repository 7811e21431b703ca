// The switching of a merchant as a few numbers against the same as an event like any other.

import Events
import Testing

@Suite struct MerchantSwitchTests {
  private static let kinds: [EventKind] = [
    .merchantEnabled, .merchantRolledBack, .merchantReinstated,
  ]
  private static let places = [UInt16(0), 1, 0x8001, .max]

  private func bytes(_ event: Event) -> [UInt8] {
    var encoder = FieldEncoder()
    event.encode(into: &encoder)
    return encoder.bytes
  }

  private func read(_ bytes: [UInt8]) -> MerchantSwitch? {
    let buffer = BatchBuffer()
    buffer.append(bytes)
    return buffer.withBatch(first: .zero, logTime: .none) { MerchantSwitch($0, 0) }
  }

  @Test(arguments: kinds, places)
  func `its bytes are those of the event, and it comes back from them`(
    kind: EventKind, place: UInt16
  ) throws {
    for planned in [Int64.min, -1, 0, 1, 0x0102_0304_0506_0708, .max] {
      var header = try Samples.event(kind).header
      header.merchant = MerchantNumber(UInt32(place) << 16 | 7)
      header.flags = PolicyFlags(rawValue: place)
      let isEnablement = kind == .merchantEnabled
      let step = MerchantSwitch(
        kind, header, rollout: RolloutNumber(place), planVersion: place &+ 1,
        wave: WaveNumber(place &+ 2),
        plannedAt: isEnablement ? Timestamp(rawValue: planned) : .none)
      #expect(step.event.kind == kind && MerchantSwitch(step.event) == step)
      let plain = bytes(step.event)
      var own: [UInt8] = []
      step.withSpan { span in unsafe span.withUnsafeBytes { unsafe own = Array($0) } }
      #expect(own == plain)
      #expect(read(plain) == step)
    }
  }

  @Test(arguments: EventKind.allCases)
  func `an event of another kind is none`(kind: EventKind) throws {
    let event = try Samples.event(kind)
    let isMeant = MerchantSwitchTests.kinds.contains(kind)
    #expect((MerchantSwitch(event) != nil) == isMeant)
    #expect((read(bytes(event)) != nil) == isMeant && EventKind.isSwitch(kind.rawValue) == isMeant)
  }

  @Test(arguments: kinds)
  func `what the full decoder refuses is left to it`(kind: EventKind) throws {
    let whole = bytes(try Samples.event(kind))
    for index in whole.indices {
      for value in [UInt8(0), 1, 2, 23, 24, 25, 78, 86, 0x7f, 0x80, 0xff] {
        var changed = whole
        changed[index] = value
        let plain = try? Event(decoding: unsafe changed.span.bytes)
        #expect(read(changed) == plain.flatMap { MerchantSwitch($0) })
      }
    }
  }
}
