// Every request: a good line, and every way in which a field can be wrong.

import Events
import Orchestrator
import Testing

@testable import Daemon

/// A request as its fields, so that a test can take one away or change it.
struct Form: Sendable, CustomTestStringConvertible {
  var fields: [(name: String, value: String)]
  /// The fields without which it is none.
  var needed: [String]

  init(_ verb: String, needed: [String], _ fields: KeyValuePairs<String, String>) {
    self.fields = [("command", "\"\(verb)\"")] + fields.map { ($0.key, $0.value) }
    self.needed = needed
  }

  var testDescription: String { fields[0].value }
  var line: String {
    "{" + fields.map { "\"\($0.name)\":\($0.value)" }.joined(separator: ",") + "}"
  }

  func without(_ name: String) -> String {
    var copy = self
    copy.fields.removeAll { $0.name == name }
    return copy.line
  }

  func with(_ name: String, _ value: String) -> String {
    var copy = self
    copy.fields.removeAll { $0.name == name }
    copy.fields.append((name, value))
    return copy.line
  }

  static let payment = Form(
    "payment",
    needed: [
      "institution", "transaction", "order", "merchant", "outcome", "order_amount", "occurred_at",
    ],
    [
      "institution": "\"alipay\"", "transaction": "\"t-1\"", "order": "\"o-1\"",
      "merchant": "\"shop-1\"", "outcome": "\"captured\"", "order_amount": "1200",
      "occurred_at": "\"2024-09-12T10:00:00Z\"", "id": "\"n-1\"", "paid_amount": "1100",
      "currency": "\"CNY\"", "balance_amount": "5", "buyer_tier": "\"T3\"",
      "ordered_at": "\"2024-09-12T09:00:00Z\"", "code": "\"X\"", "account": "\"a\"",
    ])

  /// A comparison of nothing with nothing, as a text of JSON in a text of JSON.
  private static let comparison: String = {
    let none = [
      "log", "statement", "matched", "missing_here", "missing_there", "differences", "day_differs",
      "repeated",
    ].map { "\"\($0)\":[0,0]" }.joined(separator: ",")
    let digest = String(repeating: "0a", count: 32)
    let text =
      "{\"institution\":\"card\",\"day\":\"2024-09-12\",\"position\":1,\"digest\":\"\(digest)\","
      + "\"lines\":0,\"incomparable\":0,\"fee\":0,\"adjusted\":[0,0],\"findings\":0,\"open\":0,"
      + "\"captured\":{\(none)},\"refunded\":{\(none)}}"
    return text.replacing("\"", with: "\\\"")
  }()

