// A table printed at a position: the same bytes from the same events, on every machine.

import Events
import Merkle
package import Projections

/// The formats that a table can be printed in here, by the word used on the command line.
package enum DumpFormatName: String, CaseIterable, Sendable {
  case csv
  case json
  case ndjson

  package var name: String { rawValue }
}

/// Prints tables.
package enum Dump {
  /// What the name of a manifest's file adds to the dump's.
  package static let manifestSuffix = ".manifest.json"

  /// Prints a table piece by piece and returns its manifest.
  ///
  /// The rows of a JSON document and of JSON lines are printed twice, once to be counted and hashed
  /// and once to be passed on, for their manifest stands before them and no dump is held in memory.
  package static func write<Failure: Error>(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext,
    _ pass: @escaping (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Manifest {
    precondition(context.position == model.position, "a dump is made at its model's position")
    switch format {
    case .csv:
      return try print(name, format, CSVFormat(), model, context, pass)
    case .json:
      let manifest = measure(name, format, JSONFormat(), model, context)
      var head = Array("{\"manifest\":".utf8)
      manifest.append(to: &head)
      head.append(contentsOf: ",\"rows\":[\n".utf8)
      try pass(head.span)
      _ = try print(name, format, JSONFormat(), model, context, pass)
      try pass(Array("]}\n".utf8).span)
      return manifest
    case .ndjson:
      let manifest = measure(name, format, NDJSONFormat(), model, context)
      var head = Array("{\"manifest\":".utf8)
      manifest.append(to: &head)
      head.append(contentsOf: "}\n".utf8)
      try pass(head.span)
      _ = try print(name, format, NDJSONFormat(), model, context, pass)
      return manifest
    }
  }

  /// The whole of a small dump.
  package static func bytes(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext
  ) -> (bytes: [UInt8], manifest: Manifest) {
    let gathered = Gathered()
    let manifest = write(name, format, model, context) { (piece) throws(Never) in
      gathered.append(piece)
    }
    return (gathered.bytes, manifest)
  }

  private static func measure(
    _ name: DumpName, _ format: DumpFormatName, _ printed: some DumpFormat, _ model: ReadModel,
    _ context: LogContext
  ) -> Manifest {
    print(name, format, printed, model, context) { (_) throws(Never) in }
  }

  private static func print<Failure: Error>(
    _ name: DumpName, _ format: DumpFormatName, _ printed: some DumpFormat, _ model: ReadModel,
    _ context: LogContext, _ pass: @escaping (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Manifest {
    let hash = RunningHash()
    var printer = RowPrinter(printed) { (piece) throws(Failure) in
      hash.update(piece)
      try pass(piece)
    }
    name.write(model, to: &printer)
    try printer.finish()
    return Manifest(
      dump: name.name, format: format.name, version: name.version, context: context,
      rows: printer.rows, digest: hash.digest())
  }
}

/// The bytes of a dump that is wanted whole.
private final class Gathered {
  private(set) var bytes: [UInt8] = []
  func append(_ piece: Span<UInt8>) {
    bytes.reserveCapacity(bytes.count + piece.count)
    for index in piece.indices { bytes.append(piece[index]) }
  }
}

/// A hash that the pieces of a dump run through.
private final class RunningHash {
  private var hash = SHA256()
  func update(_ piece: Span<UInt8>) { hash.update(unsafe piece.bytes) }
  func digest() -> Digest { hash.digest() }
}
