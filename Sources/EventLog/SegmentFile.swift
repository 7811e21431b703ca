// Reading one segment: large reads into one reused buffer, frames checked in place.

import CRecord
import Events
import Platform

/// What stands at an offset of a segment.
enum FrameFound {
  case frame(sluice_frame_header)
  /// Zeros, or the end of the file, where a header would stand.
  case nothing
  case damaged(FrameDefect)
}

/// An open segment and a window on its bytes.
final class SegmentFile<D: Disk> {
  /// Bytes asked of the disk at once.
  static var chunkLength: Int { 1 << 20 }
  /// The same for a header, where frames are long and only their headers are looked at.
  private static var hopLength: Int { 1 << 12 }

  let disk: D
  let path: String
  let file: DiskFile
  let segment: Segment
  private(set) var size: Int
  private var window: [UInt8] = []
  private var windowStart = 0
  private var windowCount = 0
  /// Starts of the 512-byte sectors of the window that the disk could not read.
  private var unreadable: [Int] = []
  private var offsets: [UInt32] = []
  /// Where a header was looked at last on the way to somewhere.
  private var hoppedFrom = -chunkLength
  #if PLANTED_BUGS
    var bugs: PlantedBugs = []
  #endif

  /// Opens a segment for reading and checks its header.
  init(_ disk: D, path: String, expecting logID: LogID?) throws(LogFault) {
    self.disk = disk
    self.path = path
    let file = try onDisk { () throws(Fault) in try disk.open(path, .read) }
    do {
      size = try onDisk { () throws(Fault) in try disk.size(file) }
      segment = try SegmentFile.header(disk, file, path, expecting: logID)
    } catch {
      try? disk.close(file)
      throw error
    }
    self.file = file
  }

  deinit {
    // Nothing was written through this descriptor; an error here says nothing about the log.
    try? disk.close(file)
  }

  private static func header(
    _ disk: D, _ file: DiskFile, _ path: String, expecting logID: LogID?
  ) throws(LogFault) -> Segment {
    let length = Segment.headerLength
    var bytes = [UInt8](repeating: 0, count: length)
    do {
      var elements = bytes.mutableSpan
      var span = unsafe elements.mutableBytes
      _ = try disk.readAll(file, into: &span, at: 0)
    } catch {
      guard error.errno == .inputOutput else { throw .disk(error) }
      throw .corrupt(
        Corruption(
          .segmentHeader, path: path, offset: 0, expected: "512 readable bytes",
          actual: "an input/output error"))
    }
    guard let segment = Segment(bytes) else {
      throw .corrupt(
        Corruption(
          .segmentHeader, path: path, offset: 0, expected: "a header with its checksum",
          actual: "other bytes"))
    }
    if let logID, segment.logID != logID {
      throw .corrupt(Corruption(.foreignSegment, path: path, offset: 16))
    }
    return segment
  }

  /// Forgets the window and asks for the size again, as a reader of a growing file does.
  func refresh() throws(LogFault) {
    windowCount = 0
    size = try onDisk { () throws(Fault) in try disk.size(file) }
  }

  // MARK: The window

  /// Sees to it that the window holds `length` bytes from an offset; says how many there are.
  ///
  /// - Parameter chunk: how much is asked of the disk where they are not there yet.
  private func load(
    _ offset: Int, _ length: Int, chunk: Int = SegmentFile.chunkLength
  ) throws(LogFault) -> Int {
    let available = max(0, min(length, size - offset))
    if offset >= windowStart, offset + available <= windowStart + windowCount {
      return available
    }
    if try extend(offset, available) { return available }
    let wanted = min(max(length, chunk), max(0, size - offset))
    if window.count < wanted {
      window = [UInt8](repeating: 0, count: max(wanted, min(chunk, size)))
    }
    windowStart = offset
    windowCount = 0
    unreadable = []
    do {
      windowCount = try fill(0..<wanted, at: offset)
    } catch {
      guard error.errno == .inputOutput else { throw .disk(error) }
      try loadBySector(wanted, at: offset)
    }
    return min(available, windowCount)
  }

  /// Reads what the window lacks of a piece that begins in it, so that nothing is read twice; says
  /// whether all of it is there.
  private func extend(_ offset: Int, _ available: Int) throws(LogFault) -> Bool {
    let place = offset - windowStart
    guard place >= 0, place < min(windowCount, SegmentFile.chunkLength), unreadable.isEmpty else {
      return false
    }
    let held = windowCount
    let needed = place + available
    if window.count < needed {
      window.append(contentsOf: repeatElement(0, count: needed - window.count))
    }
    do {
      windowCount += try fill(held..<needed, at: windowStart + held)
    } catch {
      // Then the whole piece is read anew, around the place that the disk cannot read.
      guard error.errno == .inputOutput else { throw .disk(error) }
    }
    return windowCount >= needed
  }

