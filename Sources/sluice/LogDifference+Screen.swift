// What changed, for people and for programs.

import Dumps
import Events
import Merkle

extension LogDifference {
  var document: [UInt8] {
    Document.object { document in
      for (name, context) in [("from", from), ("to", to)] {
        document.object(name) { document in
          document.put("position", context.position)
          document.put("root", context.root.base64)
          document.put("log_time", context.logTime)
        }
      }
      document.put("merchants_changed", merchantsChanged)
      document.put("merchants_listed", merchantsListed)
      document.array("merchants", changes) { document, change in
        document.object(nil) { document in
          document.put("merchant", change.merchant)
          document.put("number", change.number.rawValue)
          document.put("what", change.what)
          document.put("rollout", change.rollout)
          document.put("before", change.before)
          document.put("after", change.after)
          document.put("position", change.position)
        }
      }
      document.array("totals", totals) { document, total in
        document.object(nil) { document in
          document.put("group", total.group)
          document.put("name", total.name.isEmpty ? nil : total.name)
          document.put("figure", total.figure)
          document.put("before", total.before)
          document.put("after", total.after)
        }
      }
    }
  }

  var text: String {
    var facts = TextFacts()
    for (name, context) in [("from", from), ("to", to)] {
      facts.add(
        name,
        "position \(Screen.count(context.position.rawValue)), \(Screen.time(context.logTime)), "
          + "root \(context.root.base64)")
    }
    return facts.text(indent: 0) + "\n" + totalsText + "\n" + merchantsText
  }

  private var totalsText: String {
    var table = TextTable(["total", "figure", ">before", ">after", ">change"])
    for total in totals where total.before != total.after {
      let change = total.after - total.before
      let shown = [total.before, total.after, change].map { amount in
        total.isFen ? Screen.money(Money(fen: amount)) : Screen.count(amount)
      }
      let name = total.name.isEmpty ? total.group : "\(total.group) \(Screen.plain(total.name))"
      table.add([
        name, total.figure.replacing("_fen", with: "").replacing("_", with: " "), shown[0],
        shown[1], (change > 0 ? "+" : "") + shown[2],
      ])
    }
    return table.isEmpty ? "No total changed.\n" : table.text(indent: 0)
  }

  private var merchantsText: String {
    guard merchantsChanged > 0 else { return "No merchant changed.\n" }
    var table = TextTable(["merchant", "what", "before", "after", ">position"])
    for change in changes {
      table.add([
        Screen.plain(change.merchant),
        change.rollout.map { Screen.plain($0) } ?? change.what, change.before ?? "-",
        change.after,
        change.position == .none ? "-" : "\(change.position.rawValue)",
      ])
    }
    let count = Screen.count(merchantsChanged, "merchant") + " changed"
    let rest =
      merchantsListed < merchantsChanged
      ? ", the first \(Screen.count(merchantsListed)) are listed (--limit)" : ""
    return (table.isEmpty ? "" : table.text(indent: 0) + "\n") + "\(count)\(rest).\n"
  }
}
