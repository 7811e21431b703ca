// The merchants that a plan's waves list by name: rule 1 in FrozenOrder's header.

import Events
import Projections

/// Who of the lists is eligible, wave by wave.
struct ListedMerchants {
  /// By wave, in the order of its list; empty for a wave that has a share.
  private(set) var waves: [[MerchantNumber]] = []
  /// All of them by number.
  let numbers: [UInt32]
  /// Their usual daily payments together.
  private(set) var dailyPayments: UInt64 = 0

  init(plan: Plan, book: MerchantBook, rollout: RolloutNumber) {
    let rule = Eligibility(plan: plan, book: book)
    let standing = book.standing(rollout)
    var numbers: [UInt32] = []
    for wave in plan.waves {
      var listed: [MerchantNumber] = []
      for external in wave.merchants {
        guard let number = book.number(external), rule.allows(number),
          standing?.state(number) != .excluded
        else { continue }
        listed.append(number)
        dailyPayments += UInt64(book.dailyPayments(number))
      }
      waves.append(listed)
      numbers += listed.map(\.rawValue)
    }
    self.numbers = numbers.sorted()
  }
}
