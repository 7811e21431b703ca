// A directory of its own for each test.

import Glibc
import Platform
import Testing

/// A new empty directory; it is removed with all that is in it when the owner lets go.
final class Scratch {
  let path: String

  init() throws {
    var template = Array("/tmp/sluice-test-XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer -> String? in
      guard let start = buffer.baseAddress, let name = unsafe mkdtemp(start) else { return nil }
      return unsafe String(cString: name)
    }
    path = try #require(made)
  }

  deinit {
    // One level of directories is all that these tests make.
    for name in names(in: path) {
      for inner in names(in: self(name)) { _ = unsafe remove(self("\(name)/\(inner)")) }
      _ = unsafe remove(self(name))
    }
    _ = unsafe remove(path)
  }

  private func names(in directory: String) -> [String] {
    (try? SystemDisk().list(directory)) ?? []
  }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}
