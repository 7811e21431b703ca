// Text in another encoding becomes UTF-8, chunk by chunk, by the C library's iconv.

import Glibc

/// The state of a conversion between two chunks.
@safe public struct CharacterConverter: ~Copyable {
  // iconv's own mark of failure is the address -1.
  private let descriptor: iconv_t
  private let path: String
  private let encoding: String
  /// The beginning of a character whose end is in the next chunk.
  private var carried: [UInt8] = []
  private var consumed = 0

  /// - Parameters:
  ///   - encoding: as iconv names it, `GB18030`.
  ///   - path: for faults.
  public init(from encoding: String, path: String) throws(Fault) {
    let opened = unsafe iconv_open("UTF-8", encoding)
    guard unsafe opened != iconv_t(bitPattern: -1) else {
      throw Fault(
        "iconv_open", Errno(rawValue: errno), path: path,
        hint: "The C library's conversions are not installed here: convert the file where they "
          + "are, iconv -f \(encoding) -t UTF-8.")
    }
    guard let opened = unsafe opened else {
      throw Fault("iconv_open", .invalid, path: path, hint: "Convert the file to UTF-8 first.")
    }
    unsafe descriptor = opened
    self.path = path
    self.encoding = encoding
  }

  deinit { unsafe iconv_close(descriptor) }

  /// The chunk in UTF-8, without a character that is cut off at its end.
  public mutating func convert(_ chunk: [UInt8]) throws(Fault) -> [UInt8] {
    var input = carried + chunk
    let begun = consumed - carried.count
    consumed += chunk.count
    // A character of two bytes becomes three, one of four bytes four.
    var output = [UInt8](repeating: 0, count: input.count * 2 + 16)
    var left = input.count
    var room = output.count
    let descriptor = unsafe descriptor
    let failure: Int32 = unsafe input.withUnsafeMutableBytes { source in
      unsafe output.withUnsafeMutableBytes { target in
        var from = unsafe source.baseAddress?.assumingMemoryBound(to: CChar.self)
        var to = unsafe target.baseAddress?.assumingMemoryBound(to: CChar.self)
        return unsafe iconv(descriptor, &from, &left, &to, &room) == iconvFailed
          ? errno : 0
      }
    }
    carried = Array(input.suffix(left))
    // EINVAL: the input ends inside a character.
    guard failure == 0 || (failure == EINVAL && left < 8) else {
      throw fault(at: begun + input.count - left)
    }
    return Array(output.dropLast(room))
  }

  /// Looks at the end whether a character is cut off.
  public borrowing func finish() throws(Fault) {
    if !carried.isEmpty { throw fault(at: consumed - carried.count) }
  }

  private borrowing func fault(at offset: Int) -> Fault {
    Fault(
      "iconv", .notText, path: path, offset: offset,
      hint: "The file is neither UTF-8 nor \(encoding): fetch it again, as it was made.")
  }
}

/// What iconv returns where it fails: `(size_t)-1`.
private let iconvFailed = -1
