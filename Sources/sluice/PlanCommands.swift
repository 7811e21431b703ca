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
    let document = try PlanFile.resolved(arguments.operands[0])
    let plan = try PlanReader.read(document)
    let merchants = try registry(arguments)
    var preview = PlanPreview(plan, document)
    try preview.register(merchants)
    for fault in preview.warnings {
      try StandardStream.error.write("warning: \(fault)\n")
    }
    try preview.play()
    say(
      arguments.flag("json") ? preview.document : Array(preview.text.utf8))
    return .done
  }

  private static func registry(_ arguments: Arguments) throws -> [MerchantRegistered] {
    if let path = arguments.value("merchants") { return try read(path, arguments) }
    guard let folder = arguments.value("data") else {
      throw UsageFault(
        what: "nothing says which merchants there are", hint: "Give --merchants FILE or --data DIR")
    }
    var fold = LogFold(freezesOrders: false)
    try LogReader(SystemDisk(), folder).read(from: .zero) {
      (batch: borrowing EventBatch) throws in
      try fold.apply(batch)
    }
    guard let numbers = fold.book.numbers else { return [] }
    return numbers.compactMap { number in
      let merchant = fold.book.merchant(MerchantNumber(number))
      guard merchant.closedAt == nil else { return nil }
      return MerchantRegistered(
        platform: merchant.platform, tier: merchant.tier, dailyPayments: merchant.dailyPayments,
        external: merchant.external, category: merchant.category, city: merchant.city)
    }
  }

  /// The file's rows as the daemon would take them.
  private static func read(
    _ path: String, _ arguments: Arguments
  ) throws -> [MerchantRegistered] {
    let fields = try ImportFields(
      .merchants, maps: arguments.values("map"), sets: arguments.values("set"))
    var source = try ImportSource(path, fields)
    var requests = RequestReader(user: CurrentProcess.user)
    var merchants: [MerchantRegistered] = []
    while let row = try source.next() {
      if let fault = row.fault { throw refusal(path, row.line, fault.field, fault.reason) }
      do throws(WireFault) {
        let request = try requests.read(row.request.span.extracting(0..<row.request.count - 1))
        guard case .command(let command) = request,
          case .registerMerchant(let merchant) = command.body
        else { continue }
        merchants.append(merchant)
      } catch {
        throw refusal(path, row.line, error.field, error.reason)
      }
    }
    return merchants
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
