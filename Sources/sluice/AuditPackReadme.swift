// What an auditor types: the page that lies in every pack.

import Audit
import EventLog
import Merkle

/// README.md of a pack.
struct AuditPackReadme {
  let head: Checkpoint
  /// Who signed the pack.
  let key: NoteKey
  let hasReader: Bool
  /// The ids of the plans.
  let rollouts: [String]

  var text: String {
    [about, contents, ours, reader, openssl, others, notShown].filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  /// The key as a word of a shell: a name may hold a quote.
  private var word: String { "'\(key.text.replacing("'", with: #"'\''"#))'" }

  private var about: String {
    """
    # An audit pack of \(head.origin)

    The first \(head.head.size) events of the log, up to the signed head in `tiles/checkpoint`, \
    and what follows from them. The root over them is `\(head.head.root.base64)`.

    Everything here is checked by signatures of this key:

    ```
    \(key.text)
    ```

    Get the key by another way than this pack (`sluice init` printed it, and the log's owner \
    publishes it), compare, and put it into the commands below. The key in this pack proves only \
    that the pack agrees with itself.

    """
  }

  private var contents: String {
    let plans =
      rollouts.isEmpty
      ? ""
      : "| `plans/` | each version of each plan (\(rollouts.joined(separator: ", "))), byte for "
        + "byte as it was announced |\n"
    let readers =
      hasReader
      ? "| `catalogue/`, `verify.py`, `rebuild_root.go` | readers that share no code with the "
        + "product, and what they read events by |\n" : ""
    return """
      ## What is here

      | path | what |
      |---|---|
      | `tiles/` | every event in bundles of 256, and the hashes over them (c2sp.org/tlog-tiles) |
      | `log.vkey` | the log's public keys, the one in use last |
      | `checkpoints/` | signed heads of fixed moments: ends of days, waves, pauses, roll-backs |
      | `policy` | whose signatures make a head good (c2sp.org/tlog-policy) |
      \(plans)| `dumps/` | every table at the head, as CSV, with its signed manifest |
      \(readers)| `pack.note` | SHA-256 of every file above, signed; no other belongs here |

      """
  }

  private var ours: String {
    """
    ## With sluice

    ```
    sluice verify --pack . --vkey \(word)
    ```

    It checks every signature and every byte, rebuilds all tiles from the events, folds the \
    events again and prints each dump anew. Exit code 0: all is as it should be; 3: the first bad \
    file is named.

    Who has the log itself makes one dump again from it:

    ```
    sluice report verify dumps/merchants.csv.manifest.note --data LOG --vkey \(word)
    ```

    """
  }

  private var reader: String {
    guard hasReader else {
      return """
        ## With the independent reader

        `verify.py` and `catalogue/` were not at hand when this pack was made. They are \
        `tools/verify.py` and `events/catalogue` of the product's source.

        """
    }
    return """
      ## With the independent reader

      ```
      python3 verify.py --pack . --catalogue catalogue --vkey \(word)
      ```

      """
  }

  private var openssl: String {
    """
    ## With openssl alone (3.0 or later)

    ```
    sed '/^$/,$d' pack.note > /tmp/pack.text
    sed -n 's/^\u{2014} [^ ]* //p' pack.note | base64 -d | tail -c 64 > /tmp/pack.sig
    { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
      printf %s \(word) | cut -d+ -f3- | base64 -d | tail -c 32; } > /tmp/log.der
    openssl pkeyutl -verify -pubin -inkey /tmp/log.der -keyform DER -rawin \\
      -in /tmp/pack.text -sigfile /tmp/pack.sig
    tail -n +2 /tmp/pack.text | sha256sum --quiet -c
    ```

    All but the last line check a `.manifest.note` as well. The `sha256` in the \
    manifest of a CSV file is that of the whole file.

    """
  }

  private var others: String {
    let program =
      hasReader
      ? """
      `rebuild_root.go` needs no tile client: it hashes the events themselves.

      ```
      mkdir /tmp/audit && cp rebuild_root.go /tmp/audit && (cd /tmp/audit \\
        && go mod init audit && go get golang.org/x/mod@latest && go build -o rebuild .)
      /tmp/audit/rebuild tiles \(word)
      ```

      """ : ""
    return """
      ## With Go

      Only golang.org/x/mod 0.40.0 or later, or the Go toolchain 1.25.13, 1.26.6, 1.27.0 or \
      later: the tile client before them takes forged tiles for good ones (CVE-2026-56865; Debian \
      12's golang-golang-x-mod-dev 0.7.0 has it).

      ```
      printf %s \(word) > /tmp/log.vkey
      go run github.com/transparency-dev/tessera/cmd/fsck@latest --ui=false -v=1 \\
        --storage_url="file://$PWD/tiles/" --public_key=/tmp/log.vkey
      ```

      prints `fsck failed` and why, or the ranges that it completed.

      \(program)
      """
  }

  private var notShown: String {
    """
    ## What none of this shows

    - That the log ends where this pack ends, or that nobody was given another log. Keep \
    `tiles/checkpoint` and hold the next pack against it: \
    `sluice verify --pack NEXT --checkpoint KEPT`.
    - That what the events say happened outside. An institution's statement, laid beside \
    `dumps/reconciliation.csv`, tells of payments.
    - That the log was not written anew before its first head was signed and handed out.

    """
  }
}
