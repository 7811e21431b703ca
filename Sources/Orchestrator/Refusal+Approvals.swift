// What refusals of roles and of approvals say to a person.

import Events
import Text

extension Refusal {
  var approvalMessage: String {
    switch self {
    case .roleMissing(let roles):
      "this user has not the role \(roles.joined(separator: " or "))"
    default: name
    }
  }

  var approvalHint: String {
    switch self {
    case .roleMissing: "The file of `sluice serve --roles FILE` says who has which."
    default: ""
    }
  }
}
