// A subcommand, and the help that every one of them prints.

/// One thing that the program does: one file each.
protocol Subcommand {
  static var guide: Guide { get }
  static func run(_ arguments: Arguments) throws -> ExitCode
}

extension Guide {
  /// The help: one sentence, the options, the examples.
  var text: String {
    var lines = ["sluice \(synopsis)", "", "\(sentence)", "", "Options:"]
    let labels = allOptions.map { shape in
      let letter = shape.letter.map { "-\($0), " } ?? ""
      return letter + "--\(shape.name)" + (shape.value.map { " \($0)" } ?? "")
    }
    let width = labels.map(\.count).max() ?? 0
    for (label, shape) in zip(labels, allOptions) {
      let gap = String(repeating: " ", count: width - label.count + 2)
      lines.append("  \(label)\(gap)\(shape.sentence)\(shape.isRepeatable ? "; repeatable" : "")")
    }
    for table in tables {
      lines += ["", "\(table.title):"]
      let width = table.rows.map(\.name.count).max() ?? 0
      for (name, sentence) in table.rows {
        lines.append("  \(name)\(String(repeating: " ", count: width - name.count + 2))\(sentence)")
      }
    }
    if !examples.isEmpty {
      lines += ["", "Examples:"] + examples.map { "  \($0)" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The name with its operands.
  var synopsis: String {
    let least = operandsMin ?? operands.count
    var words = [name]
    for (index, operand) in operands.enumerated() {
      let more = isLastRepeated && index == operands.count - 1 ? "..." : ""
      words.append(index < least ? operand + more : "[\(operand)\(more)]")
    }
    return (words + ["[options]"]).joined(separator: " ")
  }
}

/// Options that many commands share.
extension OptionShape {
  static let data = OptionShape.value("data", "DIR", "the folder of the log")
  static let socket = OptionShape.value(
    "socket", "PATH", "the daemon's socket; DIR/sluice.sock where absent")
  static let segmentSize = OptionShape.value(
    "segment-size", "MIB", "mebibytes of a new segment file, 48 to 4095; 128 where absent")
  static let json = OptionShape.flag("json", "print one JSON document")
  static let commandID = OptionShape.value(
    "id", "TEXT", "the command's id: a repeat with the same id is done once")
  static let at = OptionShape.value(
    "at", "POSITION", "as it stood after the events before this position")
  static let fromZero = OptionShape.flag(
    "from-zero", "read every event and believe no snapshot and no index")
  static let asOf = OptionShape.value(
    "as-of", "INSTANT", "as it stood at this instant, RFC 3339 or a date of Beijing")
  static let language = OptionShape.value(
    "lang", "en|zh", "the language of the labels; en where absent")
  static let reason = OptionShape.value(
    "reason", "CODE", "a code such as risk-review; no words about people")
  static let vault = OptionShape.value(
    "vault", "DIR", "the vault's folder; vault in the folder of the log where absent")
}
