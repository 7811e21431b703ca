// sluice man: the page of the manual, made of the help of every command.

struct ManCommand: Subcommand {
  static let guide = Guide(
    name: "man", sentence: "Prints the page of the manual, for man and mandoc.",
    examples: [
      "sluice man > sluice.1 && man ./sluice.1",
      "sluice man | gzip -9n > /usr/share/man/man1/sluice.1.gz",
    ])

  static func run(_ arguments: Arguments) throws -> ExitCode {
    say(ManPage.text(Program.commands.map { $0.guide }))
    return .done
  }
}

/// Writes the page in the language of mdoc(7).
enum ManPage {
  static func text(_ guides: [Guide]) -> String {
    var out = """
      .\\" Printed by `sluice man`; every command says here what its --help says.
      .Dd \(Program.releasedOn)
      .Dt SLUICE 1
      .Os
      .Sh NAME
      .Nm sluice
      .Nd open a payment institution to merchants over a window, and prove it
      .Sh SYNOPSIS
      .Nm
      .Ar command
      .Op Ar options
      .Nm
      .Ar command
      .Fl -help
      .Sh DESCRIPTION
      .Nm
      opens a payment institution to millions of merchants, a little each day,
      and proves afterwards that it did exactly that.
      Everything that happens is an event, appended to one log; all else is folded
      from it.
      .Pp
      Commands that change something go to the daemon
      .Pq Nm Cm serve
      through its socket.
      Commands that read need no daemon, take no lock, and work while one writes.
      .Sh COMMANDS

      """
    for guide in guides { out += command(guide) }
    return out + ending
  }

  private static func command(_ guide: Guide) -> String {
    var out = ".Ss sluice \(escaped(guide.synopsis))\\&\n\(sentence(guide.sentence))"
    out += ".Bl -tag -width Ds\n"
    for shape in guide.allOptions {
      let letter = shape.letter.map { "Fl \($0) , " } ?? ""
      let value = shape.value.map { " Ar \(escaped($0))" } ?? ""
      out += ".It \(letter)Fl -\(shape.name)\(value)\n"
      out += sentence(capitalized(shape.sentence) + (shape.isRepeatable ? "; repeatable" : ""))
    }
    out += ".El\n"
    for table in guide.tables {
      out += ".Pp\n\(escaped(table.title)):\n.Bl -tag -width Ds\n"
      for (name, form) in table.rows {
        out += ".It Cm \(escaped(name))\n\(sentence(capitalized(form)))"
      }
      out += ".El\n"
    }
    guard !guide.examples.isEmpty else { return out }
    return out + ".Bd -literal -offset indent\n"
      + guide.examples.map { escaped($0) + "\n" }.joined() + ".Ed\n"
  }

  private static func capitalized(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  /// A sentence with a full stop, and sentences each on a line of its own.
  private static func sentence(_ text: String) -> String {
    let ended = text.hasSuffix(".") ? text : text + "."
    let lines = ended.replacing(". ", with: ".\n").split(separator: "\n")
    return lines.map { wrapped(escaped(String($0))) + "\n" }.joined()
  }

  /// Lines of at most 78 characters, broken at blanks; none begins with what asks for something.
  private static func wrapped(_ text: String) -> String {
    var lines: [String] = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + 1 + word.count <= 78 {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(word.hasPrefix(".") ? "\\&\(word)" : String(word))
      }
    }
    return lines.joined(separator: "\n")
  }

  /// Text in which nothing is a request or an escape.
  private static func escaped(_ text: String) -> String {
    let plain = text.replacing("\\", with: "\\e").replacing("`", with: "\\(ga")
      .replacing("'", with: "\\(aq").replacing("\"", with: "\\(dq").replacing("-", with: "\\-")
      .replacing("~", with: "\\(ti").replacing("^", with: "\\(ha")
    return plain.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.hasPrefix(".") ? "\\&\(line)" : String(line)
    }.joined(separator: "\n")
  }

  private static let ending = """
    .Sh ENVIRONMENT
    .Bl -tag -width NOTIFY_SOCKET
    .It Ev NO_COLOR
    Where it is set to anything, no text is coloured.
    .It Ev TERM
    Where it is
    .Cm dumb ,
    nothing is coloured or drawn again in its place.
    .It Ev NOTIFY_SOCKET , Ev WATCHDOG_USEC
    How the daemon tells systemd that it is ready and alive.
    .El
    .Sh FILES
    .Bl -tag -width Ds
    .It Pa DIR/segments
    The events, and the only truth.
    .It Pa DIR/checkpoint
    The newest signed head of the log.
    .It Pa DIR/log.vkey
    The public keys of the log, for whoever checks it.
    .It Pa DIR/sluice.sock
    The daemon's socket.
    .El
    .Sh EXIT STATUS
    .Bl -tag -width Ds
    .It 0
    It is done.
    .It 1
    A rule says no; the text says which one, and what would allow it.
    .It 2
    The command line cannot be meant.
    .It 3
    The log, a proof or what was signed does not hold, or a decision was not
    lawful.
    .It 4
    A fault of the world: a disk, a socket, a library.
    .It 5
    Another process holds the log.
    .It 6
    The log is not the one that was signed.
    .El
    .Sh SEE ALSO
    .Xr journalctl 1 ,
    .Xr systemctl 1
    .Pp
    The pages for operators, support, auditors and engineers, and the format of
    the log byte by byte, come with the source.
    .Sh STANDARDS
    RFC 6962 for the tree over events; signed-note, checkpoint, tlog-tiles and
    tlog-proof of C2SP.

    """
}