  /// Loads a header on the way to somewhere; says how much of it there is.
  ///
  /// Long frames are passed one by one; among short ones a chunk has the headers of many.
  private func hop(to offset: Int) throws(LogFault) -> Int {
    let isFar = offset - hoppedFrom >= SegmentFile.chunkLength / 8
    hoppedFrom = offset
    return try load(
      offset, Frame.headerLength,
      chunk: isFar ? SegmentFile.hopLength : SegmentFile.chunkLength)
  }

  private func fill(_ range: Range<Int>, at offset: Int) throws(Fault) -> Int {
    var bytes = window
    window = []
    defer { window = bytes }
    var count = 0
    do {
      var elements = bytes.mutableSpan
      var span = unsafe elements.mutableBytes
      var part = span._mutatingExtracting(range)
      count = try disk.readAll(file, into: &part, at: offset)
    }
    return count
  }

  /// Reads what can be read around a place that the disk cannot read.
  private func loadBySector(_ wanted: Int, at offset: Int) throws(LogFault) {
    var done = 0
    while done < wanted {
      let start = offset + done
      let sector = Int(SLUICE_SECTOR)
      let end = min((start / sector + 1) * sector - offset, wanted)
      do {
        let count = try fill(done..<end, at: start)
        if count < end - done { break }
      } catch {
        guard error.errno == .inputOutput else { throw .disk(error) }
        for index in done..<end { window[index] = 0 }
        unreadable.append(start / sector * sector)
      }
      done = end
    }
    windowCount = done
  }

  private func isUnreadable(_ start: Int, _ end: Int) -> Bool {
    unreadable.contains { $0 < end && $0 + Int(SLUICE_SECTOR) > start }
  }

  private func withWindow<Result>(
    _ start: Int, _ end: Int, _ body: (RawSpan) -> Result
  ) -> Result {
    let bytes = window
    let span = unsafe bytes.span.bytes
    return body(span.extracting(start - windowStart..<end - windowStart))
  }

  // MARK: Frames

  /// Checks the frame at an offset against what it has to follow; the body of a frame that ends
  /// before `hoppingTo` is not looked at.
  func frame(
    at offset: Int, after chain: Chain, hoppingTo: Position = .zero
  ) throws(LogFault) -> FrameFound {
    let headerEnd = offset + Frame.headerLength
    let isHopping = chain.next < hoppingTo
    let held = try isHopping ? hop(to: offset) : load(offset, Frame.headerLength)
    if held < Frame.headerLength {
      let isZero = withWindow(offset, offset + held) { SegmentFile.lastNonZero($0) == nil }
      if isUnreadable(offset, offset + held) { return .damaged(.unreadable) }
      return isZero ? .nothing : .damaged(.cutOff)
    }
    if isUnreadable(offset, headerEnd) { return .damaged(.unreadable) }
    let isNothing = withWindow(offset, headerEnd) { SegmentFile.lastNonZero($0) == nil }
    if isNothing { return .nothing }
    let header = withWindow(offset, headerEnd) { Frame.header($0) }
    let placed = withWindow(offset, headerEnd) {
      Frame.defect(
        ofHeader: header, bytes: $0, logID: segment.logID, segment: segment.number,
        offset: offset, capacity: segment.capacity)
    }
    if let placed { return .damaged(placed) }
    if let defect = Frame.defect(of: header, after: chain) {
      #if PLANTED_BUGS
        let isForgiven = bugs.contains(.ignoreLink)
      #else
        let isForgiven = false
      #endif
      if !isForgiven { return .damaged(defect) }
    }
    let end = header.first_position + UInt64(header.count)
    if end < hoppingTo.rawValue || (end == hoppingTo.rawValue && header.count > 0) {
      return .frame(header)
    }
    return try body(of: header, at: offset)
  }

  private func body(of header: sluice_frame_header, at offset: Int) throws(LogFault) -> FrameFound {
    let length = header.frameLength
    let end = offset + length
    guard try load(offset, length) == length else { return .damaged(.cutOff) }
    if isUnreadable(offset, end) { return .damaged(.unreadable) }
    let start = offset + Frame.headerLength
    let sum = withWindow(start, end) { checksum($0) }
    #if PLANTED_BUGS
      let isForgiven = bugs.contains(.ignoreBodyChecksum)
    #else
      let isForgiven = false
    #endif
    guard sum == header.body_crc || isForgiven else {
      return .damaged(.bodyChecksum(expected: sum, actual: header.body_crc))
    }
    if header.frame_kind == FrameKind.batch.rawValue {
      var walked = offsets
      offsets = []
      let defect = withWindow(start, end) {
        Frame.walk($0, count: Int(header.count), into: &walked)
      }
      offsets = walked
      if let defect { return .damaged(defect) }
    }
    return .frame(header)
  }

