// TCP sockets: listening at literal addresses, accepting, and what is done to a connection that
// somebody else owns.

import Glibc
private import CLinux

/// Who is at the other end of a TCP connection.
public struct TCPPeer: Hashable, Sendable {
  /// The address in its usual spelling, without the port.
  public let text: String
  /// What limits count together: an IPv4 address, or the first 64 bits of an IPv6 one, of which
  /// whoever has one has all.
  public let network: Network

  public struct Network: Hashable, Sendable {
    public let isIPv6: Bool
    public let bits: UInt64
    public init(isIPv6: Bool, bits: UInt64) {
      self.isIPv6 = isIPv6
      self.bits = bits
    }
  }
}

/// A connection that has just been accepted; reads and writes do not block.
public struct TCPGuest: ~Copyable {
  public let socket: Descriptor
  public let peer: TCPPeer

  /// Gives the descriptor away.
  public consuming func release() -> Descriptor { socket }
}

/// Calls on TCP sockets.
public enum TCPSocket {
  /// How many connections may wait to be accepted.
  public static let backlog: Int32 = 1024

  /// Listens at an IPv4 or IPv6 literal.
  ///
  /// Port 0 takes any that is free; `::` takes no IPv4.
  public static func listen(_ address: String, port: UInt16) throws(Fault) -> Descriptor {
    do throws(Fault) {
      return Descriptor(
        try system("bind", path: "\(address) port \(port)") {
          unsafe sluice_tcp_listen(address, port, backlog)
        })
    } catch {
      guard error.errno == Errno(rawValue: EAFNOSUPPORT) else { throw error }
      throw Fault(
        "bind", error.errno, path: "\(address) port \(port)",
        hint: "Give an address as digits, like 127.0.0.1 or ::1.")
    }
  }

  /// Whether a literal is of 127.0.0.0/8 or `::1`, in any spelling; false where it is none.
  public static func isLoopback(_ address: String) -> Bool {
    var four = in_addr()
    if unsafe inet_pton(AF_INET, address, &four) == 1 {
      return UInt32(bigEndian: four.s_addr) >> 24 == 127
    }
    var six = in6_addr()
    guard unsafe inet_pton(AF_INET6, address, &six) == 1 else { return false }
    return unsafe withUnsafeBytes(of: &six) { bytes in
      unsafe bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }
  }

  /// The port of a listening socket.
  public static func port(of socket: borrowing Descriptor) throws(Fault) -> UInt16 {
    let number = socket.number
    return UInt16(
      truncatingIfNeeded: try system("getsockname", path: name(of: number)) {
        sluice_tcp_port(number)
      })
  }

  /// The next connection, not blocking; nil where none waits.
  public static func accept(_ listener: borrowing Descriptor) throws(Fault) -> TCPGuest? {
    let listening = listener.number
    var peer = sluice_tcp_peer()
    do throws(Fault) {
      let number = try system("accept4", path: name(of: listening)) {
        unsafe sluice_tcp_accept(listening, &peer)
      }
      return TCPGuest(socket: Descriptor(number), peer: TCPPeer(peer))
    } catch {
      // The one who knocked may have gone again before the door was opened.
      let gone = Errno(rawValue: ECONNABORTED)
      guard error.errno == .tryAgain || error.errno == gone else { throw error }
      return nil
    }
  }
}

/// Calls on a socket by its number alone, for one that a library owns. Each is a last word: where
/// it fails the other end has gone, and there is nobody to tell.
extension TCPSocket {
  /// Writes as much as the socket takes at once.
  public static func say(_ number: Int32, _ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { buffer in
      _ = unsafe sluice_send(number, buffer.baseAddress, buffer.count)
    }
  }

  /// Ends both directions; who waits for the socket is woken.
  public static func end(_ number: Int32) { _ = sluice_tcp_end(number) }

  /// Ends the direction to the other end.
  public static func endWriting(_ number: Int32) { _ = sluice_tcp_end_writing(number) }

  /// Another descriptor of the same socket; nil where there is none left.
  public static func duplicate(_ number: Int32) -> Descriptor? {
    let copy = sluice_tcp_duplicate(number)
    return copy < 0 ? nil : Descriptor(copy)
  }
}

extension TCPPeer {
  fileprivate init(_ found: sluice_tcp_peer) {
    var found = found
    // The address of a field is good for the closure alone, and the field ends with a zero.
    text = unsafe withUnsafeBytes(of: &found.text) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    network = Network(isIPv6: found.is_ipv6 == 1, bits: found.network)
  }
}
