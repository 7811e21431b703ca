// Error numbers of the system as a type.

/// An error number of the system, with its name.
public struct Errno: RawRepresentable, Hashable, Sendable {
  public var rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let permission = Errno(rawValue: 1)
  public static let noEntry = Errno(rawValue: 2)
  public static let interrupted = Errno(rawValue: 4)
  public static let inputOutput = Errno(rawValue: 5)
  public static let badFile = Errno(rawValue: 9)
  public static let tryAgain = Errno(rawValue: 11)
  public static let access = Errno(rawValue: 13)
  public static let noMemory = Errno(rawValue: 12)
  public static let exists = Errno(rawValue: 17)
  public static let notDirectory = Errno(rawValue: 20)
  public static let isDirectory = Errno(rawValue: 21)
  public static let invalid = Errno(rawValue: 22)
  public static let tooManyFiles = Errno(rawValue: 24)
  public static let fileTooLarge = Errno(rawValue: 27)
  public static let noSpace = Errno(rawValue: 28)
  public static let readOnlyFileSystem = Errno(rawValue: 30)
  public static let brokenPipe = Errno(rawValue: 32)
  public static let nameTooLong = Errno(rawValue: 36)
  public static let notText = Errno(rawValue: 84)
  public static let notSupported = Errno(rawValue: 95)
  public static let addressInUse = Errno(rawValue: 98)
  public static let connectionReset = Errno(rawValue: 104)
  public static let connectionRefused = Errno(rawValue: 111)
  public static let quota = Errno(rawValue: 122)

  /// What the system lacks for a moment: descriptors of this process, of the machine, memory.
  public static let passing: [Errno] = [
    .tooManyFiles, Errno(rawValue: 23), .noMemory, Errno(rawValue: 105),
  ]

  static let names: [(errno: Errno, name: String, sentence: String)] = [
    (.permission, "EPERM", "not permitted"), (.noEntry, "ENOENT", "no such file or directory"),
    (.interrupted, "EINTR", "interrupted by a signal"), (.inputOutput, "EIO", "input/output error"),
    (.badFile, "EBADF", "not an open file"), (.tryAgain, "EAGAIN", "try again later"),
    (.access, "EACCES", "permission denied"), (.exists, "EEXIST", "it exists already"),
    (.notDirectory, "ENOTDIR", "not a directory"), (.isDirectory, "EISDIR", "a folder, not a file"),
    (.invalid, "EINVAL", "invalid argument"),
    (.tooManyFiles, "EMFILE", "too many open files"), (.fileTooLarge, "EFBIG", "file too large"),
    (.noSpace, "ENOSPC", "no space left on the disk"),
    (.readOnlyFileSystem, "EROFS", "the file system is read-only"),
    (.noMemory, "ENOMEM", "no memory left"), (.brokenPipe, "EPIPE", "the reader has gone"),
    (.nameTooLong, "ENAMETOOLONG", "the name is too long"),
    (.notText, "EILSEQ", "the bytes are not what they should be"),
    (.notSupported, "EOPNOTSUPP", "not supported here"),
    (.addressInUse, "EADDRINUSE", "in use by another process"),
    (.connectionReset, "ECONNRESET", "the other side cut the connection"),
    (.connectionRefused, "ECONNREFUSED", "nobody listens there"),
    (.quota, "EDQUOT", "disk quota used up"),
  ]
}

extension Errno {
  private var known: (errno: Errno, name: String, sentence: String)? {
    Errno.names.first { $0.errno == self }
  }

  /// What it means, in plain words.
  public var sentence: String { known?.sentence ?? "the system refuses" }

  /// Its name, or its number where that is not known here.
  public var name: String { known?.name ?? "error number \(rawValue)" }
}

extension Errno: CustomStringConvertible {
  public var description: String { known.map { "\($0.name), \($0.sentence)" } ?? name }
}
