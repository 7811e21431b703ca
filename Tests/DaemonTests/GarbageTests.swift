// Whatever the bytes: one answer for every line that is not empty, and the daemon lives.

import Events
import Platform
import Testing
import Text

@testable import Daemon

@Suite struct GarbageTests {
  private static let mutationsMax = 3

  /// Bytes without an end of line in them.
  private static func noise(_ random: inout some RandomNumberGenerator) -> [UInt8] {
    let count = Int.random(in: 1...80, using: &random)
    return (0..<count).map { _ in
      let byte = UInt8.random(in: .min ... .max, using: &random)
      return byte == 10 || byte == 13 ? 0 : byte
    }
  }

  private static func mutated(_ random: inout some RandomNumberGenerator) -> [UInt8] {
    let forms = Form.all.filter { $0.fields[0].value != "\"stop\"" }
    let form = forms.randomElement(using: &random) ?? Form.payment
    var line = Array(form.line.utf8)
    for _ in 0..<Int.random(in: 0...mutationsMax, using: &random) where !line.isEmpty {
      let place = Int.random(in: 0..<line.count, using: &random)
      let special = Array("{}[]\",:\\0129-+.eEntf \u{7f}".utf8)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: line.remove(at: place)
      case 1: line.insert(special.randomElement(using: &random) ?? 0, at: place)
      case 2: line[place] = UInt8.random(in: 14...255, using: &random)
      default: line.insert(contentsOf: line[place...].prefix(20), at: place)
      }
    }
    return line.isEmpty ? [0] : line
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func `ten thousand lines of garbage leave the reader whole`(_ seed: UInt64) throws {
    var random = Seeded(seed)
    var reader = RequestReader(user: 1)
    var good = 0
    for round in 0..<10_000 {
      let line =
        round % 3 == 0 ? GarbageTests.noise(&random) : GarbageTests.mutated(&random)
      do throws(WireFault) {
        _ = try reader.read(line.span)
        good += 1
      } catch {
        #expect(!error.reason.isEmpty)
      }
    }
    #expect(good > 100)
    let clock = try reader.read(Array("{\"query\":\"clock\"}".utf8).span)
    guard case .query(.clock) = clock else {
      Issue.record("a good line is misread after garbage")
      return
    }
  }

  @Test func `every line of garbage on the socket gets one answer`() throws {
    let scratch = try Scratch()
    let door = try Door(scratch.path)
    let caller = try Caller(door.socket)
    var random = Seeded(9)
    var bytes: [UInt8] = []
    for round in 0..<3_000 {
      bytes += round % 3 == 0 ? GarbageTests.noise(&random) : GarbageTests.mutated(&random)
      bytes.append(10)
    }
    try caller.send(bytes)
    #expect(try Tally.take(3_000, from: caller).total == 3_000)
    #expect(try caller.ask("{\"query\":\"clock\"}")["clock"] != nil)
    _ = try caller.ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
  }
}

/// Numbers from a seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return word ^ (word >> 31)
  }
}
