// The file that this process runs.

import Glibc

public enum ProgramFile {
  private static let lengthMax = 4_096

  /// Its path, with no link in it; nil where the system does not tell.
  public static var path: String? {
    var buffer = [CChar](repeating: 0, count: lengthMax)
    let count = unsafe buffer.withUnsafeMutableBufferPointer { bytes -> Int in
      guard let start = bytes.baseAddress else { return -1 }
      return unsafe readlink("/proc/self/exe", start, bytes.count)
    }
    guard count > 0, count < lengthMax else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
