// The signed manifest beside a dump: whoever has the log's private key signs what was printed.

import Dumps
import EventLog
import Merkle
import Platform

/// Notes beside dumps.
enum ManifestNotes {
  static let option = OptionShape.value(
    "signing-key", "FILE",
    "the log's private key, which signs the manifest beside the file; DIR/log.skey if absent")

  /// Writes the notes of what was printed, or says in one line why there are none.
  ///
  /// A note that stood there is of a dump that is there no more, and is taken away.
  ///
  /// - Parameter dumps: each manifest with the path of its dump.
  static func write(_ dumps: [(path: String, manifest: Manifest)], _ arguments: Arguments) throws {
    let signer: NoteSigner
    switch try found(arguments) {
    case .signer(let found): signer = found
    case .nobody(let why):
      return try leaveOut(dumps.map { $0.path }, "\(why); name the key with --signing-key")
    }
    let disk = SystemDisk()
    for dump in dumps {
      guard let note = ManifestNote(dump.manifest, by: signer) else {
        throw CommandFailure(
          .usage, "\(signer.key.label) is a key that signs no manifest",
          hint: "Give an Ed25519 key, as `sluice approval keygen` makes one")
      }
      try disk.replaceFile(
        dump.path + ManifestNote.fileSuffix, with: unsafe note.bytes.span.bytes)
    }
  }

  /// Says in one line why dumps have no notes.
  static func leaveOut(_ paths: [String], _ why: String) throws {
    let disk = SystemDisk()
    for path in paths.map({ $0 + ManifestNote.fileSuffix }) where try disk.exists(path) {
      try disk.remove(path)
    }
    tell("no manifest is signed, and the dump is as good: \(why)")
  }

  /// Who signs, or why nobody may.
  enum Found {
    case signer(NoteSigner)
    case nobody(String)
  }

  /// The key that an option names, or the one of the folder, where this user may read it.
  static func found(_ arguments: Arguments) throws -> Found {
    let folder = LogFolder(try arguments.required("data"))
    if let path = arguments.value("signing-key") {
      return .signer(try known(try SecretKey.read(path), path, folder))
    }
    do throws(Fault) {
      guard try SystemDisk().exists(folder.privateKey) else {
        return .nobody("\(folder.privateKey) is not there")
      }
      _ = try WholeFile.read(folder.privateKey, max: SignedNote.bytesMax)
    } catch { return .nobody("it cannot be read: \(error.sentence)") }
    return .signer(try known(try SecretKey.read(folder.privateKey), folder.privateKey, folder))
  }

  /// Nobody would believe another key than those that the folder tells everybody of.
  private static func known(
    _ signer: NoteSigner, _ path: String, _ folder: LogFolder
  ) throws -> NoteSigner {
    guard try ServeSigning.publicKeys(folder).contains(signer.key) else {
      throw CommandFailure(
        .usage, "\(path) holds a key that \(folder.publicKeys) does not name",
        hint: "Sign with the log's own key")
    }
    return signer
  }
}
