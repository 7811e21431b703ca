// The bar of a dump: how many of its rows are printed.

import Dumps
import Platform
import Projections

/// A bar that stands while the rows of tables are printed.
///
/// Beside rows that go to the terminal it would be in their way, and there is none.
struct RowBar {
  /// From how many rows on what follows the last takes a while.
  private static let longMin = 100_000

  private let meter: Meter
  private let whole: Int
  private let name: String

  init(_ names: [DumpName], _ model: ReadModel) {
    meter = Meter("rows", isQuiet: StandardStream.output.isTerminal)
    whole = names.reduce(0) { $0 + $1.rowCount(model) }
    name = names.count == 1 ? names[0].name : ""
  }

  /// What a dump tells of its rows.
  var progress: Dump.Progress {
    let (meter, whole, name) = (meter, UInt64(whole), name)
    return { rows in
      meter.show(UInt64(rows), part: UInt64(rows), of: whole, name)
      // The library still sorts its indexes, or the file is made durable.
      if rows == whole, rows >= RowBar.longMin {
        meter.say("\(Screen.count(whole)) rows are printed, what follows them is not ...")
      }
    }
  }

  /// Takes the bar off the terminal.
  func end() { meter.finish() }
}
