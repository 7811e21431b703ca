// sluice completions: what a shell needs to complete the words of this program.

struct CompletionsCommand: Subcommand {
  static let guide = Guide(
    name: "completions", sentence: "Prints the completions of a shell, made of this very help.",
    operands: ["bash|zsh|fish"],
    examples: [
      "sluice completions bash > /usr/share/bash-completion/completions/sluice",
      "sluice completions fish > ~/.config/fish/completions/sluice.fish",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    let guides = Program.commands.map { $0.guide }
    switch arguments.operands[0] {
    case "bash": say(BashCompletion.script(guides))
    case "zsh": say(ZshCompletion.script(guides))
    case "fish": say(FishCompletion.script(guides))
    case let shell:
      throw UsageFault(
        what: "there are no completions for \(shell)", hint: "Name bash, zsh or fish")
    }
    return .done
  }
}

/// What a shell completes a word by.
enum CompletedWord {
  /// Names of files.
  case file
  /// Names of folders.
  case folder
  /// One of these.
  case values([String])
  /// Whatever somebody types.
  case free

  /// By the word that stands for an operand or a value in the help.
  init(_ word: String, _ guide: Guide) {
    let values = guide.values(of: word)
    if !values.isEmpty, values.allSatisfy({ $0.contains { $0.isLowercase || $0.isNumber } }) {
      self = .values(values)
      return
    }
    switch word {
    case "FILE", "PATH", "NOTE", "PROOF", "REQUEST", "CHECKPOINT", "RESPONSE": self = .file
    case "DIR", "FOLDER": self = .folder
    default: self = .free
    }
  }
}

extension Guide {
  /// The words of the name, one or two.
  var words: [String] { name.split(separator: " ").map { String($0) } }

  /// Each operand with what completes it; of one that repeats, the last.
  var completedOperands: [CompletedWord] { operands.map { CompletedWord($0, self) } }

  /// The commands by their first words, in their order, each once.
  static func firstWords(_ guides: [Guide]) -> [String] {
    guides.reduce(into: []) { words, guide in
      if !words.contains(guide.words[0]) { words.append(guide.words[0]) }
    }
  }

  /// The second words of commands that begin with the same first one.
  static func secondWords(_ guides: [Guide], after first: String) -> [Guide] {
    guides.filter { $0.words.count == 2 && $0.words[0] == first }
  }
}

extension String {
  /// Between apostrophes, for a shell.
  var quotedForShell: String { "'" + replacing("'", with: "'\\''") + "'" }
}