  static let all: [Form] = [
    Form(
      "order-failed", needed: ["order", "merchant", "institution", "code", "occurred_at"],
      [
        "id": "\"1\"", "order": "\"o\"", "merchant": "\"m\"",
        "institution": "\"wechat-pay\"", "code": "\"SYSTEMERROR\"",
        "occurred_at": "\"2024-09-12T00:00:00Z\"",
      ]),
    Form(
      "order-timed-out", needed: ["order", "merchant", "institution", "occurred_at"],
      [
        "id": "\"1\"", "order": "\"o\"", "merchant": "\"m\"",
        "institution": "\"wechat-pay\"", "occurred_at": "\"2024-09-12T00:00:00Z\"",
      ]),
    payment,
    Form(
      "offer", needed: ["order", "merchant", "institutions"],
      [
        "order": "\"o\"", "merchant": "\"m\"", "institutions": "3", "buyer_tier": "\"T1\"",
        "occurred_at": "\"2024-09-12T10:00:00Z\"",
      ]),
    Form(
      "attempt", needed: ["order", "merchant", "institution", "order_amount", "occurred_at"],
      [
        "order": "\"o\"", "merchant": "\"m\"", "institution": "\"card\"", "order_amount": "1",
        "occurred_at": "\"2024-09-12T10:00:00Z\"", "buyer_tier": "\"T5\"", "id": "\"a\"",
      ]),
    Form(
      "merchant", needed: ["merchant", "platform", "tier"],
      [
        "merchant": "\"m\"", "platform": "\"taobao\"", "tier": "\"T2\"", "daily_payments": "10",
        "category": "\"food\"", "city": "\"Yiwu\"",
      ]),
    Form(
      "close-merchant", needed: ["id", "merchant", "reason"],
      ["id": "\"1\"", "merchant": "\"m\"", "reason": "\"r\""]),
    Form(
      "exclude-merchant", needed: ["id", "merchant", "reason"],
      ["id": "\"1\"", "merchant": "\"m\"", "plan": "\"p\"", "reason": "\"r\""]),
    Form(
      "reinstate-merchant", needed: ["id", "merchant"], ["id": "\"1\"", "merchant": "\"m\""]),
    Form("consult", needed: ["id", "document"], ["id": "\"1\"", "document": "\"{}\""]),
    Form("announce", needed: ["id", "document"], ["id": "\"1\"", "document": "\"{}\""]),
    Form("amend", needed: ["id", "document"], ["id": "\"1\"", "document": "\"{}\""]),
    Form("publish-terms", needed: ["id", "document"], ["id": "\"1\"", "document": "\"{}\""]),
    Form(
      "approve", needed: ["id", "plan"], ["id": "\"1\"", "plan": "\"p\"", "role": "\"r\""]),
    Form("start", needed: ["id", "plan"], ["id": "\"1\"", "plan": "\"p\""]),
    Form(
      "pause", needed: ["id", "plan", "reason"],
      ["id": "\"1\"", "plan": "\"p\"", "reason": "\"r\""]),
    Form(
      "resume", needed: ["id", "plan", "reason"],
      ["id": "\"1\"", "plan": "\"p\"", "reason": "\"r\""]),
    Form(
      "abort", needed: ["id", "plan", "reason"],
      ["id": "\"1\"", "plan": "\"p\"", "reason": "\"r\""]),
    Form(
      "roll-back", needed: ["id", "plan", "reason", "scope", "wave"],
      [
        "id": "\"1\"", "plan": "\"p\"", "reason": "\"r\"", "scope": "\"wave\"", "wave": "1",
      ]),
    Form(
      "reinstate", needed: ["id", "plan", "reason", "scope", "tier"],
      [
        "id": "\"1\"", "plan": "\"p\"", "reason": "\"r\"", "scope": "\"tier\"", "tier": "\"T1\"",
      ]),
    Form("confirm-clock", needed: ["id"], ["id": "\"1\""]),
    Form(
      "publish-dump", needed: ["id", "name", "format", "position", "rows", "digest"],
      [
        "id": "\"1\"", "name": "\"mix\"", "format": "\"csv\"", "position": "1", "rows": "2",
        "digest": "\"" + String(repeating: "0a", count: 32) + "\"",
      ]),
    Form(
      "notice", needed: ["institution", "body"],
      [
        "institution": "\"alipay\"", "headers": "\"Key: k\\nCode:0\"", "body": "\"YQ==\"",
        "received_at": "\"2024-09-12T08:00:00+08:00\"",
      ]),
    Form(
      "reconcile-statement", needed: ["id", "document"],
      ["id": "\"1\"", "document": "\"\(comparison)\""]),
    Form(
      "adjust-payment", needed: ["id", "institution", "day", "amount", "reason", "digest"],
      [
        "id": "\"1\"", "institution": "\"card\"", "day": "\"2024-09-12\"", "amount": "-1250",
        "reason": "\"rounding\"", "transaction": "\"t-1\"",
        "digest": "\"" + String(repeating: "0a", count: 32) + "\"",
      ]),
    Form(
      "resolve-discrepancy", needed: ["id", "position", "answer", "reason"],
      [
        "id": "\"1\"", "position": "17", "answer": "\"refunded\"", "reason": "\"paid-twice\"",
        "flag": "\"order-captured-twice\"",
        "digest": "\"" + String(repeating: "0a", count: 32) + "\"",
      ]),
    Form(
      "dispute",
      needed: [
        "institution", "transaction", "dispute", "stage", "amount", "merchant", "occurred_at",
      ],
      [
        "id": "\"1\"", "institution": "\"card\"", "transaction": "\"t-1\"", "dispute": "\"d-1\"",
        "stage": "\"money-taken\"", "amount": "500", "currency": "\"EUR\"", "code": "\"10.4\"",
        "merchant": "\"m1\"", "occurred_at": "\"2024-09-12T09:00:00+08:00\"",
      ]),
    Form(
      "erase-subject", needed: ["subject", "reason"],
      ["subject": "\"case-4711\"", "reason": "\"own-wish\""]),
    Form("stop", needed: [], [:]),
  ]
}

