// The decision on a version of the terms: whether it may take effect when it says, and follows.

import Events
import Merkle
import Projections
import Text

func decideTerms(
  _ document: [UInt8], _ header: EventHeader, in state: DecisionState,
  into decision: inout Decision
) throws(Refusal) {
  let terms = try readTerms(document)
  let digest = SHA256.hash(unsafe document.span.bytes)
  let same = state.terms.edition(terms.name, terms.version)
  if let same, same.digest == digest {
    decision.accept(same.position, since: same.publishedAt)
    return
  }
  // The notice runs from the day on which everyone could read of it, whatever the document claims.
  let today = header.logTime.beijingDay
  guard terms.effectiveAt.beijingDay >= today.advanced(byDays: TermsReader.noticeDays) else {
    throw .noticeTooShort(announced: today, effective: terms.effectiveAt.beijingDay)
  }
  let last = state.terms.last(named: terms.name)
  guard same != nil || Int64(terms.version) == Int64(last?.version ?? 0) + 1 else {
    throw .termsStale(version: last?.version ?? 0, given: terms.version)
  }
  if let same { throw .termsDiffer(version: terms.version, first: same.position) }
  decision.add(
    header,
    .termsPublished(
      TermsPublished(
        version: terms.version, effectiveAt: terms.effectiveAt, name: terms.name, digest: digest,
        edition: TermsPublished.Edition(
          supersedes: last?.position ?? .none, document: document))))
}

private func readTerms(_ document: [UInt8]) throws(Refusal) -> Terms {
  do { return try TermsReader.read(document) } catch {
    throw .termsInvalid(error.faults.map { $0.description })
  }
}
