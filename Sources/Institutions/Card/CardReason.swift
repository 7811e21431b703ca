// Why a card payment failed: the acquirer says it in words.

internal import Events

/// The code and the class of a failure.
struct CardReason {
  /// The name that the list of failure codes has for it; for other words the words themselves,
  /// where they can hold no person's data; otherwise empty.
  let code: ExternalID
  let failureClass: FailureClass

  static let none = CardReason(code: .none, failureClass: .none)

  private init(code: ExternalID, failureClass: FailureClass) {
    self.code = code
    self.failureClass = failureClass
  }

  /// The reason that these words give; they are not signed, so they decide nothing but this.
  init(_ words: String?) {
    let words = words ?? ""
    let letters = CardReason.letters(words)
    if let name = CardReason.names[letters] {
      self.init(code: name, failureClass: FailureCodes.failureClass(.card, name))
    } else {
      self.init(
        code: CardReason.isHarmless(words) ? ExternalID(words) ?? .none : .none,
        failureClass: .unclassified)
    }
  }

  /// The names of the list by their letters and digits in lower case; codes of two digits are no
  /// words.
  ///
  /// "Not enough balance" is NotEnoughBalance, and "FRAUD-CANCELLED" is FraudCancelled.
  private static let names: [[UInt8]: ExternalID] = {
    var names: [[UInt8]: ExternalID] = [:]
    for (name, _) in FailureCodes.codes(.card) where name.count > 2 {
      names[letters(name.description)] = name
    }
    for (words, name) in otherWords { names[letters(words)] = ExternalID(name) }
    return names
  }()

  /// Words of the acquirer that are not spelt like the name in the list.
  private static let otherWords = [
    ("3D Not Authenticated", "ThreeDNotAuthenticated"),
    ("3DS Authentication Error", "ThreeDsAuthenticationError"),
    ("RReq not received from DS", "RReqNotReceived"),
    ("No checking account available on Card", "NoCheckingAccountAvailable"),
    ("No savings account available on Card", "NoSavingsAccountAvailable"),
  ]

  private static func letters(_ words: String) -> [UInt8] {
    words.utf8.compactMap { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
      default: nil
      }
    }
  }

  /// Letters, spaces, hyphens and full stops, a letter at either end: no number of a card or a
  /// telephone is among them.
  private static func isHarmless(_ words: String) -> Bool {
    func isLetter(_ byte: UInt8?) -> Bool {
      byte.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) } ?? false
    }
    return isLetter(words.utf8.first) && isLetter(words.utf8.last)
      && words.utf8.allSatisfy { isLetter($0) || " -.".utf8.contains($0) }
  }
}