  /// Shows the events of the frame that `frame(at:after:)` has just found.
  func withEvents<Failure: Error>(
    of header: sluice_frame_header, at offset: Int, _ range: Range<Int>,
    _ body: (borrowing EventBatch) throws(Failure) -> Void
  ) throws(Failure) {
    let bytes = window
    let starts = offsets
    let span = unsafe bytes.span.bytes
    let start = offset + Frame.headerLength - windowStart
    let events = span.extracting(start..<start + Int(header.body_length))
    let batch = EventBatch(
      bytes: events, offsets: starts.span.extracting(range),
      first: Position(header.first_position).advanced(by: range.lowerBound),
      logTime: Timestamp(nanoseconds: header.log_time))
    try body(batch)
  }

  /// The body of the seal that `frame(at:after:)` has just found.
  func seal(at offset: Int) -> sluice_seal {
    let start = offset + Frame.headerLength
    return withWindow(start, start + MemoryLayout<sluice_seal>.size) {
      unsafe $0.unsafeLoadUnaligned(as: sluice_seal.self)
    }
  }

  /// The header and body of the seal that ends this segment at `length`, its checksums right.
  func finalSeal(
    endingAt length: Int
  ) throws(LogFault) -> (header: sluice_frame_header, seal: sluice_seal)? {
    let offset = length - Frame.sealLength
    guard offset >= Segment.framesBegin, length <= size,
      try load(offset, Frame.sealLength, chunk: Frame.sealLength) == Frame.sealLength,
      !isUnreadable(offset, length)
    else { return nil }
    let header = withWindow(offset, length) { Frame.header($0) }
    let defect = withWindow(offset, length) {
      Frame.defect(
        ofHeader: header, bytes: $0, logID: segment.logID, segment: segment.number,
        offset: offset, capacity: segment.capacity)
    }
    guard defect == nil, header.frame_kind == FrameKind.seal.rawValue,
      header.frameLength == Frame.sealLength,
      withWindow(offset + Frame.headerLength, length, { checksum($0) }) == header.body_crc
    else { return nil }
    return (header, seal(at: offset))
  }

  // MARK: What stands behind the first invalid byte

  /// One past the last byte from an offset on that is not zero, unreadable sectors counted as dirt;
  /// nil where all are zero.
  func dirtEnd(from offset: Int) throws(LogFault) -> Int? {
    var end: Int?
    var position = offset
    while position < size {
      let count = try load(position, min(SegmentFile.chunkLength, size - position))
      if count == 0 { break }
      let last = withWindow(position, position + count) { SegmentFile.lastNonZero($0) }
      if let last { end = max(end ?? 0, position + last + 1) }
      let sector = Int(SLUICE_SECTOR)
      for start in unreadable where start + sector > offset {
        end = max(end ?? 0, min(start + sector, size))
      }
      position += count
    }
    return end
  }

  /// The offset of a valid header of this log, at its own place and later than `batch`, somewhere
  /// behind an offset; nil where there is none.
  func laterFrame(from offset: Int, to end: Int, after batch: UInt64) throws(LogFault) -> Int? {
    var position = offset
    while position + Frame.headerLength <= end {
      let count = try load(position, min(SegmentFile.chunkLength, end - position))
      if count < Frame.headerLength { return nil }
      let found = withWindow(position, position + count) { bytes -> Int? in
        var index = 0
        while index + Frame.headerLength <= bytes.byteCount {
          if unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt32.self)
            == SLUICE_FRAME_MAGIC
          {
            let header = Frame.header(bytes, at: index)
            let defect = Frame.defect(
              ofHeader: header,
              bytes: bytes.extracting(index..<index + Frame.headerLength),
              logID: segment.logID, segment: segment.number, offset: position + index,
              capacity: segment.capacity)
            if defect == nil, header.batch > batch { return position + index }
          }
          index += 1
        }
        return nil
      }
      if let found { return found }
      position += count - Frame.headerLength + 1
    }
    return nil
  }

  /// The index of the last byte that is not zero.
  static func lastNonZero(_ bytes: RawSpan) -> Int? {
    var index = bytes.byteCount
    while index >= 8 {
      if unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index - 8, as: UInt64.self) != 0 { break }
      index -= 8
    }
    while index > 0 {
      if unsafe bytes.unsafeLoad(fromByteOffset: index - 1, as: UInt8.self) != 0 {
        return index - 1
      }
      index -= 1
    }
    return nil
  }

  /// The bytes of a range; sectors that cannot be read are zeros.
  func bytes(_ range: Range<Int>) throws(LogFault) -> [UInt8] {
    bytes(range.lowerBound, try load(range.lowerBound, range.count))
  }

  /// The bytes of a header on the way to somewhere.
  func headerBytes(at offset: Int) throws(LogFault) -> [UInt8] {
    bytes(offset, try hop(to: offset))
  }

  private func bytes(_ offset: Int, _ count: Int) -> [UInt8] {
    withWindow(offset, offset + count) { span in
      unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
    }
  }
}
