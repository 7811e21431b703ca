// The simulated disk must be as cruel as a real one, or the tests above it prove nothing.

import Platform
import Simulation
import Testing

@Suite struct SimulatedDiskTests {
  /// Writes bytes to a file and returns it, synchronized or not.
  private func write(
    _ disk: SimulatedDisk, _ path: String, _ bytes: [UInt8], at offset: Int = 0
  ) throws -> DiskFile {
    let file = try disk.open(path, .createOrOpen)
    let span = unsafe bytes.span.bytes
    try disk.writeAll(file, span, at: offset, path: path)
    return file
  }

  @Test func `what is synchronized survives and what is not may go`() throws {
    var fates: Set<Int> = []
    for seed in 0..<64 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed)
      disk.place("/file", [])
      let file = try write(disk, "/file", [1, 2, 3])
      try disk.synchronize(file)
      _ = try write(disk, "/file", [UInt8](repeating: 9, count: 1_536), at: 512)
      disk.crash()
      let found = try #require(disk.contents("/file"))
      #expect(found.starts(with: [1, 2, 3]))
      fates.insert(
        (1..<4).reduce(0) { $0 * 2 + (found.count > $1 * 512 && found[$1 * 512] == 9 ? 1 : 0) })
    }
    #expect(fates.contains(0) && fates.contains(7), "none and all")
    #expect(fates.count > 4, "sectors fare alike")
  }

  @Test func `a sector is never torn`() throws {
    for seed in 0..<64 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed)
      disk.place("/file", [UInt8](repeating: 1, count: 2_048))
      _ = try write(disk, "/file", [UInt8](repeating: 2, count: 2_048))
      disk.crash()
      let found = try #require(disk.contents("/file"))
      for sector in 0..<4 { #expect(Set(found[sector * 512..<sector * 512 + 512]).count == 1) }
    }
  }

  @Test func `a name lasts only after its directory is synchronized`() throws {
    var lost = 0
    for seed in 0..<64 as Range<UInt64> {
      let disk = SimulatedDisk(seed: seed)
      disk.place("/folder/anchor", [])
      let kept = try write(disk, "/folder/kept", [1])
      try disk.synchronize(kept)
      try disk.synchronizeDirectory("/folder")
      try disk.synchronize(try write(disk, "/folder/young", [1]))
      disk.crash()
      #expect(disk.contents("/folder/kept") == [1])
      if disk.contents("/folder/young") == nil { lost += 1 }
    }
    #expect(lost > 0 && lost < 64)
  }

  @Test func `a failed synchronization cleans the pages and the next one succeeds`() throws {
    let disk = SimulatedDisk(seed: 1)
    disk.place("/file", [1])
    let file = try write(disk, "/file", [2])
    disk.plan.nextNamed["fdatasync"] = .fail(.inputOutput)
    #expect(throws: Fault.self) { try disk.synchronize(file) }
    try disk.synchronize(file)
    #expect(disk.contents("/file") == [2])
    try disk.dropCache(file, from: 0)
    #expect(disk.contents("/file") == [1])
  }

  @Test func `the same seed leaves the same bytes`() throws {
    func run() throws -> [UInt8]? {
      let disk = SimulatedDisk(seed: 77)
      disk.place("/file", [])
      _ = try write(disk, "/file", [UInt8](repeating: 5, count: 9_000))
      disk.crash()
      return disk.contents("/file")
    }
    #expect(try run() == run())
  }

  @Test func `restarting frees locks and invalidates handles`() throws {
    let disk = SimulatedDisk(seed: 1)
    disk.place("/folder/file", [1])
    let file = try disk.open("/folder/file", .read)
    #expect(try disk.lock("/folder") != nil)
    #expect(try disk.lock("/folder") == nil)
    disk.restart()
    #expect(try disk.lock("/folder") != nil)
    #expect(throws: Fault.self) { try disk.size(file) }
  }
}
