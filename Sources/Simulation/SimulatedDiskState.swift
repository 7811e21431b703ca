// What a simulated disk remembers, and what a power cut leaves of it.

import Platform

/// The numbers that decide a simulation: SplitMix64, the same on every machine.
struct SeededNumbers: Sendable {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to but not including `bound`.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }
}

struct SimulatedDiskState: Sendable {
  static let sector = 512
  static let traceMax = 4_096
  static let writeNanoseconds: Int64 = 10_000
  static let synchronizeNanoseconds: Int64 = 150_000
  static let callNanoseconds: Int64 = 2_000

  enum Pending: Sendable {
    case write(offset: Int, bytes: [UInt8])
    case resize(length: Int)
  }

  struct Inode: Sendable {
    var durable: [UInt8] = []
    var cached: [UInt8] = []
    var pending: [Pending] = []
    var isProtected = false
    var spoiled: Set<Int> = []
  }

  struct Handle: Sendable {
    var inode: Int
    var path: String
    var mayWrite: Bool
    var locks: String?
  }

  /// A change of names: paths that go and paths that come, at once.
  struct Renaming: Sendable {
    var gone: String?
    var come: (path: String, inode: Int)?
  }

  var numbers: SeededNumbers
  var plan = SimulatedDisk.FaultPlan()
  var operations = 0
  var elapsed: Int64 = 0
  var trace: [String] = []
  var isTracing = false
  var capacity: Int?
  private(set) var isDown = false
  private var inodes: [Int: Inode] = [:]
  private var nextInode = 1
  private var names: [String: Int] = [:]
  private var durableNames: [String: Int] = [:]
  private var pendingNames: [Renaming] = []
  private var directories: Set<String> = ["", "/"]
  private var handles: [Int32: Handle] = [:]
  private var nextHandle: Int32 = 3
  private var lockHolders: [String: Int32] = [:]

  init(seed: UInt64) { numbers = SeededNumbers(seed: seed) }

  // MARK: The gate that every call passes

  /// Counts the call; throws what the plan holds for it.
  ///
  /// True: do only half of it.
  private mutating func gate(
    _ operation: String, _ path: String, offset: Int? = nil
  ) throws(Fault) -> Bool {
    operations += 1
    elapsed += SimulatedDiskState.callNanoseconds
    if isTracing {
      if trace.count >= SimulatedDiskState.traceMax { trace.removeFirst(trace.count / 2) }
      trace.append("\(operations) \(operation) \(path)\(offset.map { " @\($0)" } ?? "")")
    }
    if isDown { throw Fault(operation, .inputOutput, path: path, hint: "The power is out.") }
    var effect = plan.atOperation[operations]
    if effect == nil { effect = plan.nextNamed.removeValue(forKey: operation) }
    if effect == nil, plan.perMille > 0, numbers.below(1000) < plan.perMille {
      effect = plan.randomEffect
    }
    switch effect {
    case nil: return false
    case .short: return true
    case .fail(let errno): throw Fault(operation, errno, path: path, offset: offset)
    case .powerCut:
      isDown = true
      return false
    }
  }

  /// Ends a call during which the power went out.
  private func settle(_ operation: String, _ path: String) throws(Fault) {
    if isDown { throw Fault(operation, .inputOutput, path: path, hint: "The power is out.") }
  }

  /// Whether a call that the power cut met still takes effect.
  private mutating func reaches() -> Bool { !isDown || numbers.below(2) == 0 }

  private func handle(_ file: DiskFile, _ operation: String) throws(Fault) -> Handle {
    guard let handle = handles[file.rawValue] else {
      throw Fault(operation, .badFile, path: "file \(file.rawValue)")
    }
    return handle
  }

