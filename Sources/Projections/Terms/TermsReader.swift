// Reads a document of terms: strict JSON, every rule checked, every fault reported at once.
//
//   {
//     "terms": "unified-2024-09",             the same for every version
//     "version": 1,                           the next one is one more
//     "published": "2024-09-05",              a day of Beijing
//     "effective_at": "2024-09-12T00:00:00+08:00",
//     "note": "...",                          may be left out; no screen shows it
//     "words": [
//       {"field": "order_amount", "old": "实付金额", "new": "订单成交金额",
//        "english": "order transaction amount", "note": "..."}
//     ]
//   }
//
// The rules beyond the form of each field:
//   1. The day of effect is seven days of Beijing or more after the day of publication.
//   2. There is a word, every field has one at most, and no word stands for two fields: an old
//      word that became two new ones, or a new word of two fields, would be no unified word.
//   3. A field is one that the log has (`Terms.Field`).
//
// A fold reads what an event carries, so the reader stands beside the folds and not with the plans
// above them; it knows no clock, and whether the version follows is `TermsBook`'s to say.

import Events
public import Text

/// What is wrong with a document of terms, all of it.
public struct TermsFaults: Error, Sendable, CustomStringConvertible {
  public var faults: [TextFault]

  public init(faults: [TextFault]) { self.faults = faults }

  public var description: String { faults.map(\.description).joined(separator: "\n") }
}

/// Reads documents of terms.
public enum TermsReader {
  /// So that a document fits one event.
  public static let documentBytesMax = 60_000
  /// Days of Beijing between publication and effect.
  public static let noticeDays = 7
  static let versions = 1...Int64(UInt32.max)

  /// The terms of a document.
  ///
  /// - Throws: everything that is wrong, each fault with its place and what would be right.
  public static func read(_ document: [UInt8]) throws(TermsFaults) -> Terms {
    var faults = FaultList()
    let root = faults.gather { () throws(TextFault) in
      try FieldReader(try JSONReader.read(document, bytesMax: documentBytesMax))
    }
    guard var fields = root else { throw TermsFaults(faults: faults.faults) }
    let terms = terms(&fields, &faults)
    guard let terms, faults.faults.isEmpty else { throw TermsFaults(faults: faults.faults) }
    return terms
  }

  private static func terms(_ fields: inout FieldReader, _ faults: inout FaultList) -> Terms? {
    let name = faults.gather { () throws(TextFault) in try text("terms", &fields) }
    let version = faults.gather { () throws(TextFault) in
      try fields.integer("version", in: versions)
    }
    let published = faults.gather { () throws(TextFault) in
      try parsed("published", &fields) { (text) throws(TextFault) in try RFC3339.parseDay(text) }
    }
    let effectiveAt = faults.gather { () throws(TextFault) in
      try parsed("effective_at", &fields) { (text) throws(TextFault) in try RFC3339.parse(text) }
    }
    faults.gather { () throws(TextFault) in _ = try fields.optionalString("note") }
    let words = words(&fields, &faults)
    faults.gather { () throws(TextFault) in try fields.finish() }
    guard let name, let version, let published, let effectiveAt else { return nil }
    if let fault = notice(published, effectiveAt, fields) { faults.faults.append(fault) }
    return Terms(
      name: name, version: UInt32(version), published: published, effectiveAt: effectiveAt,
      words: words)
  }

  /// The notice is too short; nil where it is long enough.
  private static func notice(
    _ published: BeijingDay, _ effectiveAt: Timestamp, _ fields: FieldReader
  ) -> TextFault? {
    let effective = effectiveAt.beijingDay
    let earliest = published.advanced(byDays: noticeDays)
    guard effective < earliest else { return nil }
    return fields.fault(
      "effective_at",
      "(\(effective.text)) is less than \(noticeDays) days after published (\(published.text))",
      hint: "The earliest day is \(earliest.text).")
  }

  private static func words(
    _ fields: inout FieldReader, _ faults: inout FaultList
  ) -> [Terms.Word] {
    let readers = faults.gather { () throws(TextFault) in try fields.objects("words") }
    guard let readers else { return [] }
    if readers.isEmpty {
      faults.faults.append(fields.fault("words", "has no word", hint: "Give one a field."))
    }
    var words: [Terms.Word] = []
    for var reader in readers {
      guard let word = word(&reader, &faults) else { continue }
      if let fault = repetition(of: word, after: words, reader) { faults.faults.append(fault) }
      words.append(word)
    }
    return words
  }

  private static func word(
    _ fields: inout FieldReader, _ faults: inout FaultList
  ) -> Terms.Word? {
    let field = faults.gather { () throws(TextFault) in
      let name = try fields.string("field")
      guard let field = Terms.Field(rawValue: name) else {
        let known = Terms.Field.allCases.map(\.rawValue).joined(separator: ", ")
        throw fields.fault("field", "(\(name)) is no field of a payment", hint: "Give \(known).")
      }
      return field
    }
    let old = faults.gather { () throws(TextFault) in try text("old", &fields) }
    let chinese = faults.gather { () throws(TextFault) in try text("new", &fields) }
    let english = faults.gather { () throws(TextFault) in try text("english", &fields) }
    faults.gather { () throws(TextFault) in _ = try fields.optionalString("note") }
    faults.gather { () throws(TextFault) in try fields.finish() }
    guard let field, let old, let chinese, let english else { return nil }
    return Terms.Word(field: field, old: old, chinese: chinese, english: english)
  }

  /// What of a word stands in one before it.
  private static func repetition(
    of word: Terms.Word, after words: [Terms.Word], _ fields: FieldReader
  ) -> TextFault? {
    for (index, other) in words.enumerated() {
      let name: String
      if other.field == word.field {
        name = "field"
      } else if other.old == word.old {
        name = "old"
      } else if other.chinese == word.chinese {
        name = "new"
      } else if other.english == word.english {
        name = "english"
      } else {
        continue
      }
      return fields.fault(
        name, "is that of words[\(index)]", hint: "A field has one word, and a word one field.")
    }
    return nil
  }

  /// A name or a word: 1 to 64 bytes without control characters.
  private static func text(
    _ name: String, _ fields: inout FieldReader
  ) throws(TextFault) -> ShortText {
    let text = try fields.string(name)
    if text.isEmpty { throw fields.fault(name, "is empty", hint: "Give 1 to 64 bytes.") }
    do { return try IdentifierRule.externalID(text) } catch {
      throw fields.fault(name, "is no word: \(error.reason)", hint: error.hint)
    }
  }

  private static func parsed<Value>(
    _ name: String, _ fields: inout FieldReader, _ parse: (String) throws(TextFault) -> Value
  ) throws(TextFault) -> Value {
    let text = try fields.string(name)
    do { return try parse(text) } catch {
      throw fields.fault(name, "(\(text)): \(error.reason)", hint: error.hint)
    }
  }
}

/// Goes on where a field is wrong, and keeps what was.
private struct FaultList {
  var faults: [TextFault] = []

  @discardableResult
  mutating func gather<Value>(_ read: () throws(TextFault) -> Value) -> Value? {
    do throws(TextFault) { return try read() } catch {
      faults.append(error)
      return nil
    }
  }
}