@Suite struct RequestReaderTests {
  private func fault(_ line: String) -> WireFault? {
    var reader = RequestReader(user: 7)
    do throws(WireFault) {
      _ = try reader.read(Array(line.utf8).span)
      return nil
    } catch {
      #expect(!error.hint.isEmpty, "what is refused says what to do: \(error)")
      return error
    }
  }

  @Test(arguments: Form.all) func `a good line is a request`(_ form: Form) {
    #expect(fault(form.line) == nil)
  }

  @Test(arguments: ["roll-back", "reinstate"])
  func `a scope of a category names the category`(_ verb: String) {
    let line = "{\"command\":\"\(verb)\",\"id\":\"1\",\"plan\":\"p\",\"reason\":\"r\","
    #expect(fault(line + "\"scope\":\"category\",\"category\":\"games\"}") == nil)
    #expect(fault(line + "\"scope\":\"category\"}")?.field == "category")
    #expect(fault(line + "\"scope\":\"city\"}")?.field == "scope")
  }

  @Test(
    arguments: [
      ("", nil), (",\"subject\":\"start\"", nil), (",\"subject\":\"resume\",\"evidence\":4", nil),
      (",\"subject\":\"wave\",\"wave\":2,\"expires_at\":\"2024-09-12T00:00:00Z\"", nil),
      (",\"subject\":\"wave-override\",\"wave\":2", nil), (",\"note\":\"a\\n\"", nil),
      (",\"subject\":\"wave\"", "wave"), (",\"wave\":2", "wave"),
      (",\"subject\":\"wave\",\"wave\":0", "wave"), (",\"subject\":\"tea\"", "subject"),
      (",\"evidence\":-1", "evidence"), (",\"expires_at\":\"soon\"", "expires_at"),
      (",\"note\":\"a\",\"subject\":\"start\"", "subject"), (",\"note\":7", "note"),
    ] as [(String, String?)]) func `an approval is a note, or says what it is of`(
      _ fields: String, _ field: String?
    )
  {
    #expect(fault("{\"command\":\"approve\",\"id\":\"1\",\"plan\":\"p\"\(fields)}")?.field == field)
  }

  @Test func `the forms are all the verbs`() {
    #expect(Form.all.count == Words.Verb.allCases.count)
    let verbs = Words.verbs.names.split(separator: ", ").map { "\"\($0)\"" }
    #expect(Set(Form.all.map { $0.fields[0].value }) == Set(verbs))
  }

  @Test(arguments: Form.all) func `a missing field is named`(_ form: Form) {
    for field in form.needed {
      for line in [form.without(field), form.with(field, "null")] {
        #expect(fault(line)?.field == field, "\(line)")
        #expect(fault(line)?.reason.isEmpty == false)
      }
    }
  }

