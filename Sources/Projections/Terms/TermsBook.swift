// Every version of the terms that was published, and which of them was in force when.
//
// A version takes effect at its `effective_at`. One of the same name that is published before then
// takes its place: the earlier never comes into force. One that is published later takes its place
// from its own effect on. Of several that have taken effect the one that did so last is in force.
// So what was in force at an instant follows from the events up to it, and whatever is published
// afterwards changes nothing: a payment keeps the terms that it was recorded under.

public import Events
import Merkle
public import Platform

/// A version as it was published.
public struct PublishedTerms: Hashable, Sendable {
  public var position: Position
  /// The log time of its event.
  public var publishedAt: Timestamp
  public var name: ShortText
  public var version: UInt32
  public var effectiveAt: Timestamp
  /// SHA-256 of the document.
  public var digest: Digest
  /// The event of the version before it; `.none` for the first of its name.
  public var supersedes = Position.none
  /// The words as they were handed in; nil where an event of version 1 kept their digest alone.
  public var document: [UInt8]?
  public var terms: Terms?
  /// The version that took its place before it took effect; `.none` where none did.
  public var withdrawnBy = Position.none
}

/// Published terms, in the order of their events.
public struct TermsBook: Sendable {
  public private(set) var editions: [PublishedTerms] = []

  public init() {}

  /// The latest version of a name.
  public func last(named name: ShortText) -> PublishedTerms? { editions.last { $0.name == name } }

  /// The version of a name with a number.
  public func edition(_ name: ShortText, _ version: UInt32) -> PublishedTerms? {
    editions.last { $0.name == name && $0.version == version }
  }

  /// What was in force at an instant; nil before any terms took effect.
  ///
  /// - Parameter end: no event from this position on is looked at.
  public func inForce(at time: Timestamp, before end: Position = .none) -> PublishedTerms? {
    var found: PublishedTerms?
    for edition in editions where edition.position < end && edition.effectiveAt <= time {
      let isWithdrawn = edition.withdrawnBy != .none && edition.withdrawnBy < end
      if !isWithdrawn, edition.effectiveAt >= (found?.effectiveAt ?? edition.effectiveAt) {
        found = edition
      }
    }
    return found
  }

  /// Folds the next event.
  ///
  /// - Throws: `DecodeFault` where a document cannot be read, is not what the event says of it, or
  ///   does not follow on the version before it.
  public mutating func fold(_ event: Event, at position: Position) throws(DecodeFault) {
    guard case .termsPublished(let fields) = event.payload else { return }
    try take(fields, at: position, event.header.logTime)
  }

  private mutating func take(
    _ fields: TermsPublished, at position: Position, _ time: Timestamp
  ) throws(DecodeFault) {
    let before = editions.lastIndex { $0.name == fields.name }
    var edition = PublishedTerms(
      position: position, publishedAt: time, name: fields.name, version: fields.version,
      effectiveAt: fields.effectiveAt, digest: fields.digest)
    if let kept = fields.edition {
      edition.terms = try TermsBook.terms(kept.document, fields)
      edition.document = kept.document
      edition.supersedes = kept.supersedes
      let last = before.map { editions[$0] }
      guard kept.supersedes == last?.position ?? .none else {
        throw .unknownReference(.init("supersedes"), kept.supersedes.rawValue)
      }
      guard Int64(fields.version) == Int64(last?.version ?? 0) + 1 else {
        throw .unknownReference(.init("version"), UInt64(fields.version))
      }
    }
    if let before, editions[before].effectiveAt > time {
      editions[before].withdrawnBy = position
    }
    editions.append(edition)
  }

  /// The terms of a document that is what its event says.
  private static func terms(
    _ document: [UInt8], _ fields: TermsPublished
  ) throws(DecodeFault) -> Terms {
    guard let terms = try? TermsReader.read(document), terms.name == fields.name,
      terms.version == fields.version, terms.effectiveAt == fields.effectiveAt,
      SHA256.hash(unsafe document.span.bytes) == fields.digest
    else { throw .unknownReference(.init("document"), UInt64(document.count)) }
    return terms
  }
}

extension TermsBook: Projection {
  public mutating func apply(_ batch: borrowing EventBatch) throws(DecodeFault) {
    for index in 0..<batch.count where batch.kind(index) == EventKind.termsPublished.rawValue {
      try fold(try batch.event(index), at: batch.position(index))
    }
  }
}

// MARK: - The table

extension TermsBook {
  /// Of its rows: to be raised whenever the same events give other rows.
  public static let version = 1

  /// What its rows are sorted by.
  public static let order = "position, words as in the document"

  static let columns = [
    Column("position", .integer), Column("name", .text), Column("version", .integer),
    Column("published_at", .instant), Column("effective_at", .instant),
    Column("supersedes", .integer), Column("withdrawn_by", .integer), Column("digest", .digest),
    Column("field", .text), Column("old", .text), Column("chinese", .text),
    Column("english", .text),
  ]

  /// A row a word; a version whose words the log does not have is one row without them.
  var rowCount: Int { editions.reduce(0) { $0 + max(1, $1.terms?.words.count ?? 0) } }

  public func write(to sink: inout some RowSink) {
    var rows = RowBlock(TermsBook.columns, for: &sink)
    for edition in editions {
      for word in edition.terms?.words.map({ $0 }) ?? [nil] {
        rows.position(edition.position)
        rows.text(edition.name)
        rows.integer(Int64(edition.version))
        rows.instant(edition.publishedAt)
        rows.optional(edition.effectiveAt)
        rows.optional(edition.supersedes)
        rows.optional(edition.withdrawnBy)
        rows.optional(edition.digest)
        if let word { rows.text(word.field.rawValue) } else { rows.null() }
        for text in [word?.old, word?.chinese, word?.english] { rows.optional(text ?? .none) }
        rows.endRow(to: &sink)
      }
    }
    rows.end(to: &sink)
  }
}

// MARK: - In a snapshot

extension TermsBook {
  public func write(to section: inout SectionWriter) {
    section.count(editions.count)
    for edition in editions {
      section.position(edition.position)
      section.instant(edition.publishedAt)
      section.u32(edition.version)
      section.instant(edition.effectiveAt)
      section.text(edition.name)
      section.digest(edition.digest)
      section.position(edition.supersedes)
      section.flag(edition.document != nil)
      section.plain(edition.document ?? [])
    }
  }

  public init(from section: inout SectionReader, end: Position) throws(SectionFault) {
    for _ in 0..<section.count(ofBytes: 78) {
      let position = try section.event(before: end)
      let time = section.instant()
      var fields = TermsPublished(
        version: section.u32(), effectiveAt: section.instant(), name: section.text(),
        digest: section.digest())
      let supersedes = section.position()
      let hasDocument = section.flag()
      let document: [UInt8] = try section.plain()
      if hasDocument {
        fields.edition = TermsPublished.Edition(supersedes: supersedes, document: document)
      }
      do throws(DecodeFault) {
        try take(fields, at: position, time)
      } catch {
        throw .wrong("published terms do not follow: \(error)")
      }
    }
    try section.require(true, "")
  }
}
