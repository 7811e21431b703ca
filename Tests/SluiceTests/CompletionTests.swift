// Completions and the page of the manual know every command, every option and every listed word.

import Testing

@testable import sluice

@Suite struct CompletionTests {
  private static let guides = Program.commands.map { $0.guide }
  private static let texts = [
    "bash": BashCompletion.script(guides), "zsh": ZshCompletion.script(guides),
    "fish": FishCompletion.script(guides),
  ]

  @Test(arguments: ["bash", "zsh", "fish"])
  func `a script names every command, option and listed word`(_ shell: String) throws {
    let text = try #require(CompletionTests.texts[shell])
    for guide in CompletionTests.guides {
      for word in guide.words { #expect(text.contains(word)) }
      for shape in guide.allOptions {
        let name = shell == "fish" ? "-l \(shape.name)" : "--\(shape.name)"
        #expect(text.contains(name), "\(guide.name) \(name)")
      }
      for word in guide.operands + guide.options.compactMap(\.value) {
        guard case .values(let values) = CompletedWord(word, guide) else { continue }
        #expect(text.contains(values.joined(separator: " ")), "\(guide.name) \(word)")
      }
    }
  }

  @Test func `closed lists, files and folders are told from what anybody may type`() {
    let guide = Guide(name: "x", sentence: "", choices: ["KIND": ["a", "b"]])
    func kind(_ word: String) -> String { "\(CompletedWord(word, guide))" }
    #expect(kind("KIND") == #"values(["a", "b"])"#)
    #expect(kind("en|zh") == #"values(["en", "zh"])"#)
    #expect(kind("TRANSACTION|ORDER") == "free")
    #expect(kind("FILE") == "file")
    #expect(kind("DIR") == "folder")
    #expect(kind("TEXT") == "free")
  }

  @Test func `the manual has every command, and no line that would be a request`() {
    let page = ManPage.text(CompletionTests.guides)
    for guide in CompletionTests.guides {
      let name = guide.synopsis.replacing("-", with: "\\-").replacing("'", with: "\\(aq")
      #expect(page.contains(".Ss sluice \(name)"))
    }
    let known = #/\.(\\"|Dd|Dt|Os|Sh|Ss|Nm|Nd|Ar|Op|Fl|Pq|Pp|Bl|El|It|Bd|Ed|Cm|Xr)\b.*/#
    for line in page.split(separator: "\n") where line.hasPrefix(".") {
      #expect(line.prefixMatch(of: known) != nil || line.hasPrefix(".\\\""), "\(line)")
    }
    for line in page.split(separator: "\n") where line.hasPrefix("'") {
      Issue.record("\(line) begins like a request")
    }
  }

  @Test func `every command has a sentence and an example of itself`() {
    for guide in CompletionTests.guides {
      #expect(guide.sentence.hasSuffix("."), "\(guide.name)")
      #expect(
        guide.examples.contains { $0.contains("sluice \(guide.name)") }, "\(guide.name)")
    }
  }
}
