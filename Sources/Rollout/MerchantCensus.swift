// The registry counted under one rollout: who may take part and who is on, by platform, tier and
// category, and for how long merchants of each stratum were on or were not yet enabled.

public import Events
import Platform
public import Projections

/// What one look at every merchant tells of a rollout.
public struct MerchantCensus: Sendable {
  /// How many merchants may take part or took part, and how many of them are on.
  public struct Count: Hashable, Sendable {
    public var all: UInt64 = 0
    public var on: UInt64 = 0

    public init(all: UInt64 = 0, on: UInt64 = 0) {
      self.all = all
      self.on = on
    }
  }

  /// How long merchants were on, and how long not yet enabled, in seconds of one merchant each.
  public struct Span: Hashable, Sendable {
    public var on: Int64 = 0
    public var notYet: Int64 = 0

    public init(on: Int64 = 0, notYet: Int64 = 0) {
      self.on = on
      self.notYet = notYet
    }
  }

  /// By the number of the platform.
  public private(set) var platforms: [Count]
  /// By the number of the tier.
  public private(set) var tiers: [Count]
  /// By the number of the category.
  private var categories: [Count]
  /// By stratum: tiers by their numbers, in each the size classes.
  private var spans: [Span]
  /// The same of the opening.
  private var openingSpans: [Span]
  /// The time of the rollout up to now, by the number of the tier.
  public private(set) var sinceStart: [Span]

  /// Fewer merchants are one thread's.
  private static let pieceLength = 1 << 17

  private init(words: Int) {
    platforms = Array(repeating: Count(), count: ShopPlatform.allCases.count + 1)
    tiers = Array(repeating: Count(), count: Tier.allCases.count)
    categories = Array(repeating: Count(), count: words)
    spans = Array(repeating: Span(), count: Stratum.places)
    openingSpans = spans
    sinceStart = Array(repeating: Span(), count: Tier.allCases.count)
  }

  /// Counts every merchant once.
  ///
  /// - Parameters:
  ///   - plan: says who may take part.
  ///   - span: of which the time by stratum is told: that of the closed blocks of evidence.
  ///   - opening: of which it is told as well: that of the opening, by `OpeningSums`.
  ///   - now: up to when the time of the rollout is told, from its day of effect on.
  public init(
    _ rollout: Projections.Rollout, _ plan: Plan, _ book: MerchantBook,
    span: (from: Timestamp, to: Timestamp),
    opening: (from: Timestamp, to: Timestamp) = (.none, .none), now: Timestamp
  ) {
    self.init(words: book.wordCount)
    guard let standing = book.standing(rollout.number) else { return }
    let counter = Counter(
      standing: standing, book: book, eligibility: Eligibility(plan: plan, book: book), span: span,
      opening: opening, whole: (rollout.effectiveAt, min(now, .latest)))
    let (count, length) = (book.count, MerchantCensus.pieceLength)
    let pieces = SharedWork.map("census", (count + length - 1) / length) { piece in
      var part = MerchantCensus(words: book.wordCount)
      for row in piece * length..<min((piece + 1) * length, count) {
        part.add(MerchantNumber(UInt32(row + 1)), counter)
      }
      return part
    }
    for piece in pieces { add(piece) }
  }

  /// What is the same for every merchant.
  private struct Counter: Sendable {
    let standing: Standing
    let book: MerchantBook
    let eligibility: Eligibility
    let span: (from: Timestamp, to: Timestamp)
    let opening: (from: Timestamp, to: Timestamp)
    let whole: (from: Timestamp, to: Timestamp)
  }

  // The registry and the standing are asked where they stand: a copy of one takes hold of all its
  // buffers.

  @inline(__always)
  private mutating func add(_ merchant: MerchantNumber, _ counter: borrowing Counter) {
    let enabledAt = counter.standing.enabledAt(merchant)
    let state = counter.standing.state(merchant)
    guard enabledAt != .none || counter.eligibility.holds(merchant) else { return }
    let stratum = counter.book.stratum(merchant)
    let tier = Int(stratum.tier.rawValue)
    if enabledAt != .none || (state == .pending && !counter.book.isClosed(merchant)) {
      let one = Count(all: 1, on: state.isOn ? 1 : 0)
      tiers[tier] += one
      platforms[Int(counter.book.platform(merchant).rawValue)] += one
      categories[counter.book.categoryNumber(merchant)] += one
    }
    spans[stratum.place] += MerchantCensus.span(merchant, counter, counter.span)
    openingSpans[stratum.place] += MerchantCensus.span(merchant, counter, counter.opening)
    sinceStart[tier] += MerchantCensus.span(merchant, counter, counter.whole)
  }

  @inline(__always)
  private static func span(
    _ merchant: MerchantNumber, _ counter: borrowing Counter,
    _ whole: (from: Timestamp, to: Timestamp)
  ) -> Span {
    guard whole.from < whole.to else { return Span() }
    let span = counter.book.lifetime(merchant, in: whole)
    guard span.from < span.to else { return Span() }
    return Span(
      on: counter.standing.secondsOn(merchant, from: span.from, to: span.to),
      notYet: counter.standing.secondsNotYet(merchant, from: span.from, to: span.to))
  }

  private mutating func add(_ piece: MerchantCensus) {
    for row in platforms.indices { platforms[row] += piece.platforms[row] }
    for row in tiers.indices { tiers[row] += piece.tiers[row] }
    for row in categories.indices { categories[row] += piece.categories[row] }
    for row in spans.indices { spans[row] += piece.spans[row] }
    for row in openingSpans.indices { openingSpans[row] += piece.openingSpans[row] }
    for row in sinceStart.indices { sinceStart[row] += piece.sinceStart[row] }
  }

  /// The time of a stratum within the span.
  public subscript(stratum: Stratum) -> Span { spans[stratum.place] }

  /// The time of a stratum within the opening.
  public func opening(_ stratum: Stratum) -> Span { openingSpans[stratum.place] }

  /// Every category that has a merchant, the most first; then by name.
  public func categories(of book: MerchantBook) -> [(name: ShortText, count: Count)] {
    var met: [(name: ShortText, count: Count)] = []
    for (number, count) in categories.enumerated() where count.all > 0 {
      met.append((book.category(ofNumber: number), count))
    }
    return met.sorted {
      $0.count.all != $1.count.all
        ? $0.count.all > $1.count.all : $0.name.description < $1.name.description
    }
  }
}

extension MerchantCensus.Count {
  public static func += (left: inout Self, right: Self) {
    left.all += right.all
    left.on += right.on
  }
}

extension MerchantCensus.Span {
  public static func += (left: inout Self, right: Self) {
    left.on += right.on
    left.notYet += right.notYet
  }
}
