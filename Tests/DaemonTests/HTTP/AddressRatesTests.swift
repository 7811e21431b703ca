import Platform
import Testing

@testable import Daemon

@Suite struct AddressRatesTests {
  private static let second: Int64 = 1_000_000_000
  private static func address(_ bits: UInt64) -> TCPPeer.Network {
    TCPPeer.Network(isIPv6: false, bits: bits)
  }

  @Test func `An address has its burst, and then its rate`() {
    var rates = AddressRates(perSecond: 10, burst: 3)
    let address = AddressRatesTests.address(1)
    let table: [(at: Int64, wait: Int64?)] = [
      (0, nil), (0, nil), (0, nil), (0, 100_000_000), (50_000_000, 50_000_000),
      (100_000_000, nil), (100_000_000, 100_000_000), (300_000_000, nil), (300_000_000, nil),
      (300_000_000, 100_000_000), (AddressRatesTests.second, nil), (AddressRatesTests.second, nil),
      (AddressRatesTests.second, nil), (AddressRatesTests.second, 100_000_000),
    ]
    for (row, entry) in table.enumerated() {
      #expect(rates.take(address, now: entry.at) == entry.wait, "row \(row)")
    }
  }

  @Test func `An address takes nothing from another`() {
    var rates = AddressRates(perSecond: 1, burst: 1)
    #expect(rates.take(AddressRatesTests.address(1), now: 0) == nil)
    #expect(rates.take(AddressRatesTests.address(1), now: 0) != nil)
    #expect(rates.take(AddressRatesTests.address(2), now: 0) == nil)
    #expect(rates.take(TCPPeer.Network(isIPv6: true, bits: 1), now: 0) == nil)
  }

  @Test func `More addresses than can be known share one rate, until some are silent`() {
    var rates = AddressRates(perSecond: 1, burst: 1)
    for bits in 0..<UInt64(AddressRates.addressesMax) {
      #expect(rates.take(AddressRatesTests.address(bits), now: 0) == nil)
    }
    #expect(rates.take(AddressRatesTests.address(1 << 20), now: 0) == nil)
    #expect(rates.take(AddressRatesTests.address(1 << 21), now: 0) != nil)
    #expect(rates.count == AddressRates.addressesMax)
    #expect(rates.take(AddressRatesTests.address(1 << 21), now: AddressRatesTests.second) == nil)
    #expect(rates.count == 1)
  }
}
