// Where a call to the system is made, repeated and turned into a fault; errno is read only here.

import Glibc

/// Makes a call that answers with a negative number where it fails.
///
/// A call cut short by a signal is made again, unless its failure must never be retried.
@inline(__always)
func system<Number: SignedInteger>(
  _ operation: String, path: @autoclosure () -> String, offset: Int? = nil, repeated: Bool = true,
  _ call: () -> Number
) throws(Fault) -> Number {
  while true {
    let result = call()
    if result >= 0 { return result }
    let number = Errno(rawValue: errno)
    if number == .interrupted && repeated { continue }
    throw Fault(operation, number, path: path(), offset: offset, hint: hint(for: number))
  }
}

/// The name an open file has in the file system, for a fault; taken only when something failed.
func name(of file: Int32) -> String {
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Int(PATH_MAX)) { buffer, count in
    guard let start = buffer.baseAddress else { return }
    count = max(0, unsafe readlink("/proc/self/fd/\(file)", start, buffer.count))
  }
  return bytes.isEmpty ? "file \(file)" : String(decoding: bytes, as: UTF8.self)
}

/// What an operator can do about an error number.
func hint(for number: Errno) -> String {
  switch number {
  case .noSpace, .quota: "Free space on this disk, or move the data to a larger one."
  case .access, .permission:
    "Run as the user that owns the data, or give this user the permission."
  case .readOnlyFileSystem: "Mount the file system for writing; look at dmesg for disk errors."
  case .tooManyFiles: "Raise the limit of open files (ulimit -n, LimitNOFILE)."
  case .inputOutput: "The disk failed: look at dmesg, and do not trust what was written last."
  case .noEntry: "See that the path is spelled right and that it exists."
  case .exists: "Choose another name, or remove what is there."
  case .isDirectory: "Name a file, not a folder."
  case .notDirectory: "A part of the path is a file; name a directory."
  case .fileTooLarge: "Raise the limit of file sizes (ulimit -f, LimitFSIZE)."
  case .noMemory: "Give the process more memory, or raise vm.max_map_count."
  case .connectionRefused: "Nobody listens there: start the daemon, or name its socket."
  case .addressInUse: "Another process serves this address: stop it, or choose another."
  default: ""
  }
}
