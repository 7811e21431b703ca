import Events
import Merkle
import Testing

@Suite struct DigestTests {
  private func hash(_ text: String) -> Digest {
    let bytes = Array(text.utf8)
    let span = bytes.span
    return SHA256.hash(unsafe span.bytes)
  }

  /// FIPS 180-4's examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `Known texts have their known digests`(text: String, hex: String) {
    #expect(hash(text).hex == hex)
    #expect(Digest(hex: hex) == hash(text))
  }

  @Test func `The empty root is the digest of nothing`() {
    #expect(Digest.emptyRoot == hash(""))
    #expect(Digest.emptyRoot.base64 == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    #expect(Digest(base64: Digest.emptyRoot.base64) == .emptyRoot)
  }

  @Test func `A digest fed in pieces is that of the whole`() {
    let bytes = (0..<200).map { UInt8($0) }
    let span = bytes.span
    let raw = unsafe span.bytes
    for cut in [0, 1, 63, 64, 65, 199, 200] {
      var hash = SHA256()
      hash.update(raw.extracting(0..<cut))
      hash.update(raw.extracting(cut..<200))
      #expect(hash.digest() == SHA256.hash(raw))
    }
  }

  @Test func `Bytes written at an offset are read back from it`() {
    var bytes = [UInt8](repeating: 7, count: 40)
    var span = bytes.mutableSpan
    var raw = unsafe span.mutableBytes
    hash("abc").write(into: &raw, at: 5)
    #expect(bytes[4] == 7 && bytes[37] == 7 && bytes[5] == 0xba && bytes[36] == 0xad)
    let read = bytes.span
    #expect(Digest(unsafe read.bytes, at: 5) == hash("abc"))
  }

  /// RFC 4648 section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func `Base64 is that of the RFC`(text: String, encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
    #expect(Base64.decode(encoded) == Array(text.utf8))
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", " Zg==", "Zg==\n", "Zm-_", "=Zg=",
  ])
  func `Base64 with a second spelling is refused`(text: String) {
    #expect(Base64.decode(text) == nil)
  }
}
