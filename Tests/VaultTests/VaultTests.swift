import Cryptography
import Events
import Glibc
import Merkle
import Platform
import Simulation
import Testing

@testable import Vault

@Suite struct VaultTests {
  @Test func `words come back, with the salt that ties them to their reference`() throws {
    let safe = try Safe()
    let vault = try safe.open()
    let reference = try Safe.keep("Frau Li rief an", about: "case 1", in: vault)
    let opened = try Vault.open(reference, in: Safe.folder, safe.disk)
    #expect(String(decoding: opened.words, as: UTF8.self) == "Frau Li rief an")
    let made = [2] + opened.salt + opened.words
    #expect(SHA256.hash(unsafe made.span.bytes) == reference)
    #expect(!safe.holds(Array("Frau Li".utf8)) && !safe.holds(Array("case 1".utf8)))
    #expect(!safe.holds(opened.salt))
  }

  @Test func `a repeat of a command has the same reference, another command another`() throws {
    let safe = try Safe()
    var vault: Vault? = try safe.open()
    let first = try Safe.keep("words", about: "a", 1, in: try #require(vault))
    vault = nil
    let again = try safe.open(seed: 8)
    #expect(try Safe.keep("words", about: "a", 1, in: again) == first)
    #expect(try Safe.keep("words", about: "a", 2, in: again) != first, "salted by the command")
    #expect(try Safe.keep("words", about: "b", 1, in: again) != first, "salted by the subject")
    #expect(try Safe.keep("word", about: "a", 1, in: again) != first)
    #expect(try Safe.keep("words", 1, in: again) == Safe.keep("words", 1, in: again))
    #expect(try safe.read(first) == "words")
  }

  @Test func `what a copy of the vault brings back is destroyed once more`() throws {
    let safe = try Safe()
    let vault = try safe.open()
    let reference = try Safe.keep("one", about: "a", 1, in: vault)
    let subject = try #require(try vault.find("a"))
    let secret = try safe.secret(subject)
    let stays = try Safe.keep("two", about: "b", 2, in: vault)
    // The copy: the key is there, and no erasure is known of here.
    #expect(try vault.destroyAgain([subject]) == [subject])
    #expect(!safe.holds(secret) && safe.isErased(reference))
    #expect(try vault.find("a") == nil)
    #expect(try safe.read(stays) == "two")
    #expect(try vault.destroyAgain([subject]).isEmpty, "there is nothing any more")
  }

  @Test func `an erased subject's words are gone, and nobody else's`() throws {
    let safe = try Safe()
    let vault = try safe.open()
    let gone =
      [try Safe.keep("one", about: "a", 1, in: vault)]
      + [try Safe.keep("two", about: "a", 2, in: vault)]
    let stays = try Safe.keep("three", about: "b", 3, in: vault)
    let subject = try #require(try vault.find("a"))
    #expect(try vault.find("\(subject)") == subject, "a reference is found as well")
    let secret = try safe.secret(subject)
    let erasure = try vault.begin(erasing: subject, by: Safe.actor, reason: Safe.reason)
    #expect(gone.allSatisfy { safe.isErased($0) }, "from the intent on nothing is given out")
    #expect(try vault.find("a") == nil)
    #expect(erasure.event.texts == 2 && erasure.kind == .person)
    #expect(safe.holds(secret))
    try vault.destroy(erasure)
    #expect(!safe.holds(secret))
    try vault.destroy(erasure)
    try vault.settle(erasure)
    #expect(gone.allSatisfy { safe.isErased($0) })
    #expect(try safe.read(stays) == "three")
    #expect(vault.pending.isEmpty)
    #expect(throws: VaultFault.subjectUnknown) {
      try vault.begin(erasing: subject, by: Safe.actor, reason: Safe.reason)
    }
  }

