// A directory of its own for each test.

import Glibc
import Platform
import Testing

/// A new empty directory; it is removed with all that is in it when the owner lets go.
final class Scratch {
  static let depthMax = 4
  let path: String

  init() throws {
    var template = Array("/tmp/sluice-door-XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer -> String? in
      guard let start = buffer.baseAddress, let name = unsafe mkdtemp(start) else { return nil }
      return unsafe String(cString: name)
    }
    path = try #require(made)
  }

  deinit { Scratch.clear(path, depth: 0) }

  private static func clear(_ path: String, depth: Int) {
    guard depth < depthMax else { return }
    for name in (try? SystemDisk().list(path)) ?? [] {
      clear(path + "/" + name, depth: depth + 1)
    }
    _ = unsafe remove(path)
  }
}
