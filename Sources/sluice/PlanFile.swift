// A plan's file, as an operator wrote it or as the daemon takes it.

import Events
import Platform
import Rollout

/// Reads a plan's file.
enum PlanFile {
  /// What is read at most: more than a plan may have, so that its reader can say what is too much.
  private static let bytesMax = 1 << 24

  static func bytes(_ path: String) throws -> [UInt8] {
    var file = try InputFile(path)
    return try file.readAll(limit: bytesMax)
  }

  /// The document with its calendar resolved into instants; byte for byte the file where it has
  /// none.
  ///
  /// - Throws: `PlanFaults` where the calendar cannot be resolved.
  static func resolved(_ path: String) throws -> [UInt8] { try resolved(try bytes(path)) }

  static func resolved(_ document: [UInt8]) throws(PlanFaults) -> [UInt8] {
    try PlanCalendar.resolve(document) { NamedZone($0) }
  }

  /// Everything that is wrong with a plan in either form, and the plan where nothing is.
  static func check(_ document: [UInt8]) -> (plan: Plan?, faults: [PlanFault]) {
    var resolved = document
    var faults: [PlanFault] = []
    do throws(PlanFaults) { resolved = try self.resolved(document) } catch {
      faults = error.faults
    }
    do throws(PlanFaults) {
      let plan = try PlanReader.read(resolved)
      return (faults.isEmpty ? plan : nil, faults)
    } catch {
      // Of a calendar that is at fault itself, that it is not resolved says nothing.
      let calendar = faults
      faults += error.faults.filter {
        !PlanCalendar.fieldNames.contains($0.path) && !calendar.contains($0)
      }
      return (nil, faults)
    }
  }
}
