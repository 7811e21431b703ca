// Reading an input: a file, the same compressed by gzip, or the standard input.
//
// Whether it is compressed is told by its first two bytes, never by its name. Several gzip members
// one after another are one input (RFC 1952). zlib's own file reader passes over bytes behind the
// last member without a word; here they are a fault, for an input of payments is read whole or not.

import CZlib
import Glibc

/// An input that is read from its beginning to its end.
public struct InputFile: ~Copyable {
  /// How many bytes one read gives at most.
  public static let chunkMax = 1 << 20

  public let path: String
  private let descriptor: Descriptor
  private var input = [UInt8](repeating: 0, count: 1 << 18)
  private var filled = 0..<0
  private var inputOffset = 0
  /// Bytes of a plain file as it is stored; nil where the input is none.
  public let size: Int?
  private var isAtEnd = false
  private var hasBegun = false
  private var inflater: Inflater?

  /// Opens a file; `-` is the standard input.
  public init(_ path: String) throws(Fault) {
    if path == "-" {
      self.path = "standard input"
      descriptor = Descriptor(
        try system("dup", path: "standard input") {
          fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
        })
    } else {
      self.path = path
      descriptor = Descriptor(try SystemDisk().open(path, .read).rawValue)
    }
    var status = stat()
    let isPlain =
      unsafe fstat(descriptor.number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    size = isPlain ? Int(status.st_size) : nil
  }

  /// How many bytes were read of what is stored.
  public var offset: Int { inputOffset }

  /// Fills at most `chunkMax` bytes of the buffer; 0 means the end.
  public mutating func read(into bytes: inout MutableRawSpan) throws(Fault) -> Int {
    precondition(bytes.byteCount > 0, "a read into nothing looks like the end")
    let room = min(bytes.byteCount, InputFile.chunkMax)
    if !hasBegun {
      hasBegun = true
      try refill()
      if startsMember { inflater = try Inflater(path: path) }
    }
    while true {
      if filled.isEmpty { try refill() }
      if inflater == nil { return copy(into: &bytes, room: room) }
      if filled.isEmpty {
        guard inflater?.isBetweenMembers == true else { throw truncated() }
        return 0
      }
      let written = try inflate(into: &bytes, room: room)
      if written > 0 { return written }
    }
  }

  /// Reads all that is left; more than `limit` bytes are EFBIG.
  public mutating func readAll(limit: Int) throws(Fault) -> [UInt8] {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var span = chunk.mutableSpan
      var bytes = unsafe span.mutableBytes
      let count = try read(into: &bytes)
      if count == 0 { return all }
      guard all.count + count <= limit else {
        throw Fault(
          "read", .fileTooLarge, path: path, offset: limit,
          hint: "It may have at most \(limit) bytes here; see that it is the right file.")
      }
      all += chunk[..<count]
    }
  }

  /// Whether the input now stands at the two bytes every gzip member begins with.
  private var startsMember: Bool {
    filled.count >= 2 && input[filled.lowerBound] == 0x1f && input[filled.lowerBound + 1] == 0x8b
  }

  /// Reads on behind what is kept, until at least two bytes are there or the input ends.
  private mutating func refill() throws(Fault) {
    let kept = filled.count
    for index in 0..<kept { input[index] = input[filled.lowerBound + index] }
    filled = 0..<kept
    while filled.count < 2 && !isAtEnd {
      let number = descriptor.number
      let start = filled.upperBound
      let count = try system("read", path: path, offset: inputOffset) {
        unsafe input.withUnsafeMutableBytes { buffer in
          unsafe Glibc.read(number, buffer.baseAddress?.advanced(by: start), buffer.count - start)
        }
      }
      if count == 0 { isAtEnd = true }
      inputOffset += count
      filled = 0..<(start + count)
    }
  }

  private mutating func copy(into bytes: inout MutableRawSpan, room: Int) -> Int {
    let count = min(room, filled.count)
    unsafe bytes.withUnsafeMutableBytes { target in
      unsafe input.withUnsafeBytes { source in
        let slice = unsafe UnsafeRawBufferPointer(
          rebasing: source[filled.lowerBound..<filled.lowerBound + count])
        unsafe target.copyMemory(from: slice)
      }
    }
    filled = filled.lowerBound + count..<filled.upperBound
    return count
  }

  private mutating func inflate(into bytes: inout MutableRawSpan, room: Int) throws(Fault) -> Int {
    if inflater?.isBetweenMembers == true {
      if filled.count < 2 { try refill() }
      guard startsMember else { throw damaged("there are other bytes behind a gzip member") }
    }
    guard let step = inflater?.step(input, filled, into: &bytes, room: room) else { return 0 }
    filled = filled.lowerBound + step.taken..<filled.upperBound
    guard step.isSound else {
      throw damaged("a gzip member does not match its own checksum or form")
    }
    return step.written
  }

  private func truncated() -> Fault {
    Fault(
      "inflate", .notText, path: path, offset: inputOffset,
      hint: "The gzip file ends in the middle: fetch or make it again.")
  }

  private func damaged(_ what: String) -> Fault {
    Fault(
      "inflate", .notText, path: path, offset: inputOffset - filled.count,
      hint: "The file is damaged, \(what): fetch or make it again (gzip -t tells).")
  }
}
