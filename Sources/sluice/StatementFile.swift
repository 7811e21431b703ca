// The file of a statement, as it was downloaded: plain or packed by gzip, UTF-8 or GBK.

import Events
import Institutions
import Merkle
import Platform
import Text

/// Reads a statement's file.
enum StatementFile {
  /// GB18030 holds GBK and GB 2312.
  private static let chineseEncoding = "GB18030"

  /// The statement, and the SHA-256 of the file, unpacked where it was packed.
  static func read(
    _ path: String, _ institution: Institution, _ day: BeijingDay
  ) throws -> (statement: Statement, digest: Digest) {
    var file = try InputFile(path)
    var reader = StatementReader(institution)
    var statement = Statement(institution, day)
    var hash = SHA256()
    var converter: CharacterConverter?
    var isFirst = true
    var buffer = [UInt8](repeating: 0, count: InputFile.chunkMax)
    do {
      while true {
        var span = buffer.mutableSpan
        var room = unsafe span.mutableBytes
        let count = try file.read(into: &room)
        if count == 0 { break }
        var chunk = Array(buffer[..<count])
        hash.update(unsafe chunk.span.bytes)
        if isFirst {
          isFirst = false
          try refuseArchive(chunk, path)
          if !isUTF8(chunk) {
            converter = try CharacterConverter(from: chineseEncoding, path: path)
          }
        }
        if let converted = try converter?.convert(chunk) { chunk = converted }
        try reader.read(chunk.span) { statement.append($0) }
      }
      try converter?.finish()
      try reader.finish { statement.append($0) }
    } catch let fault as StatementFault {
      throw CommandFailure(.usage, "\(path), \(fault.what)", hint: fault.hint)
    }
    try refuseStranger(statement, path)
    return (statement, hash.digest())
  }

  /// Whether the first line is UTF-8: the remark or header that stands there has Chinese words.
  private static func isUTF8(_ chunk: [UInt8]) -> Bool {
    let end = chunk.firstIndex(of: UInt8(ascii: "\n")) ?? chunk.count
    return UTF8Check.firstIllFormed(chunk.span.extracting(0..<end)) == nil
  }

  private static func refuseArchive(_ chunk: [UInt8], _ path: String) throws(CommandFailure) {
    guard chunk.starts(with: [0x50, 0x4B, 0x03, 0x04]) else { return }
    throw CommandFailure(
      .usage, "\(path) is a zip archive",
      hint: "Unpack it and give the file of single payments; of Alipay's two that is not 汇总")
  }

  /// A file of another day compares with nothing; some lines of another day are compared.
  private static func refuseStranger(
    _ statement: Statement, _ path: String
  ) throws(CommandFailure) {
    guard statement.count > 0, statement.strayCount == statement.count,
      let day = statement.strayDay
    else { return }
    throw CommandFailure(
      .usage, "no line of \(path) is of \(statement.day.text): the first is of \(day.text)",
      hint: "Give --day \(day.text), or the file of that day")
  }
}
