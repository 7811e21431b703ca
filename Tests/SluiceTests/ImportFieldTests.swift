// The columns that the help names, against what the daemon's reader asks for.

import Daemon
import Testing
import Text

@testable import sluice

@Suite struct ImportFieldTests {
  /// A value of each column that is taken.
  private static let values: [String: String] = [
    "merchant": "m", "platform": "taobao", "category": "food", "city": "Yiwu", "tier": "T1",
    "daily_payments": "3", "id": "1", "institution": "alipay", "transaction": "t", "order": "o",
    "outcome": "refunded", "order_amount": "5", "paid_amount": "5", "currency": "CNY",
    "balance_amount": "1", "buyer_tier": "T5", "ordered_at": "2024-09-12T10:00:00+08:00",
    "occurred_at": "2024-09-12T10:00:00+08:00", "code": "SYSTEMERROR", "refund": "r",
    "refund_report": "incremental", "account": "a", "institutions": "6", "dispute": "d",
    "stage": "opened", "amount": "5", "headers": "a: b", "body": "e30=",
    "received_at": "2024-09-12T10:00:00+08:00",
  ]

  /// The columns of each sort of row that each kind has; of attempts those of one command.
  private static let sorts: [(kind: ImportKind, command: String?, words: String)] = [
    (.merchants, nil, ""), (.payments, nil, "where the outcome is refunded"),
    (.attempts, "offer", "of an offer"),
    (.attempts, "attempt", "of all but an offer, of an attempt"),
    (.attempts, "order-failed", "of all but an offer, of order-failed"),
    (.attempts, "order-timed-out", "of all but an offer"), (.disputes, nil, ""),
    (.notices, "notice", ""),
  ]

  private static func isTaken(_ kind: ImportKind, _ command: String?, _ fields: [ImportField])
    throws -> Bool
  {
    var line = RequestLine(try ImportFields(kind, maps: [], sets: []))
    for field in fields {
      let value = field.name == "command" ? command : values[field.name]
      try line.put(field, Array(try #require(value, "\(field.name)").utf8).span)
    }
    var reader = RequestReader(user: 1)
    let bytes = line.finish()
    do throws(WireFault) {
      _ = try reader.read(bytes.span.extracting(0..<bytes.count - 1))
      return true
    } catch {
      #expect(error.reason == "it is missing" && !error.hint.isEmpty, "\(error)")
      return false
    }
  }

  @Test(arguments: 0..<8)
  func `a row needs the columns that the help calls required, and no other`(_ row: Int) throws {
    let (kind, command, words) = ImportFieldTests.sorts[row]
    let needed = kind.fields.filter { field in
      if case .ofSome(let rows) = field.need {
        return words.split(separator: ", ").contains(Substring(rows))
      }
      return field.need == .always
    }
    #expect(try ImportFieldTests.isTaken(kind, command, needed))
    for field in needed {
      let others = needed.filter { $0.name != field.name }
      #expect(try !ImportFieldTests.isTaken(kind, command, others), "\(field.name)")
    }
  }

  @Test(arguments: [ImportKind.merchants, .payments, .disputes])
  func `a row may have every column that the help names`(_ kind: ImportKind) throws {
    #expect(try ImportFieldTests.isTaken(kind, nil, kind.fields))
  }

  @Test func `the help of import names the columns of every kind, required ones first`() throws {
    let text = ImportCommand.guide.text
    for kind in ImportKind.allCases {
      let part = try #require(
        text.split(separator: "\n\n").first {
          $0.hasPrefix("Columns of \(kind.rawValue):")
        })
      let lines = part.split(separator: "\n").dropFirst()
      #expect(lines.count == kind.fields.count)
      for field in kind.fields {
        #expect(lines.contains { $0.hasPrefix("  \(field.name) ") && $0.hasSuffix(field.sentence) })
      }
      let isRequired = lines.map { $0.contains("  required") }
      #expect(isRequired.first == true && isRequired == isRequired.sorted { $0 && !$1 })
    }
    let page = ManPage.text([ImportCommand.guide])
    #expect(page.contains("Columns of payments:\n.Bl") && page.contains(".It Cm order_amount\n"))
  }
}
