// sluice plan check, plan preview: a plan looked at before anybody is asked about it.

import EventLog
import Events
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
    let warnings = plan.map { PlanRules.warnings($0) } ?? []
    if arguments.flag("json") {
      say(
        Document.object { document in
          if let plan { document.put("plan", plan.id) } else { document.null("plan") }
          document.put("sound", faults.isEmpty)
          document.array("faults", faults + warnings) { document, fault in
            document.object(nil) { put(fault, &$0) }
          }
        })
    } else if let plan {
      say(
        "The plan \(plan.id) version \(plan.version) is sound: \(plan.institution.name), "
          + "\(Screen.count(plan.waves.count, "wave")), \(Screen.time(plan.effectiveAt)) to "
          + "\(Screen.time(plan.windowEnd)) Beijing.\n")
      for warning in warnings { tell("warning: \(warning)") }
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
    for fault in faults { tell("warning: \(fault)") }
    say(arguments.flag("json") ? preview.document : Array(preview.text.utf8))
    return .done
  }

  private static func registry(_ arguments: Arguments, _ plan: Plan) throws -> MerchantBook {
    if let path = arguments.value("merchants") {
      return try MerchantFile(path, arguments).registry()
    }
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
}
