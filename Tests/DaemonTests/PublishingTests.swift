// What the daemon publishes: whole files at one position, and a folder that is gone stops nobody.

import Dumps
import Events
import Merkle
import Platform
import Synchronization
import Testing
import Text

@testable import Daemon

@Suite(.serialized) struct PublishingTests {
  private static let second: Int64 = 1_000_000_000

  private func whole(_ path: String) throws -> [UInt8] {
    try #require(try SystemDisk().whole(path, max: 1 << 20))
  }

  /// The index of what was published, once it is of a position or later.
  private func index(_ folder: String, from position: Int64) throws -> JSONValue {
    let path = folder + "/published.json"
    for _ in 0..<600 {
      if try SystemDisk().exists(path) {
        let index = try JSONReader.read(try whole(path))
        if let reached = number(index, "position"), reached >= position { return index }
      }
      nap(milliseconds: 50)
    }
    throw DoorFault(reason: "nothing was published of position \(position) in \(folder)")
  }

  private func text(_ value: JSONValue, _ name: String) -> String? {
    guard case .object(let pairs) = value,
      case .string(let text)? = pairs.first(where: { $0.key == name })?.value
    else { return nil }
    return text
  }

  private func elements(_ value: JSONValue, _ name: String) -> [JSONValue] {
    guard case .object(let pairs) = value,
      case .array(let elements)? = pairs.first(where: { $0.key == name })?.value
    else { return [] }
    return elements
  }

  @Test func `the page and the short tables are files of one position, and the last is of the end`()
    throws
  {
    let scratch = try Scratch()
    let folder = scratch.path + "/public"
    let door = try Door(
      scratch.path + "/log",
      publication: Publication(folder: folder, every: PublishingTests.second))
    try Caller(door.socket).send(payments("p", 0..<100))
    let index = try index(folder, from: 1)
    #expect(text(index, "origin") == "door.test")
    let files = elements(index, "files")
    #expect(files.compactMap { text($0, "name") }.contains("dashboard.html"))
    #expect(elements(index, "left_out").compactMap { text($0, "name") } == ["merchants"])
    #expect(door.terminate().contains("stopped"))
    let last = try self.index(folder, from: 101)
    for file in elements(last, "files") {
      let name = try #require(text(file, "name"))
      let bytes = try whole("\(folder)/\(name)")
      #expect(SHA256.hash(unsafe bytes.span.bytes).hex == text(file, "sha256"), "\(name)")
      #expect(number(file, "bytes") == Int64(bytes.count))
    }
    let page = String(decoding: try whole(folder + "/dashboard.html"), as: UTF8.self)
    let position = try #require(number(last, "position"))
    #expect(page.contains("--at \(position)</code>"))
    #expect(!(try SystemDisk().exists(folder + "/dashboard.html.tmp")))
  }

  @Test func `a folder that cannot be made is told once, and used once it can be`() throws {
    let scratch = try Scratch()
    let parent = scratch.path + "/later"
    let lines = Lines()
    let door = try Door(
      scratch.path + "/log",
      publication: Publication(folder: parent + "/public", every: PublishingTests.second)
    ) { lines.add("\($0) \($1)") }
    for round in 0..<3 {
      let caller = try Caller(door.socket)
      try caller.send(payments("r\(round)", 0..<10))
      #expect(try Tally.take(10, from: caller).accepted == 10)
      nap(milliseconds: 1_200)
    }
    #expect(lines.count("nothing can be published") == 1)
    try SystemDisk().makeDirectory(parent)
    _ = try index(parent + "/public", from: 31)
    #expect(door.terminate().contains("stopped"))
    #expect(lines.count("publishing goes on") == 1)
  }

  @Test func `what is taken away comes back, though nothing new happens`() throws {
    let scratch = try Scratch()
    let folder = scratch.path + "/public"
    let door = try Door(
      scratch.path + "/log",
      publication: Publication(folder: folder, every: PublishingTests.second))
    try Caller(door.socket).send(payments("p", 0..<10))
    _ = try index(folder, from: 11)
    let disk = SystemDisk()
    let names = try disk.list(folder)
    for name in names { try disk.remove("\(folder)/\(name)") }
    _ = try index(folder, from: 11)
    #expect(try disk.list(folder) == names)
    try disk.remove(folder + "/dashboard.html")
    for _ in 0..<200 where try !disk.exists(folder + "/dashboard.html") { nap(milliseconds: 50) }
    #expect(try disk.exists(folder + "/dashboard.html"))
    #expect(door.terminate().contains("stopped"))
  }

  @Test func `a page in Chinese says in Chinese what events say`() throws {
    let scratch = try Scratch()
    let folder = scratch.path + "/public"
    let door = try Door(
      scratch.path + "/log",
      publication: Publication(
        folder: folder, every: PublishingTests.second, language: .chinese))
    let plan = String(decoding: try HostileLogTests.plan(), as: UTF8.self)
      .replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: " ")
    let consulted = try Caller(door.socket).ask(
      "{\"command\":\"consult\",\"id\":\"c\",\"document\":\"\(plan)\"}")
    let position = try #require(number(consulted, "last"))
    _ = try index(folder, from: position + 1)
    let page = String(decoding: try whole(folder + "/dashboard.html"), as: UTF8.self)
    #expect(page.contains("计划征求意见") && page.contains("wechat-pay-2024-09，第 1 版"))
    #expect(door.terminate().contains("stopped"))
  }
}

/// Lines for the operator, from another thread.
final class Lines: Sendable {
  private let lines = Mutex<[String]>([])

  func add(_ line: String) { lines.withLock { $0.append(line) } }

  func count(_ text: String) -> Int {
    lines.withLock { lines in lines.count { $0.contains(text) } }
  }
}
