// The published terms of a view of the log: from the index, and behind it by reading heads.

import Dumps
import EventLog
import Events
import Projections

/// What was published up to a view's end, and the instant that the view is of.
struct TermsView {
  private(set) var book = TermsBook()
  /// The instant that was asked for, or that of the last event.
  private(set) var now = Timestamp.none

  init(_ view: LogView) throws {
    if let sealed = view.sealed {
      // They are filed as events of no merchant.
      for found in try view.find(.merchants, sealed.hash.merchant(.none)) {
        try book.fold(found.event, at: found.position)
      }
      if view.sealedEnd > .zero {
        let bytes = try sealed.event(Position(view.sealedEnd.rawValue - 1))
        now = try Event(decoding: unsafe bytes.span.bytes).header.logTime
      }
    }
    try view.read(from: view.sealedEnd) { batch in
      try book.apply(batch)
      if batch.count > 0 { now = batch.logTime }
    }
    now = view.asOf ?? now
  }

  /// The terms that a notice was recorded under; nil before any took effect.
  func terms(of line: PaymentNoticeLine) -> PublishedTerms? {
    book.inForce(at: line.header.logTime, before: line.position)
  }

  /// The words of a screen in the language that the options name.
  func wording(_ arguments: Arguments) throws(UsageFault) -> Wording {
    Wording(try arguments.language(), terms: book.inForce(at: now)?.terms)
  }
}

extension Arguments {
  /// The language of labels.
  ///
  /// The environment is not asked: a script gets the same text everywhere.
  func language() throws(UsageFault) -> Language {
    guard let text = value("lang") else { return .english }
    guard let language = Language(rawValue: text) else {
      throw UsageFault(
        what: "--lang \(text) is no language of the screens",
        hint: "Give \(Language.allCases.map(\.rawValue).joined(separator: " or "))")
    }
    return language
  }
}
