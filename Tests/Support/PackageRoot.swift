/// Where the checkout under test lies.
package enum PackageRoot {
  /// The path of a file or folder of the checkout.
  package static func path(_ relative: String) -> String {
    // This file is Tests/Support/PackageRoot.swift: two folders up is the root.
    var parts = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return (parts + [Substring(relative)]).joined(separator: "/")
  }
}
