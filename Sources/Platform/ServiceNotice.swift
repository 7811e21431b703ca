// What a daemon tells the service manager: lines in a datagram to the socket that $NOTIFY_SOCKET
// names, as in sd_notify(3), without its library.
//
// Nothing here can end or delay the daemon: a socket that is absent, broken or full is a notice
// that did not arrive, and the caller decides whether to say it again.

private import CLinux

/// The way to the service manager.
public struct ServiceNotice: Sendable {
  /// The variables that are meant for this process alone, and for none of its children.
  public static let variables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
  /// The longest name of a socket, in bytes.
  static let nameMax = 108

  /// The socket's name as the kernel takes it; an abstract one begins with a zero byte.
  let name: [UInt8]
  /// After how many nanoseconds without a sign of life the manager ends this process; nil: never.
  public let watchdog: Int64?

  /// Reads what the manager has left in the environment; nil where it wants to be told nothing.
  ///
  /// - Parameters:
  ///   - process: this process; a watchdog for another one is none.
  ///   - variable: gives the value of a variable.
  public init?(process: Int32, _ variable: (String) -> String?) {
    let found = ServiceNotice.variables.map { variable($0) }
    guard let address = found[0], let name = ServiceNotice.name(address) else { return nil }
    self.name = name
    let isForOther = found[2].map { Int32($0) != process } ?? false
    let microseconds = found[1].flatMap { Int64($0) } ?? 0
    watchdog =
      microseconds > 0 && microseconds <= Int64.max / 1_000 && !isForOther
      ? microseconds * 1_000 : nil
  }

  /// Takes the variables out of this process's environment, so that no child inherits them.
  public static func taken() -> ServiceNotice? {
    ServiceNotice(process: CurrentProcess.identifier) { CurrentProcess.takeEnvironment($0) }
  }

  /// A path, or `@` and an abstract name; nil for what a datagram cannot reach.
  private static func name(_ address: String) -> [UInt8]? {
    var bytes = Array(address.utf8)
    guard bytes.count > 1, bytes.count <= nameMax else { return nil }
    if bytes[0] == UInt8(ascii: "@") {
      bytes[0] = 0
    } else if bytes[0] != UInt8(ascii: "/") {
      return nil
    }
    return bytes
  }

  /// Sends `KEY=value` lines in one datagram; false where they did not arrive.
  public func send(_ lines: [String]) -> Bool {
    let text = Array(lines.joined(separator: "\n").utf8)
    do throws(Fault) {
      let socket = Descriptor(
        try system("socket", path: "service manager") { sluice_datagram_open() })
      let sent = try system("sendto", path: "service manager") {
        unsafe name.withUnsafeBufferPointer { name in
          unsafe text.withUnsafeBufferPointer { text in
            unsafe sluice_datagram_send(
              socket.number, name.baseAddress, name.count, text.baseAddress, text.count)
          }
        }
      }
      return sent == text.count
    } catch {
      return false
    }
  }
}
