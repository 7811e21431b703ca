// The words of events and of their closed lists, in English and in Chinese.

import Events
import Projections
import Testing

@testable import Dumps

@Suite struct EventWordsTests {
  private static let (english, chinese) = (Wording(), Wording(.chinese))

  /// Every word of every closed list of events, by its list, with its name in dumps.
  private static var lists: [(list: String, words: [(name: String, zh: String, en: String)])] {
    func list<Value: CaseIterable>(
      _ type: Value.Type, _ name: (Value) -> String, _ word: (Wording, Value) -> String
    ) -> (list: String, words: [(name: String, zh: String, en: String)]) {
      (
        "\(type)",
        type.allCases.map { (name($0), word(chinese, $0), word(english, $0)) }
      )
    }
    return [
      list(EventKind.self, \.name) { $0.word($1) },
      list(Actor.Kind.self, \.name) { $0.word($1) },
      list(GuardrailKind.self, \.name) { $0.word($1) },
      list(EvidenceGap.self, \.name) { $0.word($1) },
      list(MerchantState.self, \.name) { $0.word($1) },
      list(ShopPlatform.self, \.name) { $0.word($1) },
      list(ApprovalSubject.self, \.name) { $0.word($1) },
      list(HoldKind.self, \.name) { $0.word($1) },
      list(SubjectKind.self, \.name) { $0.word($1) },
      list(Outcome.self, \.name) { $0.word($1) },
      list(FailureClass.self, \.name) { $0.word($1) },
      list(DisputeStage.self, \.name) { $0.word($1) },
      list(DiscrepancyAnswer.self, \.name) { $0.word($1) },
      list(RolloutPhase.self, \.name) { $0.word($1) },
      list(Institution.self, \.name) { $0.word($1) },
    ]
  }

  @Test func `every word of a closed list is its name in English and another in Chinese`() {
    for (list, words) in EventWordsTests.lists {
      for word in words {
        #expect(word.en == word.name, "\(list)")
        #expect(
          !word.zh.isEmpty && !word.zh.contains { $0.isASCII }, "\(list) \(word.name): \(word.zh)")
      }
      #expect(Set(words.map(\.zh)).count == words.count, "\(list): two have one word")
    }
  }

  @Test func `what is a term in them is the published word`() {
    let words = [
      Terms.Word(
        field: .institution, old: id("a"), chinese: id("付款机构"), english: id("payer's house")),
      Terms.Word(field: .account, old: id("b"), chinese: id("付款账号"), english: id("number")),
    ]
    let terms = Terms(
      name: id("t"), version: 1, published: BeijingDay(0), effectiveAt: .none, words: words)
    let chinese = Wording(.chinese, terms: terms)
    #expect(chinese.word(EventKind.institutionOpened) == "付款机构开放")
    #expect(chinese.word(Actor.Kind.institution) == "付款机构")
    #expect(chinese.word(GuardrailKind.outage) == "付款机构故障")
    #expect(chinese.word(FailureClass.institution) == "付款机构")
    #expect(chinese.word(SubjectKind.account) == "付款账号")
    #expect(Wording(terms: terms).word(Actor.Kind.institution) == "institution")
  }

  @Test func `a detail in English is that of the dumps`() throws {
    let payload = Payload.rolloutStarted(
      RolloutStarted(
        rollout: RolloutNumber(1), planVersion: 1, hashVersion: 2, waves: 3, merchants: 40,
        registryPosition: .zero, orderDigest: .zero))
    #expect(EventWordsTests.english.detail(payload) == payload.detail)
    #expect(EventWordsTests.chinese.detail(payload) == "40 家商户，分 3 批")
  }
}
