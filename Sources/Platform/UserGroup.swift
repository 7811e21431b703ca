// A group of the machine's users, to whom a folder is shown: they may read what is in it, and knock
// at a socket that is theirs.

import Glibc

/// A group of users.
public struct UserGroup: Hashable, Sendable {
  public let number: UInt32

  /// Nil where the machine has no group of that name.
  ///
  /// To be called while there is one thread: the system's answer lies in memory of its own.
  public init?(named name: String) {
    guard let entry = unsafe getgrnam(name) else { return nil }
    number = unsafe entry.pointee.gr_gid
  }

  /// What this process makes from now on may be read by its group, whatever the mask it was
  /// started with.
  public static func letGroupReadWhatIsMade() { _ = umask(0o027) }

  /// Lets the group read a folder and all that is in it now, and what will be made in it.
  ///
  /// Files become 0640, or 0440 where nobody writes them any more; folders 0750, with the set-group
  /// bit where the process itself is of another group. What is right already is left alone: a
  /// service may be forbidden to give files away.
  ///
  /// - Parameter hidden: names in the folder that stay as they are.
  public func share(_ folder: String, hidden: Set<String> = []) throws(Fault) {
    let isOwn = getegid() == number
    try give(folder, UserGroup.status(folder), mode: isOwn ? 0o750 : 0o2750)
    for name in try SystemDisk().list(folder) where !hidden.contains(name) {
      let path = "\(folder)/\(name)"
      let status = try UserGroup.status(path)
      let mode = status.st_mode
      switch mode & S_IFMT {
      case S_IFDIR: try share(path)
      case S_IFREG: try give(path, status, mode: mode & 0o700 | (mode & 0o400) >> 3)
      default: continue
      }
    }
  }

  /// Lets the group knock at a socket, and nobody else but its owner.
  public func shareSocket(_ path: String) throws(Fault) {
    try give(path, UserGroup.status(path), mode: 0o660)
  }

  private func give(_ path: String, _ known: stat, mode: mode_t) throws(Fault) {
    let owner = uid_t.max
    var status = known
    if status.st_gid != number {
      _ = try system("chown", path: path) { unsafe lchown(path, owner, number) }
      // It may have taken bits away.
      status = try UserGroup.status(path)
    }
    guard status.st_mode & ~S_IFMT != mode else { return }
    _ = try system("chmod", path: path) { unsafe chmod(path, mode) }
  }

  private static func status(_ path: String) throws(Fault) -> stat {
    var status = stat()
    _ = try system("lstat", path: path) { unsafe lstat(path, &status) }
    return status
  }
}
