// The scope that a fold takes out of a plan's document, against the plan that was read.

import Events
import Projections
import Testing

@testable import Rollout

@Suite struct PlanScopeTests {
  private static let scopes = [
    "\"excluded_categories\": []",
    "\"excluded_categories\": [], \"platforms\": [\"tmall\"]",
    "\"excluded_categories\": [\"medicine\", \"tea\"]",
    "\"excluded_categories\": [], \"tiers\": [\"T1\", \"unknown\"]",
    "\"excluded_categories\": [], \"excluded_tiers\": [\"T5\", \"N1\"]",
    "\"excluded_categories\": [], \"tiers\": [\"T3\", \"T4\"], \"excluded_tiers\": [\"T4\"]",
    "\"excluded_categories\": [\"tea\"], \"categories\": [\"food\", \"wine\"]",
  ]

  /// The plan of the story with another scope.
  private static func document(_ fields: String) throws -> [UInt8] {
    let story = String(decoding: try Plans.document(), as: UTF8.self)
    let plan = story.replacing("\"excluded_categories\": []", with: fields)
      .replacing("\"platforms\": [\"taobao\", \"tmall\"],", with: "")
    return Array(plan.utf8)
  }

  @Test(arguments: scopes)
  func `it lets the same merchants take part as the plan does`(fields: String) throws {
    let document = try PlanScopeTests.document(fields)
    let plan = try PlanReader.read(document)
    let scope = try #require(PlanScope(document: document))
    #expect(
      scope
        == PlanScope(
          platforms: plan.platforms, tiers: plan.tiers, included: plan.categories,
          excluded: plan.excludedCategories))
    #expect(scope.isAll == (fields == PlanScopeTests.scopes[0]))
  }

  @Test(arguments: ["", "[]", "{\"tiers\": 1}", "{\"categories\": [1]}", "{\"platforms\": {}}"])
  func `a document of another form has none`(document: String) {
    #expect(PlanScope(document: Array(document.utf8)) == nil)
  }
}
