// A search in what is sorted.

extension Array {
  /// The first place whose element holds, where all that hold stand at the end; the count where
  /// none does.
  public func firstPlace(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = low + (high - low) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
