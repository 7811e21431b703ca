// How storage fails. A carrier that met `.disk` or `.corrupt` while writing is poisoned: every
// later call gets the same fault, because after a failed synchronization nobody knows what the
// disk holds until the log is opened again.

public import Events
public import Platform

/// What went wrong in the log.
public enum LogFault: Error, Hashable, Sendable {
  /// A call to the system failed.
  case disk(Fault)
  /// The log is damaged beyond what a power cut explains.
  case corrupt(Corruption)
  /// Another process has the log open for writing.
  case locked(directory: String, holder: String)
  /// No room for the next segment; nothing was written and the call may be repeated later.
  case full(Fault)
  /// No log stands in this folder.
  case notALog(directory: String)
  /// A log stands in this folder already.
  case alreadyALog(directory: String)
  /// The batch was numbered for another position than the log is at.
  case unexpectedPosition(expected: Position, durableEnd: Position)
  /// The batch does not fit into any segment.
  case batchTooLarge(bytes: Int, bytesMax: Int)
  /// Events were asked for that are not durable, or not there.
  case outOfRange(position: Position, durableEnd: Position)
}

extension LogFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .disk(let fault): return "\(fault)"
    case .corrupt(let corruption): return "\(corruption)"
    case .locked(let directory, let holder):
      let who = holder.isEmpty ? "another process" : holder
      return "The log in \(directory) is open for writing by \(who). Stop it first."
    case .full(let fault):
      return "There is no room for the next segment: \(fault) Free some space and try again."
    case .notALog(let directory):
      return "No log stands in \(directory). See that the path is right; `sluice init` makes a "
        + "new log."
    case .alreadyALog(let directory):
      return "A log stands in \(directory) already. Choose another folder."
    case .unexpectedPosition(let expected, let durableEnd):
      return "The batch was numbered for position \(expected.rawValue), and the log is at "
        + "\(durableEnd.rawValue). Another writer may have taken over; open the log again."
    case .batchTooLarge(let bytes, let bytesMax):
      return "A batch of \(bytes) bytes does not fit into a segment, which takes \(bytesMax). "
        + "Send smaller batches or open the log with larger segments."
    case .outOfRange(let position, let durableEnd):
      return "Position \(position.rawValue) is not in the log, which ends at "
        + "\(durableEnd.rawValue)."
    }
  }
}

/// Why a read of events ended early: the log failed, or the reader of the events did.
public enum ReadFailure<Failure: Error>: Error {
  case log(LogFault)
  case body(Failure)
}

/// Turns faults of the disk into faults of the log.
func onDisk<Result>(_ call: () throws(Fault) -> Result) throws(LogFault) -> Result {
  do { return try call() } catch { throw .disk(error) }
}

extension LogFault {
  /// Whether the same call may well succeed later, because nothing was written.
  public var isRetryable: Bool {
    if case .full = self { return true }
    return false
  }
}
