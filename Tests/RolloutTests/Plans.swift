// The plan of the story, and short plans for single rules.

import Events
import Glibc
import Testing

@testable import Rollout

enum Plans {
  /// The document in the checkout.
  static func document(file: String = #filePath) throws -> [UInt8] {
    let root = file.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/\(root)/events/plans/wechat-pay-2024-09.json"
    let file = unsafe open(path, O_RDONLY)
    try #require(file >= 0, "no \(path)")
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: PlanReader.documentBytesMax)
    let count = unsafe Glibc.read(file, &bytes, bytes.count)
    return Array(bytes[..<max(count, 0)])
  }

  static func story() throws -> Plan { try PlanReader.read(try document()) }

  /// Two waves on the first two days and no caps to speak of.
  static func short(
    canary: String = "10%", caps: Plan.Caps? = nil, after: Plan.AfterWindow = .hold
  ) throws -> Plan {
    var plan = try story()
    plan.windowDays = 2
    plan.holdBack = .none
    plan.order.largestLast = .none
    let share = try #require(Share(canary))
    plan.waves = [
      PlannedWave(
        name: try #require(ShortText("canary")), opensAt: StoryWorld.at(12, 10), share: share,
        isCanary: true),
      PlannedWave(
        name: try #require(ShortText("all")), opensAt: StoryWorld.at(13, 8),
        share: Share(partsPerMillion: 1_000_000 - share.rawValue), isCanary: false),
    ]
    plan.caps =
      caps
      ?? Plan.Caps(
        merchantsPerHour: .count(1_000_000), merchantsPerDay: .count(1_000_000),
        paymentsPerHour: .count(1_000_000_000), paymentsPerDay: .count(1_000_000_000))
    plan.afterWindow = after
    return plan
  }
}
