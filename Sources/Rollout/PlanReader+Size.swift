// How large a plan's document may be, and how many listed merchants fit into it.

import Events
import Text

extension PlanReader {
  /// What is wrong with a document that is too large; nil where it is not.
  static func tooLarge(_ document: [UInt8]) -> PlanFault? {
    guard document.count > documentBytesMax else { return nil }
    let reason = "has \(document.count) bytes, and a plan has at most \(documentBytesMax)"
    guard let value = try? JSONReader.read(document, bytesMax: document.count),
      case .object(let entries) = value, let lists = Lists(entries)
    else {
      return PlanFault(path: "the document", reason: reason, advice: "See that it is a plan.")
    }
    return PlanFault(
      path: "the document",
      reason: "\(reason); its waves list \(lists.merchants) merchants, of whose ids about "
        + "\(lists.fitting) fit, written without spaces",
      advice: "List fewer, or let waves have a share, and the plan its tiers and categories.")
  }

  /// What the lists of merchants take of a document.
  private struct Lists {
    var merchants = 0
    private var bytes = 0
    private var others = 0

    /// Nil where no wave lists anybody.
    init?(_ entries: [(key: String, value: JSONValue)]) {
      var kept: [(key: String, value: JSONValue)] = []
      for entry in entries {
        guard entry.key == "waves", case .array(let waves) = entry.value else {
          kept.append(entry)
          continue
        }
        kept.append((entry.key, .array(waves.map { take($0) })))
      }
      guard merchants > 0 else { return nil }
      others = Lists.length(.object(kept))
    }

    /// How many ids of the usual length fit beside everything else.
    var fitting: Int { max(0, documentBytesMax - others) * merchants / bytes }

    /// Counts the merchants of a wave, and gives it back without them.
    private mutating func take(_ wave: JSONValue) -> JSONValue {
      guard case .object(let fields) = wave else { return wave }
      return .object(
        fields.map { field in
          guard field.key == "merchants", case .array(let listed) = field.value else {
            return field
          }
          merchants += listed.count
          // Each id is followed by a comma.
          for id in listed { bytes += Lists.length(id) + 1 }
          return (field.key, .array([]))
        })
    }

    private static func length(_ value: JSONValue) -> Int {
      var writer = JSONWriter()
      var out: [UInt8] = []
      writer.value(value, to: &out)
      return out.count
    }
  }
}
