// The vault at the front thread: words are sealed before their event is taken, and an erasure is
// carried out before it is said.

import Events
import Merkle
import Orchestrator
import Platform
import Vault

/// An erasure whose event is on its way to the disk.
struct Settlement {
  var erasure: Erasure
  /// One past its event.
  var needs: Position
}

extension Server {
  /// Takes a command whose reason has words; they are durable before it is.
  func take(_ command: Command, _ words: Request.SealedWords) -> Reply {
    guard let vault else { return .wrong(Self.noVault) }
    do throws(VaultFault) {
      let draft = try vault.draft(words.text, about: words.name, for: command.id)
      var command = command
      command.body = command.body.referring(to: draft.reference)
      // Salted with what goes when the subject is erased: nobody can try words against it then.
      let rest = (0..<8).map { UInt8(truncatingIfNeeded: command.digest >> (8 * $0)) }
      command.digest = Command.digest(rest + draft.reference.bytes)
      // What is refused, was so before or is a repeat leaves no words behind.
      if (try? runtime.wouldAppend(command)) == true { try vault.keep(draft) }
      return take(command)
    } catch { return failed(error, "words") }
  }

  /// Erases a subject: when this is answered, its key is gone and the log says so.
  func erase(_ request: Request.ErasureRequest) -> Reply {
    guard let vault else { return .wrong(Self.noVault) }
    do throws(VaultFault) {
      let found: SubjectReference?
      switch request.subject {
      case .named(let name):
        let known = SubjectReference(name)
        if let begun = vault.pending.first(where: { $0.subject == known }) {
          return try carryOut(begun, vault)
        }
        found = try vault.find(name)
        if found == nil { return gone(known) }
      case .account(let institution, let account):
        guard let desk else { return .wrong(Self.noKeys) }
        found = try vault.find(account: desk.pseudonym(institution, account))
      }
      guard let subject = found else { return .refusal(.subjectUnknown) }
      let trial = SubjectErased(
        kind: .person, texts: 0, reference: subject.text, reason: request.reason)
      do throws(Refusal) {
        _ = try runtime.wouldAppend(Self.command(trial, subject, by: .system))
      } catch { return .refusal(error) }
      let actor = Actor(.operator, id: request.user)
      let erasure = try vault.begin(erasing: subject, by: actor, reason: request.reason)
      return try carryOut(erasure, vault)
    } catch { return failed(error, "subject") }
  }

  /// The first receipt of an erasure that was carried out before.
  private func gone(_ subject: SubjectReference?) -> Reply {
    guard let subject else { return .refusal(.subjectUnknown) }
    let never = SubjectErased(kind: .person, texts: 0, reference: subject.text, reason: .none)
    let command = Self.command(never, subject, by: .system)
    do throws(Refusal) {
      guard try runtime.isKnown(command.id) else { return .refusal(.subjectUnknown) }
    } catch { return .refusal(error) }
    return take(command)
  }

  private func carryOut(_ erasure: Erasure, _ vault: Vault) throws(VaultFault) -> Reply {
    try vault.destroy(erasure)
    let before = runtime.state.next
    do throws(Refusal) {
      let command = Self.command(erasure.event, erasure.subject, by: erasure.actor)
      let receipt = try runtime.accept(command).receipt
      settlements.append(Settlement(erasure: erasure, needs: receipt.last.advanced(by: 1)))
      return .receipt(receipt, isRepeat: receipt.first < before)
    } catch { return .refusal(error) }
  }

  /// The same for every attempt to erase a subject, so that its event is appended once.
  private static func command(
    _ fields: SubjectErased, _ subject: SubjectReference, by actor: Actor
  ) -> Command {
    Command(
      id: Command.id("subject erased", subject.bytes), digest: Command.digest(subject.bytes),
      actor: actor, body: .eraseSubject(fields))
  }

  /// Carries out what the last daemon had begun.
  func resumeErasures() {
    guard let vault else { return }
    for erasure in vault.pending {
      do throws(VaultFault) {
        if case .refusal(let refusal) = try carryOut(erasure, vault) {
          context.say(.error, "the erasure of \(erasure.subject) waits: \(refusal.message)")
        }
      } catch {
        context.say(.error, "the erasure of \(erasure.subject) waits: \(error)")
      }
    }
  }

  /// Forgets erasures whose events are durable.
  func settleErasures() {
    guard let vault, let first = settlements.first, first.needs <= runtime.durableEnd else {
      return
    }
    let durable = settlements.prefix { $0.needs <= runtime.durableEnd }
    settlements.removeFirst(durable.count)
    for settlement in durable {
      do throws(VaultFault) { try vault.settle(settlement.erasure) } catch {
        // The next start settles it.
        context.say(.warning, "a note of an erasure stays in the vault: \(error)")
      }
    }
  }

  private func failed(_ fault: VaultFault, _ field: String) -> Reply {
    switch fault {
    case .tooLong: return .wrong(WireFault(field, "\(fault)", hint: "Give fewer bytes."))
    case .subjectUnknown, .wordsUnknown, .erased: return .refusal(.subjectUnknown)
    case .disk, .damaged, .locked, .openToOthers, .ofAnother, .unsure:
      context.say(.error, "the vault: \(fault)")
      return .refusal(.vaultFailed)
    }
  }

  private static var noKeys: WireFault {
    WireFault(
      "account", "this daemon makes no pseudonyms",
      hint: "Start it with --keys FOLDER, or name the token of the account.")
  }

  private static var noVault: WireFault {
    WireFault("command", "this daemon has no vault", hint: "Start it with --vault DIR.")
  }
}
