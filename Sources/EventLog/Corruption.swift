// What is wrong with a log that must not be opened for writing, as an operator has to read it.

public import Events

/// Damage that no power cut explains, with its place and its evidence.
public struct Corruption: Error, Hashable, Sendable {
  /// What was found.
  public enum What: String, Hashable, Sendable {
    case segmentHeader = "the segment's header is damaged"
    case foreignSegment = "the segment belongs to another log"
    case segmentGap = "a segment is missing"
    case segmentChain = "the segment does not continue its predecessor"
    case extraFile = "a file stands here that no log has"
    case seal = "the sealed segment does not end with its seal"
    case sealRoot = "the events of the segment do not give the root in its seal"
    case sealedDamage = "a sealed segment is damaged"
    case frame = "a frame is damaged"
    case damageBeforeFrame = "bytes are damaged and a later batch follows them"
    case stranger = "a frame stands here that belongs elsewhere"
    case dirtAfterSeal = "bytes stand after the seal"
    case acknowledgedDataMissing = "acknowledged data is missing"
    case markDisagrees = "sync.mark names another frame than the log holds"
    case index = "the index is damaged"
    case impossible = "the log is in a state that no history leads to"
  }

  public var path: String
  /// The offset of the first bad byte in the file.
  public var offset: Int
  /// The position at which the good part of the log ends, where it is known.
  public var position: Position?
  public var what: What
  public var expected: String
  public var actual: String

  public init(
    _ what: What, path: String, offset: Int, position: Position? = nil, expected: String = "",
    actual: String = ""
  ) {
    self.what = what
    self.path = path
    self.offset = offset
    self.position = position
    self.expected = expected
    self.actual = actual
  }

  /// What to do about it.
  public var hint: String {
    switch what {
    case .extraFile: "Move the file out of the folder."
    case .segmentGap, .foreignSegment, .segmentChain:
      "Put the segment back from a verified copy."
    case .acknowledgedDataMissing:
      "Nothing was changed. Restore the segment from a verified copy; the events up to this place "
        + "can be read and exported."
    case .index:
      "The index is derived from the segments: remove the file and start again, it is made anew."
    default:
      "Nothing was changed. Verify the log, export the good part, and repair from a verified copy."
    }
  }
}

extension Corruption: CustomStringConvertible {
  public var description: String {
    var text = "The log is damaged: in \(path) at offset \(offset) \(what.rawValue)"
    if let position { text += ", after \(position.rawValue) good events" }
    text += "."
    if !expected.isEmpty { text += " Expected \(expected), found \(actual)." }
    return text + " \(hint)"
  }
}
