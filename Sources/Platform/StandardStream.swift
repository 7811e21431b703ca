// The standard output and the standard error.

import Glibc
private import CLinux

/// One of the two streams a program speaks through.
public enum StandardStream: Int32, Sendable {
  case output = 1
  case error = 2

  /// Writes all bytes; a reader that has gone is the fault `.brokenPipe`.
  public func write(_ bytes: RawSpan) throws(Fault) {
    var done = 0
    while done < bytes.byteCount {
      let rest = bytes.extracting(done..<bytes.byteCount)
      do throws(Fault) {
        done += try system("write", path: path) {
          unsafe rest.withUnsafeBytes { unsafe Glibc.write(rawValue, $0.baseAddress, $0.count) }
        }
      } catch {
        // Somebody else may have made the shared terminal or pipe nonblocking: wait for room.
        guard error.errno == .tryAgain else { throw error }
        var entry = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        _ = try system("poll", path: path) { unsafe poll(&entry, 1, -1) }
      }
    }
  }

  public func write(_ bytes: [UInt8]) throws(Fault) {
    let span = bytes.span
    try write(unsafe span.bytes)
  }

  public func write(_ text: String) throws(Fault) { try write(Array(text.utf8)) }

  public var isTerminal: Bool { isatty(rawValue) == 1 }

  /// Rows of the terminal; nil where it is none, or does not say.
  public var rows: Int? {
    let rows = sluice_terminal_rows(rawValue)
    return rows > 0 ? Int(rows) : nil
  }

  /// Columns of the terminal; nil where it is none, or does not say.
  public var columns: Int? {
    let columns = sluice_terminal_columns(rawValue)
    return columns > 0 ? Int(columns) : nil
  }

  /// The file behind it as `DEVICE:INODE`, both decimal; empty where it is closed.
  public var identity: String {
    var status = stat()
    guard unsafe fstat(rawValue, &status) == 0 else { return "" }
    return "\(status.st_dev):\(status.st_ino)"
  }

  private var path: String { self == .output ? "standard output" : "standard error" }
}
