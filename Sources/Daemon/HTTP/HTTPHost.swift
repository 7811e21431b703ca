// Whether a request names this machine as its host.
//
// A page of somebody else's site may send a browser here: its name is made to mean 127.0.0.1 once
// it is loaded, and the browser then takes this door for that site and lets it read what it shows.
// The name still stands in `Host`. So what is for eyes on this machine is shown to its own names.

/// The hosts of requests.
enum HTTPHost {
  /// Whether it is `localhost`, of 127.0.0.0/8 or `[::1]`, with a port or without.
  static func isLocal(_ host: String) -> Bool {
    let text = host.lowercased()
    if text.hasPrefix("[") {
      guard text.hasPrefix("[::1]") else { return false }
      return isPort(text.dropFirst("[::1]".count))
    }
    let end = text.firstIndex(of: ":") ?? text.endIndex
    let name = text[..<end]
    return isPort(text[end...]) && (name == "localhost" || isLoopback(name))
  }

  /// Nothing, or a colon and digits.
  private static func isPort(_ text: Substring) -> Bool {
    text.isEmpty || text.first == ":" && text.dropFirst().utf8.allSatisfy { 0x30...0x39 ~= $0 }
  }

  private static func isLoopback(_ name: Substring) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { part in
        1...3 ~= part.utf8.count && part.utf8.allSatisfy { 0x30...0x39 ~= $0 }
          && UInt8(part) != nil
      }
  }
}
