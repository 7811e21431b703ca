// A daemon for one import, where none runs on the folder.

import Platform
import Vault

/// A daemon that lives as long as the import that started it.
final class PrivateDaemon {
  /// How long it may take to fold a long log.
  private static let startMax: Int64 = 1_800_000_000_000

  let client: Client
  private let child: ChildProcess

  private init(_ client: Client, _ child: ChildProcess) {
    self.client = client
    self.child = child
  }

  static func start(_ folder: String) throws -> PrivateDaemon {
    let beside = "\(folder)/import.sock"
    let path =
      beside.utf8.count <= UnixSocket.pathMax
      ? beside : "/tmp/sluice-import-\(CurrentProcess.identifier).sock"
    let clock = WallClock()
    let began = clock.monotonicNanoseconds()
    let disk = SystemDisk()
    var words = ["serve", "--data", folder, "--socket", path, "--quiet"]
    // The log knows where its vault was; if it was moved, it is where it always is.
    if let vault = try VaultMark.read(in: folder)?.path, try disk.exists(vault) {
      words += ["--vault", vault]
    }
    let child = try ChildProcess(words)
    while clock.monotonicNanoseconds() - began < startMax {
      if let status = child.end(waiting: false) {
        throw CommandFailure(
          ExitCode(rawValue: status) ?? .fault,
          "the private daemon on \(folder) ended with code \(status)",
          hint: "Its own line above says why")
      }
      if try disk.exists(path), let client = try? Client(path) {
        return PrivateDaemon(client, child)
      }
      try Pause.milliseconds(10)
    }
    child.terminate()
    throw CommandFailure(
      .fault, "the private daemon on \(folder) does not get ready",
      hint: "Start `sluice serve` on the folder to see why")
  }

  /// Drains it and waits for its end.
  func stop() throws {
    _ = try client.ask(Document.object { $0.put("command", "stop") })
    guard child.end(waiting: true) == 0 else {
      throw CommandFailure(
        .fault, "the private daemon did not stop in order",
        hint: "What was accepted is in the log; run `sluice verify`")
    }
  }

  /// Ends it and waits: whoever tries again must not meet one that is about to go.
  func abandon() {
    child.terminate()
    _ = child.end(waiting: true)
  }
}
