// RSA signatures over SHA-256 (RFC 8017, RSASSA-PKCS1-v1_5) by libcrypto.

internal import COpenSSL

/// A public key that an institution signs with.
@safe public final class RSAPublicKey: Sendable {
  /// Shorter keys are refused.
  public static let bitsMin = 2048

  // Written once, and libcrypto counts its references by atomics.
  nonisolated(unsafe) private let key: OpaquePointer

  /// Takes over a reference; nil where the key is no RSA key or too short.
  init?(_ key: OpaquePointer?) {
    guard let key = unsafe key else { return nil }
    guard unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA,
      unsafe EVP_PKEY_get_bits(key) >= RSAPublicKey.bitsMin
    else {
      unsafe EVP_PKEY_free(key)
      return nil
    }
    unsafe self.key = key
  }

  deinit { unsafe EVP_PKEY_free(key) }

  /// Reads a PEM text: a public key (`BEGIN PUBLIC KEY`) or the key of a certificate.
  ///
  /// Nil for anything else, for other keys than RSA and for keys that are too short.
  public convenience init?(pem: [UInt8]) {
    if let certificate = Certificate(pem: pem) {
      guard let key = certificate.publicKey else { return nil }
      self.init(retaining: key)
      return
    }
    let key = unsafe withPEM(pem) { unsafe PEM_read_bio_PUBKEY($0, nil, noPassword, nil) }
    unsafe self.init(key)
  }

  private convenience init?(retaining other: RSAPublicKey) {
    unsafe EVP_PKEY_up_ref(other.key)
    unsafe self.init(other.key)
  }

  /// Whether a signature is this key's over a message; false for any bytes that are none.
  public func verifies(_ signature: [UInt8], _ message: [UInt8]) -> Bool {
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, key) == 1 else {
      return false
    }
    return unsafe EVP_DigestVerify(
      context, signature, signature.count, message, message.count) == 1
  }
}

/// Never asks anybody for a password: an encrypted PEM text is one that cannot be read.
let noPassword:
  @convention(c) (
    UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
  ) -> Int32 = { _, _, _, _ in -1 }

/// Lends libcrypto a text to read from.
func withPEM<Result>(_ text: [UInt8], _ body: (OpaquePointer) -> Result?) -> Result? {
  guard let count = Int32(exactly: text.count),
    let source = unsafe BIO_new_mem_buf(text, count)
  else { return nil }
  defer { unsafe BIO_free(source) }
  // What libcrypto notes of a text that it cannot read is of no use to anybody.
  defer { ERR_clear_error() }
  return unsafe body(source)
}
