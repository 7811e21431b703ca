// Who may reach into a vault.

import Glibc
import Platform
import Testing

@testable import Vault

@Suite struct VaultModeTests {
  @Test func `a vault is opened where nobody but its owner may reach into it`() throws {
    let folder = "/tmp/sluice-vault-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    defer {
      for name in ["/accounts", "/names.key", "/keys", "/words", "/erasing", ""] {
        _ = unsafe remove(folder + name)
      }
    }
    try Vault(folder).addAccounts()
    for path in [folder, folder + "/names.key", folder + "/accounts"] {
      #expect(try !SystemDisk().isOpenToOthers(path), "\(path)")
    }
    for mode: mode_t in [0o701, 0o704, 0o710, 0o740, 0o755, 0o777] {
      #expect(unsafe chmod(folder, mode) == 0)
      let fault = #expect(throws: VaultFault.self) { try Vault(folder) }
      #expect(fault == .openToOthers(folder))
      #expect(fault.map { "\($0)".contains("chmod 700 \(folder)") } == true)
    }
    #expect(unsafe chmod(folder, 0o700) == 0)
    #expect(try Vault(folder).hasAccounts)
  }

  @Test func `a vault of another user is not opened, whatever its modes`() throws {
    let folder = "/tmp/sluice-vault-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    defer { _ = unsafe remove(folder) }
    try SystemDisk().makeDirectory(folder)
    // Only root can give a folder away; for everybody else the system's folders are another's.
    let isRoot = geteuid() == 0
    #expect(unsafe !isRoot || chown(folder, 4_711, 4_711) == 0)
    let path = isRoot ? folder : "/usr"
    let fault = #expect(throws: VaultFault.self) { try Vault(path) }
    #expect(fault == .ofAnother(path))
    #expect(fault.map { "\($0)".contains("chown -R USER \(path)") } == true)
  }
}
