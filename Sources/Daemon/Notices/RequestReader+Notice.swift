// A delivery as one line: how files, spools and other daemons hand in what an institution sent.
//
//   {"command":"notice","institution":"wechat-pay","headers":"name: value\n..","body":"base64",
//    "received_at":"2024-09-12T08:00:00+08:00"}

import Events
import Institutions
import Merkle
import Text

extension RequestReader {
  /// How many headers a delivery has at most.
  static let headersMax = 128

  func delivery(_ bytes: Span<UInt8>) throws(WireFault) -> Request.NoticeRequest {
    try line.allow(WireFields([.command, .institution, .headers, .body, .receivedAt]))
    let institution = try line.word(.institution, of: bytes, Words.institutions)
    let text = String(decoding: try line.bytes(.body, of: bytes), as: UTF8.self)
    guard let body = Base64.decode(text) else {
      throw WireFault(
        "body", "it is no Base64", hint: "Write the body's bytes as Base64 with padding.")
    }
    let headers = line.has(.headers) ? try headers(try line.bytes(.headers, of: bytes)) : []
    let instant = try line.instant(.receivedAt, of: bytes, or: Timestamp.none)
    return Request.NoticeRequest(
      institution: institution, delivery: Delivery(headers: headers, body: body),
      receivedAt: instant == .none ? nil : instant, user: user)
  }

  /// Reads `name: value`, one a line.
  private func headers(
    _ text: [UInt8]
  ) throws(WireFault) -> [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex,
        headers.count < RequestReader.headersMax
      else {
        throw WireFault(
          "headers", "line \(headers.count + 1) is no header",
          hint: "Write `name: value`, one a line, at most \(RequestReader.headersMax).")
      }
      let value = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
      headers.append(
        (
          name: String(decoding: line[..<colon], as: UTF8.self),
          value: String(decoding: value, as: UTF8.self)
        ))
    }
    return headers
  }
}
