// The owner of a file descriptor: it is closed exactly once.

import Glibc

/// A file descriptor with one owner.
public struct Descriptor: ~Copyable, Sendable {
  public let number: Int32

  public init(_ number: Int32) {
    precondition(number >= 0, "a descriptor is not negative")
    self.number = number
  }

  deinit { _ = Glibc.close(number) }

  /// Closes it now and says whether that failed.
  public consuming func close() throws(Fault) {
    let number = release()
    _ = try system("close", path: "file \(number)", repeated: false) { Glibc.close(number) }
  }

  /// Gives the number away; whoever takes it closes it.
  public consuming func release() -> Int32 {
    let number = self.number
    discard self
    return number
  }
}
