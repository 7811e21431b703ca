// How far a long work is: a bar on a terminal, a line every few seconds elsewhere, each with the
// rate and the time that is left. Every command that lasts tells it with this one.

import Platform

/// A moment of a long work, and how it reads.
struct MeterReading {
  private static let barLength = 24

  /// How much is done, in the unit.
  var done: UInt64
  /// `rows`, `bytes`, `events`.
  var unit: String
  /// How much of the whole is behind, and the whole, in whatever both are measured; 0 where nobody
  /// knows the whole.
  var part: UInt64
  var whole: UInt64
  var elapsed: Int64
  /// What else there is to say; empty for nothing.
  var remark = ""

  /// `45.2%, 1 234 rows, 567 a second, 12 s left, 3 rejected`.
  var text: String {
    var words: [String] = []
    if whole > 0 { words.append(Screen.percent(min(part, whole), of: whole)) }
    words.append("\(Screen.count(done)) \(unit)")
    words.append("\(Screen.rate(done, in: elapsed)) a second")
    if let left = secondsLeft { words.append("\(MeterReading.span(left)) left") }
    if !remark.isEmpty { words.append(remark) }
    return words.joined(separator: ", ")
  }

  /// The text behind a bar, where the whole is known.
  var line: String { whole > 0 ? "[\(MeterReading.bar(part, whole))] \(text)" : text }

  /// How long the rest takes at the rate so far; nil where nothing tells.
  var secondsLeft: Int64? {
    guard whole > 0, part > 0, elapsed > 0 else { return nil }
    let rest = Int128(whole) - Int128(min(part, whole))
    let nanoseconds = Int128(elapsed) * rest / Int128(part)
    // Half a second is none any more, and a century is no answer.
    guard nanoseconds < Int128(1) << 62 else { return nil }
    return (Int64(nanoseconds) + 500_000_000) / 1_000_000_000
  }

  /// A bar of a fixed length.
  static func bar(_ part: UInt64, _ whole: UInt64) -> String {
    let filled = whole == 0 ? 0 : Int(Int128(barLength) * Int128(min(part, whole)) / Int128(whole))
    return String(repeating: "#", count: filled)
      + String(repeating: ".", count: barLength - filled)
  }

  /// `2 h 5 min`, `3 min 20 s`, `12 s`.
  static func span(_ seconds: Int64) -> String {
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
    if hours > 0 { return "\(hours) h \(minutes) min" }
    return minutes > 0 ? "\(minutes) min \(seconds % 60) s" : "\(seconds) s"
  }
}

/// Tells on the standard error how far a work is.
final class Meter {
  private static let redrawNanoseconds: Int64 = 200_000_000
  private static let repeatNanoseconds: Int64 = 5_000_000_000

  private let unit: String
  private let isQuiet: Bool
  private let clock = WallClock()
  private let isTerminal = StandardStream.error.isTerminal
  private let began: Int64
  private var last: Int64
  private var hasDrawn = false

  /// - Parameters:
  ///   - unit: what is counted: `rows`, `bytes`, `events`.
  ///   - isQuiet: whether nothing is told, as where a program reads what the command prints.
  init(_ unit: String, isQuiet: Bool) {
    self.unit = unit
    self.isQuiet = isQuiet
    began = clock.monotonicNanoseconds()
    last = began
  }

  var elapsed: Int64 { clock.monotonicNanoseconds() - began }

  /// Tells how much of a whole is done, where it is time to.
  func show(_ done: UInt64, of whole: UInt64) {
    show(done, part: done, of: whole)
  }

  /// Tells how much is done where the whole is measured in something else, as a file in bytes.
  func show(
    _ done: UInt64, part: UInt64, of whole: UInt64, _ remark: @autoclosure () -> String = ""
  ) {
    guard !isQuiet else { return }
    let now = clock.monotonicNanoseconds()
    guard now - last > (isTerminal ? Meter.redrawNanoseconds : Meter.repeatNanoseconds) else {
      return
    }
    last = now
    let reading = MeterReading(
      done: done, unit: unit, part: part, whole: whole, elapsed: now - began, remark: remark())
    draw(isTerminal ? reading.line : reading.text)
  }

  /// Tells at once what is done now, where no number says it.
  func say(_ step: String) {
    guard !isQuiet, isTerminal else { return }
    draw(step)
  }

  private func draw(_ text: String) {
    guard isTerminal else {
      try? StandardStream.error.write(text + "\n")
      return
    }
    hasDrawn = true
    // What is wider than the terminal would scroll.
    let columns = StandardStream.error.columns ?? 80
    try? StandardStream.error.write("\r\u{1B}[K" + text.prefix(max(1, columns - 1)))
  }

  /// Takes the bar off the terminal.
  func finish() {
    if isTerminal, hasDrawn { try? StandardStream.error.write("\r\u{1B}[K") }
    hasDrawn = false
  }
}
