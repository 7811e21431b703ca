// A thread with a name, and a box to hand values from one thread to another.

import Glibc
private import CLinux
private import Synchronization

/// A thread that runs one closure.
public final class Worker: Sendable {
  /// The longest name the kernel keeps, in bytes.
  public static let nameMax = 15

  private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
      self.name = name
      self.body = body
    }
  }

  /// The thread until it is joined.
  private let thread: Mutex<pthread_t?>

  public init(_ name: String, _ body: @escaping @Sendable () -> Void) throws(Fault) {
    precondition(name.utf8.count <= Worker.nameMax, "a thread's name has at most 15 bytes")
    let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
    var handle = pthread_t()
    // This one answers with the error itself and leaves errno alone.
    let number = unsafe pthread_create(&handle, nil, Worker.run, start.toOpaque())
    guard number == 0 else {
      unsafe start.release()
      throw Fault(
        "clone", Errno(rawValue: number), path: "thread \(name)",
        hint: "Raise the limit of threads (ulimit -u, TasksMax).")
    }
    thread = Mutex(handle)
  }

  private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    argument in
    guard let argument = unsafe argument else { return nil }
    let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
    unsafe sluice_name_thread(start.name)
    start.body()
    return nil
  }

  deinit {
    if let thread = thread.withLock({ $0 }) { pthread_detach(thread) }
  }

  /// Waits until the closure has returned; once only, and not from inside it.
  public func join() {
    let joined = thread.withLock { thread in
      let taken = thread
      thread = nil
      return taken
    }
    guard let joined else { preconditionFailure("a worker is joined once") }
    let number = pthread_join(joined, nil)
    precondition(number == 0, "a worker cannot wait for itself")
  }
}

/// The thread that asks.
public enum CurrentThread {
  /// Takes less of a busy processor than other threads, for work that nobody waits for.
  public static func yieldToOthers() { sluice_yield_to_others() }
}

/// A box for one value: putting waits while it is full, taking while it is empty.
@safe public final class Mailbox<Value: ~Copyable & Sendable>: @unchecked Sendable {
  // Both are in memory of their own because a mutex and a condition must never move.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var value: Value?
  private var isClosed = false

  public init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe changed = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(changed, nil)
    value = nil
  }

  deinit {
    unsafe pthread_cond_destroy(changed)
    unsafe pthread_mutex_destroy(mutex)
    unsafe changed.deallocate()
    unsafe mutex.deallocate()
  }

  /// Puts a value in; false, and the value is dropped, where the box is closed.
  public func put(_ new: consuming Value) -> Bool {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while value != nil && !isClosed { unsafe pthread_cond_wait(changed, mutex) }
    if isClosed { return false }
    value = consume new
    unsafe pthread_cond_broadcast(changed)
    return true
  }

  /// Takes the value out, waiting for it; nil where the box is empty and closed.
  public func take() -> Value? {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    while value == nil && !isClosed { unsafe pthread_cond_wait(changed, mutex) }
    return takeLocked()
  }

  /// Takes the value out if there is one now.
  public func takeIfPresent() -> Value? {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return takeLocked()
  }

  private func takeLocked() -> Value? {
    guard let taken = value.take() else { return nil }
    unsafe pthread_cond_broadcast(changed)
    return taken
  }

  /// Ends the exchange: nothing more can be put in; what is inside can still be taken.
  public func close() {
    unsafe pthread_mutex_lock(mutex)
    isClosed = true
    unsafe pthread_cond_broadcast(changed)
    unsafe pthread_mutex_unlock(mutex)
  }
}
