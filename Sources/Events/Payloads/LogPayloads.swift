// What the events of the log itself, its clock and its terms say.

/// The first event of a log: what it is and which clock it runs on for ever.
package struct LogCreated: Hashable, Sendable {
  /// The name of the log, as in `sluice.example/taobao`.
  package var origin: ShortText
  package var clock: ClockKind
  /// The instant a scaled clock begins at; the creation for a wall clock.
  package var clockStart: Timestamp
  /// Seconds of the log for one second of the machine; 1 for a wall clock.
  package var clockSpeed: UInt32
  package var logIDLow: UInt64
  package var logIDHigh: UInt64

  package init(
    origin: ShortText, clock: ClockKind, clockStart: Timestamp, clockSpeed: UInt32,
    logIDLow: UInt64, logIDHigh: UInt64
  ) {
    self.origin = origin
    self.clock = clock
    self.clockStart = clockStart
    self.clockSpeed = clockSpeed
    self.logIDLow = logIDLow
    self.logIDHigh = logIDHigh
  }

  package func write(to sink: inout some FieldSink) {
    sink.text8("origin", origin)
    sink.u8("clock", clock.rawValue)
    sink.i64("clock_start", clockStart.rawValue)
    sink.u32("clock_speed", clockSpeed)
    sink.u64("log_id_low", logIDLow)
    sink.u64("log_id_high", logIDHigh)
  }

  package init(from source: inout FieldSource) {
    origin = source.text8()
    clock = source.u8("clock", or: .wall)
    clockStart = Timestamp(rawValue: source.i64())
    clockSpeed = source.u32()
    logIDLow = source.u64()
    logIDHigh = source.u64()
  }
}

/// A daemon opened the log for writing.
package struct DaemonStarted: Hashable, Sendable {
  /// Which opening this is, from 1.
  package var incarnation: UInt32
  /// Version of the program.
  package var release: ShortText
  /// Nanoseconds by which a scaled clock was moved on, as the operator stated.
  package var downtime: Int64

  package init(incarnation: UInt32, release: ShortText, downtime: Int64) {
    self.incarnation = incarnation
    self.release = release
    self.downtime = downtime
  }

  package func write(to sink: inout some FieldSink) {
    sink.u32("incarnation", incarnation)
    sink.text8("release", release)
    sink.i64("downtime", downtime)
  }

  package init(from source: inout FieldSource) {
    incarnation = source.u32()
    release = source.text8()
    downtime = source.i64()
  }
}

/// The daemon drained its queue and stopped.
package struct DaemonStopped: Hashable, Sendable {
  /// What asked it to stop: `SIGTERM`, `SIGINT`, `request`.
  package var cause: ShortText

  package init(cause: ShortText) {
    self.cause = cause
  }

  package func write(to sink: inout some FieldSink) {
    sink.text8("stop_cause", cause)
  }

  package init(from source: inout FieldSource) {
    cause = source.text8()
  }
}

/// The wall clock moved against the monotonic clock by more than the limit: the scheduler waits.
package struct ClockStepped: Hashable, Sendable {
  /// Nanoseconds of wall time beyond monotonic time; negative where it went back.
  package var step: Int64

  package init(step: Int64) {
    self.step = step
  }

  package func write(to sink: inout some FieldSink) {
    sink.i64("step", step)
  }

  package init(from source: inout FieldSource) {
    step = source.i64()
  }
}

/// Opening the log found a torn tail and cut it off.
package struct LogRecovered: Hashable, Sendable {
  /// Bytes copied to the quarantine.
  package var droppedBytes: UInt64
  package var incarnation: UInt32

  package init(droppedBytes: UInt64, incarnation: UInt32) {
    self.droppedBytes = droppedBytes
    self.incarnation = incarnation
  }

  package func write(to sink: inout some FieldSink) {
    sink.u64("dropped_bytes", droppedBytes)
    sink.u32("incarnation", incarnation)
  }

  package init(from source: inout FieldSource) {
    droppedBytes = source.u64()
    incarnation = source.u32()
  }
}

/// A dump was handed out; anyone can make the same bytes again.
package struct DumpPublished: Hashable, Sendable {
  package var name: ShortText
  package var format: ShortText
  /// The dump holds every event before this position.
  package var position: Position
  package var rows: UInt64
  /// SHA-256 of its bytes.
  package var digest: Digest

  package init(name: ShortText, format: ShortText, position: Position, rows: UInt64, digest: Digest)
  {
    self.name = name
    self.format = format
    self.position = position
    self.rows = rows
    self.digest = digest
  }

  package func write(to sink: inout some FieldSink) {
    sink.text8("name", name)
    sink.text8("format", format)
    sink.u64("position", position.rawValue)
    sink.u64("rows", rows)
    sink.digest("digest", digest)
  }

  package init(from source: inout FieldSource) {
    name = source.text8()
    format = source.text8()
    position = Position(rawValue: source.u64())
    rows = source.u64()
    digest = source.digest()
  }
}

/// An institution is open at every merchant, outside any rollout.
package struct InstitutionOpened: Hashable, Sendable {
  package var institution: Institution

  package init(institution: Institution) {
    self.institution = institution
  }

  package func write(to sink: inout some FieldSink) {
    sink.u8("institution", institution.rawValue)
  }

  package init(from source: inout FieldSource) {
    institution = source.u8("institution", or: .alipay)
  }
}

/// A rule set was published: which words replace which, and from when.
package struct TermsPublished: Hashable, Sendable {
  package var version: UInt32
  package var effectiveAt: Timestamp
  package var name: ShortText
  /// SHA-256 of the document.
  package var digest: Digest

  package init(version: UInt32, effectiveAt: Timestamp, name: ShortText, digest: Digest) {
    self.version = version
    self.effectiveAt = effectiveAt
    self.name = name
    self.digest = digest
  }

  package func write(to sink: inout some FieldSink) {
    sink.u32("version", version)
    sink.i64("effective_at", effectiveAt.rawValue)
    sink.text8("name", name)
    sink.digest("digest", digest)
  }

  package init(from source: inout FieldSource) {
    version = source.u32()
    effectiveAt = Timestamp(rawValue: source.i64())
    name = source.text8()
    digest = source.digest()
  }
}
