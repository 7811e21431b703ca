// Append as the daemon's two threads do it: the front fills a batch and hashes its leaves while the
// log's own thread makes the one before durable.

import CRecord
import EventLog
import Events
import Merkle
import Platform

/// Events that are encoded once and used again and again: only what differs from one use to the
/// next, the log time and the command id, is written into them anew.
struct BenchPool {
  private static let logTimeOffset = MemoryLayout<sluice_head>.offset(of: \.log_time) ?? 0
  private static let commandOffset = MemoryLayout<sluice_head>.offset(of: \.command_id_low) ?? 0
  /// How many leaves are hashed at a time, while their events are in the cache.
  private static let pieceCount = 128
  private var bytes: [UInt8] = []
  /// Where each event begins, and behind them where the last one ends.
  private var starts: [Int] = [0]
  private var next = 0
  private var command: UInt64 = 0

  init(_ events: [Event]) {
    var encoder = FieldEncoder()
    for event in events {
      event.encode(into: &encoder)
      bytes.append(contentsOf: encoder.bytes)
      starts.append(bytes.count)
    }
  }

  /// The longest of them, in bytes.
  var lengthMax: Int {
    starts.indices.dropLast().map { starts[$0 + 1] - starts[$0] }.max() ?? 0
  }

  /// Adds so many of them to a batch and hashes their leaves.
  mutating func fill(_ batch: BenchBatch, _ count: Int, at time: Timestamp) {
    var leaves = batch.leaves
    batch.leaves = []
    for start in stride(from: 0, to: count, by: BenchPool.pieceCount) {
      for _ in start..<min(start + BenchPool.pieceCount, count) { draw(into: batch.buffer, time) }
      batch.buffer.withBatch(first: .zero, logTime: time) { events in
        events.appendLeaves(leaves.count..<events.count, to: &leaves)
      }
    }
    batch.leaves = leaves
    batch.time = time
  }

  private mutating func draw(into buffer: BatchBuffer, _ time: Timestamp) {
    let range = starts[next]..<starts[next + 1]
    next = next + 2 == starts.count ? 0 : next + 1
    command += 1
    mark(range.lowerBound, time)
    buffer.append(unsafe bytes.span.bytes.extracting(range))
  }

  private mutating func mark(_ start: Int, _ time: Timestamp) {
    let (time, command) = (time.rawValue.littleEndian, command.littleEndian)
    unsafe bytes.withUnsafeMutableBytes { memory in
      unsafe memory.storeBytes(
        of: time, toByteOffset: start + BenchPool.logTimeOffset, as: Int64.self)
      unsafe memory.storeBytes(
        of: command, toByteOffset: start + BenchPool.commandOffset, as: UInt64.self)
    }
  }
}

/// A batch on its way from one thread to the other and back.
final class BenchBatch: @unchecked Sendable {
  // Handed from thread to thread; never touched by both at once.
  let buffer = BatchBuffer()
  var leaves: [Digest] = []
  var time = Timestamp(seconds: 0)

  func reset() {
    buffer.reset()
    leaves.removeAll(keepingCapacity: true)
  }
}

/// Two threads that append batches to a log.
final class BenchAppender {
  /// One is filled, one is written, one waits for whichever thread is late.
  private static let batches = 3
  private let filled = Mailbox<BenchBatch>()
  private let written = Mailbox<BenchBatch>()
  private var free = (0..<BenchAppender.batches).map { _ in BenchBatch() }
  private var worker: Worker?
  private var time: Timestamp

  init(_ carrier: FileCarrier<SystemDisk>, after start: Timestamp) throws {
    time = start
    let (filled, written) = (self.filled, self.written)
    worker = try Worker("commit") {
      var carrier = carrier
      while let batch = filled.take() {
        let leaves = batch.leaves
        do throws(LogFault) {
          try carrier.append(
            batch.buffer, expecting: carrier.durableEnd, logTime: batch.time,
            leaves: leaves.span)
        } catch {
          say("\(error)\n")
          break
        }
        guard written.put(batch) else { break }
      }
      try? carrier.close(at: .latest)
      filled.close()
      written.close()
    }
  }

  /// Appends so many events; returns when all are durable.
  ///
  /// - Parameter gathers: whether batches that come while one is being written go with the next as
  ///   one, as in the daemon, and not each on its own.
  func append(_ count: Int, _ size: Int, _ pool: inout BenchPool, gathers: Bool) throws {
    let bytes = size * pool.lengthMax
    var done = 0
    var batch = try takeFree()
    while done < count {
      time = time.advanced(byNanoseconds: 1_000)
      pool.fill(batch, min(size, count - done), at: time)
      done += size
      while let back = written.takeIfPresent() { free.append(back) }
      let isWriting = free.count < BenchAppender.batches - 1
      if gathers, isWriting, done < count, batch.buffer.hasRoom(events: size, bytes: bytes) {
        continue
      }
      guard filled.put(batch) else {
        throw CommandFailure(
          .fault, "the log failed",
          hint: "See that --dir has room, and run the bench again")
      }
      batch = try takeFree()
    }
    // What is back is durable: all of them are.
    free.append(batch)
    var back: [BenchBatch] = []
    while back.count < BenchAppender.batches { back.append(try takeFree()) }
    free = back
  }

  private func takeFree() throws -> BenchBatch {
    guard let batch = free.popLast() ?? written.take() else {
      throw CommandFailure(
        .fault, "the log failed",
        hint: "See that --dir has room, and run the bench again")
    }
    batch.reset()
    return batch
  }

  func close() {
    filled.close()
    worker?.join()
    worker = nil
  }
}
