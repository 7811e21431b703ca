// A directory of its own for each test.

import Glibc
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
    let step:
      @convention(c) (
        UnsafePointer<CChar>?, UnsafePointer<stat>?, Int32, UnsafeMutablePointer<FTW>?
      ) -> Int32 = { path, _, _, _ in
        guard let path = unsafe path else { return 0 }
        return unsafe Glibc.remove(path)
      }
    unsafe nftw(path, step, 16, FTW_DEPTH | FTW_PHYS)
  }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}
