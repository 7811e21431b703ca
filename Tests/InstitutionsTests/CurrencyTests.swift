import Events
import Institutions
import Testing

@Suite struct CurrencyTests {
  @Test(
    arguments: [
      ("CNY", "156", 156), ("USD", "840", 840), ("EUR", "978", 978), ("HKD", "344", 344),
      ("JPY", "392", 392), ("AUD", "036", 36), ("ALL", "008", 8), ("ZMW", "967", 967),
    ] as [(String, String, UInt16)])
  func `A currency has letters, digits and one number`(
    letters: String, digits: String, number: UInt16
  ) {
    #expect(Currency.number(letters: letters) == number)
    #expect(Currency.number(digits: digits) == number)
    #expect(Currency.letters(number) == letters)
  }

  @Test(arguments: ["", "cny", "CN", "CNYY", "RMB", "XXX", "156", "C\u{4e}\u{59}\u{301}"])
  func `Other letters name no currency`(letters: String) {
    #expect(Currency.number(letters: letters) == nil)
  }

  @Test(arguments: ["", "36", "0036", "000", "999", "15x", "+56", "１５６"])
  func `Other digits name no currency`(digits: String) {
    #expect(Currency.number(digits: digits) == nil)
  }

  @Test(
    arguments: [
      (156, 1_200, "CNY 12.00", false), (840, 5, "USD 0.05", false), (392, 500, "JPY 500", true),
      (414, 1_500, "KWD 1500", true), (360, 500, "IDR 500", true), (978, -250, "EUR -2.50", false),
      (999, 7, "999 7", true),
    ] as [(UInt16, Int64, String, Bool)])
  func `An amount is shown with its letters, in hundredths where all count in them`(
    number: UInt16, count: Int64, text: String, isOfMinorUnits: Bool
  ) {
    let shown = Currency.text(Money(fen: count), number)
    #expect(shown.text == text && shown.isOfMinorUnits == isOfMinorUnits)
  }

  @Test func `All of them are listed once, the yuan first`() {
    #expect(Currency.all.first?.letters == "CNY")
    #expect(Currency.all.count == Set(Currency.all.map(\.letters)).count)
    for (letters, number) in Currency.all {
      #expect(Currency.number(letters: letters) == number)
    }
  }

  @Test func `No two currencies share a code`() {
    let known = (UInt16(0)...999).compactMap { Currency.letters($0) }
    #expect(known.count > 150 && Set(known).count == known.count)
    for letters in known {
      #expect(letters.utf8.count == 3 && letters.utf8.allSatisfy { (0x41...0x5A).contains($0) })
    }
  }
}
