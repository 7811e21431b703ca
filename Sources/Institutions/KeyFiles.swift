// What an institution's folder of keys holds, as bytes: reading them is the door's affair.
//
//   KEYS/pseudonym.key             64 hexadecimal digits: makes the pseudonyms of accounts
//   KEYS/wechat-pay/...            one folder an institution; what is in it, its reader says
//   KEYS/wechat-pay/merchants.csv  optional: the institution's ids of merchants and ours

public import Events
import Merkle

/// The files of one institution's folder.
public struct KeyFiles: Sendable {
  /// The bytes by the name of the file.
  public let files: [String: [UInt8]]

  public init(_ files: [String: [UInt8]]) { self.files = files }

  /// The files whose names end so, in the order of their names.
  public func ending(_ suffix: String) -> [(name: String, bytes: [UInt8])] {
    files.filter { $0.key.hasSuffix(suffix) && $0.key != suffix }
      .sorted { $0.key < $1.key }
      .map { (name: $0.key, bytes: $0.value) }
  }

  /// The secrets in the files whose names end so: hexadecimal digits, white space at the end aside.
  ///
  /// - Throws: `KeyFault` for a file that holds something else.
  public func secrets(ending suffix: String) throws(KeyFault) -> [[UInt8]] {
    var secrets: [[UInt8]] = []
    for file in ending(suffix) {
      guard let secret = KeyFiles.secret(file.bytes) else {
        throw KeyFault(
          file: file.name, reason: "it does not hold hexadecimal digits in pairs",
          hint: "Write the key as hexadecimal digits, and nothing else.")
      }
      secrets.append(secret)
    }
    return secrets
  }

  /// The lines of a file that are not empty; none where there is no such file.
  public func lines(of name: String) -> [String] {
    String(decoding: files[name] ?? [], as: UTF8.self)
      .split { $0 == "\n" || $0 == "\r\n" }
      .map { String(decoding: KeyFiles.trimmed(Array($0.utf8)), as: UTF8.self) }
      .filter { !$0.isEmpty }
  }

  /// The bytes without white space at their end.
  public static func trimmed(_ text: [UInt8]) -> [UInt8] {
    var text = text
    while let last = text.last, last == 0x0A || last == 0x0D || last == 0x20 { text.removeLast() }
    return text
  }

  /// The bytes of a secret written in hexadecimal; nil for anything else.
  public static func secret(_ text: [UInt8]) -> [UInt8]? {
    let digits = trimmed(text)
    guard !digits.isEmpty else { return nil }
    return Hexadecimal.decode(String(decoding: digits, as: UTF8.self))
  }
}

/// Why a folder of keys is not used; no word of a secret stands in it.
public struct KeyFault: Error, Hashable, Sendable, CustomStringConvertible {
  public var file: String
  public var reason: String
  public var hint: String

  public init(file: String, reason: String, hint: String) {
    self.file = file
    self.reason = reason
    self.hint = hint
  }

  /// A file that should hold a public key and does not.
  public static func noKey(_ file: String) -> KeyFault {
    KeyFault(
      file: file, reason: "it holds no RSA key of 2048 bits or more",
      hint: "Write the public key or the certificate as PEM.")
  }

  public var description: String { "\(file): \(reason). \(hint)" }
}

/// A reader that is made of the files of its institution's folder.
public protocol KeyedReader: NoticeReader {
  static var institution: Institution { get }

  /// - Throws: `KeyFault` where a file is missing or is not what it must be.
  init(_ files: KeyFiles) throws(KeyFault)
}

extension KeyedReader {
  public var institution: Institution { Self.institution }
}
