// Replacing a file as a whole: a reader sees the old one or the new one, never a part.

extension Disk {
  /// Writes a file beside the path, makes it durable, and renames it over the path.
  ///
  /// The file beside has the path's name and `suffix`. What a crash left under that name is removed
  /// first, so that two writers of one path at a time must choose different suffixes.
  public func replaceFile(
    _ path: String, with bytes: RawSpan, suffix: String = ".tmp"
  ) throws(Fault) {
    precondition(!suffix.isEmpty, "a file cannot be written beside itself under its own name")
    let beside = path + suffix
    if try exists(beside) { try remove(beside) }
    let file = try open(beside, .createNew)
    do throws(Fault) {
      try writeAll(file, bytes, at: 0, path: beside)
      try synchronize(file)
    } catch {
      // The first fault is the one to tell; what follows only tidies up behind it.
      try? close(file)
      try? remove(beside)
      throw error
    }
    try close(file)
    try rename(beside, to: path, replacing: true)
    try synchronizeDirectory(parentDirectory(of: path))
  }
}

/// The directory that a path lies in: `.` where it names none.
public func parentDirectory(of path: String) -> String {
  var bytes = Array(path.utf8)
  while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
  guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
  var end = slash
  while end > 0, bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
  return end == 0 ? "/" : String(decoding: bytes[..<end], as: UTF8.self)
}
