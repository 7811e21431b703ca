// The program that was built with these tests, run as a user runs it.

import Glibc
import Platform
import Testing

/// Runs `sluice`.
enum BuiltProgram {
  private static let outputMax = 1 << 22

  /// Beside the bundle of the tests, wherever they were built.
  private static func path() throws -> String {
    var input = try InputFile("/proc/self/cmdline")
    let words = try input.readAll(limit: 1 << 20).split(separator: 0)
      .map { String(decoding: $0, as: UTF8.self) }
    let bundle = try #require(words.first { $0.contains("PackageTests.xctest") })
    return String(bundle[..<(bundle.lastIndex(of: "/") ?? bundle.startIndex)]) + "/sluice"
  }

  /// Its exit code, and what it writes to both of its streams.
  ///
  /// - Parameter output: the file that it prints to; one of its own if absent.
  static func run(
    _ words: [String], output: String? = nil
  ) throws -> (code: Int32, output: String, error: String) {
    let (code, output, error) = try bytes(words, output: output)
    return (code, String(decoding: output, as: UTF8.self), String(decoding: error, as: UTF8.self))
  }

  /// The same byte for byte.
  static func bytes(
    _ words: [String], output: String? = nil
  ) throws -> (code: Int32, output: [UInt8], error: [UInt8]) {
    let beside = "/tmp/sluice-run-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    let files = [beside + ".out", beside + ".err"]
    defer { for file in files { _ = unsafe unlink(file) } }
    var pid = pid_t()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    for (stream, file) in zip([STDOUT_FILENO, STDERR_FILENO], [output ?? files[0], files[1]]) {
      unsafe posix_spawn_file_actions_addopen(
        &actions, stream, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    let program = try path()
    let all = [program] + words
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: all.count + 1)
    for (index, word) in all.enumerated() {
      unsafe (pointers + index).initialize(to: strdup(word))
    }
    unsafe (pointers + all.count).initialize(to: nil)
    let number = unsafe posix_spawn(&pid, program, &actions, nil, pointers, environ)
    unsafe posix_spawn_file_actions_destroy(&actions)
    for index in all.indices { unsafe free(pointers[index]) }
    unsafe pointers.deallocate()
    try #require(number == 0, "\(program) could not be started")
    var status: Int32 = 0
    _ = unsafe waitpid(pid, &status, 0)
    let texts = try files.map { file in
      if output != nil, file == files[0] { return [UInt8]() }
      var input = try InputFile(file)
      return try input.readAll(limit: outputMax)
    }
    return ((status >> 8) & 0xff, texts[0], texts[1])
  }
}
