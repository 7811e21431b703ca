// What is printed is whole, or the command says that it is not.

import Support
import Testing

@testable import sluice

@Suite struct StandardOutputTests {
  private static let folder = PackageRoot.path("events/golden/every-kind-7")

  @Test(arguments: [
    ["--help"], ["status", "--help"], ["man"], ["status"], ["status", "--json"], ["verify"],
    ["replay"], ["dump", "merchants", "--format", "csv"], ["dump", "dashboard"],
    ["dump", "dashboard", "--format", "prometheus"], ["export", "ndjson"],
    ["export", "cloudevents"], ["log", "tail"], ["log", "show", "0", "--raw"],
  ])
  func `a device that takes nothing is a fault, and no end like any other`(words: [String]) throws {
    let isOfLog = words.last != "--help" && words != ["man"]
    let all = words + (isOfLog ? ["--data", StandardOutputTests.folder] : [])
    #expect(try BuiltProgram.run(all).code == ExitCode.done.rawValue)
    let (code, _, error) = try BuiltProgram.run(all, output: "/dev/full")
    #expect(code == ExitCode.fault.rawValue)
    #expect(error.contains("not whole") && error.contains("ENOSPC"))
  }
}
