// libmicrohttpd, and all of the door that is unsafe: its functions that the library calls, and the
// pointers it hands them.
//
// The library has no thread of its own here. It calls only from inside `run`, `add` and `close`, on
// the thread that called those; what it points to is good until the function it called returns.

private import CMicroHTTPD
import Platform

/// A connection as the library knows it, from when the loop is told of it until `leave`.
@safe struct HTTPHandle {
  fileprivate let pointer: OpaquePointer

  var socket: Int32 { unsafe sluice_http_socket(pointer) }

  /// Whether the line and headers of a request have come whole.
  var hasHead: Bool { unsafe sluice_http_head_size(pointer) > 0 }

  /// Lets the library look at the connection no more; from inside one of its calls alone.
  func suspend() { unsafe MHD_suspend_connection(pointer) }

  /// Ends that; the library asks for the answer in its next run.
  func resume() { unsafe MHD_resume_connection(pointer) }

  /// Makes the library look at the connection before it reads from it, whenever it runs; or not.
  ///
  /// It reads first from one that is resumed, takes a half-close behind a whole request for the end
  /// of the connection, and throws the answer away. It looks first at those with a time limit of
  /// their own, and at the one that has been silent longest. The limit is longer than any of ours.
  func looksFirst(_ isSo: Bool) {
    _ = unsafe sluice_http_set_timeout(pointer, isSo ? 86_400 : 0)
  }

