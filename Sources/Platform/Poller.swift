// Waiting for many descriptors at once (epoll, level-triggered), and being woken from elsewhere.

import Glibc
private import CLinux

/// What a descriptor is waited for.
public struct Interest: OptionSet, Hashable, Sendable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  public static let readable = Interest(rawValue: 1)
  public static let writable = Interest(rawValue: 2)
}

/// A descriptor that can go on.
public struct Readiness: Hashable, Sendable {
  public var tag: UInt64
  public var readable: Bool
  public var writable: Bool
  /// Both directions are closed, or it failed.
  ///
  /// A peer that only stopped sending is readable instead, and reading says `.closed`.
  public var hangup: Bool
}

/// Waits for descriptors, each known by a tag of the caller's choice.
public struct Poller: ~Copyable, Sendable {
  /// How many descriptors one wait can report; the others are reported by the next.
  public static let readyMax = Int(SLUICE_READY_MAX)

  private let descriptor: Descriptor
  private var found: [sluice_ready]
  /// What the last wait found; its memory is used again by the next.
  public private(set) var ready: [Readiness] = []

  public init() throws(Fault) {
    descriptor = Descriptor(try system("epoll_create1", path: "poller") { sluice_poller_open() })
    found = Array(repeating: sluice_ready(), count: Poller.readyMax)
    ready.reserveCapacity(Poller.readyMax)
  }

  public func add(_ file: Int32, tag: UInt64, _ interest: Interest) throws(Fault) {
    _ = try system("epoll_ctl", path: name(of: file)) {
      sluice_poller_add(descriptor.number, file, tag, interest.rawValue)
    }
  }

  public func modify(_ file: Int32, tag: UInt64, _ interest: Interest) throws(Fault) {
    _ = try system("epoll_ctl", path: name(of: file)) {
      sluice_poller_modify(descriptor.number, file, tag, interest.rawValue)
    }
  }

  public func remove(_ file: Int32) throws(Fault) {
    _ = try system("epoll_ctl", path: name(of: file)) {
      sluice_poller_remove(descriptor.number, file)
    }
  }

  /// Waits until a descriptor is ready or the time is over and fills `ready`; nil waits for ever.
  ///
  /// A signal ends the wait early with nothing found: callers loop anyway, and a repeated wait
  /// would begin its time anew.
  public mutating func wait(milliseconds: Int32?) throws(Fault) {
    ready.removeAll(keepingCapacity: true)
    var count: Int32 = 0
    do throws(Fault) {
      count = try system("epoll_wait", path: "poller", repeated: false) {
        unsafe sluice_poller_wait(descriptor.number, &found, milliseconds ?? -1)
      }
    } catch {
      guard error.errno == .interrupted else { throw error }
    }
    for entry in found.prefix(Int(count)) {
      ready.append(
        Readiness(
          tag: entry.tag, readable: entry.found & SLUICE_READABLE != 0,
          writable: entry.found & SLUICE_WRITABLE != 0, hangup: entry.found & SLUICE_HANGUP != 0))
    }
  }
}

/// A bell that any thread may ring and a poller hears (eventfd).
public final class WakeUp: Sendable {
  private let descriptor: Descriptor

  public init() throws(Fault) {
    descriptor = Descriptor(try system("eventfd2", path: "wake-up") { sluice_wakeup_open() })
  }

  /// To be added to a poller as readable.
  public var number: Int32 { descriptor.number }

  /// Rings; ringing many times before it is drained counts once.
  public func signal() {
    var one: UInt64 = 1
    // A full counter refuses the write, and is as good a bell as any.
    _ = unsafe Glibc.write(descriptor.number, &one, 8)
  }

  /// Silences it; true where it had been rung.
  public func drain() -> Bool {
    var count: UInt64 = 0
    return unsafe Glibc.read(descriptor.number, &count, 8) == 8 && count > 0
  }
}
