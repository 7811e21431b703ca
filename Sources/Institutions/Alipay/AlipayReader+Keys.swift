// The files of `alipay/` in a folder of keys:
//
//   NAME.pem      Alipay's public key or certificate; several while it is replaced
//   apps.txt      optional: the ids of our applications, one a line; others' notices are refused
//   sellers.txt   optional: our seller ids, the same way

internal import Cryptography
public import Events

extension AlipayReader: KeyedReader {
  public static let institution = Institution.alipay

  public init(_ files: KeyFiles) throws(KeyFault) {
    var keys: [RSAPublicKey] = []
    for file in files.ending(".pem") {
      guard let key = RSAPublicKey(pem: file.bytes) else { throw .noKey(file.name) }
      keys.append(key)
    }
    let reader = AlipayReader(
      keys: keys, apps: Set(files.lines(of: "apps.txt")),
      sellers: Set(files.lines(of: "sellers.txt")))
    guard let reader else {
      throw KeyFault(
        file: "*.pem", reason: "there is none", hint: "Put Alipay's public key there, as PEM.")
    }
    self = reader
  }
}
