// Replacing a file as a whole: a reader sees the old one or the new one, never a part.

extension Disk {
  /// Writes a file beside the path, makes it durable, and renames it over the path.
  ///
  /// The file beside has the path's name and `suffix`. What a crash left under that name is removed
  /// first, so that two writers of one path at a time must choose different suffixes.
  public func replaceFile(
    _ path: String, with bytes: RawSpan, suffix: String = ".tmp"
  ) throws(Fault) {
    let beside = path + suffix
    let file = try beginReplacing(path, suffix: suffix)
    do throws(Fault) {
      try writeAll(file, bytes, at: 0, path: beside)
    } catch {
      abandonReplacing(path, file, suffix: suffix)
      throw error
    }
    try endReplacing(path, file, suffix: suffix)
  }

  /// Creates the file beside the path, for who writes it piece by piece.
  public func beginReplacing(
    _ path: String, suffix: String = ".tmp"
  ) throws(Fault) -> DiskFile {
    precondition(!suffix.isEmpty, "a file cannot be written beside itself under its own name")
    let beside = path + suffix
    if try exists(beside) { try remove(beside) }
    return try open(beside, .createNew)
  }

  /// Makes the file beside durable and renames it over the path.
  public func endReplacing(
    _ path: String, _ file: DiskFile, suffix: String = ".tmp"
  ) throws(Fault) {
    do throws(Fault) {
      try synchronize(file)
    } catch {
      abandonReplacing(path, file, suffix: suffix)
      throw error
    }
    try close(file)
    try rename(path + suffix, to: path, replacing: true)
    try synchronizeDirectory(parentDirectory(of: path))
  }

  /// Removes the file beside after a fault: that is the one to tell, this only tidies up.
  public func abandonReplacing(_ path: String, _ file: DiskFile, suffix: String = ".tmp") {
    try? close(file)
    try? remove(path + suffix)
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
