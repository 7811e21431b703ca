// What a process can say of itself and of the machine it runs on.

import Glibc
private import CLinux

/// The process we are.
public enum CurrentProcess {
  public static var identifier: Int32 { getpid() }
  public static var user: UInt32 { geteuid() }

  /// A variable of the environment; nil where it is not set.
  public static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// A variable of the environment that is then no longer set.
  ///
  /// To be called while there is one thread: others may be reading the environment.
  public static func takeEnvironment(_ name: String) -> String? {
    let value = environment(name)
    if value != nil { _ = unsafe unsetenv(name) }
    return value
  }

  /// The most memory this process ever held, in bytes (VmHWM); nil where /proc is not there.
  public static var memoryPeak: Int? {
    kibibytes("VmHWM", in: "/proc/self/status")
  }

  /// Bytes that another process of this user has in memory now.
  public static func memory(of process: Int32) -> Int? {
    kibibytes("VmRSS", in: "/proc/\(process)/status")
  }

  /// The most that another process of this user ever had.
  public static func memoryPeak(of process: Int32) -> Int? {
    kibibytes("VmHWM", in: "/proc/\(process)/status")
  }
}

extension CurrentProcess {
  /// How long each thread of another process of this user has kept a core busy so far, in
  /// nanoseconds, by the thread's name (/proc/pid/task/tid/schedstat).
  ///
  /// Empty where that is not there.
  public static func threadTimes(of process: Int32) -> [(name: String, nanoseconds: Int64)] {
    let tasks = "/proc/\(process)/task"
    return ((try? SystemDisk().list(tasks)) ?? []).compactMap { thread in
      guard let name = textOfFile("\(tasks)/\(thread)/comm"),
        let time = textOfFile("\(tasks)/\(thread)/schedstat")?.split(separator: " ").first,
        let nanoseconds = Int64(time)
      else { return nil }
      return (name, nanoseconds)
    }
  }
}

/// The machine: for the head of a benchmark and for `doctor`.
public struct Machine: Hashable, Sendable {
  public var processor: String
  public var cores: Int
  public var memoryBytes: Int
  public var kernel: String

  /// Asks /proc and the kernel; what cannot be learnt is `unknown` or 0.
  public static func current() -> Machine {
    Machine(
      processor: field("model name", in: "/proc/cpuinfo") ?? "unknown",
      cores: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))),
      memoryBytes: kibibytes("MemTotal", in: "/proc/meminfo") ?? 0,
      kernel: textOfFile("/proc/sys/kernel/osrelease") ?? "unknown")
  }
}

/// The file system under a path.
public struct FileSystem: Hashable, Sendable {
  /// The number statfs gives it.
  public var kind: Int64
  public var bytesTotal: UInt64
  public var bytesFree: UInt64

  public init(at path: String) throws(Fault) {
    var found = sluice_file_system()
    _ = try system("statfs", path: path) { unsafe sluice_file_system_at(path, &found) }
    kind = found.kind
    bytesTotal = found.bytes_total
    bytesFree = found.bytes_free
  }

  /// Whether locks or synchronization cannot be relied on: kept in memory, or reached by a network.
  public var isUnfitForLogs: Bool {
    ["tmpfs", "ramfs", "nfs", "cifs", "smb2", "9p"].contains(name)
  }
  /// Layers of a container: what is written goes with it, but it works.
  public var isOverlay: Bool { name == "overlay" }

  public var name: String {
    switch kind {
    case 0xEF53: "ext4"
    case 0x5846_5342: "xfs"
    case 0x9123_683E: "btrfs"
    case 0x2FC1_2FC1: "zfs"
    case 0xF2F5_2010: "f2fs"
    case 0x0102_1994: "tmpfs"
    case 0x8584_58F6: "ramfs"
    case 0x794C_7630: "overlay"
    case 0x6969: "nfs"
    case 0xFF53_4D42: "cifs"
    case 0xFE53_4D42: "smb2"
    case 0x0102_1997: "9p"
    case 0x6573_5546: "fuse"
    default: "kind 0x" + String(kind, radix: 16)
    }
  }
}

/// How much of a file of /proc is read.
private let procMax = 1 << 20

/// A small text file without the white space behind it; nil where it cannot be read.
private func textOfFile(_ path: String) -> String? {
  do throws(Fault) {
    var file = try InputFile(path)
    var bytes = try file.readAll(limit: procMax)
    while let last = bytes.last, last <= UInt8(ascii: " ") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  } catch {
    return nil
  }
}

/// What follows `name:` on the first line that begins with it.
private func field(_ name: String, in path: String) -> String? {
  for line in (textOfFile(path) ?? "").split(separator: "\n") where line.hasPrefix(name) {
    guard let colon = line.firstIndex(of: ":") else { continue }
    return String(line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" })
  }
  return nil
}

/// A field such as `VmHWM: 1234 kB`, in bytes.
private func kibibytes(_ name: String, in path: String) -> Int? {
  field(name, in: path)?.split(separator: " ").first.flatMap { Int($0) }.map { $0 * 1024 }
}
