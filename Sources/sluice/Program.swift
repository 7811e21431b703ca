// Finds the subcommand that the first words name, runs it, and ends the process with its code.

import Glibc
import Platform

/// The outermost part of the program.
enum Program {
  static let release = "0.1.0"
  /// The day of the release, as a page of the manual writes it.
  static let releasedOn = "November 27, 2026"

  static func run(_ words: [String]) -> Never {
    // Without it they end the process all the same, only later.
    try? SignalSource.dieWhenAborted()
    guard let first = words.first, first != "--help", first != "-h", first != "help" else {
      say(overview(commands))
      exit(words.isEmpty ? ExitCode.usage.rawValue : ExitCode.done.rawValue)
    }
    if first == "--version" {
      say("sluice \(release)\n")
      exit(ExitCode.done.rawValue)
    }
    guard let (command, rest) = find(words, commands) else {
      complain(unknown(words, commands), command: "")
    }
    do {
      let arguments = try Arguments(rest, guide: command.guide)
      if arguments.wantsHelp {
        say(command.guide.text)
        exit(ExitCode.done.rawValue)
      }
      exit(try command.run(arguments).rawValue)
    } catch {
      complain(CommandFailure(of: error), command: command.guide.name)
    }
  }

  /// The command of the longest name that the words begin with.
  private static func find(
    _ words: [String], _ commands: [any Subcommand.Type]
  ) -> (any Subcommand.Type, [String])? {
    for count in [2, 1] where words.count >= count {
      let name = words[..<count].joined(separator: " ")
      if let command = commands.first(where: { $0.guide.name == name }) {
        return (command, Array(words[count...]))
      }
    }
    return nil
  }

  private static func unknown(
    _ words: [String], _ commands: [any Subcommand.Type]
  ) -> CommandFailure {
    let names = commands.map { $0.guide.name }
    let family = names.filter { $0.hasPrefix(words[0] + " ") }
    if !family.isEmpty {
      let forms = family.map { $0.dropFirst(words[0].count + 1) }.joined(separator: ", ")
      if words.count > 1, words[1] == "--help" || words[1] == "-h" {
        return CommandFailure(
          .usage, "\(words[0]) is followed by one of: \(forms)",
          hint: "Each of them has a --help of its own")
      }
      let what =
        words.count > 1 ? "there is no command \(words[0]) \(words[1])" : "\(words[0]) what"
      return CommandFailure(.usage, what, hint: "Write sluice \(words[0]) with one of: \(forms)")
    }
    let known = names + names.compactMap { firstWord($0) }
    let nearest = Nearest.word(to: words[0], among: known)
    return CommandFailure(
      .usage, "there is no command \(words[0])",
      hint: nearest.map { "The nearest is \($0); see sluice --help" } ?? "See sluice --help")
  }

  private static func firstWord(_ name: String) -> String? {
    name.split(separator: " ").first.map { String($0) }
  }

  private static func overview(_ commands: [any Subcommand.Type]) -> String {
    let width = commands.map { $0.guide.name.count }.max() ?? 0
    var text = "sluice opens a payment institution to merchants over a window, and proves it.\n\n"
    for command in commands {
      let name = command.guide.name
      let gap = String(repeating: " ", count: width - name.count + 2)
      text += "  \(name)\(gap)\(command.guide.sentence)\n"
    }
    return text + "\nsluice COMMAND --help tells the options and two examples.\n"
  }

  private static func complain(_ failure: CommandFailure, command: String) -> Never {
    let lines = OperatorLines.standardError()
    if lines.isJournal {
      lines.write(.error, failure.text(command))
    } else {
      tell(failure.text(command))
    }
    exit(failure.code.rawValue)
  }
}

/// Writes one line to the standard error, with nothing in it that acts: what was typed, and what
/// stands in a file or a log, may be repeated there.
func tell(_ line: String) {
  // Nothing better can be done where nobody listens.
  try? StandardStream.error.write(Screen.plain(line) + "\n")
}

/// Writes to the standard output, or ends the process.
func say(_ text: String) {
  do { try StandardStream.output.write(text) } catch { unheard(error) }
}

func say(_ bytes: [UInt8]) {
  do { try StandardStream.output.write(bytes) } catch { unheard(error) }
}

func say(_ bytes: Span<UInt8>) {
  do { try StandardStream.output.write(unsafe bytes.bytes) } catch { unheard(error) }
}

/// Ends the process where its output is not taken.
///
/// Whoever read it may have had enough and gone, which is no error of ours. Anything else leaves a
/// part of what was asked for, and no one may take it for the whole.
private func unheard(_ fault: Fault) -> Never {
  guard fault.errno != .brokenPipe else { exit(ExitCode.done.rawValue) }
  tell("sluice: what was printed is not whole: \(fault)")
  exit(ExitCode.fault.rawValue)
}
