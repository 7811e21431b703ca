// X.509 certificates (RFC 5280) by libcrypto, as far as institutions sign with them.

internal import COpenSSL
public import Events

/// A certificate.
@safe public final class Certificate: Sendable {
  // Written once, and libcrypto counts its references by atomics.
  nonisolated(unsafe) let pointer: OpaquePointer

  /// Reads the first certificate of a PEM text (`BEGIN CERTIFICATE`); nil where there is none.
  public init?(pem: [UInt8]) {
    guard
      let pointer = unsafe withPEM(pem, { unsafe PEM_read_bio_X509($0, nil, noPassword, nil) })
    else { return nil }
    unsafe self.pointer = pointer
  }

  private init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }

  deinit { unsafe X509_free(pointer) }

  /// Reads every certificate of a PEM text, in its order.
  public static func all(pem: [UInt8]) -> [Certificate] {
    unsafe withPEM(pem) { source in
      var found: [Certificate] = []
      while let pointer = unsafe PEM_read_bio_X509(source, nil, noPassword, nil) {
        found.append(unsafe Certificate(pointer))
      }
      return found
    } ?? []
  }

  /// The key in it; nil where it is no RSA key or too short.
  public var publicKey: RSAPublicKey? { unsafe RSAPublicKey(X509_get_pubkey(pointer)) }

  /// The serial number in hexadecimal, upper case, without a sign: as institutions name it.
  public var serialNumber: String {
    guard let number = unsafe ASN1_INTEGER_to_BN(X509_get0_serialNumber(pointer), nil) else {
      return ""
    }
    defer { unsafe BN_free(number) }
    guard let text = unsafe BN_bn2hex(number) else { return "" }
    defer { unsafe CRYPTO_free(text, "", 0) }
    return unsafe String(cString: text)
  }

  /// The common name of whom it is for; nil where it has none.
  public var commonName: String? {
    guard let name = unsafe X509_get_subject_name(pointer) else { return nil }
    let place = unsafe X509_NAME_get_index_by_NID(name, NID_commonName, -1)
    guard place >= 0, let entry = unsafe X509_NAME_get_entry(name, place),
      let value = unsafe X509_NAME_ENTRY_get_data(entry)
    else { return nil }
    var bytes: UnsafeMutablePointer<UInt8>?
    let count = unsafe ASN1_STRING_to_UTF8(&bytes, value)
    guard count >= 0, let bytes = unsafe bytes else { return nil }
    defer { unsafe CRYPTO_free(bytes, "", 0) }
    return unsafe String(
      decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
  }

  /// Whether a chain of signatures leads from it to one of the roots, each certificate of which is
  /// valid at an instant.
  ///
  /// - Parameter between: certificates of the same sender that may be part of the chain.
  public func leads(to roots: [Certificate], through between: [Certificate], at now: Timestamp)
    -> Bool
  { chain(to: roots, through: between, at: now) == .trusted }
}
