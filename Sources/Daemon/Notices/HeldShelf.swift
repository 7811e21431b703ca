// Deliveries that are kept until they can be read: one file each, beside the log, for its owner
// alone. They hold what institutions say of people, so that no word of them is in the log.
//
// A file is one line, the request by which it can be handed in again:
//   {"command":"notice","institution":"wechat-pay","headers":"name: value\n..","body":"base64",
//    "received_at":"2024-09-12T08:00:00+08:00"}
// It is as fresh then as it was when it came.

import Events
import Institutions
import Merkle
public import Platform
import Synchronization
import Text

/// The folder of kept deliveries.
public final class HeldShelf: Sendable {
  /// How many deliveries are kept that nobody has proved to be an institution's, and their bytes:
  /// anybody on the network can send them.
  public static let unprovedMax = 1024
  public static let unprovedBytesMax = 64 << 20

  /// The name of its folder beside the log.
  ///
  /// What lies in it is as the institutions sent it, so it is nobody's but the daemon's.
  public static let folderName = "held"

  public let folder: String
  private let disk: any Disk
  /// What is there of deliveries under unknown keys; nil until it was counted.
  private let unproved = Mutex<(count: Int, bytes: Int)?>(nil)

  public init(_ folder: String, _ disk: any Disk = SystemDisk()) {
    self.folder = folder
    self.disk = disk
  }

  /// The name of a delivery's file: why it is kept, of which institution it is, and the SHA-256 of
  /// its body.
  static func name(_ institution: Institution, _ why: HoldKind, _ digest: Digest) -> String {
    "\(why.name).\(institution.name).\(digest.hex).json"
  }

  /// Keeps a delivery; returns only when it is durable.
  ///
  /// - Returns: false where too many are kept already that nobody has proved.
  /// - Throws: the disk's fault.
  func keep(
    _ delivery: Delivery, of institution: Institution, at instant: Timestamp, _ why: HoldKind,
    _ digest: Digest
  ) throws(Fault) -> Bool {
    let path = "\(folder)/\(HeldShelf.name(institution, why, digest))"
    if !(try disk.exists(folder)) {
      do throws(Fault) { try disk.makeDirectory(folder) } catch {
        // Another thread was as quick.
        if error.errno != .exists { throw error }
      }
    }
    if try disk.exists(path) { return true }
    let line = HeldShelf.line(delivery, of: institution, at: instant)
    if why == .unknownKey {
      let counted = try count()
      let mayStay = unproved.withLock { held in
        let now = held ?? counted
        guard now.count < HeldShelf.unprovedMax,
          now.bytes + line.count <= HeldShelf.unprovedBytesMax
        else {
          held = now
          return false
        }
        held = (now.count + 1, now.bytes + line.count)
        return true
      }
      if !mayStay { return false }
    }
    try disk.replaceFile(path, with: unsafe line.span.bytes)
    return true
  }

  /// Counts again what is there, after somebody took files away.
  func recount() { unproved.withLock { $0 = nil } }

  private func count() throws(Fault) -> (count: Int, bytes: Int) {
    if let known = unproved.withLock({ $0 }) { return known }
    var found = (count: 0, bytes: 0)
    for name in try disk.list(folder) where name.hasPrefix(HoldKind.unknownKey.name) {
      let file = try disk.open("\(folder)/\(name)", .read)
      let size = try disk.size(file)
      try disk.close(file)
      found.count += 1
      found.bytes += size
    }
    return found
  }

  /// The request that hands a delivery in again.
  ///
  /// - Parameter instant: when it came; nil where it is to be judged by when it is handed in.
  static func line(
    _ delivery: Delivery, of institution: Institution, at instant: Timestamp? = nil
  ) -> [UInt8] {
    var out: [UInt8] = []
    var writer = JSONWriter()
    writer.beginObject(to: &out)
    writer.key("command", to: &out)
    writer.string("notice", to: &out)
    writer.key("institution", to: &out)
    writer.string(institution.name, to: &out)
    writer.key("headers", to: &out)
    writer.string(
      delivery.headers.map { "\($0.name): \($0.value)" }.joined(separator: "\n"), to: &out)
    writer.key("body", to: &out)
    writer.string(Base64.encode(delivery.body), to: &out)
    if let instant {
      writer.key("received_at", to: &out)
      writer.string(RFC3339.text(instant), to: &out)
    }
    writer.endObject(to: &out)
    out.append(UInt8(ascii: "\n"))
    return out
  }
}
