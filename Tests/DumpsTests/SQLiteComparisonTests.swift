// A database held against the dump that it should be.

import Events
import Merkle
import Platform
import Projections
import Testing

@testable import Dumps

@Suite struct SQLiteComparisonTests {
  /// The database of a story's tables in a folder of its own, changed, and what is found then.
  private static func difference(
    after change: String = "", of name: DumpName = .merchants
  ) throws -> String? {
    let path = "/tmp/sluice-compared-\(UInt64.random(in: 0 ... .max))"
    let disk = SystemDisk()
    defer { try? disk.remove(path) }
    let model = try LogFixture.story().model()
    _ = try Dump.writeDatabase(
      DumpName.allCases, model, context(model), toPath: path, on: disk)
    if !change.isEmpty {
      let database = try SQLiteDatabase(path: path)
      try database.execute(change)
    }
    return try Dump.difference(ofDatabase: path, from: name, model, context(model))
  }

  @Test(arguments: DumpName.allCases)
  func `what was dumped is found as it is`(_ name: DumpName) throws {
    #expect(try Self.difference(of: name) == nil)
  }

  @Test(arguments: [
    ("UPDATE merchants SET state = 'pending' WHERE number = 1", "row 1 has another state"),
    ("UPDATE merchants SET merchant = x'6d33' WHERE number = 3", "row 3 has another merchant"),
    ("UPDATE merchants SET reason = '' WHERE number = 3", "row 3 has another reason"),
    ("DELETE FROM merchants WHERE number = 3", "it ends before row 3"),
    (
      "INSERT INTO merchants SELECT * FROM merchants WHERE number = 1",
      "it goes on behind row 3"
    ),
    ("DROP INDEX merchants_by_state", "it has not all of merchants"),
    ("DROP VIEW v_merchants", "it has not all of merchants"),
    (
      "DROP VIEW v_merchants_on; CREATE VIEW v_merchants_on AS SELECT * FROM v_merchants",
      "v_merchants_on is not made as a dump makes it"
    ),
    (
      "CREATE TRIGGER t DELETE ON merchants BEGIN SELECT 1; END",
      "t is not made as a dump makes it"
    ),
    (
      "UPDATE about SET value = 'yuan' WHERE name = 'money'",
      "it says of itself what no dump does: money yuan"
    ),
    (
      "UPDATE columns SET about = 'x' WHERE \"column\" = 'state' AND \"table\" = 'merchants'",
      "state text x"
    ),
    ("CREATE TABLE more (a)", "more is not made as a dump makes it"),
    (
      "ALTER TABLE merchants RENAME TO m; CREATE VIEW merchants AS SELECT * FROM m",
      "is not made as a dump makes it"
    ),
  ])
  func `what was changed is found`(_ change: String, _ says: String) throws {
    let found = try #require(try Self.difference(after: change))
    #expect(found.hasSuffix(says), "\(found)")
  }

  @Test func `a change of another table is no difference of this one`() throws {
    #expect(try Self.difference(after: "DELETE FROM mix", of: .merchants) == nil)
    #expect(try Self.difference(after: "DELETE FROM mix", of: .mix) == "it ends before row 1")
  }

  @Test func `an index that does not hold what its table does is found`() throws {
    let change =
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM "
      + "sqlite_schema WHERE name = 'merchants_by_state') WHERE name = 'merchants_by_merchant'"
    // It is found, or the library refuses the file.
    do { #expect(try Self.difference(after: change) != nil) } catch is Fault {}
  }
}
