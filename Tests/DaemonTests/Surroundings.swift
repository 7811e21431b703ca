// What no code of the product does: half-closing a socket, a signal to one thread, the place of a
// service manager.

import Glibc

func shutdownWriting(_ socket: Int32) -> Int32 { shutdown(socket, Int32(SHUT_WR)) }

/// SIGHUP to the calling thread alone, which must block it.
func hangUpThisThread() { _ = pthread_kill(pthread_self(), SIGHUP) }

/// A service manager's socket in a test.
final class ManagerSocket: Sendable {
  static let secondsMax = 30
  private let number: Int32

  /// Listens at a path.
  init(_ path: String) {
    number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    precondition(bound == 0, "a test's own socket cannot be bound")
    var patience = timeval(tv_sec: ManagerSocket.secondsMax, tv_usec: 0)
    _ = unsafe setsockopt(
      number, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(number) }

  /// The lines of the next datagram; none where none comes.
  func take() -> [String] {
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = unsafe recv(number, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
      .split(separator: "\n").map { String($0) }
  }

  /// Takes datagrams until a line begins so; the lines up to there, itself the last of them.
  func take(until prefix: String) -> [String] {
    var lines: [String] = []
    while true {
      let more = take()
      if more.isEmpty { return lines }
      for line in more {
        lines.append(line)
        if line.hasPrefix(prefix) { return lines }
      }
    }
  }
}

/// The thread of a daemon, which blocks its signals and reads them.
struct ThreadOfDoor: Sendable {
  private let number: pthread_t

  static var this: ThreadOfDoor { ThreadOfDoor(number: pthread_self()) }

  func terminate() { _ = pthread_kill(number, SIGTERM) }
  func hangUp() { _ = pthread_kill(number, SIGHUP) }
}

/// Lets every user of the machine read a file.
func openToAll(_ path: String) throws {
  guard unsafe chmod(path, 0o644) == 0 else { throw DoorFault(reason: "chmod \(path)") }
}

/// Lets a daemon on another thread go on for a while.
func nap(milliseconds: UInt32) { usleep(milliseconds * 1000) }
