// The words that merchants share.

import Events
import Platform

/// Category and city names, each kept once.
struct WordList: Sendable {
  private(set) var words: [ShortText] = [.none]
  private var numbers: [ShortText: UInt16] = [.none: 0]

  subscript(number: UInt16) -> ShortText { words[Int(number)] }

  mutating func number(_ word: ShortText) -> UInt16 {
    if let known = numbers[word] { return known }
    precondition(words.count < Int(UInt16.max), "more categories and cities than a log may name")
    words.append(word)
    numbers[word] = UInt16(words.count - 1)
    return UInt16(words.count - 1)
  }

  func find(_ word: ShortText) -> UInt16? { numbers[word] }

  func holds(_ word: ShortText) -> Bool { numbers[word] != nil }

  /// Whether one more word may be met.
  var isFull: Bool { words.count >= Int(UInt16.max) - 2 }
}

extension WordList {
  /// Words that `MerchantBook.write` wrote, the empty one first.
  init(from section: inout SectionReader) throws(SectionFault) {
    let count = section.count(ofBytes: 1)
    try section.require((1..<Int(UInt16.max)).contains(count), "\(count) categories and cities")
    for number in 0..<count {
      let known = self.number(section.text())
      try section.require(known == number, "a category or a city is there twice")
    }
  }
}
