// The owner of a file descriptor: it is closed exactly once.

import Glibc

/// A file descriptor with one owner.
package struct Descriptor: ~Copyable, Sendable {
  package let number: Int32

  package init(_ number: Int32) {
    precondition(number >= 0, "a descriptor is not negative")
    self.number = number
  }

  deinit { _ = Glibc.close(number) }

  /// Closes it now and says whether that failed.
  package consuming func close() throws(Fault) {
    let number = release()
    _ = try system("close", path: "file \(number)", repeated: false) { Glibc.close(number) }
  }

  /// Gives the number away; whoever takes it closes it.
  package consuming func release() -> Int32 {
    let number = self.number
    discard self
    return number
  }
}
