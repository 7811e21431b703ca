// Every log of events/golden gets the verdict and gives the digests that are written beside it: by
// the product in every way it reads a log, and by the reader that shares no code with it.

import Audit
import Dumps
import EventLog
import Events
import Glibc
import Merkle
import Platform
import Projections
import Simulation
import Support
import Testing

@Suite struct GoldenTests {
  private static func stored(_ name: String) throws -> GoldenVerdict {
    try GoldenVerdict(
      reading: GoldenFolder.bytes(
        "\(GoldenFolder.path(name))/\(GoldenFolder.verdictName)",
        limit: GoldenFolder.verdictBytesMax))
  }

  @Test func `no golden log is missing and none has no maker`() {
    #expect(GoldenFolder.names == (GoldenMaker.makers.map(\.name) + GoldenMaker.kept).sorted())
  }

  @Test(arguments: GoldenFolder.names)
  func `a golden log is opened, read, replayed and verified as ever`(name: String) throws {
    let disk = try GoldenFolder.copy(name)
    let found = try GoldenVerdict(judging: disk, capacity: GoldenMaker.capacity(name))
    let stored = try GoldenTests.stored(name)
    // A table that came later has no digest there.
    #expect(found.with(dumpsOf: stored) == stored)
  }

  @Test func `one log holds every kind of event`() throws {
    let disk = try GoldenFolder.copy(GoldenMaker.latest)
    var kinds: Set<UInt16> = []
    let reader = try LogReader(disk, GoldenStory.folder)
    try reader.read(from: .zero) { batch in
      for index in 0..<batch.count { kinds.insert(try batch.event(index).kind.rawValue) }
    }
    #expect(kinds == Set(EventKind.allCases.map(\.rawValue)))
    let dumps = try GoldenTests.stored(GoldenMaker.latest).dumps
    #expect(Set(dumps.keys) == Set(DumpName.allCases.map(\.name)))
  }

  @Test(arguments: [GoldenMaker.latest, "rolled-segments"])
  func `this release still writes the same bytes`(name: String) throws {
    let make = try #require(GoldenMaker.makers.first { $0.name == name }?.make)
    let (made, kept) = (try make(), try GoldenFolder.copy(name))
    #expect(GoldenMaker.segments(made) == GoldenMaker.segments(kept))
    for path in GoldenMaker.segments(kept) {
      #expect(made.contents(path) == kept.contents(path), "\(path)")
    }
  }

  @Test(.enabled(if: IndependentReader.isThere, "python3 is not installed"))
  func `the independent reader comes to the same verdicts`() throws {
    for name in GoldenFolder.names {
      let verdict = try GoldenTests.stored(name)
      let (code, text) = try IndependentReader.run(GoldenFolder.path(name))
      #expect(code == (verdict.verdict == "damaged" ? 3 : 0), "\(name): \(text)")
      if verdict.verdict == "damaged" {
        #expect(text.contains(" file \(verdict.file), "), "\(name): \(text)")
        #expect(text.contains(" offset \(verdict.offset), "), "\(name): \(text)")
        #expect(text.contains(" position \(verdict.position), "), "\(name): \(text)")
      } else {
        #expect(text.contains(verdict.root), "\(name): \(text)")
        #expect(text.contains("torn tail") == (verdict.verdict == "torn"), "\(name): \(text)")
      }
    }
  }
}

extension GoldenTests {
  @Test(
    .enabled(if: IndependentReader.isThere, "python3 is not installed"),
    arguments: GoldenFolder.names.filter { $0.hasPrefix("every-kind") })
  func `the independent reader makes the same dumps and prints the same events`(
    name: String
  ) throws {
    let verdict = try GoldenTests.stored(name)
    let folder = "/tmp/sluice-golden-dumps-\(getpid())-\(name)"
    let names = ["merchants.csv", "reconciliation.csv", "events.ndjson", "terms.csv"]
    let files = names.map { folder + "/" + $0 }
    defer {
      for file in files { _ = unsafe unlink(file) }
      _ = unsafe rmdir(folder)
    }
    try SystemDisk().makeDirectory(folder)
    let (code, text) = try IndependentReader.run(
      GoldenFolder.path(name), ["--dumps", folder, "--json", files[2]])
    #expect(code == 0, "\(text)")
    let (_, replayed) = GoldenVerdict.replay(try GoldenFolder.copy(name))
    for (file, dump) in zip(
      [files[0], files[1], files[3]], ["merchants", "reconciliation", "terms"])
    {
      let bytes = try GoldenFolder.bytes(file, limit: GoldenFolder.fileBytesMax)
      #expect(
        SHA256.hash(unsafe bytes.span.bytes).hex == verdict.dumps[dump] ?? replayed[dump], "\(dump)"
      )
    }
    var printed: [UInt8] = []
    let reader = try LogReader(try GoldenFolder.copy(name), GoldenStory.folder)
    try reader.read(from: .zero) { batch in
      for index in 0..<batch.count {
        EventPrinter.append(try batch.event(index), at: batch.position(index), to: &printed)
      }
    }
    #expect(printed == (try GoldenFolder.bytes(files[2], limit: GoldenFolder.fileBytesMax)))
  }
}

/// tools/verify.py, run by python3.
enum IndependentReader {
  static let outputBytesMax = 65_536

  static var isThere: Bool {
    ["/usr/bin/python3", "/usr/local/bin/python3"].contains { (path: String) in
      unsafe access(path, X_OK) == 0
    }
  }

  /// Its exit code and what it prints.
  static func run(
    _ folder: String, _ options: [String] = []
  ) throws -> (code: Int32, text: String) {
    let output = "/tmp/sluice-golden-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).txt"
    defer { _ = unsafe unlink(output) }
    let words = ["python3", PackageRoot.path("tools/verify.py"), folder] + options
    var pid = pid_t()
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    unsafe posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(
      capacity: words.count + 1)
    for (index, word) in words.enumerated() {
      unsafe (pointers + index).initialize(to: strdup(word))
    }
    unsafe (pointers + words.count).initialize(to: nil)
    let number = unsafe posix_spawnp(&pid, "python3", &actions, nil, pointers, environ)
    unsafe posix_spawn_file_actions_destroy(&actions)
    for index in words.indices { unsafe free(pointers[index]) }
    unsafe pointers.deallocate()
    try #require(number == 0, "python3 could not be started")
    var status: Int32 = 0
    _ = unsafe waitpid(pid, &status, 0)
    let text = try GoldenFolder.bytes(output, limit: outputBytesMax)
    return ((status >> 8) & 0xff, String(decoding: text, as: UTF8.self))
  }
}
