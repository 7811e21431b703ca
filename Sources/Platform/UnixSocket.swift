// Unix sockets: listening, accepting, connecting, and moving bytes without blocking.

import Glibc
private import CLinux

/// How far a read or a write that does not block has come.
public enum Transfer: Hashable, Sendable {
  case count(Int)
  case wouldBlock
  case closed
}

/// The process at the other end of a socket, as the kernel vouches for it.
public struct Peer: Hashable, Sendable {
  public var process: Int32
  public var user: UInt32
  public init(process: Int32, user: UInt32) {
    self.process = process
    self.user = user
  }
}

/// Calls on Unix stream sockets.
public enum UnixSocket {
  /// The longest path a socket can have, in bytes.
  public static let pathMax = 107
  /// How many connections may wait to be accepted.
  public static let backlog: Int32 = 1024

  /// Listens at a path, with this mode on the socket file.
  ///
  /// A socket file that nobody answers is removed first; one that somebody answers is EADDRINUSE.
  public static func listen(_ path: String, mode: UInt32 = 0o600) throws(Fault) -> Descriptor {
    try checkLength(path)
    try removeStale(path)
    let socket = Descriptor(try system("socket", path: path) { sluice_unix_open() })
    // Before bind this narrows the file from its first moment on; after it, the umask is undone.
    _ = try system("fchmod", path: path) { fchmod(socket.number, mode) }
    _ = try system("bind", path: path) { unsafe sluice_unix_bind(socket.number, path) }
    _ = try system("chmod", path: path) { unsafe chmod(path, mode) }
    _ = try system("listen", path: path) { Glibc.listen(socket.number, backlog) }
    _ = try system("fcntl", path: path) { sluice_set_nonblocking(socket.number) }
    return socket
  }

  private static func removeStale(_ path: String) throws(Fault) {
    do throws(Fault) {
      _ = try connect(path)
    } catch {
      switch error.errno {
      case .noEntry: return
      case .connectionRefused:
        var status = stat()
        _ = try system("stat", path: path) { unsafe stat(path, &status) }
        // A plain file refuses too, and is not ours to remove: bind will say that it is in the way.
        guard status.st_mode & S_IFMT == S_IFSOCK else { return }
        _ = try system("unlink", path: path) { unsafe unlink(path) }
        return
      default: throw error
      }
    }
    throw Fault("bind", .addressInUse, path: path, hint: hint(for: .addressInUse))
  }

  /// The next connection, not blocking; nil where none waits.
  public static func accept(_ listener: borrowing Descriptor) throws(Fault) -> Descriptor? {
    let listening = listener.number
    do throws(Fault) {
      return Descriptor(
        try system("accept4", path: name(of: listening)) { sluice_unix_accept(listening) })
    } catch {
      // The one who knocked may have gone again before the door was opened.
      let gone = Errno(rawValue: ECONNABORTED)
      guard error.errno == .tryAgain || error.errno == gone else { throw error }
      return nil
    }
  }

  /// Connects; reads and writes block until `setNonblocking`.
  public static func connect(_ path: String) throws(Fault) -> Descriptor {
    try checkLength(path)
    let socket = Descriptor(try system("socket", path: path) { sluice_unix_open() })
    _ = try system("connect", path: path) { unsafe sluice_unix_connect(socket.number, path) }
    return socket
  }

  public static func setNonblocking(_ socket: borrowing Descriptor) throws(Fault) {
    let number = socket.number
    _ = try system("fcntl", path: name(of: number)) { sluice_set_nonblocking(number) }
  }

  /// Who is at the other end.
  public static func peer(_ socket: borrowing Descriptor) throws(Fault) -> Peer {
    let number = socket.number
    var peer = Peer(process: 0, user: 0)
    _ = try system("getsockopt", path: name(of: number)) {
      unsafe sluice_peer(number, &peer.process, &peer.user)
    }
    return peer
  }

  private static func checkLength(_ path: String) throws(Fault) {
    guard path.utf8.count > pathMax || path.isEmpty else { return }
    throw Fault(
      "socket", .nameTooLong, path: path,
      hint: "A socket's path has 1 to \(pathMax) bytes, this one has \(path.utf8.count).")
  }
}

extension UnixSocket {
  /// Reads what is there into an array that may be a class's: nobody else has it meanwhile.
  public static func read(
    _ socket: borrowing Descriptor, into array: inout [UInt8]
  ) throws(Fault) -> Transfer {
    var elements = array.mutableSpan
    var bytes = unsafe elements.mutableBytes
    return try read(socket, into: &bytes)
  }

  /// Reads what is there, up to the size of the buffer, which is not empty.
  public static func read(
    _ socket: borrowing Descriptor, into bytes: inout MutableRawSpan
  ) throws(Fault) -> Transfer {
    precondition(bytes.byteCount > 0, "a read into nothing looks like a closed socket")
    let number = socket.number
    do throws(Fault) {
      let count = try system("read", path: name(of: number)) {
        unsafe bytes.withUnsafeMutableBytes { buffer in
          unsafe Glibc.read(number, buffer.baseAddress, buffer.count)
        }
      }
      return count == 0 ? .closed : .count(count)
    } catch {
      return try transfer(after: error)
    }
  }

  /// Writes as much as the socket takes now.
  public static func write(
    _ socket: borrowing Descriptor, _ bytes: RawSpan
  ) throws(Fault) -> Transfer {
    let number = socket.number
    do throws(Fault) {
      let count = try system("sendto", path: name(of: number)) {
        unsafe bytes.withUnsafeBytes { buffer in
          unsafe sluice_send(number, buffer.baseAddress, buffer.count)
        }
      }
      return .count(Int(count))
    } catch {
      return try transfer(after: error)
    }
  }

  private static func transfer(after fault: Fault) throws(Fault) -> Transfer {
    switch fault.errno {
    case .tryAgain: return .wouldBlock
    case .brokenPipe, .connectionReset: return .closed
    default: throw fault
    }
  }
}
