// The story of one simulated rollout, drawn by seed: who asks for what, and when.
//
// A story is a row of stages. At a stage's instant its clients begin to send, each its own commands
// in order, and the next stage begins only when all of them have their answers. Commands of two
// clients of one stage never depend on each other, and an order is never placed at an instant at
// which a wave is being opened. So a run that crashes and a run that does not must end with the
// same rows, apart from positions and log times.

public import Events
public import Orchestrator

/// Stages with their commands.
public struct Workload: Sendable {
  /// Commands that become due together.
  public struct Stage: Sendable {
    public var at: Timestamp
    /// The commands of each client, in the order in which it sends them.
    public var clients: [[Command]]
    /// Whether every wave that has opened must be complete by now.
    public var isQuiet = false
  }

  public static let clientCount = 3
  public static let daysAllowed = 2...13
  public static let merchantsAllowed = 40...100_000

  public let seed: UInt64
  public let planName: ShortText
  public private(set) var stages: [Stage] = []
  public private(set) var commandCount = 0

  /// The story of a seed.
  public init(seed: UInt64, merchants: Int, days: Int) {
    precondition(Workload.daysAllowed.contains(days), "a story of an impossible length")
    precondition(Workload.merchantsAllowed.contains(merchants), "a story of too many merchants")
    self.seed = seed
    planName = ShortText("wechat-pay-trial") ?? .none
    var writer = StoryWriter(seed: seed, merchants: merchants, days: days, plan: planName)
    writer.write()
    stages = writer.stages
    commandCount = stages.reduce(0) { $0 + $1.clients.reduce(0) { $0 + $1.count } }
  }

  /// The instant at which the log is created: 2024-09-02T10:00:00+08:00.
  public static let genesis = Timestamp(seconds: 1_725_242_400)

  /// The first command of every log.
  public var createLog: Command {
    Command(
      id: Command.id("genesis", []), digest: seed, actor: .system,
      body: .createLog(
        LogCreated(
          origin: ShortText("sluice.example/simulated") ?? .none, clock: .wall,
          clockStart: Workload.genesis, clockSpeed: 1, logIDLow: logID.low, logIDHigh: logID.high),
        openToAll: [.alipay]))
  }

  public var logID: LogID { LogID(low: seed &+ 1, high: 0x51_7e) }
}
