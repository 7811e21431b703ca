// Ed25519 (RFC 8032) by libcrypto: the only signatures of this house.

private import COpenSSL

/// Signs and verifies; keys and signatures are bytes of fixed length.
enum Ed25519 {
  static let keyLength = 32
  static let signatureLength = 64

  /// The public key of a seed; nil where it has not 32 bytes.
  static func publicKey(ofSeed seed: [UInt8]) -> [UInt8]? {
    guard let key = unsafe privateKey(seed) else { return nil }
    defer { unsafe EVP_PKEY_free(key) }
    var bytes = [UInt8](repeating: 0, count: keyLength)
    var length = keyLength
    let done = unsafe EVP_PKEY_get_raw_public_key(key, &bytes, &length)
    return done == 1 && length == keyLength ? bytes : nil
  }

  /// The signature of a message; nil where the seed has not 32 bytes.
  static func sign(_ message: [UInt8], seed: [UInt8]) -> [UInt8]? {
    guard let key = unsafe privateKey(seed) else { return nil }
    defer { unsafe EVP_PKEY_free(key) }
    guard let context = unsafe EVP_MD_CTX_new() else { return nil }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1 else { return nil }
    var signature = [UInt8](repeating: 0, count: signatureLength)
    var length = signatureLength
    let done = unsafe EVP_DigestSign(context, &signature, &length, message, message.count)
    return done == 1 && length == signatureLength ? signature : nil
  }

  /// Whether a signature is the key's over the message; false for any bytes that are none.
  static func verifies(_ signature: [UInt8], _ message: [UInt8], key bytes: [UInt8]) -> Bool {
    guard bytes.count == keyLength, signature.count == signatureLength else { return false }
    guard
      let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count)
    else { return false }
    defer { unsafe EVP_PKEY_free(key) }
    guard let context = unsafe EVP_MD_CTX_new() else { return false }
    defer { unsafe EVP_MD_CTX_free(context) }
    guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
    return unsafe EVP_DigestVerify(
      context, signature, signature.count, message, message.count) == 1
  }

  private static func privateKey(_ seed: [UInt8]) -> OpaquePointer? {
    guard seed.count == keyLength else { return nil }
    return unsafe EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
  }
}
