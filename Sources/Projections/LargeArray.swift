// An array that outgrows the caches: plain values in pages of 2 MiB.

import CRecord
public import Platform

/// An array of plain values in large memory: what `Array` does, with pages of 2 MiB and a way to
/// ask for an element ahead of its use.
@safe public struct LargeArray<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  private static var capacityMin: Int { 64 }

  private var memory: LargeMemory
  public private(set) var count = 0
  /// How many bytes are known to be in memory; those that were written are.
  private var prepared = Int.max

  public init() {
    memory = LargeMemory(byteCount: LargeArray.capacityMin * MemoryLayout<Element>.stride)
  }

  /// So many elements of zero bytes.
  ///
  /// The caller knows that zero bytes are an element.
  init(zeroed count: Int) {
    memory = LargeMemory(byteCount: max(1, count) * MemoryLayout<Element>.stride)
    self.count = count
    prepared = 0
  }

  @inline(__always)
  private var start: UnsafeMutablePointer<Element> {
    unsafe memory.base.assumingMemoryBound(to: Element.self)
  }

  private var capacity: Int { memory.byteCount / MemoryLayout<Element>.stride }

  public subscript(index: Int) -> Element {
    @inline(__always)
    get {
      precondition(index >= 0 && index < count, "a large array is read past its end")
      return unsafe start[index]
    }
    @inline(__always)
    _modify {
      precondition(index >= 0 && index < count, "a large array is written past its end")
      makeUnique()
      yield unsafe &start[index]
    }
  }

  /// The elements of a range, copied.
  public subscript(range: Range<Int>) -> [Element] {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "a large array is read past its end")
    let part = unsafe UnsafeBufferPointer(start: start + range.lowerBound, count: range.count)
    return unsafe [Element](part)
  }

  /// Changes an element where it stands.
  @inline(__always)
  mutating func modify<Result>(_ index: Int, _ change: (inout Element) -> Result) -> Result {
    precondition(index >= 0 && index < count, "a large array is written past its end")
    makeUnique()
    return change(&(unsafe start[index]))
  }

  public mutating func append(_ element: Element) {
    if count == capacity { grow(to: max(LargeArray.capacityMin, count * 2)) } else { makeUnique() }
    unsafe (start + count).initialize(to: element)
    count += 1
  }

  private static var preparedStep: Int { 2 << 20 }
  private static var pageLength: Int { 4_096 }

  /// Takes one page more of elements that were never written from the kernel: who writes all over
  /// them would wait for hundreds at once.
  mutating func prepare() {
    guard prepared < memory.byteCount else { return }
    // Where memory has grown since, the last end may lie within a page.
    let start = prepared & ~(LargeArray.pageLength - 1)
    let end = min(start + LargeArray.preparedStep, memory.byteCount)
    memory.prepare(start..<end)
    prepared = end
  }

  /// Copies the elements where another array shares them.
  mutating func separate() { makeUnique() }

  /// Asks for an element's cache line.
  @inline(__always)
  func prefetch(_ index: Int) { unsafe sluice_prefetch(start + index) }

  /// All elements in place.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let all = unsafe UnsafeRawBufferPointer(
        start: memory.base, count: count * MemoryLayout<Element>.stride)
      let span = unsafe all.bytes
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// All elements in place.
  public var span: Span<Element> {
    @_lifetime(borrow self)
    get {
      let all = unsafe UnsafeBufferPointer(start: UnsafePointer(start), count: count)
      let span = unsafe all.span
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  @inline(__always)
  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&memory) { move(to: capacity) }
  }

  private mutating func grow(to capacity: Int) {
    let byteCount = capacity * MemoryLayout<Element>.stride
    if isKnownUniquelyReferenced(&memory), let larger = memory.extended(to: byteCount) {
      memory = larger
    } else {
      move(to: capacity)
    }
  }

  private mutating func move(to capacity: Int) {
    let larger = LargeMemory(byteCount: capacity * MemoryLayout<Element>.stride)
    unsafe larger.base.copyMemory(
      from: memory.base, byteCount: count * MemoryLayout<Element>.stride)
    memory = larger
  }
}

extension LargeArray {
  /// A part of the elements more is made room for than are read: the memory behind them takes none
  /// before it is used, and the first element that is appended moves nothing.
  private static var roomShare: Int { 8 }

  /// The elements that a section holds, read where they stay.
  ///
  /// - Parameter isSound: whether the elements of a piece are what they may be; asked piece by
  ///   piece, in their order.
  public init(
    from section: inout SectionReader, _ isSound: (Span<Element>) -> Bool = { _ in true }
  ) throws(SectionFault) {
    let stride = MemoryLayout<Element>.stride
    let count = section.count(ofBytes: stride)
    let capacity = max(LargeArray.capacityMin, count + count / LargeArray.roomShare)
    memory = LargeMemory(byteCount: capacity * stride)
    self.count = count
    let elements = unsafe UnsafeMutableBufferPointer(start: start, count: count)
    try unsafe section.fill(elements, isSound)
    try section.require(true, "")
  }

  /// Writes the elements as they lie in memory.
  public func write(to section: inout SectionWriter) { section.plain(bytes, count: count) }
}
