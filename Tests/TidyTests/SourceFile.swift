import Glibc
import Support
import Testing

/// A source file as text, read with the system's own calls.
struct SourceFile: Sendable, CustomTestStringConvertible {
  let path: String
  let lines: [String]

  init(path: String) {
    self.path = path
    lines = SourceFile.text(PackageRoot.path(path))
      .split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
  }

  var testDescription: String { path }

  /// The folder under Sources.
  var module: String { String(path.split(separator: "/")[1]) }

  /// The names of what the file imports.
  var imports: [String] {
    lines.compactMap { line in
      let words = line.split(separator: " ")
      guard let place = words.firstIndex(of: "import"), place <= 1, words.count > place + 1 else {
        return nil
      }
      guard place == 0 || ["package", "public", "private", "internal"].contains(words[0]) else {
        return nil
      }
      return String(words[place + 1].prefix { $0 != "." })
    }
  }

  /// Where functions begin and how many lines they take, judged by indentation, which the formatter
  /// holds.
  var functions: [(line: Int, length: Int)] {
    var found: [(Int, Int)] = []
    for (index, line) in lines.enumerated() {
      let body = line.drop { $0 == " " }
      let isFunction =
        body.contains("func ") || body.hasPrefix("init(") || body.contains(" init(")
      guard isFunction, !line.isComment else { continue }
      let indent = String(line.prefix { $0 == " " })
      guard
        let end = lines[(index + 1)...].firstIndex(where: { $0.hasPrefix(indent + "}") })
      else { continue }
      let isNext = lines[(index + 1)..<end].contains {
        $0.hasPrefix(indent) && !$0.hasPrefix(indent + " ") && !$0.hasPrefix(indent + ")")
          && !$0.isEmpty && $0 != indent
      }
      if !isNext { found.append((index + 1, end - index + 1)) }
    }
    return found
  }

  /// Every Swift file under a folder of the checkout, in the order of names.
  static func all(under folder: String) -> [SourceFile] {
    var files: [SourceFile] = []
    for name in names(in: folder) {
      let path = "\(folder)/\(name)"
      if name.hasSuffix(".swift") {
        files.append(SourceFile(path: path))
      } else if !name.contains(".") {
        files.append(contentsOf: all(under: path))
      }
    }
    return files
  }

  static func names(in folder: String) -> [String] {
    guard let directory = unsafe opendir(PackageRoot.path(folder)) else { return [] }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private static func text(_ path: String) -> String {
    guard let file = unsafe fopen(path, "r") else { return "" }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension String {
  var isComment: Bool { drop { $0 == " " }.hasPrefix("//") }
}