  static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return String(path[..<slash])
  }

  // MARK: Files

  mutating func open(_ path: String, _ mode: OpenMode) throws(Fault) -> DiskFile {
    _ = try gate("openat", path)
    if let inode = names[path] {
      if mode == .createNew { throw Fault("openat", .exists, path: path) }
      if mode != .read, inodes[inode]?.isProtected == true {
        throw Fault("openat", .access, path: path)
      }
      try settle("openat", path)
      return newHandle(Handle(inode: inode, path: path, mayWrite: mode != .read))
    }
    guard mode == .createNew || mode == .createOrOpen else {
      throw Fault("openat", .noEntry, path: path)
    }
    guard directories.contains(SimulatedDiskState.parent(of: path)) else {
      throw Fault("openat", .noEntry, path: path)
    }
    if reaches() {
      let inode = nextInode
      nextInode += 1
      inodes[inode] = Inode()
      names[path] = inode
      pendingNames.append(Renaming(gone: nil, come: (path, inode)))
      try settle("openat", path)
      return newHandle(Handle(inode: inode, path: path, mayWrite: true))
    }
    throw Fault("openat", .inputOutput, path: path, hint: "The power is out.")
  }

  private mutating func newHandle(_ handle: Handle) -> DiskFile {
    let number = nextHandle
    nextHandle += 1
    handles[number] = handle
    return DiskFile(rawValue: number)
  }

  mutating func close(_ file: DiskFile) throws(Fault) {
    let handle = try handle(file, "close")
    handles[file.rawValue] = nil
    if let locked = handle.locks, lockHolders[locked] == file.rawValue {
      lockHolders[locked] = nil
    }
    _ = try gate("close", handle.path)
    try settle("close", handle.path)
  }

  mutating func read(_ file: DiskFile, count: Int, at offset: Int) throws(Fault) -> [UInt8] {
    let handle = try handle(file, "pread")
    let half = try gate("pread", handle.path, offset: offset)
    try settle("pread", handle.path)
    guard let inode = inodes[handle.inode], offset < inode.cached.count else { return [] }
    let asked = half && count > 1 ? count / 2 : count
    let end = min(offset + asked, inode.cached.count)
    for sector in inode.spoiled where sector * 512 < end && sector * 512 + 512 > offset {
      throw Fault("pread", .inputOutput, path: handle.path, offset: offset)
    }
    return [UInt8](inode.cached[offset..<end])
  }

  mutating func write(_ file: DiskFile, _ bytes: [UInt8], at offset: Int) throws(Fault) -> Int {
    let handle = try handle(file, "pwrite")
    let half = try gate("pwrite", handle.path, offset: offset)
    guard handle.mayWrite else { throw Fault("pwrite", .badFile, path: handle.path) }
    elapsed += SimulatedDiskState.writeNanoseconds
    let taken = half && bytes.count > 1 ? [UInt8](bytes[0..<bytes.count / 2]) : bytes
    try grow(handle, to: offset + taken.count, "pwrite")
    if reaches() { apply(.write(offset: offset, bytes: taken), to: handle.inode) }
    try settle("pwrite", handle.path)
    return taken.count
  }

  private func grow(_ handle: Handle, to length: Int, _ operation: String) throws(Fault) {
    let grown = length - (inodes[handle.inode]?.cached.count ?? 0)
    guard let capacity, grown > 0, used + grown > capacity else { return }
    throw Fault(operation, .noSpace, path: handle.path)
  }

  /// The bytes of all files that have a name.
  var used: Int { names.values.reduce(0) { $0 + (inodes[$1]?.cached.count ?? 0) } }

  private mutating func apply(_ change: Pending, to inode: Int) {
    SimulatedDiskState.apply(change, to: &inodes[inode, default: Inode()].cached)
    inodes[inode]?.pending.append(change)
  }

  private static func apply(_ change: Pending, to image: inout [UInt8]) {
    switch change {
    case .write(let offset, let bytes):
      extend(&image, to: offset + bytes.count)
      // By hand: the array's own replacement goes byte by byte where nothing is optimized, and was
      // most of what the tests cost.
      unsafe image.withUnsafeMutableBytes { image in
        unsafe bytes.withUnsafeBytes { bytes in
          let place = unsafe image[offset..<offset + bytes.count]
          unsafe UnsafeMutableRawBufferPointer(rebasing: place).copyMemory(from: bytes)
        }
      }
    case .resize(let length):
      if length < image.count { image.removeSubrange(length...) }
      extend(&image, to: length)
    }
  }

  private static let zeros = [UInt8](repeating: 0, count: 1 << 16)

  private static func extend(_ image: inout [UInt8], to length: Int) {
    while image.count < length {
      image.append(contentsOf: zeros[..<min(zeros.count, length - image.count)])
    }
  }

  mutating func synchronize(_ file: DiskFile) throws(Fault) {
    let handle = try handle(file, "fdatasync")
    elapsed += SimulatedDiskState.synchronizeNanoseconds
    do {
      _ = try gate("fdatasync", handle.path)
    } catch {
      // As Linux does: the pages count as clean from here on, and nothing was written.
      if !isDown { inodes[handle.inode]?.pending = [] }
      throw error
    }
    if reaches() {
      // In place: a copy of the file for each synchronization would cost more than all the rest.
      let pending = inodes[handle.inode]?.pending ?? []
      inodes[handle.inode]?.pending = []
      for change in pending {
        SimulatedDiskState.apply(change, to: &inodes[handle.inode, default: Inode()].durable)
      }
    }
    try settle("fdatasync", handle.path)
  }

  mutating func reserve(_ file: DiskFile, length: Int) throws(Fault) {
    let handle = try handle(file, "fallocate")
    _ = try gate("fallocate", handle.path)
    guard (inodes[handle.inode]?.cached.count ?? 0) < length else { return }
    try grow(handle, to: length, "fallocate")
    if reaches() { apply(.resize(length: length), to: handle.inode) }
    try settle("fallocate", handle.path)
  }

  mutating func truncate(_ file: DiskFile, length: Int) throws(Fault) {
    let handle = try handle(file, "ftruncate")
    _ = try gate("ftruncate", handle.path)
    guard handle.mayWrite else { throw Fault("ftruncate", .badFile, path: handle.path) }
    if reaches() { apply(.resize(length: length), to: handle.inode) }
    try settle("ftruncate", handle.path)
  }

  mutating func size(_ file: DiskFile) throws(Fault) -> Int {
    let handle = try handle(file, "fstat")
    _ = try gate("fstat", handle.path)
    try settle("fstat", handle.path)
    return inodes[handle.inode]?.cached.count ?? 0
  }

  mutating func dropCache(_ file: DiskFile, from offset: Int) throws(Fault) {
    let handle = try handle(file, "fadvise")
    _ = try gate("fadvise", handle.path)
    try settle("fadvise", handle.path)
    guard var inode = inodes[handle.inode] else { return }
    var truth = inode.durable
    for change in inode.pending { SimulatedDiskState.apply(change, to: &truth) }
    let kept = min(offset, inode.cached.count, truth.count)
    inode.cached = [UInt8](inode.cached[..<kept]) + [UInt8](truth[kept...])
    inodes[handle.inode] = inode
  }

  // MARK: Names

  mutating func synchronizeDirectory(_ path: String) throws(Fault) {
    _ = try gate("fsync", path)
    guard directories.contains(path) else { throw Fault("fsync", .noEntry, path: path) }
    elapsed += SimulatedDiskState.synchronizeNanoseconds
    if reaches() {
      var kept: [Renaming] = []
      for change in pendingNames {
        let touches =
          change.gone.map { SimulatedDiskState.parent(of: $0) == path } ?? false
          || change.come.map { SimulatedDiskState.parent(of: $0.path) == path } ?? false
        if touches { makeDurable(change) } else { kept.append(change) }
      }
      pendingNames = kept
    }
    try settle("fsync", path)
  }

  private mutating func makeDurable(_ change: Renaming) {
    if let gone = change.gone { durableNames[gone] = nil }
    if let come = change.come { durableNames[come.path] = come.inode }
  }

  mutating func rename(
    _ source: String, to target: String, replacing: Bool
  ) throws(Fault) {
    _ = try gate("renameat2", source)
    guard let inode = names[source] else { throw Fault("renameat2", .noEntry, path: source) }
    guard replacing || names[target] == nil else {
      throw Fault("renameat2", .exists, path: target)
    }
    guard directories.contains(SimulatedDiskState.parent(of: target)) else {
      throw Fault("renameat2", .noEntry, path: target)
    }
    if reaches() {
      names[source] = nil
      names[target] = inode
      pendingNames.append(Renaming(gone: source, come: (target, inode)))
    }
    try settle("renameat2", source)
  }

  mutating func remove(_ path: String) throws(Fault) {
    _ = try gate("unlinkat", path)
    guard names[path] != nil else { throw Fault("unlinkat", .noEntry, path: path) }
    if reaches() {
      names[path] = nil
      pendingNames.append(Renaming(gone: path, come: nil))
    }
    try settle("unlinkat", path)
  }

  mutating func protect(_ path: String) throws(Fault) {
    _ = try gate("fchmodat", path)
    guard let inode = names[path] else { throw Fault("fchmodat", .noEntry, path: path) }
    if reaches() { inodes[inode]?.isProtected = true }
    try settle("fchmodat", path)
  }

  mutating func list(_ path: String) throws(Fault) -> [String] {
    _ = try gate("getdents64", path)
    try settle("getdents64", path)
    guard directories.contains(path) else { throw Fault("getdents64", .noEntry, path: path) }
    let children = names.keys.filter { SimulatedDiskState.parent(of: $0) == path }
    let folders = directories.filter {
      !$0.isEmpty && $0 != "/" && SimulatedDiskState.parent(of: $0) == path
    }
    return (children + folders).map { child in
      path.isEmpty ? child : String(child.dropFirst(path.count + 1))
    }.sorted()
  }

  mutating func exists(_ path: String) throws(Fault) -> Bool {
    _ = try gate("faccessat", path)
    try settle("faccessat", path)
    return names[path] != nil || directories.contains(path)
  }

  /// Directories are made before a log's first event and are durable at once.
  mutating func makeDirectory(_ path: String) throws(Fault) {
    _ = try gate("mkdirat", path)
    if directories.contains(path) { throw Fault("mkdirat", .exists, path: path) }
    guard directories.contains(SimulatedDiskState.parent(of: path)) else {
      throw Fault("mkdirat", .noEntry, path: path)
    }
    if reaches() { directories.insert(path) }
    try settle("mkdirat", path)
  }

  mutating func lock(_ directory: String) throws(Fault) -> DiskFile? {
    _ = try gate("flock", directory)
    try settle("flock", directory)
    guard directories.contains(directory) else {
      throw Fault("flock", .noEntry, path: directory)
    }
    if lockHolders[directory] != nil { return nil }
    let file = newHandle(Handle(inode: 0, path: directory, mayWrite: false, locks: directory))
    lockHolders[directory] = file.rawValue
    return file
  }
}

