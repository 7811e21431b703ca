// Reads a folder of keys, and sees to it that its secrets are nobody else's.

public import Events
public import Institutions
import Platform
import Text

/// Everything that notices are read with, at one moment.
public struct NoticeKeys: Sendable {
  /// How many bytes a file of keys has at most.
  static let fileBytesMax = 1 << 20
  /// How many bytes a table of merchants has at most.
  static let merchantsBytesMax = 1 << 30
  private static let merchantsName = "merchants.csv"
  private static let pseudonymName = "pseudonym.key"

  private var readers: [Institution: any NoticeReader] = [:]
  private var merchants: [Institution: [ExternalID: ExternalID]] = [:]
  public let pseudonyms: PseudonymKey

  /// Keys that were made elsewhere.
  ///
  /// - Parameter merchants: the institution's ids of merchants, and ours; others stay as they are.
  public init(
    _ readers: [any NoticeReader], pseudonyms: PseudonymKey,
    merchants: [Institution: [ExternalID: ExternalID]] = [:]
  ) {
    for reader in readers { self.readers[reader.institution] = reader }
    self.pseudonyms = pseudonyms
    self.merchants = merchants
  }

  /// Reads a folder of keys.
  ///
  /// - Throws: `KeyFault` naming the file, and never what is in it.
  public init(folder: String, _ kinds: [any KeyedReader.Type]) throws(KeyFault) {
    let disk = SystemDisk()
    let secret = try NoticeKeys.bytes(
      disk, "\(folder)/\(NoticeKeys.pseudonymName)", NoticeKeys.fileBytesMax)
    guard let pseudonyms = KeyFiles.secret(secret).flatMap({ PseudonymKey($0) }) else {
      throw KeyFault(
        file: "\(folder)/\(NoticeKeys.pseudonymName)", reason: "it does not hold 64 digits",
        hint: "Make one with `openssl rand -hex 32`, and keep it: pseudonyms hang on it.")
    }
    self.pseudonyms = pseudonyms
    for kind in kinds {
      let path = "\(folder)/\(kind.institution.name)"
      guard NoticeKeys.exists(disk, path) else { continue }
      let files = try NoticeKeys.files(disk, path)
      do throws(KeyFault) { readers[kind.institution] = try kind.init(files) } catch {
        throw KeyFault(file: "\(path)/\(error.file)", reason: error.reason, hint: error.hint)
      }
      merchants[kind.institution] = try NoticeKeys.merchants(
        "\(path)/\(NoticeKeys.merchantsName)", disk)
    }
  }

  /// The institutions whose notices can be read, in the order of their numbers.
  public var institutions: [Institution] {
    readers.keys.sorted { $0.rawValue < $1.rawValue }
  }

  func reader(_ institution: Institution) -> (any NoticeReader)? { readers[institution] }

  /// Our id of a merchant; the institution's own where the table has none.
  func merchant(_ id: ExternalID, at institution: Institution) -> ExternalID {
    merchants[institution]?[id] ?? id
  }

  private static func exists(_ disk: SystemDisk, _ path: String) -> Bool {
    (try? disk.exists(path)) ?? false
  }

  private static func files(
    _ disk: SystemDisk, _ path: String
  ) throws(KeyFault) -> KeyFiles {
    var files: [String: [UInt8]] = [:]
    let names: [String]
    do throws(Fault) { names = try disk.list(path) } catch { throw fault(path, error) }
    for name in names where name != merchantsName && !name.hasPrefix(".") {
      files[name] = try bytes(disk, "\(path)/\(name)", fileBytesMax)
    }
    return KeyFiles(files)
  }

  private static func bytes(
    _ disk: SystemDisk, _ path: String, _ limit: Int
  ) throws(KeyFault) -> [UInt8] {
    let bytes: [UInt8]
    let isOpen: Bool
    do throws(Fault) {
      isOpen = try disk.isReadableByOthers(path)
      var file = try InputFile(path)
      bytes = try file.readAll(limit: limit)
    } catch { throw fault(path, error) }
    guard [".pem", ".csv", ".txt"].contains(where: { path.hasSuffix($0) }) || !isOpen else {
      throw KeyFault(
        file: path, reason: "others may read it", hint: "Take that from them: chmod 600 \(path)")
    }
    return bytes
  }

  private static func fault(_ path: String, _ error: Fault) -> KeyFault {
    KeyFault(file: path, reason: "\(error)", hint: "See that the daemon may read it.")
  }
}

// The table of merchants.
extension NoticeKeys {
  private static func merchants(
    _ path: String, _ disk: SystemDisk
  ) throws(KeyFault) -> [ExternalID: ExternalID] {
    guard exists(disk, path) else { return [:] }
    return try table(try bytes(disk, path, merchantsBytesMax), path)
  }

  /// Reads `institution_merchant,merchant`.
  static func table(
    _ bytes: [UInt8], _ path: String
  ) throws(KeyFault) -> [ExternalID: ExternalID] {
    func fault(_ line: Int, _ reason: String) -> KeyFault {
      KeyFault(
        file: path, reason: "line \(line): \(reason)",
        hint: "It begins with institution_merchant,merchant; each id has 1 to 64 bytes.")
    }
    var table: [ExternalID: ExternalID] = [:]
    var csv = CSVReader()
    var offset = 0
    var hasHeader = false
    let bytes = bytes.last == UInt8(ascii: "\n") ? bytes : bytes + [UInt8(ascii: "\n")]
    while true {
      switch csv.next(in: bytes.span, at: &offset) {
      case .needsBytes:
        guard case .refused(let reason) = csv.finish() else { return table }
        throw fault(csv.lineNumber, reason.reason)
      case .refused(let reason): throw fault(csv.lineNumber, reason.reason)
      case .row:
        guard hasHeader else {
          hasHeader = true
          guard csv.fieldCount == 2, csv.text(0) == "institution_merchant",
            csv.text(1) == "merchant"
          else { throw fault(csv.lineNumber, "it is another header") }
          continue
        }
        guard let theirs = ExternalID(csv.field(0)), let ours = ExternalID(csv.field(1)),
          !theirs.isEmpty, !ours.isEmpty
        else { throw fault(csv.lineNumber, "it does not hold two ids") }
        guard table.updateValue(ours, forKey: theirs) == nil else {
          throw fault(csv.lineNumber, "the merchant \(theirs) stands there twice")
        }
      }
    }
  }
}
