// sluice may: whether a payment institution may be offered for a cart of merchants, and why not.

import Dumps
import Events
import Projections
import Rollout

/// What may be said of one merchant of a cart.
struct MayAnswer {
  var merchant: String
  /// Why the method may not be offered; nil where it may.
  var obstacle: String?
}

/// A cart that is to be paid through an institution.
struct MayQuestion {
  var merchants: [String]
  var institution: Institution
  var currency: String
  /// Of the goods; empty where nobody says.
  var categories: [ShortText]

  /// A cart has at most so many merchants, as many as a combined payment has orders.
  static let merchantsMax = 50

  /// - Parameter fold: with the orders of merchants frozen.
  func answers(_ fold: LogFold, _ words: Wording = Wording()) -> [MayAnswer] {
    merchants.map { MayAnswer(merchant: $0, obstacle: obstacle($0, fold, words)) }
  }

  private func obstacle(_ name: String, _ fold: LogFold, _ words: Wording) -> String? {
    guard let id = ExternalID(name), let number = fold.book.number(id) else {
      return words[MayWords.notRegistered]
    }
    if currency != "CNY" { return words[MayWords.currency(Screen.plain(currency))] }
    if fold.book.isClosed(number) { return words[.closedShop] }
    if fold.book.isOpenToAll(institution) { return nil }
    let story = MerchantStory(fold, fold.book.merchant(number))
    let rollouts = fold.board.rollouts.filter { $0.institution == institution }
    guard !rollouts.isEmpty else {
      return words[MayWords.noRollout(words.word(institution))]
    }
    var obstacles: [String] = []
    for rollout in rollouts {
      let standing = story.standing(rollout, words)
      guard standing.isOn else {
        obstacles.append(
          words[MayWords.under(Screen.plain(rollout.plan), Screen.plain(standing.sentence))])
        continue
      }
      guard let category = forbidden(fold.plan(rollout.number)) else { return nil }
      obstacles.append(
        words[
          MayWords.under(Screen.plain(rollout.plan), words[MayWords.notFor(Screen.plain(category))])
        ])
    }
    return obstacles.joined(separator: words.semicolon)
  }

  /// The first category of the goods that a plan is not for.
  private func forbidden(_ plan: Plan?) -> ShortText? {
    guard let plan else { return nil }
    return categories.first { category in
      plan.excludedCategories.contains(category)
        || (!plan.categories.isEmpty && !plan.categories.contains(category))
    }
  }
}

struct MayCommand: Subcommand {
  static let guide = Guide(
    name: "may",
    sentence: "Tells whether a cart of merchants may be paid through an institution now.",
    operands: ["MERCHANT[,MERCHANT...]"],
    options: [
      .value("institution", "NAME", "wechat-pay, alipay, unionpay or card"),
      .value("currency", "CODE", "of the order, ISO 4217; absent: CNY"),
      .value("category", "CATEGORY", "of goods in the cart", repeatable: true),
    ] + LogView.options + [.language],
    choices: ["NAME": Institution.allCases.map(\.name)],
    examples: [
      "sluice may shop-00017 --institution wechat-pay --data events/log --lang zh",
      "sluice may shop-00017,shop-00018 --institution wechat-pay --category books --json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let question = try question(arguments)
    let fold = try LogView.reading(arguments) { view in
      var fold = LogFold(view, freezesOrders: true)
      try view.read(from: fold.next) { batch in try fold.apply(batch) }
      return fold
    }
    let words = try fold.wording(arguments)
    // Scripts are told in English.
    let answers = question.answers(fold, arguments.flag("json") ? Wording() : words)
    let may = answers.allSatisfy { $0.obstacle == nil }
    if arguments.flag("json") {
      say(
        Document.object { document in
          document.put("institution", question.institution.name)
          document.put("may", may)
          document.put("position", fold.next)
          document.put("log_time", fold.logTime)
          document.array("merchants", answers) { document, answer in
            document.object(nil) { document in
              document.put("merchant", answer.merchant)
              document.put("may", answer.obstacle == nil)
              if let obstacle = answer.obstacle {
                document.put("reason", obstacle)
              } else {
                document.null("reason")
              }
            }
          }
        })
    } else {
      say(Array(text(question, answers, words).utf8))
    }
    return may ? .done : .refused
  }

  private static func question(_ arguments: Arguments) throws -> MayQuestion {
    guard let word = arguments.value("institution"), let institution = Institution(name: word)
    else {
      throw UsageFault(
        what: "--institution is missing or unknown",
        hint: "It is one of \(Institution.allCases.map(\.name).joined(separator: ", "))")
    }
    let merchants = arguments.operands[0].split(separator: ",").map(String.init)
    guard !merchants.isEmpty, merchants.count <= MayQuestion.merchantsMax else {
      throw UsageFault(
        what: "a cart has 1 to \(MayQuestion.merchantsMax) merchants",
        hint: "Name them with commas between")
    }
    let categories = try arguments.values("category").map { name -> ShortText in
      guard let category = ShortText(name) else {
        throw UsageFault(what: "a category has at most 64 bytes", hint: "Give another")
      }
      return category
    }
    return MayQuestion(
      merchants: merchants, institution: institution,
      currency: arguments.value("currency") ?? "CNY", categories: categories)
  }

  static func text(
    _ question: MayQuestion, _ answers: [MayAnswer], _ words: Wording
  ) -> String {
    let may = answers.allSatisfy { $0.obstacle == nil }
    var text = words[MayWords.answer(words.word(question.institution), may)] + "\n"
    for answer in answers {
      text += "  \(Screen.plain(answer.merchant))  \(answer.obstacle ?? words[MayWords.may])\n"
    }
    return text
  }
}