  @Test(arguments: Form.all) func `a value of the wrong type is named`(_ form: Form) {
    for (field, value) in form.fields.dropFirst() {
      let wrong = value.hasPrefix("\"") ? ["7", "true", "1.5"] : ["\"7\"", "false", "1.5", "1e3"]
      for other in wrong {
        let fault = fault(form.with(field, other))
        #expect(fault?.field == field, "\(field) \(other)")
        #expect(fault?.hint.isEmpty == false, "\(field) \(other)")
      }
      for nested in ["[]", "{}", "[1]", "{\"a\":1}"] {
        #expect(fault(form.with(field, nested))?.reason.contains("array or an object") == true)
      }
    }
  }

  @Test(arguments: Form.all) func `a field that belongs elsewhere is named`(_ form: Form) {
    let fault = fault(form.with("limit", "1"))
    #expect(fault?.field == "limit")
    #expect(fault?.hint.contains("takes: ") == true)
  }

  @Test(arguments: Form.all) func `an unknown field is named with those there are`(_ form: Form) {
    let fault = fault(form.with("amuont", "1"))
    #expect(fault?.field == "amuont")
    #expect(fault?.hint.contains("order_amount") == true)
  }

  @Test(arguments: Form.all) func `a field that comes twice is refused`(_ form: Form) {
    for field in form.fields {
      let line = form.line.dropLast() + ",\"\(field.name)\":\(field.value)}"
      #expect(fault(String(line))?.reason.contains("twice") == true)
    }
  }

  @Test(arguments: [
    ("order_amount", "-1"), ("order_amount", "100000000001"), ("paid_amount", "-5"),
    ("balance_amount", "-2"), ("order_amount", "99999999999999999999"), ("currency", "\"XXX\""),
    ("buyer_tier", "\"T9\""), ("institution", "\"paypal\""), ("outcome", "\"lost\""),
    ("occurred_at", "\"2024-13-01T00:00:00Z\""), ("occurred_at", "\"yesterday\""),
    ("occurred_at", "\"2200-01-01T00:00:00Z\""), ("transaction", "\"\""),
    ("transaction", "\" t\""), ("transaction", "\"a\\u0085b\""), ("transaction", "\"a\\u202eb\""),
    ("transaction", "\"\(String(repeating: "x", count: 65))\""), ("order", "\"\\n\""),
    ("refund", "\"r-1\""),
  ]) func `a value out of range is named`(_ field: String, _ value: String) {
    let found = fault(Form.payment.with(field, value))
    #expect(found?.field == field)
    #expect(found?.reason.isEmpty == false)
  }

  @Test(arguments: [
    ("1e2", "Write its digits alone"), ("100.0", "Write its digits alone"),
    ("12345678901234567890123", "at most 18"), ("\"5\"", "without quotes"),
    ("-5", "without a minus sign"), ("true", "Give a number"),
  ])
  func `how an amount is written is said where it is no amount`(_ value: String, _ hint: String) {
    let found = fault(Form.payment.with("order_amount", value))
    #expect(found?.field == "order_amount")
    #expect(found?.hint.contains(hint) == true, "\(String(describing: found))")
    #expect(found?.hint.contains("quotes") == value.contains("\""))
  }

  @Test func `a request without a command is told the commands`() {
    #expect(fault("{}")?.hint.contains("payment, offer, attempt") == true)
  }

