// sluice merchant show M: what is known of a merchant.

import Dumps
import Events
import Projections

struct MerchantShowCommand: Subcommand {
  static let guide = Guide(
    name: "merchant show", sentence: "Shows what is known of a merchant, and where it stands.",
    operands: ["M"], options: LogView.options + [.language],
    examples: [
      "sluice merchant show shop-00017 --data events/log",
      "sluice merchant show shop-00017 --data events/log --lang zh",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let story = try LogView.reading(arguments) {
      try MerchantStory($0, arguments.operands[0], freezesOrders: true)
    }
    let words = try story.fold.wording(arguments)
    say(arguments.flag("json") ? document(story) : Array(text(story, words).utf8))
    return .done
  }

  private static func document(_ story: MerchantStory) -> [UInt8] {
    let merchant = story.merchant
    return Document.object { document in
      document.put("merchant", merchant.external)
      document.put("merchant_number", merchant.number.rawValue)
      document.put("platform", merchant.platform.name)
      document.put("tier", merchant.tier.name)
      document.put("downstream", merchant.tier.isDownstream)
      document.put("category", merchant.category)
      document.put("city", merchant.city)
      document.put("daily_payments", merchant.dailyPayments)
      document.put("registered_at", merchant.registeredAt)
      document.put("closed_at", merchant.closedAt ?? .none)
      document.put("events", merchant.events)
      document.put("last_event", merchant.lastEvent)
      putStandings(story, &document)
      putOpen(story, &document)
    }
  }

  static func putStandings(_ story: MerchantStory, _ document: inout Document) {
    document.array("rollouts", story.fold.board.rollouts) { document, rollout in
      let standing = story.standing(rollout)
      document.object(nil) { document in
        document.put("plan", rollout.plan)
        document.put("institution", rollout.institution.name)
        document.put(
          "state", story.fold.book.state(story.merchant.number, rollout.number).name)
        document.put("on", standing.isOn)
        document.put("why", standing.sentence)
      }
    }
  }

  private static func putOpen(_ story: MerchantStory, _ document: inout Document) {
    document.array("open_institutions", open(story)) { $0.put(nil, $1.name) }
  }

  private static func open(_ story: MerchantStory) -> [Institution] {
    Institution.allCases.filter {
      story.fold.book.isOpen($0, at: story.merchant.number, when: story.fold.logTime)
    }
  }

  static func text(_ story: MerchantStory, _ words: Wording) -> String {
    let merchant = story.merchant
    var facts = TextFacts()
    facts.add(words[.platform], words.word(merchant.platform))
    let tier = words.word(merchant.tier)
    facts.add(
      words[.tier],
      merchant.tier.isDownstream ? words.list([tier, words[.downstream]]) : tier)
    facts.add(words[.category], Screen.plain(merchant.category))
    facts.add(words[.city], Screen.plain(merchant.city))
    facts.add(
      words[.dailyPayments],
      merchant.dailyPayments == 0 ? words[.notStated] : Screen.count(merchant.dailyPayments))
    facts.add(words[.registered], Screen.time(merchant.registeredAt))
    if let closed = merchant.closedAt {
      facts.add(words[.closed], "\(Screen.time(closed)) (\(Screen.plain(merchant.closingReason)))")
    }
    facts.add(
      words[.events], words[.lastAt("\(merchant.events)", merchant.lastEvent.rawValue)])
    facts.add(words[.openNow], words.list(open(story).map { words.word($0) }))
    return Screen.toned(Screen.plain(merchant.external), .bold)
      + words[.number(merchant.number.rawValue)] + "\n" + story.endNote(words) + facts.text()
      + standings(story, words)
  }

  /// One line a rollout.
  static func standings(_ story: MerchantStory, _ words: Wording) -> String {
    var facts = TextFacts()
    for rollout in story.fold.board.rollouts {
      let standing = story.standing(rollout, words)
      let sentence = Screen.toned(
        Screen.plain(standing.sentence), standing.isOn ? .green : .yellow)
      facts.add("\(words.word(rollout.institution)) (\(Screen.plain(rollout.plan)))", sentence)
    }
    return facts.text()
  }
}
