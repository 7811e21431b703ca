// What is told of a payment beside its notices stands on its screen, with what is open of it.

import Events
import Support
import Testing

@testable import sluice

@Suite struct PaymentRemarkTests {
  private static let folder = PackageRoot.path("events/golden/every-kind-5")

  private static func show(_ name: String, _ more: [String] = []) throws -> String {
    let arguments = try Arguments(
      [name, "--data", folder] + more, guide: PaymentShowCommand.guide)
    return String(decoding: try PaymentShowCommand.answer(arguments), as: UTF8.self)
  }

  @Test(arguments: ["h", "order-h"])
  func `an attempt and a dispute that break policy are shown open, and how to answer them`(
    name: String
  ) throws {
    let text = try PaymentRemarkTests.show(name)
    #expect(text.contains("Open at 51, 62, 63: answer with"), "\(text)")
    let document = try PaymentRemarkTests.show(name, ["--json"])
    for part in [
      "\"position\":62,\"kind\":\"order-attempted\"", "\"amount\":4999",
      "\"position\":63,\"kind\":\"payment-disputed\"", "\"amount\":5001",
      "\"flags\":[\"amount-differs\"]",
    ] { #expect(document.contains(part), "\(part) in \(document)") }
  }

  @Test func `a dispute of a payment that no notice tells of is shown`() throws {
    let text = try PaymentRemarkTests.show("k")
    #expect(text.hasPrefix("k  unknown"), "\(text)")
    #expect(text.contains("d-1, money-taken, EUR 42.00"), "\(text)")
    #expect(text.contains(", waits for its capture"), "\(text)")
    #expect(!text.contains("Open at"))
    #expect(try PaymentRemarkTests.show("k", ["--json"]).contains("\"stage\":\"money-taken\""))
  }

  @Test(arguments: ["e", "order-e"])
  func `a part says what it is a part of, by its transaction and by its order`(
    name: String
  ) throws {
    #expect(try PaymentRemarkTests.show(name).contains("part of the combined payment  c-1"))
  }

  @Test func `what nobody tells of is still refused`() {
    #expect(throws: CommandFailure.self) { try PaymentRemarkTests.show("no-such-payment") }
  }
}
