import Glibc
import Support
import Testing

/// tools/sluice.service as systemd will read it.
@Suite struct ServiceUnitTests {
  static let path = PackageRoot.path("tools/sluice.service")
  /// The most exposure that `systemd-analyze security` may find, in tenths.
  static let exposureMax = 20
  static let hasSystemd = unsafe access("/usr/bin/systemd-analyze", X_OK) == 0
  static let absence: Comment = "systemd-analyze is not installed: apt-get install systemd"

  /// The settings of each section; one that may come twice keeps both, in order.
  private static func sections(of path: String = path) throws -> [String: [String]] {
    let opened = unsafe fopen(path, "r")
    guard let file = unsafe opened else {
      Issue.record("the unit file is not there")
      return [:]
    }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe fread(&bytes, 1, bytes.count, file)
    var sections: [String: [String]] = [:]
    var name = ""
    for line in String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
    where !line.hasPrefix("#") {
      if line.hasPrefix("[") {
        name = String(line)
      } else {
        sections[name, default: []].append(String(line))
      }
    }
    return sections
  }

  @Test func `The limits of starting stand where systemd reads them`() throws {
    let unit = try #require(Self.sections()["[Unit]"])
    #expect(unit.contains { $0.hasPrefix("StartLimitIntervalSec=") })
    #expect(unit.contains { $0.hasPrefix("StartLimitBurst=") })
  }

  @Test(arguments: [
    "Type=notify", "NotifyAccess=main", "WatchdogSec=60s", "ExecReload=/bin/kill -HUP $MAINPID",
    "Restart=on-failure", "RestartPreventExitStatus=2 3 6", "DynamicUser=yes", "User=sluice",
    "StateDirectory=sluice sluice-signed", "RuntimeDirectory=sluice",
    "ExecStart=/usr/bin/sluice serve --data /var/lib/sluice --socket /run/sluice/sluice.sock"
      + " --last-signed /var/lib/sluice-signed/last-signed",
  ])
  func `The daemon is started, watched and ended as it expects`(line: String) throws {
    #expect(try #require(Self.sections()["[Service]"]).contains(line))
  }

  @Test func `Threads may take less of a processor, for all that the filter forbids`() throws {
    let service = try #require(Self.sections()["[Service]"])
    let filters = service.filter { $0.hasPrefix("SystemCallFilter=") }
    // What comes later adds to what came before or takes from it.
    #expect(filters.first == "SystemCallFilter=@system-service")
    #expect(filters.last == "SystemCallFilter=setpriority")
  }

  @Test func `The users behind the socket keep their numbers`() throws {
    let service = try #require(Self.sections()["[Service]"])
    #expect(!service.contains { $0.hasPrefix("PrivateUsers=") })
  }

  @Test(.enabled(if: hasSystemd, absence))
  func `systemd finds nothing to complain of`() throws {
    let scratch = try Scratch()
    let copy = scratch("sluice.service")
    // The program is not installed where a test runs.
    let made = "sed 's#/usr/bin/sluice#/bin/true#' '\(Self.path)' > '\(copy)'"
    #expect(unsafe system(made) == 0)
    #expect(unsafe system("systemd-analyze --man=no verify '\(copy)'") == 0)
  }

  @Test(
    .enabled(if: hasSystemd, absence), arguments: [[], ["tools/sluice-team.conf"]])
  func `What the daemon may do to its machine is little, with the drop-in as well`(
    _ dropIns: [String]
  ) throws {
    let scratch = try Scratch()
    let copy = scratch("sluice.service")
    let parts = ([Self.path] + dropIns.map { PackageRoot.path($0) }).map { "'\($0)'" }
    // What stands later counts, as in a drop-in; the last section has to be [Service].
    let made = "{ sed '/^.Install/,$d' \(parts[0]); cat /dev/null \(parts.dropFirst().joined()); } "
    #expect(unsafe system(made + "> '\(copy)'") == 0)
    let call =
      "systemd-analyze security --no-pager --offline=true --threshold=\(Self.exposureMax) "
      + "'\(copy)' > /dev/null"
    #expect(unsafe system(call) == 0)
  }

  @Test func `The drop-in gives the team a group, roles and a user that stays`() throws {
    let path = PackageRoot.path("tools/sluice-team.conf")
    let lines = try Self.sections(of: path)["[Service]"] ?? []
    #expect(lines.contains("DynamicUser=no") && lines.contains("Group=sluice"))
    let start = try #require(lines.last { $0.hasPrefix("ExecStart=") })
    let usual = try #require(
      Self.sections()["[Service]"]?.first { $0.hasPrefix("ExecStart=") })
    #expect(
      start.replacing(" --roles /etc/sluice/roles.json --group sluice", with: "") == usual)
    #expect(lines.contains("ExecStart="), "systemd would start both")
  }
}
