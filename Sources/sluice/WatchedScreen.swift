// A screen that is drawn again and again until somebody ends it.
//
// On a terminal a frame takes the place of the one before it, in one write: the cursor goes home,
// each line is cleared behind its text, and nothing is empty in between. The cursor is hidden while
// that lasts and comes back when a signal ends it. Elsewhere a line is printed when it changes.

import Platform

/// Draws frames and waits between them.
struct WatchedScreen: ~Copyable {
  private static let signalTag: UInt64 = 1
  static let hidesCursor = "\u{1B}[?25l"
  static let showsCursor = "\u{1B}[?25h"

  private let signals: SignalSource
  private var poller: Poller
  private let isRedrawn = Screen.isRedrawn
  private var last: [String] = []

  init() throws {
    let signals = try SignalSource(takesQuit: true)
    let poller = try Poller()
    try poller.add(signals.number, tag: WatchedScreen.signalTag, .readable)
    self.signals = signals
    self.poller = poller
  }

  /// Shows the present: all of it on a terminal, elsewhere the lines that have changed.
  ///
  /// - Parameters:
  ///   - whole: makes the frame.
  ///   - lines: makes the lines; at the same place stands the same thing at each look.
  ///   - stamp: what goes before a line, and is no change by itself.
  ///   - moreLines: says that so many lines do not fit.
  mutating func show(
    whole: () -> String, lines: () -> [String], stamp: String, _ moreLines: (Int) -> String
  ) {
    if isRedrawn {
      say(
        WatchedScreen.hidesCursor
          + Screen.redrawn(whole(), rows: StandardStream.output.rows, moreLines))
      return
    }
    let now = lines()
    for (index, line) in now.enumerated() where index >= last.count || last[index] != line {
      say("\(stamp)  \(line)\n")
    }
    last = now
  }

  /// Waits; false once a signal asks for the end.
  mutating func waits(milliseconds: Int32) throws -> Bool {
    try poller.wait(milliseconds: milliseconds)
    return try signals.next() == nil
  }

  // Whatever ends it, a fault of the log as well, the cursor comes back.
  deinit {
    if isRedrawn { try? StandardStream.output.write(WatchedScreen.showsCursor) }
  }
}
