// Completions for bash 4 and later, without the package bash-completion.

/// Writes the script.
enum BashCompletion {
  static func script(_ guides: [Guide]) -> String {
    let firsts = Guide.firstWords(guides)
    var seconds = "", options = "", values = "", operands = ""
    for first in firsts {
      let found = Guide.secondWords(guides, after: first)
      guard !found.isEmpty else { continue }
      seconds += "    \(first)) echo \(found.map { $0.words[1] }.joined(separator: " ")) ;;\n"
    }
    for guide in guides {
      let names = guide.allOptions.flatMap { shape in
        ["--\(shape.name)"] + (shape.letter.map { ["-\($0)"] } ?? [])
      }
      options += "    '\(guide.name)') echo \(names.joined(separator: " ")) ;;\n"
      for shape in guide.options {
        guard let word = shape.value else { continue }
        values += "    '\(guide.name) --\(shape.name)') \(action(CompletedWord(word, guide))) ;;\n"
      }
      for (place, word) in guide.completedOperands.enumerated() {
        let isLast = place == guide.operands.count - 1
        let pattern =
          isLast && guide.isLastRepeated ? "'\(guide.name) '*" : "'\(guide.name) \(place)'"
        operands += "    \(pattern)) \(action(word)) ;;\n"
      }
    }
    return """
      # bash completions of sluice, printed by `sluice completions bash`.

      _sluice_seconds() {
        case "$1" in
      \(seconds)  esac
      }

      _sluice_options() {
        case "$1" in
      \(options)  esac
      }

      # What may stand behind an option; fails where the option takes no value.
      _sluice_value() {
        case "$1" in
      \(values)    *) return 1 ;;
        esac
      }

      _sluice_operand() {
        case "$1" in
      \(operands)  esac
      }

      """ + completer(firsts)
  }

  /// What asks those functions where the cursor stands.
  private static func completer(_ firsts: [String]) -> String {
    """
    _sluice_words() { COMPREPLY=($(compgen -W "$*" -- "$current")); }
    _sluice_files() { compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); }
    _sluice_folders() { compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")); }

    _sluice() {
      local IFS=$' \\t\\n' current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
      local command=${COMP_WORDS[1]} place=2 count=0 index word
      COMPREPLY=()
      if ((COMP_CWORD == 1)); then
        _sluice_words \(firsts.joined(separator: " ")) --help --version
        return
      fi
      local seconds
      seconds=$(_sluice_seconds "$command")
      if [[ $seconds ]]; then
        if ((COMP_CWORD == 2)); then
          _sluice_words "$seconds" $(_sluice_options "$command")
          return
        fi
        command="$command ${COMP_WORDS[2]}"
        place=3
      fi
      if [[ $before == --* ]] && _sluice_value "$command $before"; then
        return
      fi
      if [[ $current == -* ]]; then
        _sluice_words "$(_sluice_options "$command")"
        return
      fi
      for ((index = place; index < COMP_CWORD; index++)); do
        word=${COMP_WORDS[index]}
        if [[ $word == --* ]] && _sluice_value "$command $word" 2>/dev/null; then
          index=$((index + 1))
        elif [[ $word != -* ]]; then
          count=$((count + 1))
        fi
      done
      COMPREPLY=()
      _sluice_operand "$command $count"
    }

    complete -F _sluice sluice

    """
  }

  private static func action(_ word: CompletedWord) -> String {
    switch word {
    case .file: "_sluice_files"
    case .folder: "_sluice_folders"
    case .values(let values): "_sluice_words \(values.joined(separator: " "))"
    case .free: ":"
    }
  }
}
