// A file of merchants as the registry that it would make: one thread cuts it into rows, another
// registers them.

import Daemon
import Events
import Orchestrator
import Platform
import Projections

/// Reads a file of merchants for who wants to know and does not import.
struct MerchantFile: ~Copyable {
  /// A merchant on its way from one thread to the other.
  private struct Row: Sendable {
    var line: Int
    var merchant: MerchantRegistered
  }

  /// How many rows go over at once.
  private static let rowsInBlock = 1_024

  private let path: String
  private var source: ImportSource
  private var requests = RequestReader(user: CurrentProcess.user)
  private let drafts = PaymentDrafts(count: 1)

  init(_ path: String, _ arguments: Arguments) throws {
    self.path = path
    let fields = try ImportFields(
      .merchants, maps: arguments.values("map"), sets: arguments.values("set"))
    source = try ImportSource(path, fields, readsMerchants: true)
  }

  /// The file's rows as the daemon would take them.
  ///
  /// - Throws: `CommandFailure` that names the first line that it would not take.
  consuming func registry() throws -> MerchantBook {
    let path = path
    let relay = Relay<[Row], MerchantBook, any Error>("registry", MerchantBook()) {
      book, rows throws(any Error) in
      for row in rows { try MerchantFile.register(row, of: path, in: &book) }
    }
    var rows: [Row] = []
    rows.reserveCapacity(MerchantFile.rowsInBlock)
    do {
      while let row = try source.next() {
        guard let merchant = try merchant(of: row) else { continue }
        rows.append(Row(line: row.line, merchant: merchant))
        guard rows.count == MerchantFile.rowsInBlock else { continue }
        // What cannot be registered is told of by `finish`.
        guard relay.hand(&rows, { _ in [] }) else { break }
        rows.removeAll(keepingCapacity: true)
      }
    } catch {
      // A line before this one may be at fault as well.
      _ = try relay.finish(rows)
      throw error
    }
    return try relay.finish(rows)
  }

  /// The merchant of a row as the daemon reads it; nil where it is another request.
  private mutating func merchant(of row: ImportRow) throws -> MerchantRegistered? {
    if let merchant = row.merchant { return merchant }
    if let fault = row.fault {
      throw MerchantFile.refusal(path, row.line, fault.field, fault.reason)
    }
    do throws(WireFault) {
      let line = row.request.span.extracting(0..<row.request.count - 1)
      let drafts = drafts
      guard case .command(let command) = try requests.read(line, into: drafts[0]),
        case .registerMerchant(let merchant) = command.body
      else { return nil }
      return merchant
    } catch {
      throw MerchantFile.refusal(path, row.line, error.field, error.reason)
    }
  }

  /// Registers a merchant, or updates the one that was named before, as the daemon does.
  private static func register(
    _ row: Row, of path: String, in book: inout MerchantBook
  ) throws {
    let merchant = row.merchant
    guard book.count < merchantsMax, book.hasWords(merchant.category, merchant.city) else {
      throw refusal(path, row.line, "merchant", "is more than a registry holds")
    }
    var header = EventHeader()
    let known = book.number(merchant.external)
    header.merchant = known ?? MerchantNumber(UInt32(book.count) + 1)
    let payload =
      known == nil
      ? Payload.merchantRegistered(merchant)
      : .merchantUpdated(
        MerchantUpdated(
          platform: merchant.platform, tier: merchant.tier, dailyPayments: merchant.dailyPayments,
          category: merchant.category, city: merchant.city))
    try book.apply(Event(header, payload), at: .zero)
  }

  private static func refusal(
    _ path: String, _ line: Int, _ field: String, _ reason: String
  ) -> CommandFailure {
    let place = field.isEmpty ? "" : "field \(field): "
    return CommandFailure(
      .refused, "line \(line) of \(path): \(place)\(reason)",
      hint: "A preview takes sound files only; mend the line")
  }
}
