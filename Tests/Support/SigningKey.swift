// Keys and certificates that tests make for themselves: nothing that is signed comes from outside.

private import COpenSSL
private import Glibc

/// An RSA key pair of a test.
@safe package final class SigningKey: Sendable {
  // Written once, and libcrypto counts its references by atomics.
  nonisolated(unsafe) private let key: OpaquePointer

  package init(bits: Int = 2048) {
    let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil)
    defer { unsafe EVP_PKEY_CTX_free(context) }
    var made: OpaquePointer?
    guard unsafe EVP_PKEY_keygen_init(context) == 1,
      unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) == 1,
      unsafe EVP_PKEY_keygen(context, &made) == 1, let key = unsafe made
    else { fatalError("no RSA key is made") }
    unsafe self.key = key
  }

  deinit { unsafe EVP_PKEY_free(key) }

  /// The public half (`BEGIN PUBLIC KEY`).
  package var publicPEM: [UInt8] {
    unsafe SigningKey.text { unsafe PEM_write_bio_PUBKEY($0, key) }
  }

  /// The signature of a message: RSASSA-PKCS1-v1_5 over its SHA-256.
  package func sign(_ message: [UInt8]) -> [UInt8] {
    let context = unsafe EVP_MD_CTX_new()
    defer { unsafe EVP_MD_CTX_free(context) }
    var length = 0
    guard unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, key) == 1,
      unsafe EVP_DigestSign(context, nil, &length, message, message.count) == 1
    else { fatalError("no signature is begun") }
    var signature = [UInt8](repeating: 0, count: length)
    guard unsafe EVP_DigestSign(context, &signature, &length, message, message.count) == 1 else {
      fatalError("no signature is made")
    }
    return Array(signature[..<length])
  }

  /// A certificate of this key (`BEGIN CERTIFICATE`).
  ///
  /// - Parameters:
  ///   - issuer: who signs it, with which name; nil where it signs itself and may sign others.
  ///   - from: seconds since 1970.
  ///   - isAuthority: whether it may sign others though another one signed it.
  package func certificate(
    of name: String, serial: UInt64, issuer: (name: String, key: SigningKey)? = nil,
    from: Int64, days: Int = 3650, isAuthority: Bool = false
  ) -> [UInt8] {
    guard let certificate = unsafe X509_new() else { fatalError("no certificate is made") }
    defer { unsafe X509_free(certificate) }
    unsafe X509_set_version(certificate, 2)
    unsafe ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial)
    unsafe ASN1_TIME_set(X509_getm_notBefore(certificate), time_t(from))
    unsafe ASN1_TIME_set(X509_getm_notAfter(certificate), time_t(from) + time_t(days) * 86_400)
    unsafe SigningKey.name(X509_get_subject_name(certificate), name)
    unsafe SigningKey.name(X509_get_issuer_name(certificate), issuer?.name ?? name)
    unsafe X509_set_pubkey(certificate, key)
    if issuer == nil || isAuthority {
      let extent = unsafe X509V3_EXT_conf_nid(nil, nil, NID_basic_constraints, "critical,CA:TRUE")
      unsafe X509_add_ext(certificate, extent, -1)
      unsafe X509_EXTENSION_free(extent)
    }
    guard unsafe X509_sign(certificate, issuer?.key.key ?? key, EVP_sha256()) > 0 else {
      fatalError("no certificate is signed")
    }
    return unsafe SigningKey.text { unsafe PEM_write_bio_X509($0, certificate) }
  }

  private static func name(_ name: OpaquePointer?, _ text: String) {
    let bytes = Array(text.utf8)
    unsafe X509_NAME_add_entry_by_txt(
      name, "CN", MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0)
  }

  /// What libcrypto writes.
  private static func text(_ write: (OpaquePointer) -> Int32) -> [UInt8] {
    guard let target = unsafe BIO_new(BIO_s_mem()) else { fatalError("no memory to write to") }
    defer { unsafe BIO_free(target) }
    guard unsafe write(target) == 1 else { fatalError("nothing is written") }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = unsafe BIO_read(target, &bytes, Int32(bytes.count))
    return Array(bytes[..<Int(max(0, count))])
  }
}
