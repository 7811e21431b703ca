// The files of `wechat-pay/` in a folder of keys:
//
//   NAME.pem     a platform certificate, known by its serial number, or a public key, known by
//                NAME: its id at WeChat Pay (`PUB_KEY_ID_...`)
//   NAME.apiv3   an APIv3 key as it was set, its 32 characters; several while it is replaced

internal import Cryptography
public import Events

extension WeChatPayReader: KeyedReader {
  public static let institution = Institution.weChatPay

  public init(_ files: KeyFiles) throws(KeyFault) {
    var keys: [String: RSAPublicKey] = [:]
    for file in files.ending(".pem") {
      guard let key = RSAPublicKey(pem: file.bytes) else { throw .noKey(file.name) }
      let name = Certificate(pem: file.bytes)?.serialNumber ?? String(file.name.dropLast(4))
      keys[name] = key
    }
    let secrets = files.ending(".apiv3").map { KeyFiles.trimmed($0.bytes) }
    guard let reader = WeChatPayReader(platformKeys: keys, secrets: secrets) else {
      throw KeyFault(
        file: "*.pem, *.apiv3",
        reason: "a platform key or an APIv3 key of 32 characters is missing",
        hint: "Put both there; the APIv3 key as it was set, and nothing else.")
    }
    self = reader
  }
}
