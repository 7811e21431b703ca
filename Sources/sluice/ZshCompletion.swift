// Completions for zsh, as a function of its completion system (compinit).

/// Writes the script.
enum ZshCompletion {
  static func script(_ guides: [Guide]) -> String {
    var cases = ""
    for first in Guide.firstWords(guides) {
      let seconds = Guide.secondWords(guides, after: first)
      let whole = guides.first { $0.name == first }
      guard !seconds.isEmpty else {
        if let whole { cases += "    \(first))\n\(arguments(whole, indent: "      "))      ;;\n" }
        continue
      }
      cases += "    \(first))\n      if ((CURRENT == 2)); then\n        local -a seconds=(\n"
      for guide in seconds {
        cases += "          \(described(guide.words[1], guide.sentence))\n"
      }
      cases +=
        "        )\n        _describe -t commands 'sluice \(first)' seconds\n        return\n"
      cases += "      fi\n      shift words\n      ((CURRENT--))\n      case $words[1] in\n"
      for guide in seconds {
        cases += "        \(guide.words[1]))\n\(arguments(guide, indent: "          "))"
        cases += "          ;;\n"
      }
      cases += "      esac\n      ;;\n"
    }
    let firsts = Guide.firstWords(guides).map { first in
      let sentence = guides.first { $0.name == first }?.sentence
      let seconds = Guide.secondWords(guides, after: first).map { $0.words[1] }
      return "      " + described(first, sentence ?? seconds.joined(separator: ", "))
    }
    return """
      #compdef sluice
      # zsh completions of sluice, printed by `sluice completions zsh`.

      _sluice() {
        if ((CURRENT == 2)); then
          local -a commands=(
      \(firsts.joined(separator: "\n"))
          )
          _describe -t commands sluice commands
          return
        fi
        shift words
        ((CURRENT--))
        case $words[1] in
      \(cases)  esac
      }

      if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
        _sluice "$@"
      else
        compdef _sluice sluice
      fi

      """
  }

  private static func described(_ word: String, _ sentence: String) -> String {
    "\(word):\(sentence.replacing(":", with: "\\:"))".quotedForShell
  }

  private static func arguments(_ guide: Guide, indent: String) -> String {
    var lines = ["_arguments"]
    for shape in guide.allOptions {
      let sentence = shape.sentence.replacing("[", with: "(").replacing("]", with: ")")
        .replacing(":", with: "\\:")
      let star = shape.isRepeatable ? "*" : ""
      if let word = shape.value {
        let action = action(CompletedWord(word, guide))
        lines.append(
          "\(star)--\(shape.name)=[\(sentence)]:\(label(word)):\(action)".quotedForShell)
      } else {
        lines.append("\(star)--\(shape.name)[\(sentence)]".quotedForShell)
        if let letter = shape.letter { lines.append("-\(letter)[\(sentence)]".quotedForShell) }
      }
    }
    for (index, word) in guide.operands.enumerated() {
      let star = guide.isLastRepeated && index == guide.operands.count - 1 ? "*" : "\(index + 1)"
      lines.append(
        "\(star):\(label(word)):\(action(guide.completedOperands[index]))".quotedForShell)
    }
    return lines.enumerated().map { index, line in
      indent + (index == 0 ? "" : "  ") + line + (index == lines.count - 1 ? "\n" : " \\\n")
    }.joined()
  }

  private static func label(_ word: String) -> String { word.replacing(":", with: "\\:") }

  private static func action(_ word: CompletedWord) -> String {
    switch word {
    case .file: "_files"
    case .folder: "_files -/"
    case .values(let values): "(\(values.joined(separator: " ")))"
    case .free: " "
    }
  }
}
