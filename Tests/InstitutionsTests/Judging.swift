// What tests of readers ask: what a delivery says, or what speaks against it.

import Events
import Institutions
import Testing

/// The key of pseudonyms of all these tests.
let pseudonyms: PseudonymKey = {
  guard let key = PseudonymKey([UInt8](repeating: 9, count: 32)) else {
    fatalError("the key of pseudonyms is none")
  }
  return key
}()

/// 2024-09-12T10:00:02+08:00, a second after all these notices were made.
let morning = Timestamp(seconds: 1_726_106_402)

func id(_ text: String) -> ExternalID {
  guard let id = ExternalID(text) else { fatalError("an id of a test is too long") }
  return id
}

extension NoticeReader {
  func notices(_ delivery: Delivery, at now: Timestamp = morning) throws -> [Notice] {
    switch try read(delivery, at: now, pseudonyms: pseudonyms) {
    case .notices(let notices), .combined(let notices, _): return notices
    default:
      Issue.record("the delivery is held")
      return []
    }
  }

  /// The combined payment that a delivery tells of; nil where it tells of none.
  func combined(_ delivery: Delivery, at now: Timestamp = morning) throws -> CombinedNotice? {
    guard case .combined(_, let combined) = try read(delivery, at: now, pseudonyms: pseudonyms)
    else { return nil }
    return combined
  }

  func held(_ delivery: Delivery, at now: Timestamp = morning) throws -> HoldReason? {
    guard case .held(let reason) = try read(delivery, at: now, pseudonyms: pseudonyms) else {
      return nil
    }
    return reason
  }

  /// What speaks against a delivery; nil where nothing does.
  func fault(_ delivery: Delivery, at now: Timestamp = morning) -> NoticeFault? {
    do {
      _ = try read(delivery, at: now, pseudonyms: pseudonyms)
      return nil
    } catch { return error }
  }
}

extension NoticeFault {
  /// The field that it names, and all it says of it; empty where it names none.
  var field: String {
    switch self {
    case .malformed(let field, _), .senseless(let field, _): field
    case .forged, .stale: ""
    }
  }

  var reason: String {
    switch self {
    case .malformed(_, let why), .senseless(_, let why): why
    case .forged, .stale: ""
    }
  }

  var isSenseless: Bool {
    if case .senseless = self { true } else { false }
  }
}
