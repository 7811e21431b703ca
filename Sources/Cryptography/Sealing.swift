// AES-GCM (NIST SP 800-38D), HMAC-SHA-256 (RFC 2104) and random bytes by libcrypto.

internal import COpenSSL

/// Authenticated encryption with keys of 16 or 32 bytes and nonces of 12.
public enum AESGCM {
  public static let nonceLength = 12
  public static let tagLength = 16

  /// The plain text of a sealed one, which ends with its tag; nil where key, nonce, text or what is
  /// authenticated beside it differ from those it was sealed with.
  public static func open(
    _ sealed: [UInt8], key: [UInt8], nonce: [UInt8], authenticating: [UInt8]
  ) -> [UInt8]? {
    guard let cipher = unsafe cipher(key, nonce), sealed.count >= tagLength,
      let context = unsafe EVP_CIPHER_CTX_new()
    else { return nil }
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    let count = sealed.count - tagLength
    guard let length = Int32(exactly: count), let beside = Int32(exactly: authenticating.count)
    else { return nil }
    var tag = [UInt8](sealed[count...])
    var plain = [UInt8](repeating: 0, count: count + tagLength)
    var done: Int32 = 0
    guard unsafe EVP_DecryptInit_ex(context, cipher, nil, key, nonce) == 1,
      unsafe EVP_DecryptUpdate(context, nil, &done, authenticating, beside) == 1,
      unsafe EVP_DecryptUpdate(context, &plain, &done, sealed, length) == 1,
      unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, Int32(tagLength), &tag) == 1
    else { return nil }
    var rest: Int32 = 0
    var end = [UInt8](repeating: 0, count: tagLength)
    guard unsafe EVP_DecryptFinal_ex(context, &end, &rest) == 1, rest == 0 else { return nil }
    plain.removeLast(plain.count - Int(done))
    return plain
  }

  /// Seals a text; nil where key or nonce have another length.
  ///
  /// A nonce must never come twice under one key.
  public static func seal(
    _ plain: [UInt8], key: [UInt8], nonce: [UInt8], authenticating: [UInt8]
  ) -> [UInt8]? {
    guard let cipher = unsafe cipher(key, nonce), let context = unsafe EVP_CIPHER_CTX_new() else {
      return nil
    }
    defer { unsafe EVP_CIPHER_CTX_free(context) }
    guard let length = Int32(exactly: plain.count),
      let beside = Int32(exactly: authenticating.count)
    else { return nil }
    var sealed = [UInt8](repeating: 0, count: plain.count + tagLength)
    var tag = [UInt8](repeating: 0, count: tagLength)
    var done: Int32 = 0
    guard unsafe EVP_EncryptInit_ex(context, cipher, nil, key, nonce) == 1,
      unsafe EVP_EncryptUpdate(context, nil, &done, authenticating, beside) == 1,
      unsafe EVP_EncryptUpdate(context, &sealed, &done, plain, length) == 1
    else { return nil }
    var rest: Int32 = 0
    guard unsafe EVP_EncryptFinal_ex(context, &tag, &rest) == 1, rest == 0,
      unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, Int32(tagLength), &tag) == 1
    else { return nil }
    sealed.removeLast(sealed.count - Int(done))
    return sealed + tag
  }

  private static func cipher(_ key: [UInt8], _ nonce: [UInt8]) -> OpaquePointer? {
    guard nonce.count == nonceLength else { return nil }
    switch key.count {
    case 16: return unsafe EVP_aes_128_gcm()
    case 32: return unsafe EVP_aes_256_gcm()
    default: return nil
    }
  }
}

/// Keyed hashes.
public enum HMACSHA256 {
  public static let length = 32

  /// The code of a message under a key of any length.
  public static func code(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: length)
    var written: UInt32 = 0
    let made = unsafe HMAC(
      EVP_sha256(), key, Int32(clamping: key.count), message, message.count, &code, &written)
    precondition(unsafe made != nil && written == length, "libcrypto cannot make an HMAC")
    return code
  }
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
public func isSameSecret(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  unsafe left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
