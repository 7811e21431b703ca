import Events
import Institutions
import Testing

@Suite struct FailureCodesTests {
  @Test(
    arguments: [
      (Institution.weChatPay, "NOTENOUGH", FailureClass.payer),
      (.weChatPay, "SYSTEMERROR", .institution), (.alipay, "ACQ.SYSTEM_ERROR", .institution),
      (.unionPay, "64", .payer), (.card, "51", .payer), (.card, "91", .institution),
      (.weChatPay, "SOMETHING_NEW", .unclassified), (.alipay, "64", .unclassified),
    ])
  func `A code counts against whom its institution says`(
    institution: Institution, code: String, expected: FailureClass
  ) throws {
    let code = try #require(ShortText(code))
    #expect(FailureCodes.failureClass(institution, code) == expected)
  }

  @Test func `A failure without a code is unclassified`() {
    #expect(FailureCodes.failureClass(.card, .none) == .unclassified)
  }

  @Test(arguments: Institution.allCases)
  func `Every institution has codes of the payer and of itself`(institution: Institution) {
    let classes = FailureCodes.codes(institution).map { $0.1 }
    #expect(classes.contains(.payer))
    #expect(classes.contains(.institution))
  }
}
