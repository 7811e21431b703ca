// The program: one subcommand a file, found by its words.

Program.run(Array(CommandLine.arguments.dropFirst()))