  @Test(arguments: ["CNY", "SEK", "XAF"])
  func `every currency of ISO 4217 is read, and a stranger is told so`(letters: String) {
    #expect(fault(Form.payment.with("currency", "\"\(letters)\"")) == nil)
    #expect(
      fault(Form.payment.with("currency", "\"XXX\""))?.reason
        == "it is not one of the currencies of ISO 4217, as CNY")
  }

  @Test func `a refund carries its refund id`() {
    let found = fault(Form.payment.with("outcome", "\"refunded\""))
    #expect(found?.field == "refund")
    #expect(found?.hint.isEmpty == false)
  }

  @Test(
    arguments: [
      ("{\"query\":\"clock\"}", nil), ("{\"query\":\"status\"}", nil),
      ("{\"query\":\"open\"}", nil), ("{\"query\":\"open\",\"since\":3,\"limit\":50000}", nil),
      ("{\"query\":\"dump\",\"name\":\"mix\",\"format\":\"csv\"}", nil),
      ("{\"query\":\"open\",\"since\":-1}", "since"), ("{\"query\":\"open\",\"limit\":0}", "limit"),
      ("{\"query\":\"open\",\"limit\":50001}", "limit"), ("{\"query\":\"mood\"}", "query"),
      ("{\"query\":\"dump\",\"format\":\"csv\"}", "name"),
      ("{\"query\":\"clock\",\"since\":1}", "since"),
      ("{\"query\":\"clock\",\"command\":\"stop\"}", "command"), ("{}", "command"),
      ("{\"command\":\"sing\"}", "command"),
    ] as [(String, String?)]) func `queries are checked as well`(_ line: String, _ field: String?)
  {
    #expect(fault(line)?.field == field)
  }

  @Test(arguments: [
    "", " ", "{", "}", "[]", "null", "1", "\"a\"", "{}{}", "{\"command\":\"stop\",}",
    "{\"command\":\"stop\"} x", "{'command':'stop'}", "{command:1}", "{\"command\" \"stop\"}",
    "{\"command\":\"st\nop\"}", "{\"command\":\"\\x\"}", "{\"command\":\"\\ud800\"}",
    "{\"since\":01}", "{\"since\":+1}", "{\"since\":.5}", "{\"since\":1.}", "{\"since\":NaN}",
    "\u{feff}{\"command\":\"stop\"}", "{\"command\":\"stop\"}\u{0}",
  ]) func `what is no JSON object is refused with its offset`(_ line: String) {
    let found = fault(line)
    #expect(found?.field == "")
    #expect(found?.reason.hasPrefix("offset ") == true, "\(String(describing: found))")
  }

  @Test func `bytes that are no UTF-8 are refused`() {
    var reader = RequestReader(user: 1)
    for bad: [UInt8] in [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]] {
      let line = Array("{\"command\":\"".utf8) + bad + Array("\"}".utf8)
      #expect(throws: WireFault.self) { try reader.read(line.span) }
    }
  }

  @Test func `a line is read by its own keys, whatever came before it`() throws {
    var reader = RequestReader(user: 1)
    let lines = [
      "{\"\\u0063ommand\":\"stop\"}", "{}", "{\"command\":\"stop\"}", "{}", "{\"a\":1}", "{}",
      "{\"query\":\"clock\"}", "{\"query\":\"open\",\"since\":1}", "{\"query\":\"clock\"}",
      "{\"query\":", "{}", "{\"\\u0071uery\":\"clock\"}", "{\"query\":\"clock\"}",
    ]
    let good = [true, false, true, false, false, false, true, true, true, false, false, true, true]
    for (line, isGood) in zip(lines, good) {
      let isRead = (try? reader.read(Array(line.utf8).span)) != nil
      #expect(isRead == isGood, "\(line)")
    }
  }

  @Test func `the same fields are the same command, others another`() throws {
    var reader = RequestReader(user: 1)
    func command(_ line: String) throws -> PaymentNoticeHeader {
      guard case .payment(let notice) = try reader.read(Array(line.utf8).span) else {
        throw WireFault("", "no payment", hint: "")
      }
      return notice
    }
    let first = try command(Form.payment.line)
    let spaced = try command(" " + Form.payment.line + " ")
    #expect(first.id == spaced.id && first.digest == spaced.digest)
    let other = try command(Form.payment.with("order_amount", "1201"))
    #expect(first.id == other.id && first.digest != other.digest)
    let without = try command(Form.payment.without("id"))
    #expect(without.id != first.id)
    let later = try command(Form.payment.with("id", "\"n-2\""))
    #expect(later.id != first.id && later.digest == first.digest)
  }
}
