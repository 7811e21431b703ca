// The bytes of a file, without Foundation.

import Glibc

enum FileBytes {
  struct Unreadable: Error {}

  static func read(_ path: String) throws -> [UInt8] {
    guard let file = unsafe fopen(path, "r") else { throw Unreadable() }
    defer { unsafe fclose(file) }
    var all: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe fread(&part, 1, part.count, file)
      if count == 0 { return all }
      all += part[..<count]
    }
  }
}
