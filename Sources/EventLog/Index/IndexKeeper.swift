// Keeping the index: what is sealed gets its file, and files in a row become one.
//
// The files there should be follow from how many segments are sealed: 512 in a row from a multiple
// of 512 have one file, the 64 in a row from a multiple of 64 behind them have one, the 8 in a row
// from a multiple of 8 behind those have one, the rest one each.
// A file gets its name when it is durable, and only then are those removed that it stands for. So a
// crash leaves files that say the same twice, or a draft without a name, and never a gap that is
// not seen: a gap ends what the index covers, and is filled at the next step.

public import Platform
public import Events

/// Makes index files, one at a time.
public struct IndexKeeper<D: Disk>: Sendable {
  /// How many files become one.
  private static var fan: UInt32 { 8 }
  private static var segmentsMax: UInt32 { 512 }

  private let disk: D
  private let folder: LogFolder
  private let hasFilters: Bool
  public let logID: LogID
  private var isKeyed = false
  /// What is covered so far.
  public private(set) var index: LogIndex
  private var inventory = Inventory()
  /// Every segment but the last, which is not sealed yet or has been a moment ago.
  private var sealed: ArraySlice<Segment> { inventory.segments.dropLast() }
  /// The segment that stands behind a sealed one.
  private func behind(_ index: Int) -> Segment { inventory.segments[index + 1] }
  /// What was found damaged and will be made anew.
  public private(set) var warnings: [String] = []
  /// Files that say what others say, or nothing right: a step removes them.
  private var stale: [String] = []
  /// The row that has no filter of its own because a file of it cannot be read.
  private var rowGivenUp: UInt32?
  /// The files in a row that are becoming one.
  private var merger: IndexMerger<D>?

  /// Opens what is there, and changes nothing.
  ///
  /// What is damaged, cannot be read or belongs elsewhere is left out, and made anew by `step`.
  ///
  /// - Parameter hasFilters: whether filters are read, which a decision asks first; who reads a log
  ///   asks for few ids and needs none.
  public init(_ disk: D, _ directory: String, hasFilters: Bool = true) throws(LogFault) {
    self.disk = disk
    self.hasFilters = hasFilters
    folder = LogFolder(directory)
    let inventory = try Inventory.take(disk, folder, isStrict: false)
    guard let log = inventory.segments.first?.logID else {
      throw .notALog(directory: directory)
    }
    logID = log
    index = LogIndex([], .unkeyed, SegmentDoors(disk, folder, inventory.segments))
    try know(inventory)
    index = index.with(try files())
  }

  /// One past the last event of the last sealed segment.
  public var sealedEnd: Position { inventory.segments.last?.firstPosition ?? .zero }

  /// The root in the seal of the segment that ends before a position; nil where none does.
  public func sealedRoot(at position: Position) throws(LogFault) -> Digest? {
    try inventory.sealedRoot(disk, folder, at: position)
  }

  /// The bytes of the sealed segments between two of their ends.
  public func sealedBytes(from first: Position, to end: Position) -> Int {
    inventory.segments.dropFirst().reduce(0) {
      $1.firstPosition > first && $1.firstPosition <= end ? $0 + $1.predecessorLength : $0
    }
  }

  private mutating func know(_ inventory: Inventory) throws(LogFault) {
    self.inventory = inventory
    index.know(inventory.segments)
    if !isKeyed, !sealed.isEmpty {
      index = index.with(try IndexHash(of: inventory, disk, folder))
      isKeyed = true
    }
  }

  /// Looks for segments that were sealed since.
  public mutating func refresh() throws(LogFault) {
    try know(try Inventory.take(disk, folder, isStrict: false, after: inventory))
  }

  /// Leaves a file out that was found damaged, and all behind it; `step` makes them anew.
  public mutating func discard(_ path: String) throws(LogFault) {
    guard let place = index.files.firstIndex(where: { $0.path == path }) else { return }
    merger?.abandon()
    merger = nil
    let discarded = index.files[place...]
    stale += discarded.map(\.path)
    let rows = index.rows.filter { row in !discarded.contains { row.covers($0.header) } }
    index = index.with(rows).with([IndexFile](index.files[..<place]))
    _ = try tidy()
  }

