// Who may ask for what: every request by every role against a real daemon, and the file of roles.

import Events
import Orchestrator
import Institutions
import Platform
import Support
import Synchronization
import Testing
import Text

@testable import Daemon

@Suite(.serialized) struct RoleTests {
  private static let begin = "<!-- requests and roles: begin -->"
  private static let end = "<!-- requests and roles: end -->"
  private static let queries = [
    ("clock", "{\"query\":\"clock\"}"), ("open", "{\"query\":\"open\"}"),
    ("status", "{\"query\":\"status\"}"),
    ("dump", "{\"query\":\"dump\",\"name\":\"mix\",\"format\":\"csv\"}"),
  ]
  /// Every request with its word; that which ends the daemon is the last.
  private static let requests =
    queries
    + Form.all.map { ($0.fields[0].value.replacing("\"", with: ""), $0.line) }
    .sorted { $1.0 == "stop" && $0.0 != "stop" }

  private func file(_ scratch: borrowing Scratch, _ text: String) throws -> String {
    let path = scratch.path + "/roles.json"
    try SystemDisk().replaceFile(path, with: unsafe Array(text.utf8).span.bytes)
    return path
  }

  private func roles(_ roles: [Role]) -> String {
    "{" + roles.map { "\"\($0.name)\": [\(CurrentProcess.user)]" }.joined(separator: ", ") + "}"
  }

  /// Which requests a daemon refuses for the role; whoever the caller is.
  private func refused(_ roles: [Role]) throws -> [Bool] {
    let scratch = try Scratch()
    let path = try file(scratch, self.roles(roles))
    let pseudonyms = try #require(PseudonymKey([UInt8](repeating: 1, count: 32)))
    let desk = NoticeDesk(
      NoticeKeys([PlainReader([:])], pseudonyms: pseudonyms),
      shelf: HeldShelf(scratch.path + "/held")
    ) { _, _ in }
    let door = try Door(scratch.path, doorkeeper: Doorkeeper(file: path), desk: desk)
    var refused: [Bool] = []
    for (_, line) in RoleTests.requests {
      let answer = try Caller(door.socket).ask(line)
      #expect(answer["error"] == nil, "\(line) is no good line")
      refused.append(number(answer, "refused", "number") == 70)
    }
    #expect((roles.contains(.operator) ? door.wait() : door.terminate()).hasPrefix("stopped"))
    return refused
  }

