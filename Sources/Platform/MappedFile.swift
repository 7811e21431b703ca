// A file seen as memory, read-only.

import Glibc

/// A read-only map of a whole file.
///
/// The file must not shrink while it is mapped: reading behind its end would kill the process. The
/// files mapped here are sealed, never written again.
@safe public struct MappedFile: ~Copyable, @unchecked Sendable {
  private let base: UnsafeRawPointer?
  public let byteCount: Int

  public init(_ path: String) throws(Fault) {
    let disk = SystemDisk()
    let file = Descriptor(try disk.open(path, .read).rawValue)
    let size = try disk.size(DiskFile(rawValue: file.number))
    // No map has no bytes: an empty file is no map at all.
    let start =
      unsafe size == 0 ? nil : try MappedFile.map(file.number, size: size, path: path)
    unsafe base = start
    byteCount = size
  }

  private static func map(
    _ file: Int32, size: Int, path: String
  ) throws(Fault) -> UnsafeRawPointer? {
    var start: UnsafeMutableRawPointer?
    _ = try system("mmap", path: path) { () -> Int32 in
      unsafe start = mmap(nil, size, PROT_READ, MAP_SHARED, file, 0)
      return unsafe start == MAP_FAILED ? -1 : 0
    }
    return UnsafeRawPointer(start)
  }

  deinit {
    if let base = unsafe base {
      _ = unsafe munmap(UnsafeMutableRawPointer(mutating: base), byteCount)
    }
  }

  /// Lends the bytes to a closure.
  public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
    _ body: (RawSpan) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let buffer = unsafe UnsafeRawBufferPointer(start: base, count: byteCount)
    return try body(unsafe buffer.bytes)
  }
}
