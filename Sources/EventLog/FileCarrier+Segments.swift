// Rolling from one segment to the next; Segment.swift tells the order and why.

import CRecord
import Events
import Merkle
import Platform

extension FileCarrier {
  /// The longest frame a segment of some capacity takes.
  static func frameLengthMax(capacity: Int) -> Int {
    capacity - Segment.framesBegin - Frame.sealLength
  }

  /// Sees to it that a frame fits and that the seal fits after it.
  mutating func makeRoom(
    for length: Int, at time: Timestamp, isControl: Bool
  ) throws(LogFault) {
    let lengthMax = FileCarrier.frameLengthMax(capacity: options.segmentCapacity)
    guard length <= lengthMax else { throw .batchTooLarge(bytes: length, bytesMax: lengthMax) }
    if hasRoom(for: length) { return }
    try roll(at: time, isControl: isControl)
    if hasRoom(for: length) { return }
    // The new segment is a small one from the reserve.
    throw .batchTooLarge(
      bytes: length,
      bytesMax: FileCarrier.frameLengthMax(capacity: active?.segment.capacity ?? 0))
  }

  private func hasRoom(for length: Int) -> Bool {
    guard let active else { return false }
    #if PLANTED_BUGS
      let sealLength = options.has(.noRoomForSeal) ? 0 : Frame.sealLength
    #else
      let sealLength = Frame.sealLength
    #endif
    return active.offset + length + sealLength <= active.segment.capacity
  }

  /// Makes next.tmp ahead of its use, so that a roll need not wait for it.
  public mutating func prepareNextSegment() throws(LogFault) {
    try checkAlive()
    if spare == nil { try prepareSpare(isControl: false) }
    // Where there is room for a segment there may be room for the reserve that a full disk took: it
    // has to be back before the disk is full again, not at the next roll.
    restoreReserve()
  }

  /// Creates next.tmp with all its room.
  ///
  /// A full disk is `.full`, with nothing changed.
  mutating func prepareSpare(isControl: Bool) throws(LogFault) {
    do {
      spare = try makeSpare(capacity: options.segmentCapacity)
    } catch {
      guard FileCarrier.meansFull(error) else { throw poisoned(by: .disk(error)) }
      guard isControl, hasReserve else { throw .full(error) }
      try useReserve()
    }
  }

  static func meansFull(_ fault: Fault) -> Bool {
    fault.errno == .noSpace || fault.errno == .quota
  }

  /// Makes next.tmp in the second half of a segment, before a batch has to wait for it.
  mutating func prepareSpareAhead() {
    guard spare == nil, !hasGivenUpSpare, let active,
      active.offset > active.segment.capacity / 2
    else { return }
    spare = try? makeSpare(capacity: options.segmentCapacity)
    hasGivenUpSpare = spare == nil
  }

  /// Lays zeros ahead of small frames.
  ///
  /// To make a frame durable that is the first in its blocks, the file system writes its own
  /// journal as well, which takes as long again. Large frames go without: a journal is less than
  /// their bytes a second time.
  ///
  /// - Parameter length: of the frame that was just written.
  mutating func layZeros(behind length: Int) {
    let step = options.zerosLength
    guard let active, length <= step / 2, active.offset + step / 4 > active.zerosEnd else { return }
    let start = max(active.offset, active.zerosEnd)
    let end = min(active.offset + step, active.segment.capacity)
    guard start < end else { return }
    // No event depends on them: what goes wrong here makes a frame slower, and what the device says
    // of it reaches the next synchronization.
    guard (try? disk.writeZeros(active.file, start..<end, path: active.path)) != nil else { return }
    disk.beginWriting(active.file, start..<end)
    self.active?.zerosEnd = end
  }

  /// A durable next.tmp without a header.
  private mutating func makeSpare(capacity: Int) throws(Fault) -> Spare {
    if try disk.exists(folder.spare) { try disk.remove(folder.spare) }
    let file = try disk.open(folder.spare, .createNew)
    do throws(Fault) {
      try disk.reserve(file, length: capacity)
      try disk.synchronize(file)
    } catch {
      try? disk.close(file)
      try? disk.remove(folder.spare)
      throw error
    }
    return Spare(file: file, capacity: capacity)
  }

