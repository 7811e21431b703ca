// A manifest that the log's key has signed: a signed note (C2SP signed-note v1.0.0) whose text is
//
//   sluice.manifest/v1
//   <the manifest, one JSON object>
//
// A manifest is read as strictly as it is written: it has one spelling, so what was signed is what
// is read, byte for byte.

import Events
public import Merkle
import Text

/// A manifest with who signed it.
public struct ManifestNote: Hashable, Sendable {
  /// The first line of its text.
  public static let header = "sluice.manifest/v1"
  /// What the name of a note's file adds to the dump's.
  public static let fileSuffix = ".manifest.note"

  public let manifest: Manifest
  public let note: SignedNote

  /// Signs a manifest.
  ///
  /// - Returns: nil where the key signs no notes.
  public init?(_ manifest: Manifest, by signer: NoteSigner) {
    let object = String(decoding: manifest.bytes, as: UTF8.self)
    guard let note = signer.sign("\(ManifestNote.header)\n\(object)") else { return nil }
    self.manifest = manifest
    self.note = note
  }

  /// Reads a note; who signed it is still to be asked.
  ///
  /// - Throws: `ManifestFault` for any bytes that are none.
  public init(_ bytes: [UInt8]) throws(ManifestFault) {
    do throws(NoteFault) { note = try SignedNote(bytes) } catch { throw .note(error) }
    let lines = note.text.utf8.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard lines.count == 3, lines[0].elementsEqual(ManifestNote.header.utf8), lines[2].isEmpty
    else { throw .notTwoLines }
    manifest = try Manifest(reading: Array(lines[1]))
  }

  public var bytes: [UInt8] { note.bytes }
}

extension Manifest {
  /// Reads the object.
  ///
  /// - Throws: `ManifestFault` where it is not what this release would write.
  public init(reading object: [UInt8]) throws(ManifestFault) {
    let isFiltered: Bool
    do throws(TextFault) {
      var fields = try FieldReader(try JSONReader.read(object))
      dump = try fields.string("dump")
      format = try fields.string("format")
      formatVersion = Int(try fields.integer("format_version", in: 0...Int64(Int32.max)))
      version = Int(try fields.integer("projection_version", in: 0...Int64(Int32.max)))
      context = try LogContext(from: &fields)
      let filter = try fields.value("parameters")
      guard case .object(let parameters) = filter else {
        throw fields.fault("parameters", "must be an object and is \(filter.kind)")
      }
      isFiltered = !parameters.isEmpty
      order = try fields.string("order")
      rows = Int(try fields.integer("rows", in: 0...Int64.max))
      guard let digest = Digest(hex: try fields.string("sha256")) else {
        throw fields.fault("sha256", "must have 64 hexadecimal digits")
      }
      self.digest = digest
      context.release = try fields.string("release")
      try fields.finish()
    } catch { throw .object(error.reason) }
    guard !isFiltered else { throw .filtered }
    var written: [UInt8] = []
    append(to: &written)
    guard written == object else { throw .object("it is not written as manifests are") }
  }
}

extension LogContext {
  /// All but the release, which stands last.
  fileprivate init(from fields: inout FieldReader) throws(TextFault) {
    guard let origin = ShortText(try fields.string("log_origin")) else {
      throw fields.fault("log_origin", "is longer than a name may be")
    }
    guard let id = LogID(hex: try fields.string("log_id")) else {
      throw fields.fault("log_id", "must have 32 hexadecimal digits")
    }
    let position = try fields.integer("position", in: 0...Int64.max)
    guard let root = Digest(base64: try fields.string("root")) else {
      throw fields.fault("root", "must be 32 bytes in Base64")
    }
    let time = try fields.value("log_time")
    var logTime = Timestamp.none
    switch time {
    case .null: break
    case .string(let text): logTime = try RFC3339.parse(text)
    default: throw fields.fault("log_time", "must be an instant or null and is \(time.kind)")
    }
    self.init(
      origin: origin, id: id, position: Position(UInt64(position)), root: root, logTime: logTime,
      release: "")
  }
}

/// Why bytes are no signed manifest.
public enum ManifestFault: Error, Hashable, Sendable, CustomStringConvertible {
  case note(NoteFault)
  case notTwoLines
  case object(String)
  /// It names a filter, and this release prints no dump with one.
  case filtered

  public var description: String {
    switch self {
    case .note(let fault): fault.description
    case .notTwoLines: "its text is not \(ManifestNote.header) and a manifest, a line each"
    case .object(let why): "its manifest: \(why)"
    case .filtered: "its parameters name a filter, and this release knows none"
    }
  }
}
