// A small file at once.

extension Disk {
  /// The bytes of a file as they stand; nil where they are more than may be.
  public func whole(_ path: String, max limit: Int) throws(Fault) -> [UInt8]? {
    let file = try open(path, .read)
    defer { try? close(file) }
    let length = try size(file)
    guard length <= limit else { return nil }
    var bytes = [UInt8](repeating: 0, count: length)
    guard length > 0 else { return bytes }
    var held = 0
    do {
      var elements = bytes.mutableSpan
      var span = unsafe elements.mutableBytes
      held = try readAll(file, into: &span, at: 0)
    }
    if held < length { bytes.removeSubrange(held...) }
    return bytes
  }
}
