// A dump as a file: written beside its path, made durable, and renamed over it as a whole.

package import Platform
package import Projections

extension Dump {
  /// Writes a dump to a path, and beside a CSV file its manifest.
  ///
  /// A reader sees the file that stood there before or the new one, never a part. The manifest of a
  /// CSV file follows its file: where a crash falls between them, the digest tells.
  package static func write(
    _ name: DumpName, _ format: DumpFormatName, _ model: ReadModel, _ context: LogContext,
    toPath path: String, on disk: some Disk
  ) throws(Fault) -> Manifest {
    let beside = path + ".tmp"
    if try disk.exists(beside) { try disk.remove(beside) }
    let file = try disk.open(beside, .createNew)
    let manifest: Manifest
    do throws(Fault) {
      let end = FileEnd()
      manifest = try write(name, format, model, context) { (piece) throws(Fault) in
        try disk.writeAll(file, unsafe piece.bytes, at: end.offset, path: beside)
        end.offset += piece.count
      }
      try disk.synchronize(file)
    } catch {
      // The first fault is the one to tell; what follows only tidies up behind it.
      try? disk.close(file)
      try? disk.remove(beside)
      throw error
    }
    try disk.close(file)
    try disk.rename(beside, to: path, replacing: true)
    try disk.synchronizeDirectory(parentDirectory(of: path))
    if format == .csv {
      let bytes = manifest.bytes
      try disk.replaceFile(path + manifestSuffix, with: unsafe bytes.span.bytes)
    }
    return manifest
  }
}

/// Where the next piece of a file goes.
private final class FileEnd {
  var offset = 0
}
