// Power cuts and failing calls at every call to the disk.

import Events
import Platform
import Simulation
import Testing

@testable import Vault

@Suite struct VaultCrashTests {
  static let seeds: Range<UInt64> = 0..<6

  /// Runs `body` on copies of a disk, with the power out at one call after the other, and shows each
  /// copy once the power is back.
  private func sweep(
    _ base: SimulatedDisk, _ effect: SimulatedDisk.Effect = .powerCut,
    _ body: (Safe) throws -> Void, _ judge: (Safe, Int) throws -> Void
  ) throws {
    let rehearsal = base.copy(seed: 0)
    let before = rehearsal.operations
    try body(Safe(rehearsal))
    let calls = before + 1...rehearsal.operations
    #expect(calls.count > 3)
    for seed in VaultCrashTests.seeds {
      for call in calls {
        let disk = base.copy(seed: seed &* 1_000_003 &+ UInt64(call))
        disk.plan.atOperation[call] = effect
        try? body(Safe(disk))
        disk.plan.atOperation = [:]
        disk.restart()
        try judge(Safe(disk), call)
      }
    }
  }

  /// A vault with words of two subjects, durable.
  private func stocked() throws -> (
    base: SimulatedDisk, references: [UInt64: Digest], subject: SubjectReference, secret: [UInt8]
  ) {
    let safe = try Safe()
    let vault = try safe.open()
    try vault.addAccounts()
    var references: [UInt64: Digest] = [:]
    for number in 1...3 as ClosedRange<UInt64> {
      references[number] = try Safe.keep(
        "words \(number)", about: number == 3 ? "b" : "a", number, in: vault)
    }
    let subject = try #require(try vault.find("a"))
    let secret = try safe.secret(subject)
    safe.disk.crash()
    return (safe.disk, references, subject, secret)
  }

  @Test(arguments: [SimulatedDisk.Effect.powerCut, .fail(.inputOutput), .fail(.noSpace), .short])
  func `words that were kept are there, and older ones stay`(_ effect: SimulatedDisk.Effect) throws
  {
    let (base, references, _, _) = try stocked()
    var kept: Digest?
    try sweep(base, effect) { safe in
      kept = nil
      let vault = try safe.open()
      kept = try Safe.keep("new", about: "c", 9, in: vault)
    } _: { safe, call in
      if let kept { #expect(try safe.read(kept) == "new", "call \(call)") }
      for (number, reference) in references {
        #expect(try safe.read(reference) == "words \(number)", "call \(call)")
      }
      let again = try safe.open(seed: 99)
      #expect(again.warnings.isEmpty, "call \(call)")
      let reference = try Safe.keep("new", about: "c", 9, in: again)
      if let kept { #expect(reference == kept, "a repeat is the same: call \(call)") }
      #expect(try safe.read(reference) == "new")
      #expect(!safe.disk.paths.contains { $0.hasSuffix(".tmp") })
    }
  }

  @Test(arguments: [SimulatedDisk.Effect.powerCut, .fail(.inputOutput)])
  func `a vault that was cut short while it was made is made by the next words`(
    _ effect: SimulatedDisk.Effect
  ) throws {
    let empty = try Safe()
    var token: ExternalID?
    let account = try #require(ExternalID("p"))
    try sweep(empty.disk, effect) { safe in
      token = nil
      let vault = try safe.open()
      try vault.addAccounts()
      token = try vault.token(for: account)
    } _: { safe, call in
      let vault = try safe.open(seed: 99)
      try vault.addAccounts()
      let again = try vault.token(for: account)
      if let token { #expect(again == token, "call \(call)") }
      #expect(try safe.read(try Safe.keep("w", about: "a", in: vault)) == "w", "call \(call)")
    }
  }

  @Test(arguments: [SimulatedDisk.Effect.powerCut, .fail(.inputOutput)])
  func `an erasure that was begun is carried out, wherever it was cut`(
    _ effect: SimulatedDisk.Effect
  ) throws {
    let (base, references, subject, secret) = try stocked()
    var isBegun = false
    var isDestroyed = false
    var outcomes: Set<Bool> = []
    try sweep(base, effect) { safe in
      (isBegun, isDestroyed) = (false, false)
      let vault = try safe.open()
      let erasure = try vault.begin(erasing: subject, by: Safe.actor, reason: Safe.reason)
      isBegun = true
      try vault.destroy(erasure)
      isDestroyed = true
      try vault.settle(erasure)
    } _: { safe, call in
      if isDestroyed { #expect(!safe.holds(secret), "call \(call)") }
      let vault = try safe.open(seed: 99)
      if isBegun, !isDestroyed {
        let pending = try #require(vault.pending.first, "call \(call)")
        #expect(pending.event.texts == 2 && pending.actor == Safe.actor)
        #expect(pending.reason == Safe.reason && pending.subject == subject)
      }
      try Safe.resume(vault)
      let isGone = safe.isErased(try #require(references[1]))
      outcomes.insert(isGone)
      #expect(isGone || !isBegun, "call \(call)")
      #expect(isGone == !safe.holds(secret), "call \(call)")
      #expect(try vault.find("\(subject)") == (isGone ? nil : subject), "call \(call)")
      #expect(try safe.read(try #require(references[3])) == "words 3", "call \(call)")
      #expect(vault.pending.isEmpty)
    }
    #expect(outcomes == [true, false], "some were cut before they were begun")
  }

  @Test(arguments: [SimulatedDisk.Effect.powerCut, .fail(.inputOutput)])
  func `an account's erasure that was begun is carried out, wherever it was cut`(
    _ effect: SimulatedDisk.Effect
  ) throws {
    let (base, _, _, _) = try stocked()
    let (one, two) = (try #require(ExternalID("p1")), try #require(ExternalID("p2")))
    var tokens: [ExternalID] = []
    do {
      // Other chance than that which made the vault: its token is no other secret.
      let vault = try Safe(base).open(seed: 5)
      tokens = [try vault.token(for: one), try vault.token(for: two)]
    }
    base.crash()
    let token = try #require(SubjectReference(tokens[0].description))
    var isBegun = false
    try sweep(base, effect) { safe in
      isBegun = false
      let vault = try safe.open()
      let erasure = try vault.begin(erasing: token, by: Safe.actor, reason: Safe.reason)
      isBegun = true
      try vault.destroy(erasure)
      try vault.settle(erasure)
    } _: { safe, call in
      let vault = try safe.open(seed: 99)
      try Safe.resume(vault)
      let isGone = try vault.token(for: one) != tokens[0]
      #expect(isGone || !isBegun, "call \(call)")
      #expect(try vault.token(for: two) == tokens[1], "call \(call)")
      #expect(isGone == (try vault.find("\(token)") == nil))
      if isGone { #expect(!safe.holds(token.bytes), "call \(call)") }
    }
  }

  @Test func `a key is overwritten and that is durable before its name goes`() throws {
    let (base, _, subject, secret) = try stocked()
    let safe = try Safe(base)
    let vault = try safe.open()
    let erasure = try vault.begin(erasing: subject, by: Safe.actor, reason: Safe.reason)
    safe.disk.plan.nextNamed["unlinkat"] = .powerCut
    #expect(throws: VaultFault.self) { try vault.destroy(erasure) }
    safe.disk.restart()
    #expect(!safe.holds(secret))
    let file = try #require(safe.disk.contents("\(Safe.folder)/keys/\(subject)"))
    #expect(file.allSatisfy { $0 == 0 } && !file.isEmpty)
  }
}
