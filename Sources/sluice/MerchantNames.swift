// The external ids of a few merchants, without folding the registry.

import EventLog
import Events

/// What some merchants are called outside.
struct MerchantNames {
  private var names: [MerchantNumber: ExternalID] = [:]

  /// The names of some merchants.
  init(of numbers: Set<MerchantNumber>, _ view: LogView) throws {
    var missing = numbers
    missing.remove(.none)
    for number in missing {
      guard let hash = view.sealed?.hash else { break }
      for found in try view.find(.merchants, hash.merchant(number)) {
        take(found.event, of: number)
        if names[number] != nil { break }
      }
    }
    missing.subtract(names.keys)
    if missing.isEmpty { return }
    let wanted = missing
    try view.read(from: view.sealedEnd) { batch in
      for index in 0..<batch.count
      where batch.kind(index) == EventKind.merchantRegistered.rawValue
        && wanted.contains(batch.merchant(index))
      {
        take(try batch.event(index), of: batch.merchant(index))
      }
      if wanted.allSatisfy({ names[$0] != nil }) { throw view.stop() }
    }
  }

  private mutating func take(_ event: Event, of number: MerchantNumber) {
    guard case .merchantRegistered(let fields) = event.payload, event.header.merchant == number
    else { return }
    names[number] = fields.external
  }

  /// The name of a merchant; none where no event registered it.
  subscript(number: MerchantNumber) -> ExternalID { names[number] ?? .none }
}