  @Test func `the same name is another subject after an erasure`() throws {
    let safe = try Safe()
    let vault = try safe.open()
    let old = try Safe.keep("old", about: "a", 1, in: vault)
    let subject = try #require(try vault.find("a"))
    try Safe.erase(subject, in: vault)
    let new = try Safe.keep("old", about: "a", 1, in: vault)
    #expect(new != old, "the old reference cannot be made again from the words")
    #expect(try vault.find("a") != subject)
    #expect(safe.isErased(old))
    #expect(try safe.read(new) == "old")
  }

  @Test func `a key of another subject opens nothing`() throws {
    let safe = try Safe()
    let vault = try safe.open()
    let reference = try Safe.keep("one", about: "a", 1, in: vault)
    _ = try Safe.keep("two", about: "b", 2, in: vault)
    let (a, b) = (try #require(try vault.find("a")), try #require(try vault.find("b")))
    let paths = VaultPaths(Safe.folder)
    let other = try #require(safe.disk.contents(paths.key(b)))
    safe.disk.place(paths.key(a), other)
    #expect(throws: VaultFault.self) { try safe.read(reference) }
    // The same with the subject's name on another's key: only the seal can tell.
    let forged = SubjectKey(a, NameTag("about", [1], under: [2]), key: Array(other[40..<72])).file
    safe.disk.place(paths.key(a), forged)
    let fault = #expect(throws: VaultFault.self) { try safe.read(reference) }
    #expect(fault?.description.contains("does not open") == true)
  }

  @Test func `a damaged key is destroyed by its reference all the same`() throws {
    let safe = try Safe()
    var vault: Vault? = try safe.open()
    let reference = try Safe.keep("one", about: "a", 1, in: try #require(vault))
    let subject = try #require(try vault?.find("a"))
    vault = nil
    safe.disk.flip(VaultPaths(Safe.folder).key(subject), offset: 30, bit: 1)
    let again = try safe.open()
    #expect(try again.find("a") == nil && again.warnings.count == 1)
    try Safe.erase(try #require(try again.find("\(subject)")), in: again)
    #expect(safe.isErased(reference))
    #expect(!safe.disk.paths.contains { $0.contains("/keys/") })
  }

  @Test func `words of one subject cannot be passed off as another's`() throws {
    let safe = try Safe()
    let vault = try safe.open()
    let one = try Safe.keep("one", about: "a", 1, in: vault)
    let two = try Safe.keep("two", about: "a", 2, in: vault)
    let paths = VaultPaths(Safe.folder)
    safe.disk.place(paths.words(one), try #require(safe.disk.contents(paths.words(two))))
    #expect(throws: VaultFault.self) { try safe.read(one) }
    #expect(try safe.read(two) == "two")
  }

  @Test func `the seal is over subject and reference too`() throws {
    let safe = try Safe()
    let vault = try safe.open()
    let reference = try Safe.keep("one", about: "a", 1, in: vault)
    let subject = try #require(try vault.find("a"))
    let file = try #require(safe.disk.contents(VaultPaths(Safe.folder).words(reference)))
    let key = try Vault.key(of: subject, Safe.folder, safe.disk).sealingKey
    func open(_ beside: [UInt8]) -> [UInt8]? {
      AESGCM.open(
        Array(file[68..<file.count - 16]), key: key, nonce: Array(file[56..<68]),
        authenticating: beside)
    }
    let beside = Array("slcvwrd1".utf8) + subject.bytes + reference.bytes
    #expect(open(beside).map { Array($0.suffix(3)) } == Array("one".utf8))
    for place in beside.indices {
      var other = beside
      other[place] ^= 1
      #expect(open(other) == nil, "byte \(place)")
    }
  }

  @Test(arguments: ["words", "keys", "names.key"])
  func `any flipped bit is told, and never gives other words`(_ part: String) throws {
    let base = try Safe()
    var vault: Vault? = try base.open()
    let reference = try Safe.keep("Herr Wang", about: "a", 1, in: try #require(vault))
    let subject = try #require(try vault?.find("a"))
    let secret = Hexadecimal.encode(try base.secret(subject))
    vault = nil
    let path = try #require(base.disk.paths.first { $0.contains("/\(part)") })
    let length = try #require(base.disk.contents(path)).count
    for bit in 0..<length * 8 {
      let safe = try Safe(base.disk.copy())
      safe.disk.flip(path, offset: bit / 8, bit: bit % 8)
      do throws(VaultFault) {
        let words = try safe.read(reference)
        #expect(part == "names.key" && words == "Herr Wang", "bit \(bit) of \(path)")
      } catch {
        #expect("\(error)".contains(path), "\(error)")
        #expect(!"\(error)".contains("Wang") && !"\(error)".contains(secret))
      }
      do throws(VaultFault) {
        let opened = try safe.open()
        #expect(part != "names.key")
        #expect(opened.warnings.count == (part == "keys" ? 1 : 0))
      } catch { #expect(part == "names.key" && "\(error)".contains(path)) }
    }
  }

  @Test func `files of any length are told and crash nothing`() throws {
    let base = try Safe()
    let reference = try Safe.keep("words", about: "a", 1, in: try base.open())
    for path in base.disk.paths {
      let length = try #require(base.disk.contents(path)).count
      for count in 0..<length {
        let safe = try Safe(base.disk.copy())
        safe.disk.cut(path, to: count)
        _ = try? safe.read(reference)
        _ = try? safe.open()
      }
    }
  }

  @Test func `a vault that has lost the key of its names is not made anew over the old one`() throws
  {
    let safe = try Safe()
    _ = try Safe.keep("words", about: "a", 1, in: try safe.open())
    safe.disk.vanish(VaultPaths(Safe.folder).names)
    #expect(throws: VaultFault.self) { try safe.open() }
  }

  @Test func `two daemons cannot have one vault`() throws {
    let safe = try Safe()
    let vault = try safe.open()
    _ = try Safe.keep("words", in: vault)
    #expect(throws: VaultFault.locked(Safe.folder)) { try safe.open() }
    _ = vault.warnings
  }

  @Test(arguments: [(Vault.wordsMax, 3), (3, Vault.nameMax)])
  func `words and names have their limits`(_ words: Int, _ name: Int) throws {
    let vault = try Safe().open()
    let (text, who) = ([UInt8](repeating: 65, count: words), [UInt8](repeating: 66, count: name))
    _ = try vault.draft(text, about: who, for: Safe.command(1))
    let (more, longer) = (words == 3 ? text : text + [65], name == 3 ? who : who + [66])
    #expect(throws: VaultFault.self) { try vault.draft(more, about: longer, for: Safe.command(1)) }
  }

  @Test func `the vault is its owner's alone`() throws {
    var template = Array("/tmp/sluice-vault-XXXXXX".utf8CString)
    let folder = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe String(cString: mkdtemp(buffer.baseAddress!))
    }
    let vault = try Vault(folder + "/vault")
    try vault.addAccounts()
    _ = try Safe.keep("words", about: "a", in: vault)
    _ = try vault.token(for: try #require(ExternalID("p")))
    let subject = try #require(try vault.find("a"))
    _ = try vault.begin(erasing: subject, by: Safe.actor, reason: Safe.reason)
    var seen: [String] = []
    func look(_ path: String) throws {
      var status = stat()
      #expect(unsafe lstat(path, &status) == 0)
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      #expect(status.st_mode & 0o7777 == (isFolder ? 0o700 : 0o600), "\(path)")
      seen.append(path)
      if isFolder { for name in try SystemDisk().list(path) { try look("\(path)/\(name)") } }
    }
    try look(folder + "/vault")
    #expect(seen.count == 9, "the folder, three folders in it, five files")
    for path in seen.reversed() + [folder] { #expect(unsafe remove(path) == 0) }
  }
}