// MARK: Power cuts, deaths and rot

extension SimulatedDiskState {
  /// The process is gone.
  ///
  /// A planned `powerCut` that has struck was the end of the process only.
  mutating func kill() {
    isDown = false
    handles = [:]
    lockHolders = [:]
  }

  /// Decides what the power cut left of everything that was not synchronized.
  mutating func restart() {
    kill()
    isDown = false
    plan = SimulatedDisk.FaultPlan()
    for number in inodes.keys.sorted() {
      guard var inode = inodes[number] else { continue }
      keepSome(of: inode.pending, in: &inode.durable)
      inode.pending = []
      inode.cached = inode.durable
      inodes[number] = inode
    }
    let fate = numbers.below(4)
    let prefix = numbers.below(pendingNames.count + 1)
    for (index, change) in pendingNames.enumerated() {
      let coin = numbers.below(2) == 0
      if fate == 1 || (fate == 2 && index < prefix) || (fate == 3 && coin) { makeDurable(change) }
    }
    pendingNames = []
    names = durableNames
    let named = Set(names.values)
    inodes = inodes.filter { named.contains($0.key) }
  }

  private mutating func keepSome(of pending: [Pending], in image: inout [UInt8]) {
    let fate = numbers.below(4)
    let prefix = numbers.below(pending.count + 1)
    for (index, change) in pending.enumerated() {
      switch fate {
      case 0: return
      case 1: SimulatedDiskState.apply(change, to: &image)
      case 2:
        if index >= prefix { return }
        SimulatedDiskState.apply(change, to: &image)
      default: keepSectors(of: change, in: &image)
      }
    }
  }

