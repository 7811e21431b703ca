// Why the vault does not give or take something. No secret, no name and no word stands in it.

public import Events
import Merkle
public import Platform

/// The vault cannot do what it was asked for.
public enum VaultFault: Error, Hashable, Sendable {
  case disk(Fault)
  /// A file of the vault is not what was written there.
  case damaged(file: String, reason: String)
  /// Another process has the vault.
  case locked(String)
  /// Others than the owner may reach into the vault.
  case openToOthers(String)
  /// Another user owns the vault, and may reach into it whatever its modes.
  case ofAnother(String)
  /// No sealed words have this reference.
  case wordsUnknown(Digest)
  /// The key of the words was destroyed; nobody can read them any more.
  case erased(SubjectReference)
  /// Nothing is known of the subject: it was erased, or never was here.
  case subjectUnknown
  /// Words or a name are longer than is taken.
  case tooLong(bytes: Int, most: Int)
  /// A synchronization failed: what is durable is not known until the vault is opened again.
  case unsure(String)
}

extension VaultFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .disk(let fault): "\(fault)"
    case .damaged(let file, let reason):
      "\(file) is damaged: \(reason). Take it from a copy of the vault."
    case .locked(let folder): "another process has the vault \(folder)."
    case .openToOthers(let folder):
      "others may reach into the vault \(folder), which holds keys. Take that from them: "
        + "chmod 700 \(folder)."
    case .ofAnother(let folder):
      "the vault \(folder), which holds keys, is of another user. Give it to the one that runs "
        + "this: chown -R USER \(folder)."
    case .wordsUnknown(let reference): "the vault has no words \(reference.hex)."
    case .erased(let subject): "the words were erased with their subject \(subject)."
    case .subjectUnknown: "the vault holds no such subject."
    case .tooLong(let bytes, let most): "it has \(bytes) bytes; \(most) are taken at most."
    case .unsure(let folder):
      "a write to \(folder) failed; see that the disk is sound and start the daemon again."
    }
  }
}

/// Runs what only the disk can spoil.
func onDisk<Result: ~Copyable>(
  _ body: () throws(Fault) -> Result
) throws(VaultFault) -> Result {
  do throws(Fault) { return try body() } catch { throw .disk(error) }
}
