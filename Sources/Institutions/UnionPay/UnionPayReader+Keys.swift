// The files of `unionpay/` in a folder of keys:
//
//   roots.pem           the certificates that a chain must lead to
//   intermediates.pem   optional: certificates that may stand between
//   names.txt           optional: whom UnionPay signs as, one a line; production's if absent

internal import Cryptography
public import Events

extension UnionPayReader: KeyedReader {
  public static let institution = Institution.unionPay

  public init(_ files: KeyFiles) throws(KeyFault) {
    let roots = Certificate.all(pem: files.files["roots.pem"] ?? [])
    let names = files.lines(of: "names.txt")
    let reader = UnionPayReader(
      roots: roots, intermediates: Certificate.all(pem: files.files["intermediates.pem"] ?? []),
      names: names.isEmpty ? UnionPayReader.productionNames : names)
    guard let reader else {
      throw KeyFault(
        file: "roots.pem", reason: "it holds no certificate",
        hint: "Put UnionPay's root certificate there, as PEM.")
    }
    self = reader
  }
}
