// What speaks against the chain of a certificate, where something does.

internal import COpenSSL
public import Events

/// Where the chain of a certificate leads.
public enum ChainVerdict: Hashable, Sendable {
  /// To a pinned root, and each certificate of it is valid.
  case trusted
  /// To an issuer that is not among those that are known, nor pinned.
  case unknownIssuer
  /// Nowhere: it signed itself, or a signature is wrong, or one of it is out of its time or may
  /// sign no others.
  case refused
}

extension Certificate {
  /// Follows the chain of this certificate to one of the roots.
  ///
  /// Each root is tried by itself: of two with one name the library would look at the first alone,
  /// and a root that has ended would stand before the one that takes its place.
  ///
  /// - Parameters:
  ///   - between: certificates that may be part of the chain.
  ///   - now: the instant at which each of them must be valid.
  public func chain(
    to roots: [Certificate], through between: [Certificate], at now: Timestamp
  ) -> ChainVerdict {
    var verdict = ChainVerdict.unknownIssuer
    for root in roots {
      switch chain(toRoot: root, through: between, at: now) {
      case .trusted: return .trusted
      case .refused: verdict = .refused
      case .unknownIssuer: continue
      }
    }
    return verdict
  }

  private func chain(
    toRoot root: Certificate, through between: [Certificate], at now: Timestamp
  ) -> ChainVerdict {
    guard let store = unsafe X509_STORE_new() else { return .refused }
    defer { unsafe X509_STORE_free(store) }
    defer { ERR_clear_error() }
    unsafe X509_STORE_add_cert(store, root.pointer)
    let stack = unsafe OPENSSL_sk_new_null()
    defer { unsafe OPENSSL_sk_free(stack) }
    for one in between { unsafe OPENSSL_sk_push(stack, UnsafeRawPointer(one.pointer)) }
    guard let context = unsafe X509_STORE_CTX_new() else { return .refused }
    defer { unsafe X509_STORE_CTX_free(context) }
    guard unsafe X509_STORE_CTX_init(context, store, pointer, stack) == 1 else { return .refused }
    // A root may be one that another one signed: who pins it trusts it as it is.
    unsafe X509_STORE_CTX_set_flags(context, UInt(X509_V_FLAG_PARTIAL_CHAIN))
    unsafe X509_STORE_CTX_set_time(context, 0, time_t(now.seconds))
    if unsafe X509_verify_cert(context) == 1 { return .trusted }
    return switch unsafe X509_STORE_CTX_get_error(context) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
      X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      .unknownIssuer
    default: .refused
    }
  }
}
