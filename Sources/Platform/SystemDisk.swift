// The machine's own disk: each call of `Disk` as the system call it stands for.

import Glibc

private import CLinux

/// The `Disk` of the machine.
///
/// It keeps nothing: a `DiskFile` is a file descriptor.
/// Files are created with mode 0600 and directories with 0700, or 0640 and 0750 where the group may
/// read; none is inherited by a child.
/// A failed fdatasync, fsync or close is never retried: the kernel may have dropped the very pages
/// that failed, and a second call would say that all is well.
public struct SystemDisk: Disk {
  /// The most bytes of one write: 8 MiB of new blocks at once take the kernel half as long again.
  static let writeMax = 1 << 20

  /// Whether the group of what is created may read it.
  private let isGroupReadable: Bool

  public init(isGroupReadable: Bool = false) { self.isGroupReadable = isGroupReadable }

  public func open(_ path: String, _ mode: OpenMode) throws(Fault) -> DiskFile {
    let flags: Int32 =
      switch mode {
      // Where somebody has put a pipe in the place of a file, nobody waits for its writer.
      case .read: O_RDONLY | O_NONBLOCK
      case .write: O_RDWR
      case .createOrOpen: O_RDWR | O_CREAT
      case .createNew: O_RDWR | O_CREAT | O_EXCL
      }
    let access: mode_t = isGroupReadable ? 0o640 : 0o600
    let file = try system("openat", path: path) {
      unsafe Glibc.open(path, flags | O_CLOEXEC, access)
    }
    return DiskFile(rawValue: file)
  }

  public func close(_ file: DiskFile) throws(Fault) {
    _ = try system("close", path: "file \(file.rawValue)", repeated: false) {
      Glibc.close(file.rawValue)
    }
  }

  public func read(
    _ file: DiskFile, into bytes: inout MutableRawSpan, at offset: Int
  ) throws(Fault) -> Int {
    try system("pread", path: name(of: file.rawValue), offset: offset) {
      unsafe bytes.withUnsafeMutableBytes { buffer in
        unsafe buffer.isEmpty
          ? 0 : pread(file.rawValue, buffer.baseAddress, buffer.count, off_t(offset))
      }
    }
  }

  public func write(
    _ file: DiskFile, _ bytes: RawSpan, at offset: Int
  ) throws(Fault) -> Int {
    try system("pwrite", path: name(of: file.rawValue), offset: offset) {
      unsafe bytes.withUnsafeBytes { buffer in
        unsafe buffer.isEmpty
          ? 0
          : pwrite(
            file.rawValue, buffer.baseAddress, min(buffer.count, SystemDisk.writeMax),
            off_t(offset))
      }
    }
  }

  public func beginWriting(_ file: DiskFile, _ range: Range<Int>) {
    // A hint: what goes wrong is told by the synchronization, which the kernel keeps it for.
    _ = sluice_begin_writing(file.rawValue, Int64(range.lowerBound), Int64(range.count))
  }

  public func synchronize(_ file: DiskFile) throws(Fault) {
    _ = try system("fdatasync", path: name(of: file.rawValue), repeated: false) {
      fdatasync(file.rawValue)
    }
  }

  public func synchronizeDirectory(_ path: String) throws(Fault) {
    let directory = Descriptor(try openDirectory(path))
    _ = try system("fsync", path: path, repeated: false) { fsync(directory.number) }
  }

  /// Where the file system cannot take room, zeros are written, which takes as long as it takes.
  public func reserve(_ file: DiskFile, length: Int) throws(Fault) {
    do throws(Fault) {
      _ = try system("fallocate", path: name(of: file.rawValue)) {
        sluice_allocate(file.rawValue, 0, Int64(length))
      }
    } catch {
      guard error.errno == .notSupported else { throw error }
      let done = try size(file)
      if done < length { try writeZeros(file, done..<length, path: name(of: file.rawValue)) }
    }
  }

  public func truncate(_ file: DiskFile, length: Int) throws(Fault) {
    _ = try system("ftruncate", path: name(of: file.rawValue), offset: length) {
      ftruncate(file.rawValue, off_t(length))
    }
  }

  public func size(_ file: DiskFile) throws(Fault) -> Int {
    var status = stat()
    _ = try system("fstat", path: name(of: file.rawValue)) {
      unsafe fstat(file.rawValue, &status)
    }
    return Int(status.st_size)
  }

  public func dropCache(_ file: DiskFile, from offset: Int) throws(Fault) {
    // This one answers with the error itself and leaves errno alone.
    let number = Errno(
      rawValue: posix_fadvise(file.rawValue, off_t(offset), 0, POSIX_FADV_DONTNEED))
    guard number.rawValue != 0 else { return }
    throw Fault(
      "fadvise64", number, path: name(of: file.rawValue), offset: offset, hint: hint(for: number))
  }
}

extension SystemDisk {
  public func rename(
    _ source: String, to target: String, replacing: Bool
  ) throws(Fault) {
    _ = try system(replacing ? "rename" : "renameat2", path: "\(source) -> \(target)") {
      replacing ? unsafe Glibc.rename(source, target) : unsafe sluice_rename_new(source, target)
    }
  }

