// Who a plan lets take part: the rule, asked of merchants by the million, and the fields of the
// plan's document that say it.

public import Events
import Text

/// Platforms, tiers and categories that take part in a plan.
public struct PlanScope: Hashable, Sendable {
  /// One bit a platform, by its number.
  private(set) var platforms: UInt8
  /// One bit a tier, by its number.
  private(set) var tiers: UInt8
  /// All of them where it is empty.
  private(set) var included: [ShortText]
  private(set) var excluded: [ShortText]

  private static let anyPlatform = bits(ShopPlatform.allCases)
  private static let anyTier = bits(Tier.allCases)

  public init(
    platforms: [ShopPlatform], tiers: [Tier], included: [ShortText], excluded: [ShortText]
  ) {
    self.platforms = PlanScope.bits(platforms)
    self.tiers = PlanScope.bits(tiers)
    self.included = included
    self.excluded = excluded
  }

  init(platforms: UInt8, tiers: UInt8, included: [ShortText], excluded: [ShortText]) {
    self.platforms = platforms & PlanScope.anyPlatform
    self.tiers = tiers & PlanScope.anyTier
    self.included = included
    self.excluded = excluded
  }

  private static func bits<Word: RawRepresentable<UInt8>>(_ words: [Word]) -> UInt8 {
    words.reduce(0) { $0 | 1 << $1.rawValue }
  }

  /// Whether nobody is kept out.
  public var isAll: Bool {
    platforms == PlanScope.anyPlatform && tiers == PlanScope.anyTier && isAnyCategory
  }

  @inline(__always)
  private var isAnyCategory: Bool { included.isEmpty && excluded.isEmpty }

  /// Whether a merchant takes part as the registry stands now, closed or not.
  @inline(__always)
  public func holds(_ merchant: MerchantNumber, _ book: MerchantBook) -> Bool {
    guard platforms & 1 << book.platform(merchant).rawValue != 0,
      tiers & 1 << book.tier(merchant).rawValue != 0
    else { return false }
    return isAnyCategory || holds(book.category(merchant))
  }

  @inline(never)
  private func holds(_ category: ShortText) -> Bool {
    (included.isEmpty || included.contains(category)) && !excluded.contains(category)
  }
}

extension PlanScope {
  /// The scope of a plan's document; nil where it is no document, or a field of these has another
  /// form than plans have.
  ///
  /// A document was read with all its rules before it was announced: here only what a fold has to
  /// know is taken out of it.
  public init?(document: [UInt8]) {
    do throws(TextFault) {
      var fields = try FieldReader(
        try JSONReader.read(document, bytesMax: max(1, document.count)))
      let platforms = try PlanScope.words("platforms", &fields)
      let tiers = try PlanScope.words("tiers", &fields)
      let without = try PlanScope.words("excluded_tiers", &fields) ?? []
      self.init(
        platforms: ShopPlatform.allCases.filter { platforms?.contains($0.name) ?? true },
        tiers: Tier.allCases.filter {
          (tiers?.contains($0.name) ?? true) && !without.contains($0.name)
        },
        included: (try PlanScope.words("categories", &fields) ?? []).compactMap { ShortText($0) },
        excluded: (try PlanScope.words("excluded_categories", &fields) ?? [])
          .compactMap { ShortText($0) })
    } catch { return nil }
  }

  private static func words(
    _ name: String, _ fields: inout FieldReader
  ) throws(TextFault) -> [String]? {
    guard fields.optionalValue(name) != nil else { return nil }
    return try fields.strings(name)
  }
}