  @Test func `ARCHITECTURE says of every request and every role what a daemon does`() throws {
    let columns = try Role.allCases.map { try refused([$0]) }
    let names = Role.allCases.map(\.name).joined(separator: " | ")
    var wanted = ["", "| request | \(names) |", "|---|---|---|---|---|"]
    for (row, request) in RoleTests.requests.enumerated() {
      let cells = columns.map { $0[row] ? "70" : "yes" }
      wanted.append("| `\(request.0)` | \(cells.joined(separator: " | ")) |")
    }
    wanted.append("")
    var input = try InputFile(PackageRoot.path("ARCHITECTURE.md"))
    let lines = String(decoding: try input.readAll(limit: 1 << 20), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let begin = try #require(lines.firstIndex(of: RoleTests.begin))
    let end = try #require(lines.firstIndex(of: RoleTests.end))
    let printed = Array(lines[(begin + 1)..<end])
    for (row, line) in wanted.enumerated() where row >= printed.count || printed[row] != line {
      Issue.record("line \(begin + 2 + row) must be: \(line)")
    }
    #expect(printed.count == wanted.count)
  }

  @Test func `whom the file does not name may nothing at all, is told so and has no place`() throws
  {
    let scratch = try Scratch()
    let path = try file(scratch, self.roles([]))
    let door = try Door(scratch.path, doorkeeper: Doorkeeper(file: path))
    for _ in 0..<2 {
      let caller = try Caller(door.socket)
      let answer = try caller.line()
      #expect(number(answer, "refused", "number") == 70 && number(answer, "refused", "line") == 0)
      #expect(try caller.line() == nil)
    }
    #expect(door.terminate().hasPrefix("stopped"))
  }

  @Test func `who loses the last role is told so and has no place any more`() throws {
    let scratch = try Scratch()
    let path = try file(scratch, roles([.auditor]))
    let door = try Door(scratch.path, doorkeeper: Doorkeeper(file: path))
    let caller = try Caller(door.socket)
    #expect(try caller.ask("{\"query\":\"clock\"}")["clock"] != nil)
    _ = try file(scratch, roles([]))
    door.hangUp()
    #expect(number(try caller.line(), "refused", "line") == 0)
    #expect(try caller.line() == nil)
    #expect(door.terminate().hasPrefix("stopped"))
  }

  @Test func `several roles add up`() throws {
    let both = try refused([.approver, .ingest])
    let (approver, ingest) = (try refused([.approver]), try refused([.ingest]))
    #expect(both == zip(approver, ingest).map { $0 && $1 })
  }

  @Test func `SIGHUP reads the roles again, and a faulty file changes nothing`() throws {
    let scratch = try Scratch()
    let path = try file(scratch, roles([.auditor]))
    let said = Mailbox<String>()
    let door = try Door(scratch.path, doorkeeper: Doorkeeper(file: path)) { severity, text in
      _ = said.put("\(severity): \(text)")
    }
    let caller = try Caller(door.socket)
    #expect(number(try caller.ask(payment("a")), "refused", "number") == 70)
    _ = try file(scratch, roles([.ingest, .operator]))
    door.hangUp()
    #expect(said.take()?.hasPrefix("notice: SIGHUP") == true)
    #expect(number(try caller.ask(payment("a")), "accepted") == 1, "an open connection too")
    _ = try file(scratch, "{\"operators\": []}")
    door.hangUp()
    let fault = try #require(said.take())
    #expect(fault.hasPrefix("error: the roles stay as they were") && fault.contains("operators"))
    #expect(said.take()?.hasPrefix("notice: SIGHUP") == true)
    #expect(number(try caller.ask(payment("b")), "accepted") == 1)
    _ = try caller.ask("{\"command\":\"stop\"}")
    #expect(door.wait().hasPrefix("stopped"))
  }

  @Test(arguments: [
    ("{\"operator\": [1, \"2\"]}", "operator[1] is no uid"),
    ("{\"operator\": [-1]}", "operator[0] is no uid"),
    ("{\"operator\": [4294967296]}", "operator[0] is no uid"),
    ("{\"operator\": 1}", "operator must be an array and is a number"),
    ("{\"root\": [0]}", "the document has no field \"root\""),
    ("{\"auditor\": [1], \"auditor\": [2]}", "twice"), ("[]", "must be an object"), ("{", ""),
    ("", ""),
  ]) func `a file of roles is read strictly`(_ text: String, _ reason: String) {
    do throws(TextFault) {
      _ = try Doorkeeper.read(Array(text.utf8))
      Issue.record("it is taken")
    } catch { #expect(error.reason.contains(reason), "\(error.reason)") }
  }

  @Test func `without a file the daemon's uid and root have every role, and nobody else any`() {
    let house = Doorkeeper(user: 1001)
    #expect(house.roles(of: 1001) == .all && house.roles(of: 0) == .all)
    #expect(house.roles(of: 1002) == .none)
    #expect(house.socketMode == 0o600, "nobody else may knock")
  }

  @Test func `with a file everyone may knock, and hears what is missing`() throws {
    let scratch = try Scratch()
    let keeper = try Doorkeeper(file: try file(scratch, "{\"approver\": [1002]}"))
    #expect(keeper.socketMode == 0o666)
    #expect(keeper.roles(of: 1002) == RoleSet(.approver) && keeper.roles(of: 0) == .none)
    #expect(
      Role.refusal(.none, of: RoleSet([.operator, .approver]))
        == .roleMissing(["operator", "approver"]))
  }

  @Test func `an approver acts as approver, and who is both steers as operator`() throws {
    func kind(_ verb: String, _ roles: [Role]) throws -> String {
      let form = try #require(Form.all.first { $0.fields[0].value == "\"\(verb)\"" })
      var reader = RequestReader(user: 7)
      guard case .command(let command) = try reader.read(Array(form.line.utf8).span) else {
        return "none"
      }
      return command.taken(by: RoleSet(roles)).actor.kind.name
    }
    for roles in [[Role.approver], [.operator, .approver]] {
      #expect(try kind("approve", roles) == "approver")
    }
    #expect(try kind("pause", [.approver]) == "approver")
    #expect(try kind("pause", [.operator, .approver]) == "operator")
    #expect(try kind("resume", [.operator]) == "operator")
    #expect(try kind("merchant", [.ingest]) == "importer")
    #expect(try kind("attempt", [.ingest]) == "cashier")
  }
}