  /// Removes an empty directory.
  public func removeDirectory(_ path: String) throws(Fault) {
    _ = try system("rmdir", path: path) { unsafe rmdir(path) }
  }

  public func remove(_ path: String) throws(Fault) {
    _ = try system("unlink", path: path) { unsafe unlink(path) }
  }

  public func protect(_ path: String) throws(Fault) {
    var status = stat()
    _ = try system("stat", path: path) { unsafe stat(path, &status) }
    let mode = status.st_mode & 0o7777 & ~0o222
    _ = try system("chmod", path: path) { unsafe chmod(path, mode) }
  }

  public func isOpenToOthers(_ path: String) throws(Fault) -> Bool {
    var status = stat()
    _ = try system("stat", path: path) { unsafe stat(path, &status) }
    return status.st_mode & 0o077 != 0
  }

  public func isOfAnother(_ path: String) throws(Fault) -> Bool {
    var status = stat()
    _ = try system("stat", path: path) { unsafe stat(path, &status) }
    return status.st_uid != CurrentProcess.user
  }

  /// Whether every user of the machine may read a file.
  public func isReadableByOthers(_ path: String) throws(Fault) -> Bool {
    var status = stat()
    _ = try system("stat", path: path) { unsafe stat(path, &status) }
    return status.st_mode & 0o004 != 0
  }

  /// Whether a name is that of a plain file, and of no folder, link, pipe or device.
  public func isPlainFile(_ path: String) throws(Fault) -> Bool {
    var status = stat()
    _ = try system("lstat", path: path) { unsafe lstat(path, &status) }
    return status.st_mode & S_IFMT == S_IFREG
  }

  /// The path of a file or a folder from the root on, without links.
  public func absolutePath(_ path: String) throws(Fault) -> String {
    var resolved: String?
    _ = try system("realpath", path: path) { () -> Int32 in
      guard let found = unsafe realpath(path, nil) else { return -1 }
      unsafe resolved = String(cString: found)
      unsafe free(found)
      return 0
    }
    return resolved ?? path
  }

  /// Whether two names lead to one file.
  public func isSameFile(_ one: String, _ other: String) throws(Fault) -> Bool {
    var (first, second) = (stat(), stat())
    _ = try system("stat", path: one) { unsafe stat(one, &first) }
    _ = try system("stat", path: other) { unsafe stat(other, &second) }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  public func list(_ path: String) throws(Fault) -> [String] {
    let file = try openDirectory(path)
    guard let stream = unsafe fdopendir(file) else {
      _ = Glibc.close(file)
      throw Fault("fdopendir", .noMemory, path: path, hint: hint(for: .noMemory))
    }
    defer { _ = unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe try nextName(unsafe stream, path: path) {
      if entry != "." && entry != ".." { names.append(entry) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The next name of a directory, nil at its end.
  private func nextName(_ stream: OpaquePointer, path: String) throws(Fault) -> String? {
    var entry: UnsafeMutablePointer<dirent>?
    // The end of a directory and an error look the same but for errno, which must be cleared first.
    _ = try system("getdents64", path: path) { () -> Int32 in
      errno = 0
      unsafe entry = readdir(stream)
      return unsafe entry == nil && errno != 0 ? -1 : 0
    }
    guard let entry = unsafe entry else { return nil }
    let text = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
      unsafe name.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
        unsafe String(validatingCString: $0)
      }
    }
    guard let text else {
      throw Fault(
        "getdents64", .notText, path: path,
        hint: "A file here has a name that is not UTF-8; it is none of ours: move it away.")
    }
    return text
  }

  public func exists(_ path: String) throws(Fault) -> Bool {
    var status = stat()
    do throws(Fault) {
      _ = try system("stat", path: path) { unsafe stat(path, &status) }
      return true
    } catch {
      guard error.errno == .noEntry || error.errno == .notDirectory else { throw error }
      return false
    }
  }

  public func makeDirectory(_ path: String) throws(Fault) {
    let access: mode_t = isGroupReadable ? 0o750 : 0o700
    _ = try system("mkdir", path: path) { unsafe mkdir(path, access) }
  }

  public func lock(_ directory: String) throws(Fault) -> DiskFile? {
    let file = Descriptor(try openDirectory(directory))
    do throws(Fault) {
      _ = try system("flock", path: directory) { flock(file.number, LOCK_EX | LOCK_NB) }
    } catch {
      guard error.errno == .tryAgain else { throw error }
      return nil
    }
    return DiskFile(rawValue: file.release())
  }

  /// A child that is about to become another program has the file open as well, and closing it here
  /// alone would leave the lock with the child for that moment.
  public func unlock(_ lock: DiskFile) throws(Fault) {
    _ = flock(lock.rawValue, LOCK_UN)
    try close(lock)
  }

  private func openDirectory(_ path: String) throws(Fault) -> Int32 {
    try system("openat", path: path) {
      unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
  }
}
