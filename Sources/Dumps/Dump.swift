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
  /// CSV as it was printed before: for holding what was published against, and never offered.
  ///
  /// It had an apostrophe before ASCII's beginnings of formulas and escaped nothing.
  case csvOfVersion1

  /// Those that are offered.
  public static let allCases: [DumpFormatName] = [.csv, .json, .ndjson]

  /// The format of a word on the command line.
  public init?(name: String) { self.init(name: name, version: nil) }

  /// The format that a manifest names.
  public init?(name: String, version: Int) { self.init(name: name, version: .some(version)) }

  private init?(name: String, version: Int?) {
    let all = DumpFormatName.allCases + [.csvOfVersion1]
    let found = all.first { $0.name == name && (version == nil || $0.version == version) }
    guard let found else { return nil }
    self = found
  }

  public var name: String { isCSV ? "csv" : rawValue }

  var isCSV: Bool { self == .csv || self == .csvOfVersion1 }

  /// The version of what it makes of a row, which stands in the manifest.
  public var version: Int { self == .csv ? 2 : 1 }

  /// What stands before the rows; of one length for manifests that differ in their digest only.
  func head(_ manifest: Manifest) -> [UInt8] {
    guard !isCSV else { return [] }
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

  /// Told now and then how many rows are printed, by the thread that prints them.
  public typealias Progress = (Int) -> Void

  /// Prints a table piece by piece and returns its manifest.
  ///
  /// The rows of a JSON document and of JSON lines are printed twice, once to be counted and hashed
  /// and once to be passed on, for their manifest stands before them and no dump is held in memory.
  /// What is long is passed on by a thread of its own, piece by piece in their order.
  public static func write<Failure: Error>(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext,
    progress: @escaping Progress = { _ in },
    _ pass: @escaping @Sendable (Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Manifest {
    try write(name, format, model, context, (), progress) { (_, piece) throws(Failure) in
      try pass(piece)
    }.manifest
  }

  /// The same with a state that `pass` alone has until the end.
  static func write<State: Sendable, Failure: Error>(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext,
    _ state: State, _ progress: @escaping Progress = { _ in },
    _ pass: @escaping @Sendable (inout State, Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> (manifest: Manifest, state: State) {
    if format.isCSV { return try rows(name, format, model, context, state, progress, pass) }
    let manifest = manifest(name, format, model, context)
    var state = state
    try pass(&state, format.head(manifest).span)
    state = try printRows(name, format, model, state, progress, pass).state
    let tail = format.tail
    if !tail.isEmpty { try pass(&state, tail.span) }
    return (manifest, state)
  }

  /// The manifest of a dump without its bytes.
  public static func manifest(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext
  ) -> Manifest {
    rows(name, format, model, context, (), { _ in }) { (_, _) throws(Never) in }.manifest
  }

  /// The whole of a small dump.
  public static func bytes(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext
  ) -> (bytes: [UInt8], manifest: Manifest) {
    let gathered: [UInt8] = []
    let made = write(name, format, model, context, gathered) { (bytes, piece) throws(Never) in
      unsafe piece.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }
    return (made.state, made.manifest)
  }

  /// Prints what the manifest's digest covers.
  static func rows<State: Sendable, Failure: Error>(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext,
    _ state: State, _ progress: @escaping Progress,
    _ pass: @escaping @Sendable (inout State, Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> (manifest: Manifest, state: State) {
    precondition(context.position == model.position, "a dump is made at its model's position")
    let printed = try printRows(name, format, model, Hashed(state), progress) {
      (reached, piece) throws(Failure) in
      reached.hash.update(unsafe piece.bytes)
      try pass(&reached.state, piece)
    }
    let manifest = Manifest(
      name, (format.name, format.version), context, rows: printed.rows,
      digest: printed.state.hash.digest())
    return (manifest, printed.state.state)
  }

  /// Prints the rows and says how many there are.
  private static func printRows<State: Sendable, Failure: Error>(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ state: State,
    _ progress: @escaping Progress,
    _ use: @escaping @Sendable (inout State, Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> (rows: Int, state: State) {
    switch format {
    case .csv: try printRows(name, CSVFormat(), model, state, progress, use)
    case .csvOfVersion1:
      try printRows(name, CSVFormat(isOfVersion1: true), model, state, progress, use)
    case .json: try printRows(name, JSONFormat(), model, state, progress, use)
    case .ndjson: try printRows(name, NDJSONFormat(), model, state, progress, use)
    }
  }

  private static func printRows<State: Sendable, Failure: Error>(
    _ name: DumpName, _ format: some DumpFormat, _ model: ReadModel, _ state: State,
    _ progress: @escaping Progress,
    _ use: @escaping @Sendable (inout State, Span<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> (rows: Int, state: State) {
    var printer = RowPrinter(format, state, progress, use)
    name.write(model, to: &printer)
    let reached = try printer.finish()
    return (printer.rows, reached)
  }
}

/// A state and the hash of the pieces that led to it.
private struct Hashed<State: Sendable>: Sendable {
  var hash = SHA256()
  var state: State
  init(_ state: State) { self.state = state }
}
