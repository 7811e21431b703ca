// What of a Chinese screen is English.

/// Finds words of Latin letters that are neither ids, nor codes, nor commands.
enum EnglishLeft {
  /// The words of a text that a reader of Chinese would stumble over.
  ///
  /// Commands stand in back-ticks. A word with a digit in it is an id, a version or an instant.
  ///
  /// - Parameter known: ids, codes and what people typed.
  static func words(in text: String, besides known: Set<String>) -> [String] {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 0 }
      .flatMap { part in
        part.element.split {
          !($0.isASCII && ($0.isLetter || $0.isNumber || "-_.:+/=".contains($0)))
        }
      }
      .map { String($0) }
      .filter { word in
        word.contains { $0.isLetter } && !word.contains { $0.isNumber } && !known.contains(word)
      }
  }
}
