// What is asked of a request's line and headers before its body is read.
//
// The library takes more than the standard allows: spaces before a colon, two lengths, a length
// beside a coding. Every such thing may end a request at another place for the proxy before us
// than it does for us, so all are refused here and the connection ends (RFC 9112, section 6.3).

/// A request's line and headers, as the library has cut them.
struct HTTPHead {
  typealias Field = (name: [UInt8], value: [UInt8])

  var method: [UInt8]
  var target: [UInt8]
  /// Whether it is of HTTP/1.0, which knows neither hosts nor chunks.
  var isOld: Bool
  var fields: [Field]
  /// Bytes of the whole, as they came.
  var bytes: Int
  /// Whether the library has left out what stands behind a zero in the line or in a header.
  var hidesBytes = false

  /// Whether something may follow that is no request.
  var hasBody: Bool {
    fields.contains { field in
      let name = String(decoding: field.name, as: UTF8.self).lowercased()
      return name == "transfer-encoding" || name == "content-length" && field.value != [0x30]
    }
  }

  /// The request without its body.
  func request(
    _ limits: HTTPLimits, _ routes: HTTPRoutes, peer: String
  ) throws(HTTPRefusal) -> HTTPRequest {
    guard bytes <= limits.headBytes else { throw .headTooLong(limits.headBytes) }
    guard !hidesBytes else {
      throw .malformed("The line or a header holds a zero, or a header has several lines.")
    }
    guard HTTPHead.isToken(method) else { throw .malformed("The method is no token.") }
    var headers: [(name: String, value: String)] = []
    headers.reserveCapacity(fields.count)
    for field in fields { headers.append(try HTTPHead.header(field)) }
    guard let target = HTTPTarget(target) else {
      throw .malformed("The target is no path and no address.")
    }
    let request = HTTPRequest(
      method: String(decoding: method, as: UTF8.self), path: target.path, query: target.query,
      headers: headers, peer: peer)
    let hosts = request.values(of: "Host")
    guard hosts.count == 1 || isOld && hosts.isEmpty else {
      throw .malformed("Host stands \(hosts.count) times.")
    }
    let length = try length(request)
    // Where the target has a host, that of the header does not count.
    let host = target.authority ?? hosts.first
    if let refusal = routes.refusal(of: target.path, request.method, host: host) { throw refusal }
    switch length {
    case .of(let count) where count > limits.bodyBytes: throw .bodyTooLong(limits.bodyBytes)
    case .none where ["POST", "PUT", "PATCH"].contains(request.method): throw .lengthRequired
    default: return request
    }
  }

  private enum Length {
    case none
    case of(UInt64)
    case chunks
  }

  private func length(_ request: HTTPRequest) throws(HTTPRefusal) -> Length {
    let lengths = request.values(of: "Content-Length")
    let codings = request.values(of: "Transfer-Encoding")
    guard lengths.count <= 1, codings.count <= 1, lengths.isEmpty || codings.isEmpty else {
      throw .malformed("The length of the body is said more than once.")
    }
    if let coding = codings.first {
      guard !isOld else { throw .malformed("HTTP/1.0 has no transfer codings.") }
      guard coding.lowercased() == "chunked" else { throw .codingUnknown }
      return .chunks
    }
    guard let text = lengths.first else { return .none }
    guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let length = UInt64(text) else {
      throw .malformed("Content-Length is no number.")
    }
    return .of(length)
  }

  private static func header(
    _ field: Field
  ) throws(HTTPRefusal) -> (name: String, value: String) {
    guard isToken(field.name) else { throw .malformed("The name of a header is no token.") }
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    var value = field.value[...].drop(while: isBlank)
    while let last = value.last, isBlank(last) { value.removeLast() }
    let isPlain = value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    // What is no UTF-8 is not repaired: signatures are over what was sent.
    guard isPlain, let text = String(validating: value, as: UTF8.self) else {
      throw .malformed("The value of a header holds a control character or is no UTF-8.")
    }
    return (String(decoding: field.name, as: UTF8.self), text)
  }

  private static func isToken(_ bytes: [UInt8]) -> Bool {
    let marks = Array("!#$%&'*+-.^_`|~".utf8)
    return !bytes.isEmpty
      && bytes.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: marks.contains(byte)
        }
      }
  }
}
