// Knows the roles of every uid: from a file that is read again on SIGHUP, or by the rule of the
// house where there is none: the uid that runs the daemon and root have every role, others none.
//
//   { "operator": [1001], "approver": [1002, 1003], "auditor": [1004], "ingest": [1005] }
//
// A role that the file does not name has nobody. A uid may have several.

public import Platform
import Text

/// Says what a uid may do.
public struct Doorkeeper: Sendable {
  /// How many bytes a file of roles has at most.
  public static let fileBytesMax = 1 << 20

  /// Nil where the rule of the house holds.
  public let path: String?
  /// Whether a group may knock, to which the socket is given, and nobody else.
  public var isForGroup = false
  /// For whom places are kept whatever others take.
  var house: Set<UInt32>
  private var roles: [UInt32: RoleSet]

  /// The rule of the house.
  public init(user: UInt32 = CurrentProcess.user) {
    path = nil
    house = [0, user]
    roles = [0: .all]
    roles[user] = .all
  }

  /// Reads the roles from a file.
  ///
  /// - Throws: `DoorkeeperFault` where it cannot be read or is no file of roles.
  public init(file path: String) throws(DoorkeeperFault) {
    self.path = path
    house = [0, CurrentProcess.user]
    roles = try Doorkeeper.roles(path)
  }

  /// Reads the file again; whoever was known before stays so where it is at fault.
  public mutating func readAgain() throws(DoorkeeperFault) {
    if let path { roles = try Doorkeeper.roles(path) }
  }

  /// Who may knock: the group that was named; everyone where a file says what each may do,
  /// otherwise the daemon's own uid.
  var socketMode: UInt32 { isForGroup ? 0o660 : path == nil ? 0o600 : 0o666 }

  public func roles(of user: UInt32) -> RoleSet { roles[user] ?? .none }

  private static func roles(_ path: String) throws(DoorkeeperFault) -> [UInt32: RoleSet] {
    let document: [UInt8]
    do throws(Fault) {
      var file = try InputFile(path)
      document = try file.readAll(limit: fileBytesMax)
    } catch { throw DoorkeeperFault(path: path, reason: "\(error)") }
    do throws(TextFault) { return try read(document) } catch {
      let place = error.line > 0 ? "line \(error.line): " : ""
      throw DoorkeeperFault(path: path, reason: place + error.reason, hint: error.hint)
    }
  }

  /// The roles of a document.
  static func read(_ document: [UInt8]) throws(TextFault) -> [UInt32: RoleSet] {
    var fields = try FieldReader(try JSONReader.read(document, bytesMax: fileBytesMax))
    var roles: [UInt32: RoleSet] = [:]
    for role in Role.allCases {
      for (index, element) in (try fields.optionalArray(role.name) ?? []).enumerated() {
        guard case .number(let number) = element, let integer = number.integer,
          let user = UInt32(exactly: integer)
        else {
          throw fields.fault(
            "\(role.name)[\(index)]", "is no uid", hint: "Give a whole number, 0 to \(UInt32.max).")
        }
        roles[user, default: .none].insert(RoleSet(role))
      }
    }
    try fields.finish()
    return roles
  }
}

/// Why a file of roles is not used.
public struct DoorkeeperFault: Error, Hashable, Sendable, CustomStringConvertible {
  public var path: String
  public var reason: String
  public var hint: String = ""

  public var description: String {
    "the roles in \(path): \(reason)" + (hint.isEmpty ? "" : ". \(hint)")
  }
}
