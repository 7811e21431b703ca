// A small file as its bytes are: nothing is unpacked, whatever they begin with.

import Platform

enum WholeFile {
  /// Reads a file whole.
  ///
  /// - Throws: `Fault` EFBIG where it is longer than `limit`.
  static func read(_ path: String, max limit: Int) throws(Fault) -> [UInt8] {
    guard let bytes = try SystemDisk().whole(path, max: limit) else {
      throw Fault(
        "read", .fileTooLarge, path: path, offset: limit,
        hint: "It may have at most \(limit) bytes here; see that it is the right file.")
    }
    return bytes
  }
}
