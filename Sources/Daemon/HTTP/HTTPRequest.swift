// A request as the HTTP door hands it on, and what it may be about.

/// A whole request within the limits.
public struct HTTPRequest: Sendable {
  public var method: String
  /// The path with its percent-encoding undone; it begins with a slash.
  public var path: String
  /// What stands behind the question mark, as it was sent; empty where nothing does.
  public var query: String
  /// The headers in their order, repeated ones repeated; nothing stands around a value.
  public var headers: [(name: String, value: String)]
  /// The body, byte for byte.
  public var body: [UInt8] = []
  /// The address of the other end, which is the front proxy's where there is one.
  public var peer: String

  /// The values of a header.
  public func values(of name: String) -> [String] {
    let wanted = name.lowercased()
    return headers.filter { $0.name.lowercased() == wanted }.map { $0.value }
  }
}

/// The paths there are, and what may be done with each.
///
/// Who may GET may ask for the head alone.
public struct HTTPRoutes: Sendable {
  private var methods: [String: [String]] = [:]
  private var local: Set<String> = []

  public init() {}

  /// Adds a path, as `HTTPRequest.path` has it, with its methods.
  ///
  /// - Parameter isLocal: whether only requests that name this machine as their host are for it.
  public mutating func add(_ path: String, _ methods: [String], isLocal: Bool = false) {
    precondition(path.utf8.first == UInt8(ascii: "/") && !methods.isEmpty, "a path is none")
    let head = methods.contains("GET") && !methods.contains("HEAD") ? ["HEAD"] : []
    self.methods[path] = methods + head
    if isLocal { local.insert(path) }
  }

  /// Why a request is not for anybody here; nil where it is.
  ///
  /// - Parameter host: nil where it names none, as HTTP/1.0 may; a browser always does.
  func refusal(of path: String, _ method: String, host: String?) -> HTTPRefusal? {
    guard let allowed = methods[path] else { return .notFound }
    if let host, local.contains(path), !HTTPHost.isLocal(host) { return .misdirected }
    return allowed.contains(method) ? nil : .methodNotAllowed(allowed)
  }
}
