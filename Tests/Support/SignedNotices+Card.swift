// The card acquirer's side of a notification: its key, its items and their codes, made by tests.

private import Cryptography
package import Institutions
private import Merkle

/// Who signs as the card acquirer.
package struct CardSender: Sendable {
  package let key: [UInt8]

  package init(key: [UInt8] = (0..<32).map { UInt8($0) }) { self.key = key }

  /// One notification, before it is signed.
  package struct Item: Sendable {
    /// The item's fields as JSON, in their order: texts stand in quotes.
    package var fields: [(name: String, json: String)]

    package init(
      _ event: String, success: Bool = true, psp: String, original: String? = nil,
      order: String = "order-1", value: Int64 = 10100, currency: String = "CNY",
      date: String = "2024-09-12T10:11:12+08:00", reason: String = ""
    ) {
      fields = [
        ("amount", "{\"currency\":\"\(currency)\",\"value\":\(value)}"),
        ("eventCode", "\"\(event)\""), ("eventDate", "\"\(date)\""),
        ("merchantAccountCode", "\"ShopAccount\""), ("merchantReference", "\"\(order)\""),
        ("paymentMethod", "\"visa\""), ("pspReference", "\"\(psp)\""),
        ("reason", "\"\(reason)\""), ("success", success ? "\"true\"" : "\"false\""),
      ]
      if let original { fields.append(("originalReference", "\"\(original)\"")) }
    }

    package subscript(name: String) -> String? {
      get { fields.first { $0.name == name }?.json }
      set {
        let place = fields.firstIndex { $0.name == name }
        switch (place, newValue) {
        case (let place?, let json?): fields[place].json = json
        case (let place?, nil): fields.remove(at: place)
        case (nil, let json?): fields.append((name, json))
        case (nil, nil): break
        }
      }
    }

    /// A text or a number of a field without its quotes; empty where it is absent or another value.
    fileprivate func plain(_ name: String) -> String {
      guard let json = self[name], json != "null" else { return "" }
      return json.hasPrefix("\"") ? String(json.dropFirst().dropLast()) : json
    }

    fileprivate func ofAmount(_ name: String) -> String {
      let amount = self["amount"] ?? ""
      let part = amount.dropFirst().dropLast().split(separator: ",")
        .first { $0.hasPrefix("\"\(name)\":") }
      return String((part ?? "").dropFirst(name.count + 3)).filter { $0 != "\"" }
    }
  }

  /// The base64 text of an item's code.
  package func code(_ item: Item) -> String {
    let parts = [
      item.plain("pspReference"), item.plain("originalReference"),
      item.plain("merchantAccountCode"), item.plain("merchantReference"), item.ofAmount("value"),
      item.ofAmount("currency"), item.plain("eventCode"), item.plain("success"),
    ]
    return Base64.encode(HMACSHA256.code(Array(parts.joined(separator: ":").utf8), key: key))
  }

  /// The item with its code, as JSON.
  package func signed(_ item: Item) -> String {
    var item = item
    let code = code(item)
    if item["additionalData"] == nil {
      item["additionalData"] = "{\"cardSummary\":\"7777\",\"hmacSignature\":\"\(code)\"}"
    }
    let fields = item.fields.map { "\"\($0.name)\":\($0.json)" }.joined(separator: ",")
    return "{\(fields)}"
  }

  /// The body of a delivery of items that are JSON already.
  package static func body(_ items: [String], live: String = "\"true\"") -> [UInt8] {
    let wrapped = items.map { "{\"NotificationRequestItem\":\($0)}" }.joined(separator: ",")
    return Array("{\"live\":\(live),\"notificationItems\":[\(wrapped)]}".utf8)
  }

  /// A delivery of these items, each signed.
  package func delivery(_ items: Item...) -> Delivery {
    Delivery(body: CardSender.body(items.map(signed)))
  }
}
