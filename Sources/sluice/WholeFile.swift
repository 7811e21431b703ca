// A small file as its bytes are: nothing is unpacked, whatever they begin with.

import Platform

enum WholeFile {
  /// Reads a file whole.
  ///
  /// - Throws: `Fault` EFBIG where it is longer than `limit`.
  static func read(_ path: String, max limit: Int) throws(Fault) -> [UInt8] {
    let disk = SystemDisk()
    let file = try disk.open(path, .read)
    defer { try? disk.close(file) }
    let length = try disk.size(file)
    guard length <= limit else {
      throw Fault(
        "read", .fileTooLarge, path: path, offset: limit,
        hint: "It may have at most \(limit) bytes here; see that it is the right file.")
    }
    var bytes = [UInt8](repeating: 0, count: length)
    guard length > 0 else { return bytes }
    var elements = bytes.mutableSpan
    var span = unsafe elements.mutableBytes
    let held = try disk.readAll(file, into: &span, at: 0)
    if held < length { bytes.removeSubrange(held...) }
    return bytes
  }
}
