// Files under events/ that the tests compare byte for byte, or write where that is asked for.

import Glibc
import Platform
import Support
import Testing

/// A file of the checkout that what is printed must equal.
enum GoldenFile {
  /// `SLUICE_WRITE_GOLDEN=1 swift test --filter Golden` writes them; `git diff` then shows what
  /// changed.
  static let isWritten =
    unsafe getenv("SLUICE_WRITE_GOLDEN").map { unsafe String(cString: $0) } == "1"

  /// Holds bytes against the file of a path below `events/`.
  static func expect(
    _ bytes: [UInt8], _ path: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let whole = PackageRoot.path("events/\(path)")
    if isWritten {
      let disk = SystemDisk()
      let folder = parentDirectory(of: whole)
      if try !disk.exists(folder) { try disk.makeDirectory(folder) }
      try disk.replaceFile(whole, with: unsafe bytes.span.bytes)
      return
    }
    var input = try InputFile(whole)
    let expected = try input.readAll(limit: 1 << 24)
    #expect(
      String(decoding: bytes, as: UTF8.self) == String(decoding: expected, as: UTF8.self),
      "events/\(path) is another; SLUICE_WRITE_GOLDEN=1 writes it anew",
      sourceLocation: sourceLocation)
  }

  /// The names of the files of a folder below `events/`.
  static func names(in folder: String) throws -> Set<String> {
    Set(try SystemDisk().list(PackageRoot.path("events/\(folder)")))
  }
}
