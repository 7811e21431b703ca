// Creating a log and opening one; Recovery.swift tells the steps and why.

public import Events
import Merkle
import Platform

extension FileCarrier {
  // MARK: Creating

  /// Lays out an empty log and opens it.
  ///
  /// Interrupted, it can be called again.
  public static func create(
    _ disk: D, _ directory: String, logID: LogID, created: Timestamp, options: LogOptions
  ) throws(LogFault) -> (carrier: FileCarrier, report: RecoveryReport) {
    precondition(
      options.segmentCapacity >= LogOptions.segmentCapacityMin
        && options.segmentCapacity <= Int(UInt32.max), "segments of an impossible capacity")
    let folder = LogFolder(directory)
    try onDisk { () throws(Fault) in
      for path in [directory, folder.segments, folder.quarantine]
      where try !disk.exists(path) { try disk.makeDirectory(path) }
    }
    let lock = try take(lockOf: folder, disk, options)
    var isTaken = false
    do {
      isTaken = try disk.list(folder.segments).contains { $0 != Segment.spareName }
      if !isTaken { try layOut(disk, folder, logID, created, options) }
    } catch {
      try? disk.unlock(lock)
      throw meansFull(error) ? .full(error) : .disk(error)
    }
    guard !isTaken else {
      try onDisk { () throws(Fault) in try disk.unlock(lock) }
      throw .alreadyALog(directory: directory)
    }
    // Under the same lock: nobody comes in between.
    return try open(disk, folder, options, lock)
  }

  /// Writes the first segment last: the log exists from the moment it has its name.
  private static func layOut(
    _ disk: D, _ folder: LogFolder, _ logID: LogID, _ created: Timestamp, _ options: LogOptions
  ) throws(Fault) {
    for path in [folder.spare, folder.mark, folder.leaves, folder.tree, folder.reserve]
    where try disk.exists(path) { try disk.remove(path) }
    let segment = Segment(
      logID: logID, number: 0, capacity: options.segmentCapacity, firstPosition: .zero,
      firstBatch: 1, predecessorLength: 0, link: 0, created: created)
    var mark = [UInt8](repeating: 0, count: 2 * SyncMark.slotLength)
    let first = SyncMark(
      generation: 1, chain: segment.chain(incarnation: 0), segment: 0, end: Segment.framesBegin)
    mark.replaceSubrange(
      first.slotOffset..<first.slotOffset + SyncMark.slotLength, with: first.encoded(logID))
    try disk.overwrite(folder.mark, mark, synchronizing: true)
    let files: [(path: String, length: Int, header: [UInt8])] = [
      (folder.leaves, 0, []), (folder.reserve, options.reserveLength, []),
      (folder.spare, options.segmentCapacity, segment.encoded),
    ]
    for (path, length, header) in files {
      let file = try disk.open(path, .createNew)
      do {
        if length > 0 { try disk.reserve(file, length: length) }
        // On storage that lends more than it has only what was written is there to be given up.
        if path == folder.reserve { try disk.writeZeros(file, 0..<length, path: path) }
        let span = unsafe header.span.bytes
        try disk.writeAll(file, span, at: 0, path: path)
        try disk.synchronize(file)
      } catch {
        try? disk.close(file)
        throw error
      }
      try disk.close(file)
    }
    try disk.synchronizeDirectory(folder.directory)
    if let parent = folder.parent { try disk.synchronizeDirectory(parent) }
    try disk.rename(folder.spare, to: folder.path(segment), replacing: false)
    try disk.synchronizeDirectory(folder.segments)
  }

  private static func take(
    lockOf folder: LogFolder, _ disk: D, _ options: LogOptions
  ) throws(LogFault) -> DiskFile {
    guard let lock = try onDisk({ () throws(Fault) in try disk.lock(folder.directory) }) else {
      let holder = disk.contents(folder.holder, max: 256) ?? []
      let line = holder.prefix { $0 >= 32 && $0 < 127 }
      throw .locked(directory: folder.directory, holder: String(decoding: line, as: UTF8.self))
    }
    if !options.holder.isEmpty {
      // Only for the message to a second opener; nothing depends on it.
      let line = [UInt8](options.holder.utf8.prefix(200)) + [10, 0]
      try? disk.overwrite(folder.holder, line, synchronizing: false)
    }
    return lock
  }

  // MARK: Opening

  /// Opens a log for writing, after recovering it.
  public static func open(
    _ disk: D, _ directory: String, options: LogOptions
  ) throws(LogFault) -> (carrier: FileCarrier, report: RecoveryReport) {
    let folder = LogFolder(directory)
    let exists = try onDisk { () throws(Fault) in try disk.exists(folder.segments) }
    guard exists else { throw .notALog(directory: directory) }
    return try open(disk, folder, options, try take(lockOf: folder, disk, options))
  }

  private static func open(
    _ disk: D, _ folder: LogFolder, _ options: LogOptions, _ lock: DiskFile
  ) throws(LogFault) -> (carrier: FileCarrier, report: RecoveryReport) {
    var opened: [DiskFile] = [lock]
    do {
      return try recover(disk, folder, options, lock, &opened)
    } catch {
      for file in opened { try? disk.close(file) }
      throw error
    }
  }

