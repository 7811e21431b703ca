// An approval in a snapshot.

import Events
import Platform

extension Approval {
  /// How many bytes one takes at least.
  static let bytesMin = 46

  func write(to section: inout SectionWriter) {
    section.position(position)
    section.actor(actor)
    section.text(role)
    section.instant(givenAt)
    section.u8(subject.rawValue)
    section.u16(wave.rawValue)
    section.position(evidence)
    section.instant(expiresAt)
    section.text(key)
    section.u32(restarts)
  }

  init(from section: inout SectionReader, end: Position) throws(SectionFault) {
    self.init(
      position: try section.event(before: end), actor: section.actor(), role: section.text(),
      givenAt: section.instant(), subject: section.u8(or: .start),
      wave: WaveNumber(section.u16()), evidence: section.position(),
      expiresAt: section.instant(), key: section.text(), restarts: try section.count32())
  }
}