  /// The files that cover the log from its beginning, the largest wherever several begin.
  private mutating func files() throws(LogFault) -> [IndexFile] {
    let disk = disk
    let folder = folder
    let isThere = try onDisk { () throws(Fault) in try disk.exists(folder.index) }
    guard isThere else { return [] }
    let names = try onDisk { () throws(Fault) in try disk.list(folder.index) }
    var found: [IndexFile] = []
    var end = Position.zero
    var count = 0
    while count < sealed.count {
      let prefix = IndexHeader.name(end, .zero).prefix(Segment.nameDigits + 1)
      let candidates = names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(".idx") }
      // Ends have twenty digits each: the last name has the largest.
      var next: IndexFile?
      for name in candidates.reversed() where next == nil {
        do {
          let file = try IndexFile(
            disk, path: folder.index + "/" + name, log: logID, hasFilter: hasFilters)
          if isRight(file.header, named: name) { next = file }
        } catch {
          warnings.append("\(error)")
        }
      }
      guard let next else { break }
      found.append(next)
      end = next.header.end
      count += Int(next.header.segments)
    }
    let used = Set(found.map(\.path))
    // Whatever else somebody has put there stays.
    let drafts = [LogFolder.indexDraftName, LogFolder.mergeDraftName]
    stale = names.filter { IndexHeader.isName($0) || drafts.contains($0) }
      .map { folder.index + "/" + $0 }.filter { !used.contains($0) }
    return found
  }

  /// Removes what a crash has left, and what is damaged; whether there was anything.
  ///
  /// Files behind a gap go as well: they are made again when the gap is filled.
  private mutating func tidy() throws(LogFault) -> Bool {
    guard !stale.isEmpty else { return false }
    for path in stale {
      do throws(Fault) { try disk.remove(path) } catch {
        if error.errno != .noEntry { warnings.append("\(error)") }
      }
    }
    stale = []
    return true
  }

  /// Whether a file covers whole sealed segments of this log.
  private func isRight(_ header: IndexHeader, named name: String) -> Bool {
    let first = Int(header.firstSegment)
    let last = first + Int(header.segments) - 1
    guard name == IndexHeader.name(header.first, header.end), last < sealed.count,
      IndexKeeper.isSize(header.segments), header.firstSegment % header.segments == 0
    else { return false }
    return sealed[first].firstPosition == header.first
      && behind(last).firstPosition == header.end && behind(last).link == header.link
  }

  /// Whether files become so many segments.
  private static func isSize(_ segments: UInt32) -> Bool {
    var size: UInt32 = 1
    while size < segments, size < segmentsMax { size *= fan }
    return size == segments
  }

  /// Makes one file that is missing, puts one into the filter of its row, or makes a piece of one
  /// that is merged; false where nothing of that is left.
  ///
  /// What is sealed and has no file comes first.
  ///
  /// - Parameter merges: whether files in a row are merged as well, for which no start waits.
  /// - Throws: `LogFault.corrupt` where a sealed segment is damaged; `.disk` where the file cannot
  ///   be written, and then nothing has changed.
  public mutating func step(merges: Bool = true) throws(LogFault) -> Bool {
    if try tidy() { return true }
    do throws(LogFault) {
      return try make(merges: merges)
    } catch {
      guard case .corrupt(let damage) = error, damage.what == .index else { throw error }
      warnings.append("\(error)")
      try discard(damage.path)
      return true
    }
  }

  /// How many sealed segments have files.
  private var coveredSegments: UInt32 { index.files.reduce(0) { $0 + $1.header.segments } }

  private mutating func make(merges: Bool) throws(LogFault) -> Bool {
    let covered = Int(coveredSegments)
    guard covered < sealed.count else {
      guard merges else { return false }
      if try addToRow() { return true }
      return try merge()
    }
    try onDisk { () throws(Fault) in
      if try !disk.exists(folder.index) { try disk.makeDirectory(folder.index) }
    }
    let draft = try IndexBuilder.build(
      disk, folder, sealed[covered], before: behind(covered), index.hash)
    index = index.with(index.files + [try publish(draft, folder.indexDraft)])
    return true
  }

  /// Puts a file into the filter of the last row, unless that is whole and will be one file; false
  /// where all are in it.
  private mutating func addToRow() throws(LogFault) -> Bool {
    let first = coveredSegments / Self.fan * Self.fan
    // All of single segments: a larger file would reach behind what is covered.
    let row = index.files.filter { $0.header.firstSegment >= first }
    guard hasFilters, rowGivenUp != first,
      let next = row.first(where: { !index.covers($0.header) })
    else { return false }
    // Anew where the later segments of a row have more than its first let expect.
    let hashesMax = row.map(\.header.filtered).max() ?? 0
    var filter =
      index.rows.first { $0.firstSegment == first && $0.hasRoom(for: next.header) }
      ?? RowFilter(firstSegment: first, room: Int(Self.fan + 1) * hashesMax)
    do throws(LogFault) {
      for file in row where !filter.covers(file.header) { try filter.add(file) }
    } catch {
      guard case .disk = error else { throw error }
      // Its own filter is asked; a merge will say what is wrong with the file.
      rowGivenUp = first
      return false
    }
    index = index.with(index.rows.filter { $0.firstSegment != first } + [filter])
    return true
  }

  /// Goes on with a merge, or begins one; false where there is nothing to merge.
  private mutating func merge() throws(LogFault) -> Bool {
    guard let merger else {
      guard let range = mergeable() else { return false }
      merger = try IndexMerger([IndexFile](index.files[range]), on: disk, folder)
      return true
    }
    do throws(LogFault) {
      guard merger.isWritten else {
        try merger.step()
        return true
      }
      let merged = try publish(try merger.finish(), folder.mergeDraft)
      let old = Set(merger.files.map(\.path))
      let place = index.files.firstIndex { old.contains($0.path) } ?? 0
      var files = index.files.filter { !old.contains($0.path) }
      files.insert(merged, at: place)
      index = index.with(files)
      for file in merger.files { try? disk.remove(file.path) }
      self.merger = nil
      return true
    } catch {
      merger.abandon()
      self.merger = nil
      throw error
    }
  }

  /// Files of the same size in a row that should be one.
  private func mergeable() -> Range<Int>? {
    let fan = Int(Self.fan)
    for start in index.files.indices {
      let head = index.files[start].header
      guard head.segments < Self.segmentsMax, start + fan <= index.files.count,
        head.firstSegment % (head.segments * Self.fan) == 0
      else { continue }
      let row = index.files[start..<start + fan]
      let isWhole = row.allSatisfy { $0.header.segments == head.segments }
      let events = row.reduce(0) { $0 + $1.header.events }
      if isWhole, events <= IndexEntry.eventsMax { return start..<start + fan }
    }
    return nil
  }

  private func publish(_ draft: IndexDraft, _ written: String) throws(LogFault) -> IndexFile {
    let header = draft.header
    let path = folder.index + "/" + IndexHeader.name(header.first, header.end)
    try onDisk { () throws(Fault) in
      try disk.rename(written, to: path, replacing: true)
      try disk.synchronizeDirectory(folder.index)
    }
    return try IndexFile(
      disk, path: path, log: header.logID, hasFilter: hasFilters, known: draft.filter)
  }
}