  private static func recover(
    _ disk: D, _ folder: LogFolder, _ options: LogOptions, _ lock: DiskFile,
    _ opened: inout [DiskFile]
  ) throws(LogFault) -> (carrier: FileCarrier, report: RecoveryReport) {
    // A writer that died between a rename and its synchronization leaves a name that a power cut
    // would take away, with every batch that is appended under it.
    try onDisk { () throws(Fault) in try disk.synchronizeDirectory(folder.segments) }
    var inventory = try Inventory.take(disk, folder, isStrict: true)
    guard let last = inventory.segments.last else { throw .notALog(directory: folder.directory) }
    var report = RecoveryReport(verdict: .clean, incarnation: 1, wasClean: false)
    let (mark, isMarkUsable) = readMark(disk, folder, last.logID, &report)
    #if PLANTED_BUGS
      let seen = options.has(.ignoreMark) ? nil : mark
    #else
      let seen = mark
    #endif
    let walk = try walkLast(disk, folder, inventory, seen, options)
    report.verdict = walk.verdict
    report.wasClean = walk.chain.ending == .clean && walk.verdict == .clean
    let isSealed = walk.chain.ending == .seal
    var active: Active?
    let path = folder.path(last)
    if isSealed {
      try onDisk { () throws(Fault) in try disk.protect(path) }
    } else {
      let file = try onDisk { () throws(Fault) in try disk.open(path, .write) }
      opened.append(file)
      active = Active(
        segment: last, file: file, path: path, offset: walk.end, zerosEnd: walk.end)
      if walk.verdict == .torn {
        try Quarantine.cut(disk, folder, last, file, walk, options, &report)
      }
      try extend(disk, file, path, to: last.capacity)
    }
    try settleSpare(disk, folder, &inventory)
    let markFile = try onDisk { () throws(Fault) in
      try disk.open(folder.mark, isMarkUsable ? .write : .createOrOpen)
    }
    opened.append(markFile)
    var chain = walk.chain
    chain.incarnation += 1
    report.incarnation = chain.incarnation
    let generation = mark?.generation ?? 0
    var carrier = FileCarrier(
      disk: disk, folder: folder, options: options, lock: lock, markFile: markFile,
      leavesFile: nil, inventory: inventory, active: active, spare: nil, chain: chain,
      tree: CompactTree(),
      mark: SyncMark(generation: generation, chain: chain, segment: last.number, end: walk.end),
      hasReserve: (try? disk.exists(folder.reserve)) ?? false, poison: nil)
    if let sealed = walk.sealedRoot { carrier.inventory.sealedRoot = sealed }
    try carrier.writeMark()
    defer { if let leavesFile = carrier.leavesFile { opened.append(leavesFile.file) } }
    try carrier.restoreTree(wasClean: report.wasClean, &report)
    carrier.restoreReserve()
    if !carrier.hasReserve { report.warnings.append("There is no room for the reserve file.") }
    do {
      try carrier.makeRoom(for: Frame.headerLength, at: chain.logTime, isControl: false)
      try carrier.appendFrame(.mark, at: chain.logTime)
    } catch {
      guard case .full = error else { throw error }
      report.warnings.append("\(error)")
    }
    return (carrier, report)
  }

  private static func readMark(
    _ disk: D, _ folder: LogFolder, _ logID: LogID, _ report: inout RecoveryReport
  ) -> (mark: SyncMark?, isThere: Bool) {
    guard let bytes = disk.contents(folder.mark, max: 2 * SyncMark.slotLength) else {
      report.warnings.append(
        "sync.mark is missing or cannot be read: whether the last batch was acknowledged is not "
          + "known. It is written anew.")
      return (nil, false)
    }
    let (mark, isDamaged) = SyncMark.read(bytes, logID: logID)
    if isDamaged {
      report.warnings.append("A slot of sync.mark is damaged or of another log; it is not used.")
    } else if mark == nil {
      report.warnings.append("sync.mark is empty; it is written anew.")
    }
    return (mark, true)
  }

  /// Gives a segment file back the room that a cut, a kill or a copy took from its end.
  private static func extend(
    _ disk: D, _ file: DiskFile, _ path: String, to capacity: Int
  ) throws(LogFault) {
    let size = try onDisk { () throws(Fault) in try disk.size(file) }
    guard size < capacity else {
      // A copy may have holes; where there is no room for them the roll or a frame will tell.
      try? disk.reserve(file, length: capacity)
      return
    }
    try onDisk { () throws(Fault) in
      try disk.reserve(file, length: capacity)
      try disk.synchronize(file)
    }
  }

  /// Clears away next.tmp.
  ///
  /// An all-zero one is a spare whose room is not known to be durable: it is removed. One with a
  /// header is left from an interrupted roll and goes to the quarantine.
  private static func settleSpare(
    _ disk: D, _ folder: LogFolder, _ inventory: inout Inventory
  ) throws(LogFault) {
    guard inventory.hasSpare else { return }
    let head = disk.contents(folder.spare, max: Segment.headerLength) ?? []
    try onDisk { () throws(Fault) in
      if head.contains(where: { $0 != 0 }) {
        let name = "segment-\(inventory.segments.count).tmp"
        try disk.rename(folder.spare, to: folder.quarantine + "/" + name, replacing: true)
      } else {
        try disk.remove(folder.spare)
      }
      try disk.synchronizeDirectory(folder.segments)
    }
    inventory.hasSpare = false
  }
}
