// Golden screens: what commands print of one golden log for people, byte for byte, in events/dumps.

import Glibc
import Platform
import Support
import Testing

@Suite struct GoldenScreenTests {
  @Test(arguments: [
    ("log-tail.txt", ["log", "tail", "--from", "0"]), ("log-show.txt", ["log", "show", "47"]),
  ])
  func `a screen is golden`(file: String, words: [String]) throws {
    let folder = PackageRoot.path("events/golden/every-kind-6")
    let (code, output, _) = try BuiltProgram.bytes(words + ["--data", folder])
    #expect(code == 0)
    let path = PackageRoot.path("events/dumps/\(file)")
    if unsafe getenv("SLUICE_WRITE_GOLDEN").map({ unsafe String(cString: $0) }) == "1" {
      return try SystemDisk().replaceFile(path, with: unsafe output.span.bytes)
    }
    var input = try InputFile(path)
    let expected = try input.readAll(limit: 1 << 20)
    #expect(
      String(decoding: output, as: UTF8.self) == String(decoding: expected, as: UTF8.self))
  }
}
