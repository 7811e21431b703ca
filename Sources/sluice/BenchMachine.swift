// What the machine gives to anybody: figures beside which those of the other parts are to be seen.

import Merkle
import Orchestrator
import Platform

struct BenchMachine {
  let folder: BenchFolder
  let scale: Int
  private static let runs = 3

  func run() throws {
    say("the machine itself\n")
    try readTogether()
    try handOver()
    hash()
    takeMemory()
    // A frame of 10,000 events, and the longest there is.
    for length in [2 << 20, 8 << 20] { try synchronize(length) }
    say("\n")
  }

  /// Reads lines on one thread and then on two: processors that share a core do not twice as much.
  private func readTogether() throws {
    var payments = BenchPayments()
    let text = payments.lines(100_000 / scale)
    var ratios: [Double] = []
    for _ in 0..<BenchMachine.runs {
      let alone = try BenchMachine.seconds(reading: text, threads: 1)
      let together = try BenchMachine.seconds(reading: text, threads: 2)
      ratios.append(2 * alone / together)
    }
    ratios.sort()
    BenchFigures.row(
      "  two threads that read lines, of the work of one",
      "\(BenchFigures.fixed(ratios[1])) times  (\(BenchFigures.fixed(ratios[0])) to"
        + " \(BenchFigures.fixed(ratios[2])))")
  }

  private static func seconds(reading text: [UInt8], threads: Int) throws -> Double {
    let clock = WallClock()
    let start = clock.monotonicNanoseconds()
    let workers = try (0..<threads).map { number in
      try Worker("lines \(number)") {
        let group = PaymentGroup()
        for _ in 0..<10 {
          do {
            try BenchPayments.read(text, group) { group.removeAll() }
          } catch { preconditionFailure("the lines of the bench are wrong: \(error)") }
        }
      }
    }
    for worker in workers { worker.join() }
    return Double(clock.monotonicNanoseconds() - start) / 1e9
  }

  /// Hands a word to another thread that sleeps, and waits for it to come back.
  private func handOver() throws {
    let (there, back) = (Mailbox<Int>(), Mailbox<Int>())
    let worker = try Worker("echo") {
      while let word = there.take() { _ = back.put(word) }
    }
    let count = 20_000 / scale
    var figures = BenchFigures()
    for _ in 0..<BenchMachine.runs {
      figures.measure {
        for word in 0..<count {
          _ = there.put(word)
          _ = back.take()
        }
      }
    }
    there.close()
    worker.join()
    BenchFigures.row("  a word to another thread and back", figures.rate(count))
  }

  /// Hashes a long message.
  private func hash() {
    let bytes = [UInt8](repeating: 7, count: (64 << 20) / scale)
    var figures = BenchFigures()
    for _ in 0..<BenchMachine.runs { figures.measure { _ = SHA256.hash(unsafe bytes.span.bytes) } }
    BenchFigures.row("  SHA-256 on one thread, bytes", figures.rate(bytes.count))
  }

  /// Takes memory that nobody has touched yet, in large pages, and keeps it to the end: where the
  /// machine is a guest, its host may have to find it first.
  private func takeMemory() {
    let length = max(8 << 20, (256 << 20) / scale)
    var figures = BenchFigures()
    var taken: [LargeMemory] = []
    for _ in 0..<BenchMachine.runs {
      figures.measure {
        let memory = LargeMemory(byteCount: length)
        memory.prepare(0..<length)
        taken.append(memory)
      }
    }
    BenchFigures.row("  memory taken from the system, bytes", figures.rate(length))
  }

  /// Writes and synchronizes pieces of one length in a file that has its blocks already.
  private func synchronize(_ length: Int) throws {
    let disk = SystemDisk()
    let path = folder.path("disk-\(length)")
    let file = try disk.open(path, .createNew)
    let total = max(length, (512 << 20) / scale)
    try disk.writeZeros(file, 0..<total, path: path)
    try disk.synchronize(file)
    let bytes = [UInt8](repeating: 7, count: length)
    var figures = BenchFigures()
    for _ in 0..<BenchMachine.runs {
      try figures.measure {
        for place in 0..<total / length {
          try disk.writeAll(file, unsafe bytes.span.bytes, at: place * length, path: path)
          try disk.synchronize(file)
        }
      }
    }
    try disk.close(file)
    folder.removeTree(path)
    BenchFigures.row(
      "  disk, \(length >> 20) MiB at a time, each synchronized, bytes",
      figures.rate(total / length * length))
  }
}
