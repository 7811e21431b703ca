// Where `serve --publish` may write: nowhere that the log lies.

import Platform

/// The folder of what is published.
enum PublishFolder {
  /// Refuses the log's own folder and any inside it, whatever links lead there.
  ///
  /// - Throws: `UsageFault` that says where to go.
  static func check(_ folder: String, log: String) throws {
    let disk = SystemDisk()
    guard try disk.exists(log) else { return }
    let home = try disk.absolutePath(log)
    guard let place = try resolved(folder, disk), place == home || place.hasPrefix(home + "/")
    else { return }
    throw UsageFault(
      what: "--publish \(folder) is in the folder of the log, \(home)",
      hint: "Name a folder outside of it: what is published is for others to read, the log is not")
  }

  /// The path without links, also of a folder that is to be made; nil where nobody could make it.
  private static func resolved(_ folder: String, _ disk: SystemDisk) throws -> String? {
    if try disk.exists(folder) { return try disk.absolutePath(folder) }
    var path = folder[...]
    while path.last == "/" { path.removeLast() }
    let slash = path.lastIndex(of: "/")
    let parent = slash.map { path[...$0] } ?? "."
    let name = slash.map { path[path.index(after: $0)...] } ?? path
    guard try disk.exists(String(parent)) else { return nil }
    return try disk.absolutePath(String(parent)) + "/" + name
  }
}
