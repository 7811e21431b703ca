// A dump as a file: written beside its path, made durable, and renamed over it as a whole.

import Events
public import Platform
public import Projections

extension Dump {
  /// Writes a dump to a path, and beside a CSV file its manifest.
  ///
  /// A reader sees the file that stood there before or the new one, never a part. The manifest of a
  /// CSV file follows its file: where a crash falls between them, the digest tells. The manifest of
  /// the other formats stands first in the file and is known last: its place is kept free, for its
  /// length is known from the count of rows. `progress` is told of the rows now and then.
  public static func write(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext,
    toPath path: String, on disk: some Disk, progress: @escaping Progress = { _ in }
  ) throws(Fault) -> Manifest {
    let manifest = try replace(path, on: disk) { (beside) throws(Fault) in
      let file = try disk.open(beside, .createNew)
      let manifest: Manifest
      do throws(Fault) {
        manifest = try fill(file, beside, name, format, model, context, on: disk, progress)
        try disk.synchronize(file)
      } catch {
        // The first fault is the one to tell; what follows only tidies up behind it.
        try? disk.close(file)
        throw error
      }
      try disk.close(file)
      return manifest
    }
    if format.isCSV {
      let bytes = manifest.bytes
      try disk.replaceFile(path + manifestSuffix, with: unsafe bytes.span.bytes)
    }
    return manifest
  }

  /// Has a file made beside a path and renames it over the path; what `make` leaves when it throws
  /// is removed.
  static func replace<Result>(
    _ path: String, on disk: some Disk, _ make: (_ beside: String) throws(Fault) -> Result
  ) throws(Fault) -> Result {
    let beside = path + ".tmp"
    if try disk.exists(beside) { try disk.remove(beside) }
    let result: Result
    do throws(Fault) { result = try make(beside) } catch {
      try? disk.remove(beside)
      throw error
    }
    try disk.rename(beside, to: path, replacing: true)
    try disk.synchronizeDirectory(parentDirectory(of: path))
    return result
  }

  private static func fill(
    _ file: DiskFile, _ path: String, _ name: DumpName, _ format: DumpFormatName,
    _ model: ReadModel, _ context: LogContext, on disk: some Disk, _ progress: @escaping Progress
  ) throws(Fault) -> Manifest {
    let expected = Manifest(
      name, (format.name, format.version), context, rows: name.rowCount(model), digest: .zero)
    let room = format.head(expected).count
    let (manifest, end) = try rows(name, format, model, context, room, progress) {
      (end, piece) throws(Fault) in
      try disk.writeAll(file, unsafe piece.bytes, at: end, path: path)
      disk.beginWriting(file, end..<end + piece.count)
      end += piece.count
    }
    let tail = format.tail
    try disk.writeAll(file, unsafe tail.span.bytes, at: end, path: path)
    let head = format.head(manifest)
    precondition(head.count == room, "a table has another count of rows than it said")
    try disk.writeAll(file, unsafe head.span.bytes, at: 0, path: path)
    return manifest
  }
}
