// Work on many things of which none needs another: two threads take piece after piece until none is
// left.
//
//   this thread   piece 0 ─ piece 2 ─ piece 3 ─ ...
//   the other     piece 1 ───────── piece 4 ─ ...
//
// Who is late takes fewer pieces, so that both end together. Where the system has no thread left
// this one does all of them: what comes out is the same.

private import Synchronization

/// Two threads over one piece of work.
public enum SharedWork {
  /// Works on every piece once, in no order, and returns when all are done.
  ///
  /// - Parameters:
  ///   - name: of the second thread.
  ///   - count: of the pieces, which are numbered from 0. With one there is no second thread.
  ///   - work: takes the number of a piece; on either thread, on both at once.
  public static func run(_ name: String, _ count: Int, _ work: @escaping @Sendable (Int) -> Void) {
    let next = Next()
    let other = count > 1 ? try? Worker(name) { next.takeAll(of: count, work) } : nil
    next.takeAll(of: count, work)
    other?.join()
  }

  /// What comes of each piece, in the order of the pieces.
  ///
  /// - Parameters:
  ///   - name: of the second thread.
  ///   - count: of the pieces.
  ///   - make: takes the number of a piece; on either thread, on both at once.
  public static func map<Result: Sendable>(
    _ name: String, _ count: Int, _ make: @escaping @Sendable (Int) -> Result
  ) -> [Result] {
    let results = Results<Result>()
    run(name, count) { number in results.put(make(number), at: number) }
    return results.take()
  }

  /// An array whose elements are made piece by piece.
  ///
  /// - Parameters:
  ///   - name: of the second thread.
  ///   - length: of a piece, in elements.
  ///   - fill: takes the range of the array that is a piece, and the elements there, which are
  ///     zeros; on either thread, on both at once.
  public static func array<Element: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ name: String, count: Int, piece length: Int,
    _ fill: @escaping @Sendable (Range<Int>, inout MutableSpan<Element>) -> Void
  ) -> [Element] {
    unsafe [Element](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe LargeMemory.advise(UnsafeMutableRawBufferPointer(buffer))
      let elements = unsafe Elements(start: buffer.baseAddress)
      run(name, (count + length - 1) / length) { number in
        let range = number * length..<min(count, (number + 1) * length)
        elements.clear(range)
        elements.with(range) { fill(range, &$0) }
      }
      filled = count
    }
  }

  /// Changes an array piece by piece.
  ///
  /// - Parameters:
  ///   - name: of the second thread.
  ///   - starts: where each piece begins, in their order, and where the last one ends.
  ///   - change: takes the number of a piece and its elements; on either thread, on both at once.
  public static func change<Element: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ name: String, _ array: inout [Element], at starts: [Int],
    _ change: @escaping @Sendable (Int, inout MutableSpan<Element>) -> Void
  ) {
    precondition(
      starts.first == 0 && starts.last == array.count
        && zip(starts, starts.dropFirst()).allSatisfy(<=),
      "the pieces do not lie one behind the other")
    unsafe array.withUnsafeMutableBufferPointer { buffer in
      let elements = unsafe Elements(start: buffer.baseAddress)
      run(name, starts.count - 1) { number in
        elements.with(starts[number]..<starts[number + 1]) { change(number, &$0) }
      }
    }
  }

  /// Which piece is the next.
  private final class Next: Sendable {
    private let piece = Atomic(0)

    func takeAll(of count: Int, _ work: (Int) -> Void) {
      while true {
        let taken = piece.wrappingAdd(1, ordering: .relaxed).oldValue
        guard taken < count else { return }
        work(taken)
      }
    }
  }

  /// Results by piece, as they come.
  private final class Results<Result: Sendable>: Sendable {
    private let made = Mutex<[(number: Int, result: Result)]>([])

    func put(_ result: Result, at number: Int) {
      made.withLock { $0.append((number, result)) }
    }

    func take() -> [Result] {
      made.withLock { made in made.sorted { $0.number < $1.number }.map(\.result) }
    }
  }

  /// Memory in the making: no two threads are ever at one piece of it.
  @safe
  private struct Elements<Element: FixedWidthInteger & BitwiseCopyable & Sendable>:
    @unchecked Sendable
  {
    private let start: UnsafeMutablePointer<Element>?

    init(start: UnsafeMutablePointer<Element>?) { unsafe self.start = start }

    func clear(_ range: Range<Int>) {
      guard let start = unsafe start else { return }
      unsafe (start + range.lowerBound).initialize(repeating: 0, count: range.count)
    }

    func with(_ range: Range<Int>, _ use: (inout MutableSpan<Element>) -> Void) {
      guard let start = unsafe start else { return }
      let part = unsafe UnsafeMutableBufferPointer(
        start: start + range.lowerBound, count: range.count)
      var span = unsafe part.mutableSpan
      use(&span)
    }
  }
}
