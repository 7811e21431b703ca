// Tests of dumps as files.

import Dumps
import Events
import Platform
import Projections
import Testing

@Suite struct DumpFileTests {
  private func content(_ path: String, _ disk: SystemDisk) throws -> [UInt8] {
    let file = try disk.open(path, .read)
    var bytes = [UInt8](repeating: 0, count: try disk.size(file))
    var elements = bytes.mutableSpan
    var raw = unsafe elements.mutableBytes
    _ = try disk.readAll(file, into: &raw, at: 0)
    try disk.close(file)
    return bytes
  }

  @Test(arguments: DumpFormatName.allCases)
  func `a file holds the dump's bytes, CSV its manifest beside it, and nothing else is left`(
    format: DumpFormatName
  ) throws {
    let disk = SystemDisk()
    let path = "/tmp/sluice-dump-\(UInt64.random(in: 0 ... .max))"
    let model = try LogFixture.story().model()
    let expected = Dump.bytes(.merchants, format, model, context(model))
    for _ in 0..<2 {
      let manifest = try Dump.write(
        .merchants, format, model, context(model), toPath: path, on: disk)
      #expect(manifest == expected.manifest)
    }
    #expect(try content(path, disk) == expected.bytes)
    #expect(try !disk.exists(path + ".tmp"))
    #expect(try disk.exists(path + Dump.manifestSuffix) == (format == .csv))
    if format == .csv {
      #expect(try content(path + Dump.manifestSuffix, disk) == manifestBytes(expected.manifest))
      try disk.remove(path + Dump.manifestSuffix)
    }
    try disk.remove(path)
  }

  private func manifestBytes(_ manifest: Manifest) -> [UInt8] {
    var out: [UInt8] = []
    manifest.append(to: &out)
    return out + [10]
  }
}
