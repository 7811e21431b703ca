// The currencies of ISO 4217 that money is paid in, by their letters and by their numbers.

public import Events
import Text

/// Translates the codes of a currency.
public enum Currency {
  /// The numeric code of an alphabetic one, as `CNY` is 156; nil for letters that name no currency.
  public static func number(letters: String) -> UInt16? { numbers[Array(letters.utf8)] }

  /// The numeric code that three digits write, as `156`; nil where no currency has it.
  public static func number(digits: String) -> UInt16? {
    guard digits.utf8.count == 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = UInt16(digits), alphabetic[number] != nil
    else { return nil }
    return number
  }

  /// The alphabetic code of a numeric one; nil where no currency has it.
  public static func letters(_ number: UInt16) -> String? { alphabetic[number] }

  /// An amount of minor units with the letters of the currency: `USD 8.00`, `JPY 500`; a number
  /// that no currency has stands for itself.
  ///
  /// Where the minor unit is not a hundredth everywhere, the count itself is shown: the log has
  /// what the institution counted.
  public static func text(
    _ amount: Money, _ number: UInt16
  ) -> (text: String, isOfMinorUnits: Bool) {
    guard let letters = letters(number) else { return ("\(number) \(amount.rawValue)", true) }
    guard !oddUnits.contains(number) else { return ("\(letters) \(amount.rawValue)", true) }
    return ("\(letters) \(AmountText.yuan(amount))", false)
  }

  /// Those whose minor unit ISO 4217, or an acquirer, takes to be another part than a hundredth.
  private static let oddUnits: Set<UInt16> = Set(
    """
    BHD BIF CLP CVE DJF GNF IDR IQD ISK JOD JPY KMF KRW KWD LYD MGA MRU OMR PYG RWF TND UGX VND VUV
    XAF XOF XPF
    """.split(whereSeparator: \.isWhitespace).compactMap { number(letters: String($0)) })

  /// Every currency, CNY first and then by letters.
  public static let all: [(letters: String, number: UInt16)] =
    codes.filter { $0.number == 156 } + codes.filter { $0.number != 156 }

  private static let codes: [(letters: String, number: UInt16)] =
    table.split(whereSeparator: \.isWhitespace).map { word in
      guard let number = UInt16(word.dropFirst(3)) else { preconditionFailure("a currency is bad") }
      return (String(word.prefix(3)), number)
    }

  /// Looked up by code only; nothing iterates them.
  private static let numbers = Dictionary(
    uniqueKeysWithValues: codes.map { (Array($0.letters.utf8), $0.number) })
  private static let alphabetic = Dictionary(
    codes.map { ($0.number, $0.letters) }, uniquingKeysWith: { _, later in later })

  /// Each code of letters with its number, those that were withdrawn lately among them; of two with
  /// one number the later one comes last.
  private static let table = """
    AED784 AFN971 ALL008 AMD051 ANG532 AOA973 ARS032 AUD036 AWG533 AZN944 BAM977 BBD052 BDT050
    BGN975 BHD048 BIF108 BMD060 BND096 BOB068 BRL986 BSD044 BTN064 BWP072 BYN933 BZD084 CAD124
    CDF976 CHF756 CLP152 CNY156 COP170 CRC188 CUP192 CVE132 CZK203 DJF262 DKK208 DOP214 DZD012
    EGP818 ERN232 ETB230 EUR978 FJD242 FKP238 GBP826 GEL981 GHS936 GIP292 GMD270 GNF324 GTQ320
    GYD328 HKD344 HNL340 HTG332 HUF348 IDR360 ILS376 INR356 IQD368 IRR364 ISK352 JMD388 JOD400
    JPY392 KES404 KGS417 KHR116 KMF174 KPW408 KRW410 KWD414 KYD136 KZT398 LAK418 LBP422 LKR144
    LRD430 LSL426 LYD434 MAD504 MDL498 MGA969 MKD807 MMK104 MNT496 MOP446 MRU929 MUR480 MVR462
    MWK454 MXN484 MYR458 MZN943 NAD516 NGN566 NIO558 NOK578 NPR524 NZD554 OMR512 PAB590 PEN604
    PGK598 PHP608 PKR586 PLN985 PYG600 QAR634 RON946 RSD941 RUB643 RWF646 SAR682 SBD090 SCR690
    SDG938 SEK752 SGD702 SHP654 SLE925 SOS706 SRD968 SSP728 STN930 SVC222 SYP760 SZL748 THB764
    TJS972 TMT934 TND788 TOP776 TRY949 TTD780 TWD901 TZS834 UAH980 UGX800 USD840 UYU858 UZS860
    VED926 VES928 VND704 VUV548 WST882 XAF950 XCD951 XCG532 XOF952 XPF953 YER886 ZAR710 ZMW967
    ZWG924 ZWL932
    """
}
