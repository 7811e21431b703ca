import Glibc
import Platform
import Testing

@Suite struct SystemDiskTests {
  @Test func `A folder that is read as a file says so by name`() throws {
    let scratch = try Scratch()
    var file = try InputFile(scratch.path)
    let fault = #expect(throws: Fault.self) { try file.readAll(limit: 10) }
    let text = "\(try #require(fault))"
    #expect(
      text == "a folder, not a file: \(scratch.path) (read at offset 0: EISDIR). "
        + "Name a file, not a folder.")
  }

  @Test(arguments: [
    (Errno.noEntry, "no such file or directory: /a (openat: ENOENT)"),
    (.access, "permission denied: /a (openat: EACCES)"),
    (.noSpace, "no space left on the disk: /a (openat: ENOSPC)"),
    (Errno(rawValue: 77), "the system refuses: /a (openat: error number 77)"),
  ])
  func `A fault begins with what a person reads, the call stands behind`(
    _ errno: Errno, _ sentence: String
  ) {
    #expect(Fault("openat", errno, path: "/a").sentence == sentence)
    #expect("\(Fault("openat", errno, path: "/a", hint: "Do it."))" == "\(sentence). Do it.")
  }

  let disk = SystemDisk()
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func write(_ text: String, to name: String) throws {
    let file = try disk.open(scratch(name), .createNew)
    let bytes = Array(text.utf8)
    let span = bytes.span
    try disk.writeAll(file, unsafe span.bytes, at: 0, path: name)
    try disk.synchronize(file)
    try disk.close(file)
  }

  private func text(_ name: String) throws -> String {
    var file = try InputFile(scratch(name))
    return String(decoding: try file.readAll(limit: 1 << 22), as: UTF8.self)
  }

  private func mode(_ name: String) -> UInt32 {
    var status = stat()
    unsafe stat(scratch(name), &status)
    return status.st_mode & 0o777
  }

  @Test func `What was written is read, at its offset and up to the end`() throws {
    try write("abcdef", to: "a")
    let file = try disk.open(scratch("a"), .read)
    var bytes = [UInt8](repeating: 0, count: 8)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    #expect(try disk.readAll(file, into: &raw, at: 2) == 4)
    #expect(try disk.size(file) == 6)
    try disk.dropCache(file, from: 0)
    try disk.close(file)
    #expect(Array("cdef".utf8) + [0, 0, 0, 0] == bytes)
    #expect(mode("a") == 0o600)
  }

  @Test func `Faults name the call, the error, the path and what to do`() throws {
    let missing = scratch("missing")
    let fault = try #require(throws: Fault.self) { try disk.open(missing, .read) }
    #expect(fault.errno == .noEntry && fault.path == missing && !fault.hint.isEmpty)
    try write("x", to: "a")
    #expect(throws: Fault.self) { try disk.open(scratch("a"), .createNew) }
    let file = try disk.open(scratch("a"), .read)
    let bytes: [UInt8] = [1]
    let refused = try #require(throws: Fault.self) {
      let span = bytes.span
      _ = try disk.write(file, unsafe span.bytes, at: 3)
    }
    #expect(refused.errno == .badFile && refused.offset == 3 && refused.path == scratch("a"))
    try disk.close(file)
    let closed = try #require(throws: Fault.self) {
      try disk.close(DiskFile(rawValue: 1_000_000))
    }
    #expect(closed.errno == .badFile)
  }

  @Test(.enabled(if: geteuid() != 0, "the superuser may write everywhere"))
  func `A directory without write permission is EACCES`() throws {
    try disk.protect(scratch.path)
    let fault = try #require(throws: Fault.self) { try disk.open(scratch("a"), .createNew) }
    #expect(fault.errno == .access)
  }

  @Test func `A reserved file is full of zeros and has its length`() throws {
    let file = try disk.open(scratch("a"), .createNew)
    try disk.reserve(file, length: 3_000_001)
    #expect(try disk.size(file) == 3_000_001)
    try disk.truncate(file, length: 5)
    #expect(try disk.size(file) == 5)
    try disk.close(file)
    #expect(try text("a") == "\0\0\0\0\0")
  }

  @Test func `A rename replaces only where it may`() throws {
    try write("old", to: "a")
    try write("new", to: "b")
    let fault = try #require(throws: Fault.self) {
      try disk.rename(scratch("b"), to: scratch("a"), replacing: false)
    }
    #expect(fault.errno == .exists)
    #expect(try text("a") == "old")
    try disk.rename(scratch("b"), to: scratch("a"), replacing: true)
    #expect(try text("a") == "new")
    try disk.rename(scratch("a"), to: scratch("c"), replacing: false)
    #expect(try disk.list(scratch.path) == ["c"])
    try disk.synchronizeDirectory(scratch.path)
  }

  @Test func `Names are listed in the order of their bytes`() throws {
    for name in ["b", "é", "B", "a10", "a9"] { try write("", to: name) }
    try disk.makeDirectory(scratch("z"))
    #expect(try disk.list(scratch.path) == ["B", "a10", "a9", "b", "z", "é"])
    #expect(mode("z") == 0o700)
    #expect(try disk.exists(scratch("z")) && !disk.exists(scratch("y")))
    #expect(try !disk.exists(scratch("b/inside")))
    try disk.remove(scratch("b"))
    #expect(try !disk.exists(scratch("b")))
  }

  @Test func `A directory is locked once until the lock is given back`() throws {
    let first = try #require(try disk.lock(scratch.path))
    #expect(try disk.lock(scratch.path) == nil)
    // As a child has it that is about to become another program.
    let child = dup(first.rawValue)
    defer { close(child) }
    try disk.unlock(first)
    let second = try #require(try disk.lock(scratch.path))
    try disk.unlock(second)
  }

  @Test func `A protected file has no write permission left`() throws {
    try write("x", to: "a")
    try disk.protect(scratch("a"))
    #expect(mode("a") == 0o400)
  }

  @Test func `A replaced file is whole, and leftovers of a crash do not matter`() throws {
    try write("old", to: "a")
    try write("half", to: "a.tmp")
    let bytes = Array("new".utf8)
    let span = bytes.span
    try disk.replaceFile(scratch("a"), with: unsafe span.bytes)
    #expect(try text("a") == "new")
    #expect(try disk.list(scratch.path) == ["a"])
  }

  @Test(arguments: [
    ("/a/b", "/a"), ("/a", "/"), ("a", "."), ("a/b/", "a"), ("a//b", "a"), ("/", "/"), ("", "."),
  ])
  func `The directory of a path`(path: String, directory: String) {
    #expect(parentDirectory(of: path) == directory)
  }

  @Test func `A mapped file shows its bytes, and an empty one none`() throws {
    try write("mapped", to: "a")
    try write("", to: "b")
    let mapped = try MappedFile(scratch("a"))
    #expect(mapped.byteCount == 6)
    #expect(mapped.withBytes { unsafe $0.unsafeLoad(fromByteOffset: 5, as: UInt8.self) } == 0x64)
    let empty = try MappedFile(scratch("b"))
    #expect(empty.withBytes { $0.byteCount } == 0)
  }
}
