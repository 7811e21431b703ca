// Where a daemon may publish.

import Glibc
import Platform
import Testing

@testable import sluice

@Suite struct PublishFolderTests {
  /// A folder with a log's, one inside it, another beside it, and links; it goes with its owner.
  private final class Place {
    let path = "/tmp/sluice-publish-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

    init() throws {
      for name in ["", "/log", "/log/inside", "/log-2"] {
        try SystemDisk().makeDirectory(path + name)
      }
      try #require(unsafe symlink(path + "/log", path + "/link") == 0)
      try #require(unsafe symlink(path + "/log-2", path + "/log/out") == 0)
    }

    deinit {
      for name in ["/link", "/log/out", "/log/inside", "/log", "/log-2", ""] {
        _ = unsafe remove(path + name)
      }
    }
  }

  @Test(arguments: [
    "/log", "/log/", "/log/inside", "/log/new", "/log/new/", "/log-2/../log", "/link", "/link/new",
  ])
  func `the log's own folder and what is in it are refused`(_ name: String) throws {
    let place = try Place()
    let fault = #expect(throws: UsageFault.self) {
      try PublishFolder.check(place.path + name, log: place.path + "/log")
    }
    #expect(fault?.what.contains(place.path + name) == true)
    #expect(fault?.hint.contains("outside") == true)
    #expect(throws: UsageFault.self) {
      try PublishFolder.check(place.path + name, log: place.path + "/link/")
    }
  }

  @Test(arguments: ["/log-2", "/log-2/new", "/log-3", "/log/out", "/log/out/new", "/none/new"])
  func `any other place is taken`(_ name: String) throws {
    let place = try Place()
    try PublishFolder.check(place.path + name, log: place.path + "/log")
    try PublishFolder.check(place.path + name, log: place.path + "/no-log")
  }
}
