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

/// Reads SIGTERM, SIGINT and SIGHUP (signalfd).
///
/// To be made by the first thread before it starts another: threads inherit what is blocked.
public struct SignalSource: ~Copyable, Sendable {
  private let descriptor: Descriptor

  public init() throws(Fault) {
    try SignalSource.ignorePipeAndFileSize()
    descriptor = Descriptor(try system("signalfd4", path: "signals") { sluice_signals_open() })
  }

  /// To be added to a poller as readable.
  public var number: Int32 { descriptor.number }

  /// The next signal that came, nil where none waits.
  public func next() throws(Fault) -> Signal? {
    let number = try system("read", path: "signals") { sluice_signals_next(descriptor.number) }
    switch number {
    case SIGTERM: return .terminate
    case SIGINT: return .interrupt
    case SIGHUP: return .hangUp
    default: return nil
    }
  }

  /// Makes a broken pipe and a file at its size limit errors of the call instead of deaths.
  public static func ignorePipeAndFileSize() throws(Fault) {
    _ = try system("rt_sigaction", path: "signals") { sluice_signals_ignore() }
  }
}
