// Faults: the world failed. Never mixed with a Refusal, where a rule says no.

/// A call to the system that failed, with what an operator needs to mend it.
public struct Fault: Error, Hashable, Sendable {
  /// The call, as strace names it: `pwrite`, `fdatasync`, `openat`.
  public var operation: String
  /// The number the system gave; see `Errno` for its name and sentence.
  public var errno: Errno
  public var path: String
  /// The offset in the file, where the call had one.
  public var offset: Int?
  /// What to do about it, in one sentence.
  public var hint: String

  public init(
    _ operation: String, _ errno: Errno, path: String, offset: Int? = nil, hint: String = ""
  ) {
    self.operation = operation
    self.errno = errno
    self.path = path
    self.offset = offset
    self.hint = hint
  }
}

extension Fault {
  /// What happened and where, in plain words; the call and the error's name stand behind.
  ///
  /// Without a full stop: `no such file or directory: DIR/x (openat: ENOENT)`.
  public var sentence: String {
    let call = offset.map { "\(operation) at offset \($0)" } ?? operation
    return "\(errno.sentence): \(path) (\(call): \(errno.name))"
  }
}

extension Fault: CustomStringConvertible {
  public var description: String {
    hint.isEmpty ? "\(sentence)." : "\(sentence). \(hint)"
  }
}
