// A folder that a group may read.

import Glibc
import Platform
import Testing

@Suite(.serialized) struct UserGroupTests {
  private static func mode(_ path: String) throws -> mode_t {
    var status = stat()
    try #require(unsafe stat(path, &status) == 0)
    return status.st_mode & 0o7777
  }

  /// The group of this process: who is not root may give files to no other.
  private static func own() throws -> UserGroup {
    let found = unsafe getgrgid(getegid())
    let name = unsafe found.map { unsafe String(cString: $0.pointee.gr_name) }
    let group = UserGroup(named: try #require(name, "this group has no name"))
    return try #require(group)
  }

  @Test func `A group reads the folder and what is in it, and nobody else does`() throws {
    let scratch = try Scratch()
    let disk = SystemDisk()
    for name in ["segments", "held"] { try disk.makeDirectory(scratch(name)) }
    for name in ["tree", "segments/sealed", "held/secret"] {
      try disk.close(try disk.open(scratch(name), .createNew))
    }
    try disk.protect(scratch("segments/sealed"))
    try UserGroupTests.own().share(scratch.path, hidden: ["held"])
    let modes: [(name: String, mode: mode_t)] = [
      ("", 0o750), ("tree", 0o640), ("segments", 0o750), ("segments/sealed", 0o440),
      ("held", 0o700), ("held/secret", 0o600),
    ]
    for (name, mode) in modes {
      #expect(try UserGroupTests.mode(scratch(name)) == mode, "\(name)")
    }
  }

  /// The time of the last change of a file's owner, group or mode, in nanoseconds.
  private static func changed(_ path: String) throws -> Int {
    var status = stat()
    try #require(unsafe stat(path, &status) == 0)
    return status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec
  }

  @Test func `What is right already is left alone`() throws {
    let scratch = try Scratch()
    let disk = SystemDisk()
    try disk.makeDirectory(scratch("segments"))
    try disk.close(try disk.open(scratch("tree"), .createNew))
    let group = try UserGroupTests.own()
    try group.share(scratch.path)
    let names = ["", "tree", "segments"]
    let before = try names.map { try UserGroupTests.changed(scratch($0)) }
    // A change of either would have a later time.
    usleep(20_000)
    try group.share(scratch.path)
    #expect(try names.map { try UserGroupTests.changed(scratch($0)) } == before)
  }

  @Test func `What is made later is the group's to read as well, and a secret is not`() throws {
    let before = umask(0o077)
    defer { umask(before) }
    UserGroup.letGroupReadWhatIsMade()
    let scratch = try Scratch()
    for (name, disk, file, folder) in [
      ("a", SystemDisk(isGroupReadable: true), 0o640, 0o750), ("b", SystemDisk(), 0o600, 0o700),
    ] as [(String, SystemDisk, mode_t, mode_t)] {
      try disk.makeDirectory(scratch(name))
      try disk.close(try disk.open(scratch("\(name)/file"), .createOrOpen))
      #expect(try UserGroupTests.mode(scratch(name)) == folder)
      #expect(try UserGroupTests.mode(scratch("\(name)/file")) == file)
    }
  }

  @Test func `A group that the machine does not have is none`() {
    #expect(UserGroup(named: "no-such-group-of-sluice") == nil)
  }
}
