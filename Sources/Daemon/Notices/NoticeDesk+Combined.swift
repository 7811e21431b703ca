// A combined payment on its way from the desk into the log, behind the notices of its parts.

import Events
import Institutions
import Orchestrator

extension NoticeDesk {
  /// The command that says which transactions are one payment.
  ///
  /// It is the same for every notification that names the same parts, whatever their states and
  /// whatever our names of their merchants are by then: so it is recorded once.
  func command(_ notice: CombinedNotice, _ keys: NoticeKeys, _ source: Source) -> Command {
    var fields = notice.fields
    fields.payloadDigest = nil
    var encoder = FieldEncoder()
    fields.write(to: &encoder)
    let content = encoder.bytes
    fields.nameMerchants { keys.merchant($0, at: source.institution) }
    fields.payloadDigest = source.digest
    return Command(
      id: Command.id("delivered combined payment", content), digest: Command.digest(content),
      actor: Actor(.institution, id: source.user), occurredAt: notice.occurredAt,
      body: .recordCombined(fields))
  }
}
