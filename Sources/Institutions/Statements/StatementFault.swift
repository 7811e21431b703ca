// What is wrong with a statement: where, what, and what to do about it.

import Text

/// A statement that is refused as a whole: half of one compares with nothing.
public struct StatementFault: Error, Hashable, Sendable {
  /// The line of the file, from 1; 0 where it is the file as a whole.
  public var line: Int
  /// The column by its name in the file; empty where it is the line as a whole.
  public var column: String
  /// Without a full stop.
  public var reason: String
  /// One sentence.
  public var hint: String

  public init(line: Int, column: String = "", _ reason: String, hint: String) {
    self.line = line
    self.column = column
    self.reason = reason
    self.hint = hint
  }

  init(line: Int, column: String, _ fault: TextFault, hint: String) {
    self.init(
      line: line, column: column, fault.reason, hint: fault.hint.isEmpty ? hint : fault.hint)
  }

  /// Place and reason, without a full stop.
  public var what: String {
    let place = [line > 0 ? "line \(line)" : "", column.isEmpty ? "" : "column \(column)"]
    let known = place.filter { !$0.isEmpty }.joined(separator: ", ")
    return known.isEmpty ? reason : "\(known): \(reason)"
  }
}

extension StatementFault: CustomStringConvertible {
  public var description: String { "\(what). \(hint)" }
}
