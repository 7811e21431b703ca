// Recovery: what opening a log does, and the table that decides it.
//
// A reader walks the frames of the last segment until the bytes at X are no valid frame. Then it
// has to tell three things apart: the log simply ends here (clean); a batch was being written when
// the power went, was never acknowledged, and may be dropped (torn); or something that was
// acknowledged is damaged, and dropping it would be a lie (corrupt). Truncating at the first bad
// byte loses acknowledged events to a single rotten bit. Refusing every bad byte turns each power
// cut into an outage. The table below does neither. Its inputs:
//
//   place   sealed: a later segment exists.   last: the newest one.
//   stands  what is at X. zeros: nothing but zeros to the end of the file. dirt: other bytes, such
//           as a write leaves that was cut short. stranger: a whole header that does not follow its
//           predecessor, or a body that is intact and ill formed; no torn write looks like that.
//   later   whether a valid frame of this log stands at its own place behind X. A batch is one
//           frame and one batch is in flight (Frame.swift), so it was written after X was durable.
//   mark    sync.mark against the last valid frame: absent (or damaged), covered, ahead.
//   ending  the last valid frame of the segment: open (batch, mark or none), clean, seal.
//
// What opening does around the table, in this order:
//   1. Take the lock of the folder, and synchronize the directory of the segments: a name may
//      stand there that is not durable yet.
//   2. Take the inventory: segment numbers without a gap, one log, each header continuing its
//      predecessor's seal, no file that does not belong.
//   3. Synchronize the last segment and drop its cache before trusting a byte of it: after a failed
//      synchronization the cache shows bytes that the disk does not have.
//   4. Walk it, and decide.
//   5. Torn: copy the doomed bytes into quarantine/ and synchronize them there; overwrite them with
//      zeros and synchronize. Killed anywhere inside, the next opening finds the same or less dirt
//      and does it again. Zeros are needed: bytes of a dead batch must never surface again.
//   6. Write sync.mark, mend the derived files, and append a mark frame, which makes the new
//      incarnation durable and covers the last batch.

/// The table of recovery.
public enum Recovery {
  public enum Place: CaseIterable, Sendable { case sealed, last }
  public enum Stands: CaseIterable, Sendable { case zeros, dirt, stranger }
  public enum Later: CaseIterable, Sendable { case none, frame }
  public enum Mark: CaseIterable, Sendable { case absent, covered, ahead }
  public enum Ending: CaseIterable, Sendable { case open, clean, seal }

  public enum Verdict: Hashable, Sendable {
    case clean
    case torn
    case corrupt(Corruption.What)
  }

  /// What was found at the first invalid byte.
  public struct Finding: Hashable, Sendable {
    public var place: Place
    public var stands: Stands
    public var later: Later
    public var mark: Mark
    public var ending: Ending
    public init(place: Place, stands: Stands, later: Later, mark: Mark, ending: Ending) {
      self.place = place
      self.stands = stands
      self.later = later
      self.mark = mark
      self.ending = ending
    }
  }

  public struct Row: Sendable {
    var places: [Place]
    var stands: [Stands]
    var laters: [Later]
    var marks: [Mark]
    var endings: [Ending]
    public var verdict: Verdict

    init(
      _ places: [Place], _ stands: [Stands], _ laters: [Later], _ marks: [Mark],
      _ endings: [Ending], _ verdict: Verdict
    ) {
      self.places = places
      self.stands = stands
      self.laters = laters
      self.marks = marks
      self.endings = endings
      self.verdict = verdict
    }

    public func matches(_ finding: Finding) -> Bool {
      places.contains(finding.place) && stands.contains(finding.stands)
        && laters.contains(finding.later) && marks.contains(finding.mark)
        && endings.contains(finding.ending)
    }
  }

  private static let any:
    (
      place: [Place], stands: [Stands], later: [Later], mark: [Mark], ending: [Ending]
    ) = (Place.allCases, Stands.allCases, Later.allCases, Mark.allCases, Ending.allCases)
  private static let notAhead: [Mark] = [.absent, .covered]

  /// Every finding matches exactly one row.
  public static let rows: [Row] = [
    // A mark ahead of the log: what it speaks of was acknowledged and is not here.
    Row(
      any.place, any.stands, any.later, [.ahead], any.ending, .corrupt(.acknowledgedDataMissing)),
    // Zeros to the end and a frame behind them exclude each other.
    Row(any.place, [.zeros], [.frame], notAhead, any.ending, .corrupt(.impossible)),
    // "The same batch goes on behind the damage" cannot be either: a batch is one frame. Whatever
    // is valid behind the damage was written after it.
    Row(any.place, [.dirt], [.frame], notAhead, any.ending, .corrupt(.damageBeforeFrame)),
    // A frame from elsewhere was misdirected or is stale.
    Row(any.place, [.stranger], any.later, notAhead, any.ending, .corrupt(.stranger)),

    // A sealed segment was durable whole before its successor had a name.
    Row([.sealed], [.zeros], [.none], notAhead, [.open, .clean], .corrupt(.seal)),
    Row([.sealed], [.dirt], [.none], notAhead, [.open, .clean], .corrupt(.sealedDamage)),
    Row([.sealed], [.zeros], [.none], notAhead, [.seal], .clean),
    Row([.sealed], [.dirt], [.none], notAhead, [.seal], .corrupt(.dirtAfterSeal)),

    // The last segment: it ends, or a batch was in flight.
    Row([.last], [.zeros], [.none], notAhead, [.open, .clean], .clean),
    Row([.last], [.dirt], [.none], notAhead, [.open, .clean], .torn),
    // Sealed, and the power went before the next segment had its name.
    Row([.last], [.zeros], [.none], notAhead, [.seal], .clean),
    // Nothing is ever written behind a seal.
    Row([.last], [.dirt], [.none], notAhead, [.seal], .corrupt(.dirtAfterSeal)),
  ]

  public static func decide(_ finding: Finding) -> Verdict {
    guard let row = rows.first(where: { $0.matches(finding) }) else {
      preconditionFailure("the recovery table has no row for \(finding)")
    }
    return row.verdict
  }
}