  /// Keeps each 512-byte sector of a write with even odds.
  private mutating func keepSectors(of change: Pending, in image: inout [UInt8]) {
    guard case .write(let offset, let bytes) = change else {
      if numbers.below(2) == 0 { SimulatedDiskState.apply(change, to: &image) }
      return
    }
    var start = offset
    while start < offset + bytes.count {
      let end = min(
        (start / SimulatedDiskState.sector + 1) * SimulatedDiskState.sector,
        offset + bytes.count)
      if numbers.below(2) == 0 {
        let part = [UInt8](bytes[start - offset..<end - offset])
        SimulatedDiskState.apply(.write(offset: start, bytes: part), to: &image)
      }
      start = end
    }
  }

  func contents(_ path: String) -> [UInt8]? { names[path].flatMap { inodes[$0]?.cached } }

  func isProtected(_ path: String) -> Bool {
    names[path].flatMap { inodes[$0]?.isProtected } ?? false
  }

  var paths: [String] { names.keys.sorted() }

  mutating func alter(_ path: String, _ change: (inout [UInt8]) -> Void) {
    guard let number = names[path], var inode = inodes[number] else { return }
    change(&inode.durable)
    change(&inode.cached)
    inodes[number] = inode
  }

  mutating func place(_ path: String, _ bytes: [UInt8]) {
    let number = nextInode
    nextInode += 1
    inodes[number] = Inode(durable: bytes, cached: bytes)
    names[path] = number
    durableNames[path] = number
    directories.insert(SimulatedDiskState.parent(of: path))
  }

  mutating func vanish(_ path: String) {
    names[path] = nil
    durableNames[path] = nil
  }

  mutating func spoil(_ path: String, _ sector: Int) {
    guard let number = names[path] else { return }
    inodes[number]?.spoiled.insert(sector)
  }
}
