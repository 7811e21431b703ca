// Completions for fish.

/// Writes the script.
enum FishCompletion {
  static func script(_ guides: [Guide]) -> String {
    var out = """
      # fish completions of sluice, printed by `sluice completions fish`.

      # Whether the words so far begin with these.
      function __sluice_begins
        set -l words (commandline -opc)
        set -e words[1]
        test (count $words) -ge (count $argv); or return 1
        for index in (seq (count $argv))
          test "$words[$index]" = "$argv[$index]"; or return 1
        end
      end

      # Whether there are so many words, and they begin with these.
      function __sluice_at
        set -l count $argv[1]
        set -e argv[1]
        test (count (commandline -opc)) -eq $count; or return 1
        test (count $argv) -eq 0; or __sluice_begins $argv
      end

      complete -c sluice -f

      """
    for first in Guide.firstWords(guides) {
      let seconds = Guide.secondWords(guides, after: first)
      let sentence =
        guides.first { $0.name == first }?.sentence
        ?? seconds.map { $0.words[1] }.joined(separator: ", ")
      out += line("__sluice_at 1", "-a \(first)", sentence)
      for guide in seconds {
        out += line("__sluice_at 2 \(first)", "-a \(guide.words[1])", guide.sentence)
      }
    }
    for guide in guides { out += options(of: guide) }
    return out
  }

  private static func options(of guide: Guide) -> String {
    let condition = "__sluice_begins \(guide.name)"
    var out = ""
    for shape in guide.allOptions {
      var words = "-l \(shape.name)" + (shape.letter.map { " -s \($0)" } ?? "")
      if let word = shape.value { words += " -x" + action(CompletedWord(word, guide)) }
      out += line(condition, words, shape.sentence)
    }
    for (place, word) in guide.completedOperands.enumerated() {
      let action = action(word)
      guard !action.isEmpty else { continue }
      let isRepeated = guide.isLastRepeated && place == guide.operands.count - 1
      let here =
        isRepeated ? condition : "__sluice_at \(guide.words.count + 1 + place) \(guide.name)"
      out += line(here, String(action.dropFirst()), guide.operands[place])
    }
    return out
  }

  private static func action(_ word: CompletedWord) -> String {
    switch word {
    case .file: " -a '(__fish_complete_path (commandline -ct))'"
    case .folder: " -a '(__fish_complete_directories (commandline -ct))'"
    case .values(let values): " -a \(values.joined(separator: " ").quotedForShell)"
    case .free: ""
    }
  }

  private static func line(_ condition: String, _ words: String, _ sentence: String) -> String {
    let text = "'" + sentence.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    return "complete -c sluice -n '\(condition)' \(words) -d \(text)\n"
  }
}
