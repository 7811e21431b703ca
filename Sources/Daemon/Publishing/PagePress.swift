// Prints the page and the short tables at places of the log, out of a fold of its own.

import Dumps
import EventLog
import Events
import Orchestrator
import Platform
import Projections

/// What prints pages, on the thread that has it.
struct PagePress {
  private let log: String
  private let language: Language
  private var follower: ModelFollower<SystemDisk>
  /// What events of the timeline say, for a page that is not in English.
  private var cited: [Position: Payload] = [:]

  /// - Parameter log: the folder of the log.
  init(log: String, language: Language) {
    self.log = log
    self.language = language
    follower = ModelFollower(SystemDisk(), log)
  }

  /// The page at a place whose events are durable.
  mutating func page(
    at place: LogContext, isEnding: () -> Bool
  ) throws(FollowFault) -> [UInt8] {
    try follower.follow(to: place.position, isEnding: isEnding)
    look()
    return DashboardPage.bytes(follower.model, place, in: language, citing: cited)
  }

  /// The page and the tables that are not long, as files, the index last.
  mutating func files(
    at place: LogContext, isEnding: () -> Bool
  ) throws(FollowFault) -> [PublishedFile] {
    let page = try page(at: place, isEnding: isEnding)
    return Publication.files(follower.model, place, page: page)
  }

  /// Reads the events that the page names and that were not read for the one before.
  ///
  /// The timeline has them in English alone. What cannot be read is left out: the page then says it
  /// as the projections do.
  private mutating func look() {
    guard language != .english else { return }
    let named = DashboardPage.cites(follower.model)
    cited = cited.filter { named.contains($0.key) }
    let missing = named.filter { cited[$0] == nil }
    guard !missing.isEmpty, let reader = try? LogReader(SystemDisk(), log) else { return }
    for position in missing {
      cited[position] = try? reader.event(at: position).payload
    }
  }
}
