// Starting this program once more, as a private daemon.

import Glibc
import Platform

/// Another run of this program.
final class ChildProcess {
  private static let environmentMax = 1 << 22
  let identifier: pid_t
  private var status: Int32?
  private var usage = rusage()

  /// Starts this program with these words; its standard output goes nowhere.
  init(_ words: [String]) throws {
    var file = try InputFile("/proc/self/environ")
    let variables = try file.readAll(limit: ChildProcess.environmentMax)
      .split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      .filter { variable in
        !ServiceNotice.variables.contains { variable.hasPrefix("\($0)=") }
      }
    var pid = pid_t()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    let arguments = CStrings(["sluice"] + words)
    let environment = CStrings(variables)
    let number = unsafe posix_spawn(
      &pid, "/proc/self/exe", &actions, nil, arguments.pointers, environment.pointers)
    unsafe posix_spawn_file_actions_destroy(&actions)
    guard number == 0 else {
      throw Fault(
        "posix_spawn", Errno(rawValue: number), path: "/proc/self/exe",
        hint: "Start the daemon yourself with `sluice serve --data DIR`.")
    }
    identifier = pid
  }

  /// How it ended; nil while it runs.
  func end(waiting: Bool) -> Int32? {
    if let status { return status }
    var word: Int32 = 0
    guard unsafe wait4(identifier, &word, waiting ? 0 : WNOHANG, &usage) == identifier else {
      return nil
    }
    let ended = word & 0x7f == 0 ? (word >> 8) & 0xff : 128 + (word & 0x7f)
    status = ended
    return ended
  }

  /// How long it has kept cores busy, once it has ended.
  var processorNanoseconds: Int64 {
    let (user, system) = (usage.ru_utime, usage.ru_stime)
    return Int64(user.tv_sec + system.tv_sec) * 1_000_000_000
      + Int64(user.tv_usec + system.tv_usec) * 1_000
  }

  /// Asks it to end in order.
  func terminate() {
    if status == nil { _ = kill(identifier, SIGTERM) }
  }
}

/// Strings as C takes them: pointers with a null at the end, alive as long as this is.
@safe private final class CStrings {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    unsafe pointers = .allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() {
      unsafe (pointers + index).initialize(to: strdup(string))
    }
    unsafe (pointers + strings.count).initialize(to: nil)
  }

  deinit {
    for index in 0..<count { unsafe free(pointers[index]) }
    unsafe pointers.deallocate()
  }
}
