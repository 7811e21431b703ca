// The cryptography that institutions use, by keys made here and by published vectors.

import Cryptography
import Events
import Support
import Testing

@Suite struct CryptographyTests {
  private static let monday = Timestamp(seconds: 1_725_840_000)

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = Array(hex.utf8).map { UInt8($0 < 58 ? $0 - 48 : $0 - 87) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  @Test func `a signature holds for its message and its key alone`() throws {
    let signer = SigningKey()
    let key = try #require(RSAPublicKey(pem: signer.publicPEM))
    let other = try #require(RSAPublicKey(pem: SigningKey().publicPEM))
    let message = Array("1\n2\nbody\n".utf8)
    let signature = signer.sign(message)
    #expect(key.verifies(signature, message))
    #expect(!other.verifies(signature, message))
    for index in message.indices {
      var changed = message
      changed[index] ^= 1
      #expect(!key.verifies(signature, changed))
    }
    for index in signature.indices {
      var changed = signature
      changed[index] ^= 0x80
      #expect(!key.verifies(changed, message))
    }
    #expect(!key.verifies([], message) && !key.verifies(Array(signature.dropLast()), message))
    #expect(key.verifies(signer.sign([]), []))
  }

  @Test func `short keys and other texts are no keys`() {
    #expect(RSAPublicKey(pem: SigningKey(bits: 1024).publicPEM) == nil)
    #expect(RSAPublicKey(pem: []) == nil)
    #expect(RSAPublicKey(pem: Array("-----BEGIN PUBLIC KEY-----\nAAAA\n".utf8)) == nil)
    #expect(Certificate(pem: SigningKey().publicPEM) == nil)
  }

  @Test func `a certificate tells its key, its serial number and its name`() throws {
    let signer = SigningKey()
    let pem = signer.certificate(
      of: "支付 of UnionPay", serial: 0xD7CE_59D1_F522_D701, from: CryptographyTests.monday.seconds)
    let certificate = try #require(Certificate(pem: pem))
    #expect(certificate.serialNumber == "D7CE59D1F522D701")
    #expect(certificate.commonName == "支付 of UnionPay")
    let key = try #require(certificate.publicKey)
    #expect(key.verifies(signer.sign([1, 2]), [1, 2]))
    #expect(RSAPublicKey(pem: pem)?.verifies(signer.sign([3]), [3]) == true)
  }

  @Test func `a chain leads to the pinned root, through what is between, while all are valid`()
    throws
  {
    let now = CryptographyTests.monday
    let (rootKey, leafKey) = (SigningKey(), SigningKey())
    let root = rootKey.certificate(of: "root", serial: 1, from: now.seconds - 86_400)
    let leafText = leafKey.certificate(
      of: "leaf", serial: 2, issuer: ("root", rootKey), from: now.seconds - 86_400, days: 2)
    let forged = leafKey.certificate(
      of: "leaf", serial: 2, issuer: ("root", leafKey), from: now.seconds - 86_400)
    let leaf = try #require(Certificate(pem: leafText))
    let roots = Certificate.all(pem: root)
    #expect(roots.count == 1 && Certificate.all(pem: root + leafText).count == 2)
    #expect(leaf.leads(to: roots, through: [], at: now))
    #expect(!leaf.leads(to: roots, through: [], at: now.advanced(bySeconds: 86_400 * 3)))
    #expect(!leaf.leads(to: roots, through: [], at: now.advanced(bySeconds: -86_400 * 2)))
    #expect(!leaf.leads(to: [], through: roots, at: now))
    #expect(
      !leaf.leads(
        to: [leaf].filter { _ in false } + [try #require(Certificate(pem: forged))],
        through: [], at: now.advanced(bySeconds: 86_400 * 3)))
    #expect(try #require(Certificate(pem: forged)).leads(to: roots, through: [], at: now) == false)
  }

  @Test func `a sealed text opens with what it was sealed with, and with nothing else`() throws {
    for length in [0, 1, 16, 17, 1000] {
      let plain = (0..<length).map { UInt8(truncatingIfNeeded: $0) }
      let key = [UInt8](repeating: 7, count: 32)
      let nonce = [UInt8](repeating: 9, count: 12)
      let sealed = try #require(
        AESGCM.seal(plain, key: key, nonce: nonce, authenticating: [1, 2]))
      #expect(sealed.count == length + AESGCM.tagLength)
      #expect(AESGCM.open(sealed, key: key, nonce: nonce, authenticating: [1, 2]) == plain)
      #expect(AESGCM.open(sealed, key: key, nonce: nonce, authenticating: [1]) == nil)
      for index in [0, sealed.count / 2, sealed.count - 1] {
        var changed = sealed
        changed[index] ^= 1
        #expect(AESGCM.open(changed, key: key, nonce: nonce, authenticating: [1, 2]) == nil)
      }
      #expect(AESGCM.open(sealed, key: [1], nonce: nonce, authenticating: [1, 2]) == nil)
      #expect(AESGCM.open(sealed, key: key, nonce: [1], authenticating: [1, 2]) == nil)
    }
    #expect(
      AESGCM.open(
        [1], key: [UInt8](repeating: 7, count: 32),
        nonce: [UInt8](repeating: 9, count: 12), authenticating: []) == nil)
  }

  /// Test case 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega).
  @Test func `AES-GCM is the published one`() {
    let bytes = CryptographyTests.bytes
    let plain = bytes(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449"
        + "a6b525b16aedf5aa0de657ba637b39")
    let sealed = bytes(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056"
        + "828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b")
    let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")
    let nonce = bytes("cafebabefacedbaddecaf888")
    let beside = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    #expect(AESGCM.seal(plain, key: key, nonce: nonce, authenticating: beside) == sealed)
    #expect(AESGCM.open(sealed, key: key, nonce: nonce, authenticating: beside) == plain)
  }

  /// Test case 2 of RFC 4231.
  @Test func `HMAC is the published one`() {
    #expect(
      HMACSHA256.code(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        == CryptographyTests.bytes(
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"))
    #expect(isSameSecret([1, 2], [1, 2]) && !isSameSecret([1, 2], [1, 3]))
    #expect(!isSameSecret([1], [1, 2]) && isSameSecret([], []))
  }
}
