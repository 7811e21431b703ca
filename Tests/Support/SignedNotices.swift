// Notifications as the institutions would send them, signed with keys that tests make.

/// One sender an institution, each in a file of its own.
package enum SignedNotices {}
