// A folder in which other systems drop files, and where each of them is at every moment:
//
//   new/      dropped, by a rename into it: a file is whole from the moment it has its name there
//   work/     taken out of new by a rename, and on its way into the log
//   done/     every row is in the log
//   failed/   some rows are not, NAME.rejected says which and why; or none, NAME.why says why
//
// A file's name begins with what it holds and a dot: payments.2024-09-12.csv.gz. What stands in
// work at a start was being worked on when the program ended: it is handed in again, and rows that
// are in the log already are repeats.

import Events
import Platform

/// The folders of a spool.
struct Spool {
  private enum Place: String, CaseIterable {
    case new, work, done, failed
  }

  /// What became of a file.
  enum End {
    case done(ImportTally)
    case failed(ImportTally)
    /// It could not be read at all.
    case unreadable(String)
  }

  /// How many files of one name an ended folder keeps apart.
  private static let namesakesMax = 10_000

  let folder: String
  private let disk = SystemDisk()
  private let lock: DiskFile

  /// Makes what is missing of the folders, and holds the spool for this process alone.
  init(_ folder: String) throws {
    self.folder = folder
    for path in [folder] + Place.allCases.map({ "\(folder)/\($0.rawValue)" })
    where try !disk.exists(path) {
      try disk.makeDirectory(path)
      try disk.synchronizeDirectory(parentDirectory(of: path))
    }
    guard let lock = try disk.lock(folder) else {
      throw CommandFailure(
        .locked, "another process takes files out of \(folder)",
        hint: "One is enough; end it before you start this one")
    }
    self.lock = lock
  }

  private func path(_ place: Place, _ name: String = "") -> String {
    name.isEmpty ? "\(folder)/\(place.rawValue)" : "\(folder)/\(place.rawValue)/\(name)"
  }

  /// The next file, in work: what was begun before what is new, and by name.
  ///
  /// Names that begin with a dot or end with `.tmp` or `.part` are still being written.
  func next() throws -> String? {
    if let begun = try disk.list(path(.work)).sorted().first(where: isWhole) { return begun }
    guard let name = try disk.list(path(.new)).sorted().first(where: isWhole) else { return nil }
    try move(name, from: .new, to: .work, as: name)
    return name
  }

  private func isWhole(_ name: String) -> Bool {
    !name.hasPrefix(".") && ![".tmp", ".part", ".rejected", ".why"].contains { name.hasSuffix($0) }
  }

  private func move(_ name: String, from: Place, to: Place, as other: String) throws {
    try disk.rename(path(from, name), to: path(to, other), replacing: false)
    try disk.synchronizeDirectory(path(to))
    try disk.synchronizeDirectory(path(from))
  }

  /// Hands a file of work in and puts it where it belongs.
  ///
  /// - Throws: what keeps the daemon from answering; the file stays in work.
  func take(_ name: String, _ client: Client) throws -> End {
    guard let word = name.split(separator: ".").first, let kind = ImportKind(rawValue: "\(word)")
    else {
      return try refuse(
        name,
        "its name does not begin with merchants., payments., attempts., notices. or disputes.")
    }
    guard try disk.isPlainFile(path(.work, name)) else {
      return try refuse(name, "it is no plain file")
    }
    let rejects = RejectFile(path(.work, "\(name).rejected"))
    let tally: ImportTally
    do {
      tally = try ImportCommand.importFile(
        path(.work, name), try ImportFields(kind, maps: [], sets: []), client, rejects,
        isQuiet: true
      ).0
    } catch let failure as CommandFailure where failure.code == .fault {
      throw failure
    } catch let fault as Fault where fault.path != path(.work, name) {
      throw fault
    } catch {
      return try refuse(name, CommandFailure(of: error).text("spool"))
    }
    guard tally.rejected > 0 else {
      // Of a run that was cut short.
      if try disk.exists(path(.work, "\(name).rejected")) {
        try disk.remove(path(.work, "\(name).rejected"))
      }
      try end(name, in: .done)
      return .done(tally)
    }
    try end(name, in: .failed, beside: ".rejected")
    return .failed(tally)
  }

  private func refuse(_ name: String, _ reason: String) throws -> End {
    let text = Array((Screen.plain(reason) + "\n").utf8)
    try disk.replaceFile(path(.work, "\(name).why"), with: unsafe text.span.bytes)
    try end(name, in: .failed, beside: ".why")
    return .unreadable(reason)
  }

  /// Moves a file out of work with what is said beside it; a namesake of earlier keeps its name.
  private func end(_ name: String, in place: Place, beside suffix: String? = nil) throws {
    for number in 0..<Spool.namesakesMax {
      let other = number == 0 ? name : "\(name).\(number)"
      let names = [other] + (suffix.map { ["\(other)\($0)"] } ?? [])
      guard try names.allSatisfy({ try !disk.exists(path(place, $0)) }) else { continue }
      if let suffix {
        try move("\(name)\(suffix)", from: .work, to: place, as: "\(other)\(suffix)")
      }
      return try move(name, from: .work, to: place, as: other)
    }
    throw CommandFailure(
      .fault, "\(path(place)) holds \(Spool.namesakesMax) files called \(Screen.plain(name))",
      hint: "Put some of them elsewhere")
  }
}
