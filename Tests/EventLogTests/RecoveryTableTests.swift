// The table of recovery, enumerated.

import EventLog
import Testing

@Suite struct RecoveryTableTests {
  static var findings: [Recovery.Finding] {
    var all: [Recovery.Finding] = []
    for place in Recovery.Place.allCases {
      for stands in Recovery.Stands.allCases {
        for later in Recovery.Later.allCases {
          for mark in Recovery.Mark.allCases {
            for ending in Recovery.Ending.allCases {
              all.append(
                Recovery.Finding(
                  place: place, stands: stands, later: later, mark: mark, ending: ending))
            }
          }
        }
      }
    }
    return all
  }

  @Test func `R4: every finding matches exactly one row`() {
    #expect(RecoveryTableTests.findings.count == 108)
    for finding in RecoveryTableTests.findings {
      let matching = Recovery.rows.filter { $0.matches(finding) }
      #expect(matching.count == 1, "\(finding) matches \(matching.count) rows")
    }
  }

  @Test func `R4: every row is reached by some finding`() {
    for (index, row) in Recovery.rows.enumerated() {
      #expect(RecoveryTableTests.findings.contains { row.matches($0) }, "row \(index)")
    }
  }

  @Test func `R4: only dirt at the end of the last segment is ever torn`() {
    for finding in RecoveryTableTests.findings where Recovery.decide(finding) == .torn {
      #expect(finding.place == .last && finding.stands == .dirt)
      #expect(finding.later == .none && finding.mark != .ahead && finding.ending != .seal)
    }
  }

  @Test func `R7: a mark ahead of the log is refused whatever else is found`() {
    for finding in RecoveryTableTests.findings where finding.mark == .ahead {
      #expect(Recovery.decide(finding) == .corrupt(.acknowledgedDataMissing))
    }
  }
}