  /// Hands over an answer; false where it is none, or comes at a moment when there is none to give.
  func queue(_ answer: HTTPResponse) -> Bool {
    let response = unsafe answer.body.withUnsafeBytes { body in
      // The library copies the body, and so has no use for the right to change it.
      unsafe MHD_create_response_from_buffer(
        body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let response = unsafe response else { return false }
    defer { unsafe MHD_destroy_response(response) }
    for header in answer.headers {
      guard unsafe MHD_add_response_header(response, header.name, header.value) == .YES else {
        return false
      }
    }
    if answer.isLast { unsafe MHD_add_response_header(response, "Connection", "close") }
    return unsafe MHD_queue_response(pointer, UInt32(answer.status), response) == .YES
  }

  /// The line and headers of the request that is being read.
  fileprivate func head(
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, target: [UInt8],
    at place: UInt
  ) -> HTTPHead {
    var fields = [(field: HTTPHead.Field, name: UInt, value: UInt)]()
    unsafe withUnsafeMutablePointer(to: &fields) { list in
      _ = unsafe MHD_get_connection_values_n(
        pointer, .HEADER_KIND,
        { list, _, name, nameCount, value, valueCount in
          let fields = unsafe list?.assumingMemoryBound(
            to: [(field: HTTPHead.Field, name: UInt, value: UInt)].self)
          unsafe fields?.pointee.append(
            (
              (bytes(name, nameCount), bytes(value, valueCount)), UInt(bitPattern: name),
              UInt(bitPattern: value)
            ))
          return .YES
        }, list)
    }
    let count = unsafe sluice_http_head_size(pointer)
    var head = HTTPHead(
      method: unsafe bytes(method), target: target, isOld: unsafe bytes(version).last == 0x30,
      fields: fields.map(\.field), bytes: count)
    if let method = unsafe method {
      var whole = unsafe HTTPHeadBytes(method: UnsafeRawPointer(method), count: count)
      whole.take(UInt(bitPattern: method), head.method.count)
      whole.line(target: place, version: UInt(bitPattern: version), count: target.count)
      for (field, name, value) in fields {
        whole.take(name, field.name.count)
        whole.take(value, field.value.count)
      }
      whole.finish()
      head.hidesBytes = whole.hidesBytes
    }
    return head
  }
}

/// The library at work for one loop.
@safe final class HTTPLibrary {
  /// Nil once it is closed.
  private var daemon: OpaquePointer?
  /// Is readable where `run` has something to do.
  let poller: Int32

  /// - Parameter loop: is called from inside `run`, `add` and `close`, and outlives this.
  init(_ loop: HTTPLoop, _ limits: HTTPLimits) throws(Fault) {
    let context = unsafe Unmanaged.passUnretained(loop).toOpaque()
    // A member of the type of this closure cannot be read back by the toolchain's documentation.
    let started = unsafe sluice_http_start(
      context, { context, line, _ in unsafe HTTPLibrary.complain(context, line) },
      HTTPLibrary.access, HTTPLibrary.begin, HTTPLibrary.completed, HTTPLibrary.moved,
      UInt32(limits.connections), limits.memory)
    guard let started = unsafe started else {
      throw Fault(
        "MHD_start_daemon", .noMemory, path: "HTTP",
        hint: "Raise the limit of open files (ulimit -n, LimitNOFILE).")
    }
    unsafe daemon = started
    poller = unsafe sluice_http_poller(started)
  }

  deinit { close() }

  /// Takes a connection over, or closes it.
  func add(_ socket: consuming Descriptor) {
    guard let daemon = unsafe daemon else { return }
    let number = socket.release()
    _ = unsafe sluice_http_add(daemon, number)
  }

  /// Does what can be done now.
  func run() {
    if let daemon = unsafe daemon { _ = unsafe MHD_run(daemon) }
  }

  /// Whether `run` has something to do that no descriptor tells of.
  var isDue: Bool {
    guard let daemon = unsafe daemon else { return false }
    var milliseconds: UInt64 = 0
    return unsafe MHD_get_timeout(daemon, &milliseconds) == .YES && milliseconds == 0
  }

  /// Closes all connections, none of which is suspended.
  func close() {
    guard let closed = unsafe daemon else { return }
    unsafe daemon = nil
    unsafe MHD_stop_daemon(closed)
  }
}

// What the library calls.
extension HTTPLibrary {
  private typealias Raw = UnsafeMutableRawPointer

  /// The line of a request has come.
  private static let begin: @convention(c) (Raw?, UnsafePointer<CChar>?, OpaquePointer?) -> Raw? = {
    context, target, connection in
    if let (loop, connection) = unsafe known(context, connection) {
      connection.targetPlace = UInt(bitPattern: target)
      loop.begin(connection, target: unsafe bytes(target))
    }
    return nil
  }

  /// The headers have come, or a part of the body, or the end of it.
  private static let access: MHD_AccessHandlerCallback = {
    context, pointer, _, method, version, data, size, _ in
    guard let (loop, connection) = unsafe known(context, pointer) else { return .NO }
    if case .begun = connection.stage {
      let head = unsafe connection.handle.head(
        method, version, target: connection.target, at: connection.targetPlace)
      return loop.takeHead(connection, head) ? .YES : .NO
    }
    guard let data = unsafe data, let size = unsafe size, unsafe size.pointee > 0 else {
      return loop.takeEnd(connection) ? .YES : .NO
    }
    let part = unsafe UnsafeRawBufferPointer(start: data, count: size.pointee)
    unsafe size.pointee = 0
    return unsafe loop.takeBody(connection, part.bytes) ? .YES : .NO
  }

  /// The library says something for a log; nothing of it is written anywhere.
  private static func complain(_ context: Raw?, _ line: UnsafePointer<CChar>?) {
    guard let context = unsafe context, unsafe sluice_http_is_of_length(line) != 0 else { return }
    unsafe Unmanaged<HTTPLoop>.fromOpaque(context).takeUnretainedValue().refuseLength()
  }

  /// The answer has left, or the connection ends without it.
  private static let completed: MHD_RequestCompletedCallback = { context, connection, _, _ in
    if let (loop, connection) = unsafe known(context, connection) { loop.complete(connection) }
  }

  /// A connection begins, and what is known of it is put beside it; or it ends.
  private static let moved: MHD_NotifyConnectionCallback = { context, pointer, beside, what in
    guard let context = unsafe context, let pointer = unsafe pointer, let beside = unsafe beside
    else { return }
    let loop = unsafe Unmanaged<HTTPLoop>.fromOpaque(context).takeUnretainedValue()
    if what == .CONNECTION_NOTIFY_STARTED {
      let connection = loop.enter(unsafe HTTPHandle(pointer: pointer))
      unsafe beside.pointee = Unmanaged.passRetained(connection).toOpaque()
    } else if let known = unsafe beside.pointee {
      unsafe beside.pointee = nil
      loop.leave(unsafe Unmanaged<HTTPConnection>.fromOpaque(known).takeRetainedValue())
    }
  }

  private static func known(
    _ context: Raw?, _ pointer: OpaquePointer?
  ) -> (HTTPLoop, HTTPConnection)? {
    guard let context = unsafe context, let pointer = unsafe pointer,
      let beside = unsafe sluice_http_context(pointer)
    else { return nil }
    return (
      unsafe Unmanaged<HTTPLoop>.fromOpaque(context).takeUnretainedValue(),
      unsafe Unmanaged<HTTPConnection>.fromOpaque(beside).takeUnretainedValue()
    )
  }
}

/// The bytes at a place, or up to a zero.
private func bytes(_ start: UnsafePointer<CChar>?, _ count: Int? = nil) -> [UInt8] {
  guard let start = unsafe start else { return [] }
  var length = count ?? 0
  if count == nil { while unsafe start[length] != 0 { length += 1 } }
  return unsafe Array(UnsafeRawBufferPointer(start: start, count: length))
}
