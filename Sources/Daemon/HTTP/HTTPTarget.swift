// The target of a request, read strictly: RFC 9112, section 3.2, in the forms that a server is
// asked in (a path, or a whole address), with its percent-encoding undone once and never guessed.

/// Where a request goes.
struct HTTPTarget: Hashable {
  let path: String
  let query: String
  /// The host and port of a whole address; nil of a path.
  let authority: String?

  /// Reads a target; nil where it is none: other bytes than visible ASCII, a fragment, a percent
  /// sign without two digits behind it, and in the path a control character, a slash that is
  /// encoded or what is no UTF-8.
  init?(_ target: [UInt8]) {
    guard target.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "#") }),
      let (authority, local) = HTTPTarget.parts(target[...])
    else { return nil }
    let mark = local.firstIndex(of: UInt8(ascii: "?")) ?? local.endIndex
    let rest = local[min(mark + 1, local.endIndex)...]
    guard let path = HTTPTarget.decoded(local[..<mark]),
      !path.contains(where: { $0 < 0x20 || $0 == 0x7F }),
      HTTPTarget.decoded(rest, slashes: true) != nil,
      let text = String(validating: path, as: UTF8.self)
    else { return nil }
    self.path = text
    self.authority = authority.map { String(decoding: $0, as: UTF8.self) }
    query = String(decoding: rest, as: UTF8.self)
  }

  /// The authority, if there is one, and what stands behind it.
  private static func parts(
    _ target: ArraySlice<UInt8>
  ) -> (authority: ArraySlice<UInt8>?, local: ArraySlice<UInt8>)? {
    let slash = UInt8(ascii: "/")
    if target.first == slash { return (nil, target) }
    let lowered = String(decoding: target.prefix(8), as: UTF8.self).lowercased()
    guard let scheme = ["http://", "https://"].first(where: { lowered.hasPrefix($0) }) else {
      return nil
    }
    let behind = target.dropFirst(scheme.utf8.count)
    let end = behind.firstIndex { $0 == slash || $0 == UInt8(ascii: "?") } ?? behind.endIndex
    guard end > behind.startIndex else { return nil }
    let local = behind[end...]
    return (behind[..<end], local.first == slash ? local : [slash] + local)
  }

  private static func decoded(_ text: ArraySlice<UInt8>, slashes: Bool = false) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = text.startIndex
    while index < text.endIndex {
      guard text[index] == UInt8(ascii: "%") else {
        bytes.append(text[index])
        index += 1
        continue
      }
      guard index + 2 < text.endIndex, let high = digit(text[index + 1]),
        let low = digit(text[index + 2])
      else { return nil }
      let byte = high << 4 | low
      // A slash that was no slash when the path was cut into parts would be one behind it.
      guard slashes || byte != UInt8(ascii: "/") else { return nil }
      bytes.append(byte)
      index += 3
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
