// The files of `card/` in a folder of keys:
//
//   NAME.hmac             an HMAC key, 64 hexadecimal digits; several while it is replaced
//   accounts.txt          optional: our merchant accounts, one a line; others' are refused
//   captures-at-once.txt  optional, of any content: what is authorised is captured unasked

public import Events

extension CardReader: KeyedReader {
  public static let institution = Institution.card

  public init(_ files: KeyFiles) throws(KeyFault) {
    let accounts = files.lines(of: "accounts.txt")
    let reader = CardReader(
      keys: try files.secrets(ending: ".hmac"), merchantAccounts: accounts.isEmpty ? nil : accounts,
      capturesAtOnce: files.files["captures-at-once.txt"] != nil)
    guard let reader else {
      throw KeyFault(
        file: "*.hmac", reason: "there is no key of 64 hexadecimal digits",
        hint: "Put the acquirer's HMAC key there, and nothing else.")
    }
    self = reader
  }
}
