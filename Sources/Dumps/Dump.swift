// A table printed at a position: the same bytes from the same events, on every machine.

import Events
import Merkle
public import Projections

/// The formats that a table can be printed in here, by the word used on the command line.
///
/// A database is not among them: a library writes its file (see SQLiteDump.swift).
public enum DumpFormatName: String, CaseIterable, Sendable {
  case csv
  case json
  case ndjson

  public var name: String { rawValue }

  /// What stands before the rows; of one length for manifests that differ in their digest only.
  func head(_ manifest: Manifest) -> [UInt8] {
    guard self != .csv else { return [] }
    var head = Array("{\"manifest\":".utf8)
    manifest.append(to: &head)
    head.append(contentsOf: (self == .json ? ",\"rows\":[\n" : "}\n").utf8)
    return head
  }

  /// What stands behind the rows.
  var tail: [UInt8] { self == .json ? Array("]}\n".utf8) : [] }
}

/// Prints tables.
public enum Dump {
  /// What the name of a manifest's file adds to the dump's.
  public static let manifestSuffix = ".manifest.json"

  /// Prints a table piece by piece and returns its manifest.
  ///
  /// The rows of a JSON document and of JSON lines are printed twice, once to be counted and hashed
  /// and once to be passed on, for their manifest stands before them and no dump is held in memory.
  public static func write<Failure: Error>(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext,
    _ pass: @escaping (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Manifest {
    if format == .csv { return try rows(name, format, model, context, pass) }
    let manifest = manifest(name, format, model, context)
    try pass(format.head(manifest).span)
    try printRows(name, format, model, pass)
    let tail = format.tail
    if !tail.isEmpty { try pass(tail.span) }
    return manifest
  }

  /// The manifest of a dump without its bytes.
  public static func manifest(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext
  ) -> Manifest {
    rows(name, format, model, context) { (_) throws(Never) in }
  }

  /// The whole of a small dump.
  public static func bytes(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext
  ) -> (bytes: [UInt8], manifest: Manifest) {
    let gathered = Gathered()
    let manifest = write(name, format, model, context) { (piece) throws(Never) in
      gathered.append(piece)
    }
    return (gathered.bytes, manifest)
  }

  /// Prints what the manifest's digest covers.
  static func rows<Failure: Error>(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext,
    _ pass: @escaping (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Manifest {
    precondition(context.position == model.position, "a dump is made at its model's position")
    let hash = RunningHash()
    let count = try printRows(name, format, model) { (piece) throws(Failure) in
      hash.update(piece)
      try pass(piece)
    }
    return Manifest(
      dump: name.name, format: format.name, version: name.version, context: context, rows: count,
      digest: hash.digest())
  }

  /// Prints the rows and says how many there are.
  @discardableResult
  private static func printRows<Failure: Error>(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel,
    _ pass: @escaping (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    switch format {
    case .csv: try printRows(name, CSVFormat(), model, pass)
    case .json: try printRows(name, JSONFormat(), model, pass)
    case .ndjson: try printRows(name, NDJSONFormat(), model, pass)
    }
  }

  private static func printRows<Failure: Error>(
    _ name: DumpName, _ format: some DumpFormat, _ model: ReadModel,
    _ pass: @escaping (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    var printer = RowPrinter(format, pass)
    name.write(model, to: &printer)
    try printer.finish()
    return printer.rows
  }
}

/// The bytes of a dump that is wanted whole.
private final class Gathered {
  private(set) var bytes: [UInt8] = []
  func append(_ piece: Span<UInt8>) {
    unsafe piece.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
  }
}

/// A hash that the pieces of a dump run through.
final class RunningHash {
  private var hash = SHA256()
  func update(_ piece: Span<UInt8>) { hash.update(unsafe piece.bytes) }
  func digest() -> Digest { hash.digest() }
}
