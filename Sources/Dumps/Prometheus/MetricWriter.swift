// Prometheus' text format, version 0.0.4: `# HELP`, `# TYPE`, then a line a sample.
//
// In a label's value \ " and LF are escaped. A value from the log is made inert before
// (`InertText`), so no LF is left in it, and a backslash of its escapes is doubled once more. A
// sample has no time of its own: it is of when it is read.

import Events
import Text

/// Prints metrics one after the other.
struct MetricWriter {
  private(set) var bytes: [UInt8] = []
  private var current: Metric?

  /// The media type of what it prints.
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  /// A line for people, which programs pass over.
  mutating func comment(_ text: String) {
    bytes.append(contentsOf: "# \(InertText.escaped(text))\n".utf8)
  }

  mutating func sample(_ metric: Metric, _ labels: [String], _ value: some BinaryInteger) {
    begin(metric, labels)
    appendDecimal(Int64(clamping: value), to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
  }

  mutating func sample(_ metric: Metric, _ labels: [String], _ flag: Bool) {
    sample(metric, labels, flag ? 1 : 0)
  }

  /// An instant in seconds; one that is absent has no sample.
  mutating func sample(_ metric: Metric, _ labels: [String], _ instant: Timestamp) {
    guard instant != .none else { return }
    sample(metric, labels, nanoseconds: instant.rawValue)
  }

  /// Nanoseconds as seconds, exactly.
  mutating func sample(_ metric: Metric, _ labels: [String], nanoseconds: Int64) {
    begin(metric, labels)
    let magnitude = nanoseconds.magnitude
    if nanoseconds < 0 { bytes.append(UInt8(ascii: "-")) }
    appendDecimal(magnitude / 1_000_000_000, to: &bytes)
    let rest = magnitude % 1_000_000_000
    if rest > 0 {
      var digits = String(rest + 1_000_000_000).dropFirst()
      while digits.last == "0" { digits.removeLast() }
      bytes.append(contentsOf: ".\(digits)".utf8)
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func begin(_ metric: Metric, _ labels: [String]) {
    precondition(labels.count == metric.labels.count, "\(metric.name) has other labels")
    if current != metric {
      bytes.append(contentsOf: "# HELP \(metric.name) \(metric.help)\n".utf8)
      bytes.append(contentsOf: "# TYPE \(metric.name) \(metric.kind.rawValue)\n".utf8)
      current = metric
    }
    bytes.append(contentsOf: metric.name.utf8)
    for (index, label) in metric.labels.enumerated() {
      bytes.append(contentsOf: (index == 0 ? "{" : ",").utf8)
      bytes.append(contentsOf: "\(label)=\"".utf8)
      for byte in InertText.escaped(Array(labels[index].utf8).span) {
        if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") {
          bytes.append(UInt8(ascii: "\\"))
        }
        bytes.append(byte)
      }
      bytes.append(UInt8(ascii: "\""))
    }
    if !labels.isEmpty { bytes.append(UInt8(ascii: "}")) }
    bytes.append(UInt8(ascii: " "))
  }
}
