// An array that outgrows the caches: plain values in pages of 2 MiB.

import CRecord
import Platform

/// An array of plain values in large memory: what `Array` does, with pages of 2 MiB and a way to
/// ask for an element ahead of its use.
@safe struct LargeArray<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  private static var capacityMin: Int { 64 }

  private var memory: LargeMemory
  private(set) var count = 0

  init() {
    memory = LargeMemory(byteCount: LargeArray.capacityMin * MemoryLayout<Element>.stride)
  }

  /// So many elements of zero bytes.
  ///
  /// The caller knows that zero bytes are an element.
  init(zeroed count: Int) {
    memory = LargeMemory(byteCount: max(1, count) * MemoryLayout<Element>.stride)
    self.count = count
  }

  @inline(__always)
  private var start: UnsafeMutablePointer<Element> {
    unsafe memory.base.assumingMemoryBound(to: Element.self)
  }

  private var capacity: Int { memory.byteCount / MemoryLayout<Element>.stride }

  subscript(index: Int) -> Element {
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

  /// Changes an element where it stands.
  @inline(__always)
  mutating func modify<Result>(_ index: Int, _ change: (inout Element) -> Result) -> Result {
    precondition(index >= 0 && index < count, "a large array is written past its end")
    makeUnique()
    return change(&(unsafe start[index]))
  }

  mutating func append(_ element: Element) {
    if count == capacity { move(to: max(LargeArray.capacityMin, count * 2)) } else { makeUnique() }
    unsafe (start + count).initialize(to: element)
    count += 1
  }

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

  @inline(__always)
  private mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&memory) { move(to: capacity) }
  }

  private mutating func move(to capacity: Int) {
    let larger = LargeMemory(byteCount: capacity * MemoryLayout<Element>.stride)
    unsafe larger.base.copyMemory(
      from: memory.base, byteCount: count * MemoryLayout<Element>.stride)
    memory = larger
  }
}
