// The golden log of every kind of event, folded: what the golden dumps and the schemas are made of.

import EventLog
import Events
import Merkle
import Platform
import Projections
import Support

@testable import Dumps

/// `events/golden/every-kind-6`.
enum GoldenLogModel {
  static let folder = PackageRoot.path("events/golden/every-kind-6")

  /// Every projection of it, and what its manifests say of the log.
  static func read() throws -> (model: ReadModel, context: LogContext) {
    let reader = try LogReader(SystemDisk(), folder)
    var model = ReadModel()
    var origin = ShortText.none
    try reader.read(from: .zero) { (batch: borrowing EventBatch) throws in
      if batch.first == .zero, case .logCreated(let fields) = try batch.event(0).payload {
        origin = fields.origin
      }
      try model.apply(batch)
    }
    let context = LogContext(
      origin: origin, id: reader.logID, position: model.position, root: .emptyRoot,
      logTime: model.logTime, release: "golden")
    return (model, context)
  }

  /// Every event of it as a line of JSON.
  static func lines() throws -> [String] {
    let reader = try LogReader(SystemDisk(), folder)
    var lines: [String] = []
    try reader.read(from: .zero) { (batch: borrowing EventBatch) throws in
      for index in 0..<batch.count {
        lines.append(EventPrinter.line(try batch.event(index), at: batch.position(index)))
      }
    }
    return lines
  }
}
