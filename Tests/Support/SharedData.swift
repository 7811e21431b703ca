// Public test data that is not part of the product, where a developer has it beside the checkout.

import Glibc

/// Looks for shared test data; tests that need it are skipped where it is absent.
package enum SharedData {
  /// What to say where it is absent.
  package static let absence =
    "the shared vectors are absent: set SLUICE_SHARED to the folder that holds data/vectors"

  /// The path of something in the shared folder, nil where it does not exist.
  ///
  /// The folder is what SLUICE_SHARED names, otherwise `shared` beside the package's root.
  package static func path(_ relative: String) -> String? {
    let folder = unsafe getenv("SLUICE_SHARED").map { unsafe String(cString: $0) }
    let path = "\(folder ?? "\(packageRoot)/../shared")/\(relative)"
    return unsafe access(path, R_OK) == 0 ? path : nil
  }

  /// The package's root: three steps up from this file.
  package static var packageRoot: String {
    #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/\($1)" }
  }
}