  /// Gives up the reserve for a small segment that control events fit into.
  private mutating func useReserve() throws(LogFault) {
    let capacity = min(options.segmentCapacity, max(options.reserveLength / 2, 4_096))
    do {
      try disk.remove(folder.reserve)
      hasReserve = false
      try disk.synchronizeDirectory(folder.directory)
      spare = try makeSpare(capacity: capacity)
    } catch {
      if FileCarrier.meansFull(error) { throw .full(error) }
      throw poisoned(by: .disk(error))
    }
  }

  /// Makes the reserve anew where it was given up and there is room again.
  mutating func restoreReserve() {
    guard !hasReserve else { return }
    do {
      let file = try disk.open(folder.reserve, .createOrOpen)
      do {
        try disk.reserve(file, length: options.reserveLength)
        try disk.writeZeros(file, 0..<options.reserveLength, path: folder.reserve)
        try disk.synchronize(file)
        try disk.close(file)
      } catch {
        try? disk.close(file)
        try disk.remove(folder.reserve)
        throw error
      }
      try disk.synchronizeDirectory(folder.directory)
      hasReserve = true
    } catch {
      // Without a reserve the log still works; the next roll tries again.
    }
  }

  /// Seals the active segment and opens the next one.
  mutating func roll(at time: Timestamp, isControl: Bool) throws(LogFault) {
    guard inventory.segments.count < Segment.countMax else {
      throw .full(Fault("openat", .noSpace, path: folder.segments, hint: "Too many segments."))
    }
    if spare == nil { try prepareSpare(isControl: isControl) }
    try seal(at: max(time, chain.logTime))
    guard let spare, let last = inventory.segments.last else {
      preconditionFailure("a roll has no next segment or no predecessor")
    }
    let segment = Segment(
      logID: chain.logID, number: last.number + 1, capacity: spare.capacity,
      firstPosition: chain.next, firstBatch: chain.batch + 1, predecessorLength: mark.end,
      link: chain.link, created: chain.logTime)
    do {
      try publish(segment, spare)
    } catch { throw poisoned(by: .disk(error)) }
    active = Active(
      segment: segment, file: spare.file, path: folder.path(segment), offset: Segment.framesBegin,
      zerosEnd: Segment.framesBegin)
    self.spare = nil
    hasGivenUpSpare = false
    inventory.segments.append(segment)
    inventory.hasSpare = false
    chain.ending = nil
    restoreReserve()
  }

  /// Turns next.tmp into a segment.
  private func publish(_ segment: Segment, _ spare: Spare) throws(Fault) {
    let header = segment.encoded
    let span = unsafe header.span.bytes
    try disk.writeAll(spare.file, span, at: 0, path: folder.spare)
    try disk.synchronize(spare.file)
    try disk.rename(folder.spare, to: folder.path(segment), replacing: false)
    #if PLANTED_BUGS
      if options.has(.skipDirectorySync) { return }
    #endif
    try disk.synchronizeDirectory(folder.segments)
  }

  /// Ends the active segment with its seal; does nothing where that is done.
  private mutating func seal(at time: Timestamp) throws(LogFault) {
    guard let sealed = active else { return }
    let root = tree.root
    var raw = sluice_seal()
    raw.first_position = sealed.segment.firstPosition.rawValue
    raw.next_position = chain.next.rawValue
    raw.root = root.words
    let body = unsafe withUnsafeBytes(of: raw) { unsafe [UInt8]($0) }
    try appendFrame(.seal, body: body, at: time)
    inventory.sealedRoot = root
    inventory.sealedIncarnation = chain.incarnation
    active = nil
    do {
      try disk.protect(sealed.path)
      try disk.close(sealed.file)
    } catch { throw poisoned(by: .disk(error)) }
    if let leavesFile { try? disk.synchronize(leavesFile.file) }
    keepTree(.sealed)
  }
}
