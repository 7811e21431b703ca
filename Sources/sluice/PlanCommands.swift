// sluice plan check, plan preview: a plan looked at before anybody is asked about it.

import Daemon
import EventLog
import Events
import Orchestrator
import Platform
import Projections
import Rollout
import Text

struct PlanCheckCommand: Subcommand {
  static let guide = Guide(
    name: "plan check", sentence: "Lists every fault of a plan.", operands: ["FILE"],
    options: [.json],
    examples: [
      "sluice plan check events/plans/wechat-pay-2024-09.json",
      "sluice plan check - --json < plan.json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let document = try PlanFile.bytes(arguments.operands[0])
    let (plan, faults) = PlanFile.check(document)
    if arguments.flag("json") {
      say(
        Document.object { document in
          if let plan { document.put("plan", plan.id) } else { document.null("plan") }
          document.put("sound", faults.isEmpty)
          document.array("faults", faults) { document, fault in
            document.object(nil) { put(fault, &$0) }
          }
        })
    } else if let plan {
      say(
        "The plan \(plan.id) version \(plan.version) is sound: \(plan.institution.name), "
          + "\(plan.waves.count) waves, \(Screen.time(plan.effectiveAt)) to "
          + "\(Screen.time(plan.windowEnd)) Beijing.\n")
    } else {
      for fault in faults { say(Screen.plain("\(fault)") + "\n") }
    }
    return faults.isEmpty ? .done : .refused
  }

  private static func put(_ fault: PlanFault, _ document: inout Document) {
    document.put("path", fault.path)
    document.put("value", fault.value)
    document.put("reason", fault.reason)
    document.put("advice", fault.advice)
    document.put("warning", fault.isWarning)
  }
}

struct PlanPreviewCommand: Subcommand {
  static let guide = Guide(
    name: "plan preview",
    sentence: "Plays a plan in virtual time and shows when each wave opens and finishes.",
    operands: ["FILE"],
    options: [
      .data, .value("merchants", "FILE", "the registry, as `import merchants` takes it"),
      .value("map", "FIELD=COLUMN", "the column that holds a field", repeatable: true),
      .value("set", "FIELD=VALUE", "a value for a column the file lacks", repeatable: true),
      .json,
    ],
    examples: [
      "sluice plan preview wechat-pay-2024-09.json --merchants shops.csv",
      "sluice plan preview wechat-pay-2024-09.json --data events/log --json",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let plan = try PlanReader.read(try PlanFile.resolved(arguments.operands[0]))
    let book = try registry(arguments, plan)
    let preview = PlanPreview(plan, book)
    let faults = PlanRules.validate(plan, book, preview.outlook.sums)
    guard faults.allSatisfy(\.isWarning) else { throw PlanFaults(faults: faults) }
    for fault in faults { try StandardStream.error.write("warning: \(fault)\n") }
    say(arguments.flag("json") ? preview.document : Array(preview.text.utf8))
    return .done
  }

  private static func registry(_ arguments: Arguments, _ plan: Plan) throws -> MerchantBook {
    if let path = arguments.value("merchants") { return try read(path, arguments) }
    guard arguments.value("data") != nil else {
      throw UsageFault(
        what: "nothing says which merchants there are", hint: "Give --merchants FILE or --data DIR")
    }
    return try LogView.reading(arguments) { view in
      // Only the waves that list merchants ask who is meant.
      var fold = RegistryFold(view, findsIDs: plan.waves.contains { !$0.merchants.isEmpty })
      try view.read(from: fold.next) { (batch: borrowing EventBatch) throws in
        try fold.apply(batch)
      }
      return fold.book
    }
  }

  /// The file's rows as the daemon would take them.
  private static func read(_ path: String, _ arguments: Arguments) throws -> MerchantBook {
    let fields = try ImportFields(
      .merchants, maps: arguments.values("map"), sets: arguments.values("set"))
    var source = try ImportSource(path, fields, readsMerchants: true)
    var requests = RequestReader(user: CurrentProcess.user)
    let drafts = PaymentDrafts(count: 1)
    var book = MerchantBook()
    while let row = try source.next() {
      if let fault = row.fault { throw refusal(path, row.line, fault.field, fault.reason) }
      let registered: MerchantRegistered
      do throws(WireFault) {
        guard let merchant = try merchant(of: row, &requests, drafts[0]) else { continue }
        registered = merchant
      } catch {
        throw refusal(path, row.line, error.field, error.reason)
      }
      guard book.count < merchantsMax, book.hasWords(registered.category, registered.city) else {
        throw refusal(path, row.line, "merchant", "is more than a registry holds")
      }
      try register(registered, in: &book)
    }
    return book
  }

  /// The merchant of a row as the daemon reads it; nil where it is another request.
  private static func merchant(
    of row: ImportRow, _ requests: inout RequestReader, _ draft: PaymentDraft
  ) throws(WireFault) -> MerchantRegistered? {
    if let merchant = row.merchant { return merchant }
    let line = row.request.span.extracting(0..<row.request.count - 1)
    guard case .command(let command) = try requests.read(line, into: draft),
      case .registerMerchant(let merchant) = command.body
    else { return nil }
    return merchant
  }

  /// Registers a merchant, or updates the one that was named before, as the daemon does.
  private static func register(
    _ merchant: MerchantRegistered, in book: inout MerchantBook
  ) throws(DecodeFault) {
    var header = EventHeader()
    let known = book.number(merchant.external)
    header.merchant = known ?? MerchantNumber(UInt32(book.count) + 1)
    let payload =
      known == nil
      ? Payload.merchantRegistered(merchant)
      : .merchantUpdated(
        MerchantUpdated(
          platform: merchant.platform, tier: merchant.tier, dailyPayments: merchant.dailyPayments,
          category: merchant.category, city: merchant.city))
    try book.apply(Event(header, payload), at: .zero)
  }

  private static func refusal(
    _ path: String, _ line: Int, _ field: String, _ reason: String
  ) -> CommandFailure {
    let place = field.isEmpty ? "" : "field \(field): "
    return CommandFailure(
      .refused, "line \(line) of \(path): \(place)\(reason)",
      hint: "A preview takes sound files only; mend the line")
  }
}
