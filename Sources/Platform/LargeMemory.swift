// Memory for tables that outgrow the caches: pages of 2 MiB, so that a look at a random place
// misses the cache and not the page tables as well.

private import CLinux

/// A piece of zeroed memory; given back with the last reference.
@safe public final class LargeMemory: @unchecked Sendable {
  /// From here on huge pages are asked for; below, a table takes what it needs and no more.
  private static let largeMin = 4 << 20

  public let base: UnsafeMutableRawPointer
  public let byteCount: Int
  private let isMapped: Bool
  /// Whether its pages belong to another now.
  private var isMoved = false

  public init(byteCount: Int) {
    self.byteCount = byteCount
    if byteCount >= LargeMemory.largeMin, let start = unsafe sluice_large_allocate(byteCount) {
      unsafe base = start
      isMapped = true
    } else {
      unsafe base = .allocate(byteCount: max(byteCount, 1), alignment: 64)
      unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      isMapped = false
    }
  }

  private init(mapped start: UnsafeMutableRawPointer, byteCount: Int) {
    unsafe base = start
    self.byteCount = byteCount
    isMapped = true
  }

  /// The same memory with zeros behind it, without a copy: what grows by hundreds of megabytes must
  /// not stand still for it.
  ///
  /// Nil where it has to be copied after all; otherwise this one holds nothing any more, and who
  /// asks is the only one who had it.
  public func extended(to byteCount: Int) -> LargeMemory? {
    guard isMapped, byteCount >= self.byteCount,
      let start = unsafe sluice_large_extend(base, self.byteCount, byteCount)
    else { return nil }
    isMoved = true
    return unsafe LargeMemory(mapped: start, byteCount: byteCount)
  }

  /// Takes a part from the kernel before its first use, which would wait for all its pages to be
  /// cleared; it begins where a page does.
  public func prepare(_ range: Range<Int>) {
    precondition(range.upperBound <= byteCount, "memory is prepared past its end")
    if isMapped { unsafe sluice_large_prepare(base + range.lowerBound, range.count) }
  }

  /// Asks for pages of 2 MiB for memory that was allocated otherwise and is not used yet.
  static func advise(_ memory: UnsafeMutableRawBufferPointer) {
    guard memory.count >= largeMin, let start = memory.baseAddress else { return }
    unsafe sluice_large_advise(start, memory.count)
  }

  deinit {
    if isMoved { return }
    if isMapped {
      unsafe sluice_large_release(base, byteCount)
    } else {
      unsafe base.deallocate()
    }
  }
}

extension OutputSpan where Element: BitwiseCopyable {
  /// Asks for pages of 2 MiB, once before the first element of millions: taken from the kernel by
  /// pages of 4 KiB they cost more than what is done with them.
  public mutating func askForLargePages() {
    precondition(isEmpty, "large pages are asked for when small ones are there")
    unsafe withUnsafeMutableBufferPointer { buffer, _ in
      unsafe LargeMemory.advise(UnsafeMutableRawBufferPointer(buffer))
    }
  }
}

extension Array where Element: BitwiseCopyable {
  /// Room for so many elements in pages of 2 MiB, for an array without any.
  public mutating func reserveLarge(_ count: Int) {
    precondition(isEmpty, "large pages are asked for when small ones are there")
    reserveCapacity(count)
    unsafe withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      let room = unsafe UnsafeMutableRawBufferPointer(
        start: start, count: count * MemoryLayout<Element>.stride)
      unsafe LargeMemory.advise(room)
    }
  }
}
