// What an institution sends, as it came through a door.

import Text

/// One notification as it was delivered.
public struct Delivery: Sendable {
  /// The headers of the request; names are compared without regard to case.
  public var headers: [(name: String, value: String)]
  /// The body, byte for byte: signatures are over it.
  public var body: [UInt8]

  public init(headers: [(name: String, value: String)] = [], body: [UInt8]) {
    self.headers = headers
    self.body = body
  }

  /// The value of a header that must stand exactly once.
  ///
  /// - Throws: `NoticeFault.malformed` where it is missing or repeated.
  func header(_ name: String) throws(NoticeFault) -> String {
    let wanted = name.lowercased()
    let found = headers.filter { $0.name.lowercased() == wanted }
    guard let only = found.first, found.count == 1 else {
      throw .malformed(
        "header \(name)", found.isEmpty ? "it is missing" : "it stands \(found.count) times")
    }
    return only.value
  }
}
