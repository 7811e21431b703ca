// Signed notes: the published examples, a round trip, and what becomes of bytes that are none.

import Merkle
import Testing

@Suite struct NoteTests {
  private static let peter =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
  private static let keys = [
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
  ]
  private static let text =
    "If you think cryptography is the answer to your problem,\n"
    + "then you don't know what your problem is.\n"
  private static let lines = [
    "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKv"
      + "qfqdngotpRZb6KE6RyyBwJnAM=\n",
    "\u{2014} EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01o"
      + "OTGwnWLox33WWd1RvMc+QQ=\n",
  ]
  private static let example =
    "This is an example message.\n\n\u{2014} example.com/foo "
    + "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72I"
    + "neyaQM=\n"
  private static var both: String { text + "\n" + lines.joined() }

  private func known() throws -> [NoteKey] { try NoteTests.keys.map { try #require(NoteKey($0)) } }

  private func signers(_ note: String) throws -> [String] {
    try SignedNote(Array(note.utf8)).signers(among: try known()).map(\.name)
  }

  @Test func `the published notes verify, each by its keys`() throws {
    #expect(try signers(NoteTests.example) == ["example.com/foo"])
    #expect(try signers(NoteTests.both) == ["PeterNeumann", "EnochRoot"])
    let note = try SignedNote(Array(NoteTests.both.utf8))
    #expect(note.text == NoteTests.text)
    #expect(note.bytes == Array(NoteTests.both.utf8), "what is read comes out as it went in")
    #expect(try note.signers(among: []) == [], "a key that nobody knows is passed over")
  }

  @Test func `a private key signs as published, and reads back`() throws {
    let signer = try #require(NoteSigner(NoteTests.peter))
    #expect(signer.key.text == NoteTests.keys[0])
    #expect(signer.text == NoteTests.peter)
    let note = try #require(signer.sign(NoteTests.text))
    #expect(note.bytes == Array((NoteTests.text + "\n" + NoteTests.lines[0]).utf8))
  }

  @Test(arguments: keys) func `a public key reads back`(_ text: String) {
    #expect(NoteKey(text)?.text == text)
  }

  @Test(arguments: [
    "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
    "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann+c74f20a3",
    "PeterNeumann+c74f20a3+", "", "+", "++", "+++",
  ]) func `a text that is no key is refused`(_ text: String) {
    #expect(NoteKey(text) == nil)
    #expect(NoteSigner(text) == nil)
    #expect(NoteSigner("PRIVATE+KEY+" + text) == nil)
  }

  @Test func `a seed of another length makes no key, nor does a name with a plus or a space`() {
    let seed = [UInt8](repeating: 7, count: 32)
    #expect(NoteSigner(name: "a", seed: seed) != nil)
    for count in [0, 31, 33] {
      #expect(NoteSigner(name: "a", seed: [UInt8](repeating: 7, count: count)) == nil)
    }
    for name in ["", "a b", "a+b", "a\n", String(repeating: "a", count: 256)] {
      #expect(NoteSigner(name: name, seed: seed) == nil, "\(name)")
    }
    // An approver's label must fit the log.
    for (count, fits) in [(48, true), (49, false)] {
      let name = String(repeating: "a", count: count)
      #expect(NoteSigner(name: name, seed: seed)?.key.mayApprove == fits)
    }
    #expect(NoteSigner(name: "a", kind: .cosignature, seed: seed)?.key.mayApprove == false)
  }

  private static let faulty: [(String, NoteFault)] = [
    (text, .noSignature), (text + "\n", .noSignature),
    (String((text + "\n" + lines[0]).dropLast()), .notText), ("\u{1}" + both, .notText),
    ("a\tb\n\n" + lines[0], .notText), ("a\r\n\n" + lines[0], .notText),
    (text + "\n\u{2014} Bad Name x08go/ZJ\n", .notASignature(line: 1)),
    (text + "\n\u{2014} Bad+Name x08go/ZJ\n", .notASignature(line: 1)),
    (text + "\n" + lines[0] + "Unexpected line.\n", .notASignature(line: 2)),
    (text + "\n\u{2014} PeterNeumann x08g\n", .notASignature(line: 1)),
    (text + "\n- PeterNeumann x08go/ZJ\n", .notASignature(line: 1)), ("", .notText),
    ("\n", .noSignature), ("\n\n", .noSignature), ("\n\n\n", .notASignature(line: 1)),
    (String(repeating: "a", count: SignedNote.bytesMax) + "\n", .tooLong(SignedNote.bytesMax + 1)),
  ]

  @Test(arguments: faulty) func `bytes that are no note say why`(_ text: String, _ fault: NoteFault)
  {
    #expect(throws: fault) { try SignedNote(Array(text.utf8)) }
    #expect(!fault.description.isEmpty)
  }

  @Test func `a note in no encoding is refused`() {
    #expect(throws: NoteFault.notText) { try SignedNote([0xFF] + Array(NoteTests.both.utf8)) }
  }

  @Test func `every flipped bit spoils the note or its signature`() throws {
    let note = Array((NoteTests.text + "\n" + NoteTests.lines[0]).utf8)
    let known = try known()
    for index in note.indices {
      for bit in 0..<8 {
        var flipped = note
        flipped[index] ^= 1 << bit
        let signers = try? SignedNote(flipped).signers(among: known)
        #expect(signers?.contains { $0.name == "PeterNeumann" } != true, "byte \(index) bit \(bit)")
      }
    }
  }

  @Test func `a signature twice is one signer`() throws {
    #expect(try signers(NoteTests.both + NoteTests.lines[0]) == ["PeterNeumann", "EnochRoot"])
  }
}
