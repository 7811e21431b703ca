// Signals as something to read, so that no code of ours runs inside a handler.

import Glibc
private import CLinux

/// A request of the service manager or of a person at the keyboard.
public enum Signal: Hashable, Sendable {
  /// SIGTERM: end in order.
  case terminate
  /// SIGINT: end in order.
  case interrupt
  /// SIGHUP: say how things are, and look again at what stood in the way.
  case hangUp
}

/// Reads SIGTERM, SIGINT and SIGHUP (signalfd), and SIGQUIT where it is wanted.
///
/// To be made by the first thread before it starts another: threads inherit what is blocked.
public struct SignalSource: ~Copyable, Sendable {
  private let descriptor: Descriptor

  /// - Parameter takesQuit: whether SIGQUIT is read as an interrupt, and does not end the process.
  public init(takesQuit: Bool = false) throws(Fault) {
    try SignalSource.ignorePipeAndFileSize()
    descriptor = Descriptor(
      try system("signalfd4", path: "signals") { sluice_signals_open(takesQuit ? 1 : 0) })
  }

  /// To be added to a poller as readable.
  public var number: Int32 { descriptor.number }

  /// The next signal that came, nil where none waits.
  public func next() throws(Fault) -> Signal? {
    let number = try system("read", path: "signals") { sluice_signals_next(descriptor.number) }
    switch number {
    case SIGTERM: return .terminate
    case SIGINT, SIGQUIT: return .interrupt
    case SIGHUP: return .hangUp
    default: return nil
    }
  }

  /// Makes SIGQUIT and SIGABRT end the process at once.
  ///
  /// The language's runtime prints a backtrace for them and goes on; but who sends one, as a
  /// service manager does whose watchdog has run out, wants an end.
  public static func dieWhenAborted() throws(Fault) {
    _ = try system("rt_sigaction", path: "signals") { sluice_signals_fatal() }
  }

  /// Makes a broken pipe and a file at its size limit errors of the call instead of deaths.
  public static func ignorePipeAndFileSize() throws(Fault) {
    _ = try system("rt_sigaction", path: "signals") { sluice_signals_ignore() }
  }
}
