// What the events of the log itself, its clock and its terms say.

/// The first event of a log: what it is and which clock it runs on for ever.
public struct LogCreated: Hashable, Sendable {
  /// The name of the log, as in `sluice.example/taobao`.
  public var origin: ShortText
  public var clock: ClockKind
  /// The instant a scaled clock begins at; the creation for a wall clock.
  public var clockStart: Timestamp
  /// Seconds of the log for one second of the machine; 1 for a wall clock.
  public var clockSpeed: UInt32
  public var logIDLow: UInt64
  public var logIDHigh: UInt64

  public init(
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

  public func write(to sink: inout some FieldSink) {
    sink.text8("origin", origin)
    sink.u8("clock", clock.rawValue)
    sink.i64("clock_start", clockStart.rawValue)
    sink.u32("clock_speed", clockSpeed)
    sink.u64("log_id_low", logIDLow)
    sink.u64("log_id_high", logIDHigh)
  }

  public init(from source: inout FieldSource) {
    origin = source.text8()
    clock = source.u8("clock", or: .wall)
    clockStart = Timestamp(rawValue: source.i64())
    clockSpeed = source.u32()
    logIDLow = source.u64()
    logIDHigh = source.u64()
  }
}

/// A daemon opened the log for writing.
public struct DaemonStarted: Hashable, Sendable {
  /// Which opening this is, from 1.
  public var incarnation: UInt32
  /// Version of the program.
  public var release: ShortText
  /// Nanoseconds by which a scaled clock was moved on, as the operator stated.
  public var downtime: Int64

  public init(incarnation: UInt32, release: ShortText, downtime: Int64) {
    self.incarnation = incarnation
    self.release = release
    self.downtime = downtime
  }

  public func write(to sink: inout some FieldSink) {
    sink.u32("incarnation", incarnation)
    sink.text8("release", release)
    sink.i64("downtime", downtime)
  }

  public init(from source: inout FieldSource) {
    incarnation = source.u32()
    release = source.text8()
    downtime = source.i64()
  }
}

/// The daemon drained its queue and stopped.
public struct DaemonStopped: Hashable, Sendable {
  /// What asked it to stop: `SIGTERM`, `SIGINT`, `request`.
  public var cause: ShortText

  public init(cause: ShortText) {
    self.cause = cause
  }

  public func write(to sink: inout some FieldSink) {
    sink.text8("stop_cause", cause)
  }

  public init(from source: inout FieldSource) {
    cause = source.text8()
  }
}

/// The wall clock moved against the monotonic clock by more than the limit: the scheduler waits.
public struct ClockStepped: Hashable, Sendable {
  /// Nanoseconds of wall time beyond monotonic time; negative where it went back.
  public var step: Int64

  public init(step: Int64) {
    self.step = step
  }

  public func write(to sink: inout some FieldSink) {
    sink.i64("step", step)
  }

  public init(from source: inout FieldSource) {
    step = source.i64()
  }
}

/// Opening the log found a torn tail and cut it off.
public struct LogRecovered: Hashable, Sendable {
  /// Bytes copied to the quarantine.
  public var droppedBytes: UInt64
  public var incarnation: UInt32

  public init(droppedBytes: UInt64, incarnation: UInt32) {
    self.droppedBytes = droppedBytes
    self.incarnation = incarnation
  }

  public func write(to sink: inout some FieldSink) {
    sink.u64("dropped_bytes", droppedBytes)
    sink.u32("incarnation", incarnation)
  }

  public init(from source: inout FieldSource) {
    droppedBytes = source.u64()
    incarnation = source.u32()
  }
}

/// A dump was handed out; anyone can make the same bytes again.
public struct DumpPublished: Hashable, Sendable {
  public var name: ShortText
  public var format: ShortText
  /// The dump holds every event before this position.
  public var position: Position
  public var rows: UInt64
  /// SHA-256 of its bytes.
  public var digest: Digest

  public init(name: ShortText, format: ShortText, position: Position, rows: UInt64, digest: Digest)
  {
    self.name = name
    self.format = format
    self.position = position
    self.rows = rows
    self.digest = digest
  }

  public func write(to sink: inout some FieldSink) {
    sink.text8("name", name)
    sink.text8("format", format)
    sink.u64("position", position.rawValue)
    sink.u64("rows", rows)
    sink.digest("digest", digest)
  }

  public init(from source: inout FieldSource) {
    name = source.text8()
    format = source.text8()
    position = Position(rawValue: source.u64())
    rows = source.u64()
    digest = source.digest()
  }
}

/// An institution is open at every merchant, outside any rollout.
public struct InstitutionOpened: Hashable, Sendable {
  public var institution: Institution

  public init(institution: Institution) {
    self.institution = institution
  }

  public func write(to sink: inout some FieldSink) {
    sink.u8("institution", institution.rawValue)
  }

  public init(from source: inout FieldSource) {
    institution = source.u8("institution", or: .alipay)
  }
}

/// A rule set was published: which words replace which, and from when.
public struct TermsPublished: Hashable, Sendable {
  public var version: UInt32
  public var effectiveAt: Timestamp
  public var name: ShortText
  /// SHA-256 of the document.
  public var digest: Digest
  /// What version 1 of the event did not have: it kept no word.
  public var edition: Edition?

  /// The words themselves, and which they replace.
  public struct Edition: Hashable, Sendable {
    /// The event of the version before it; `.none` for the first of its name.
    public var supersedes: Position
    /// The document as it was handed in, byte for byte.
    public var document: [UInt8]

    public init(supersedes: Position, document: [UInt8]) {
      self.supersedes = supersedes
      self.document = document
    }
  }

  public init(
    version: UInt32, effectiveAt: Timestamp, name: ShortText, digest: Digest,
    edition: Edition? = nil
  ) {
    self.version = version
    self.effectiveAt = effectiveAt
    self.name = name
    self.digest = digest
    self.edition = edition
  }

  public func write(to sink: inout some FieldSink) {
    sink.u32("version", version)
    sink.i64("effective_at", effectiveAt.rawValue)
    sink.text8("name", name)
    sink.digest("digest", digest)
    guard let edition else { return }
    sink.u64("supersedes", edition.supersedes.rawValue)
    sink.text16("document", edition.document)
  }

  public init(from source: inout FieldSource) {
    self.init(version1: &source)
    edition = Edition(
      supersedes: Position(rawValue: source.u64()), document: source.text16())
  }

  /// What there was before the words were kept.
  init(version1 source: inout FieldSource) {
    version = source.u32()
    effectiveAt = Timestamp(rawValue: source.i64())
    name = source.text8()
    digest = source.digest()
  }
}
