// Signed manifests as texts: one spelling, and nothing else is read.

import Events
import Merkle
import Projections
import Testing

@testable import Dumps

@Suite struct ManifestNoteTests {
  private static func manifest() throws -> Manifest {
    let model = try LogFixture.story().model()
    return Dump.manifest(.waves, .csv, model, context(model))
  }

  private static func signer() throws -> NoteSigner {
    try #require(NoteSigner(name: "a.test", seed: [UInt8](repeating: 3, count: 32)))
  }

  @Test func `a note's text is two lines, and it is read back as it was`() throws {
    let manifest = try ManifestNoteTests.manifest()
    let note = try #require(ManifestNote(manifest, by: try ManifestNoteTests.signer()))
    #expect(note.note.text == "sluice.manifest/v1\n\(text(manifest.bytes))")
    #expect(try ManifestNote(note.bytes) == note)
    #expect(try ManifestNote(note.bytes).manifest == manifest)
    var empty = manifest
    empty.context.logTime = .none
    #expect(try Manifest(reading: Array(empty.bytes.dropLast())) == empty)
  }

  /// Another spelling of the same, and what is none.
  @Test(arguments: [
    (#"{"dump""#, #"{ "dump""#), (#""rows":1"#, #""rows":1.0"#), (#""rows":1"#, #""rows":-1"#),
    (#""waves""#, #""\u0077aves""#), ("+08:00", "+07:00"), (#""rows":1,"#, ""),
    (#""parameters":{}"#, #""parameters":[]"#), (#""position":19"#, #""position":019"#),
    (#""release""#, #""more":1,"release""#), ("T00:00:18", "T00:00:18.000"),
  ])
  func `a manifest has one spelling`(part: String, other: String) throws {
    let object = text(Array(try ManifestNoteTests.manifest().bytes.dropLast()))
    let changed = object.replacing(part, with: other)
    try #require(changed != object)
    #expect(throws: ManifestFault.self) { try Manifest(reading: Array(changed.utf8)) }
  }

  @Test func `a filter is told of, for this release knows none`() throws {
    let object = text(Array(try ManifestNoteTests.manifest().bytes.dropLast()))
    let filtered = object.replacing(#""parameters":{}"#, with: #""parameters":{"tier":"T3"}"#)
    #expect(throws: ManifestFault.filtered) { try Manifest(reading: Array(filtered.utf8)) }
  }

  @Test func `no bytes stop the reader`() throws {
    let note = try #require(
      ManifestNote(try ManifestNoteTests.manifest(), by: try ManifestNoteTests.signer())
    ).bytes
    for place in note.indices {
      for value: UInt8 in [0, 10, 0x22, 0x7B, 0xFF] {
        var bytes = note
        bytes[place] = value
        _ = try? ManifestNote(bytes)
      }
      #expect(throws: ManifestFault.self) { try ManifestNote(Array(note[..<place])) }
    }
  }
}
