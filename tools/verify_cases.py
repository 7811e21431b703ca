"""Cases that tools/verify.py must accept and refuse: published vectors, and cases of its own.

The vectors are other people's; where they are absent that is said and the rest is tried. The cases
of its own are signed here with keys made here: notes, tree heads, policies, proofs, tiles,
manifests and audit packs, each whole and then with one thing wrong. The tiles that are written here
stand in for those of the product where a reader from outside the project is tried without it.
"""

import base64
import copy
import hashlib
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import verify
from demo import ROOT

GOLDEN = ROOT / "events" / "golden" / "every-kind-5"
CATALOGUE = ROOT / "events" / "catalogue"


class Wrong(Exception):
    """A case that went another way than it must."""


# -- keys and notes --------------------------------------------------------------------------


def packed(point):
    x, y, z, _ = point
    inverse = pow(z, -1, verify.PRIME)
    x, y = x * inverse % verify.PRIME, y * inverse % verify.PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


def at_base(scalar):
    return packed(verify.multiple(
        scalar, verify.on_curve(4 * pow(5, -1, verify.PRIME) % verify.PRIME, 0)))


def secret_of(seed):
    digest = bytearray(hashlib.sha512(seed).digest())
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    return int.from_bytes(digest[:32], "little"), bytes(digest[32:])


def ed25519_sign(seed, message):
    """The signature of RFC 8032 by the key of a 32-byte seed."""
    scalar, prefix = secret_of(seed)
    nonce = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % verify.ORDER
    public, begun = at_base(scalar), at_base(nonce)
    challenge = int.from_bytes(hashlib.sha512(begun + public + message).digest(), "little")
    return begun + ((nonce + challenge * scalar) % verify.ORDER).to_bytes(32, "little")


class Signer:
    """A key of a test: of a log, or of a witness."""

    def __init__(self, name, number, kind=verify.PLAIN):
        self.name, self.seed, self.kind = name.encode(), number.to_bytes(32, "big"), kind
        self.public = at_base(secret_of(self.seed)[0])
        data = bytes([kind]) + self.public
        self.id = hashlib.sha256(self.name + b"\n" + data).digest()[:4]
        self.vkey = b"%s+%s+%s" % (self.name, self.id.hex().encode(), base64.b64encode(data))
        self.key = verify.key_of(self.vkey)

    def line(self, text, seconds=1_700_000_000):
        """Its signature line under a text."""
        if self.kind == verify.COSIGNATURE:
            message = b"cosignature/v1\ntime %d\n" % seconds + text
            signature = struct.pack(">Q", seconds) + ed25519_sign(self.seed, message)
        else:
            signature = ed25519_sign(self.seed, text)
        return b"\xe2\x80\x94 %s %s\n" % (self.name, base64.b64encode(self.id + signature))


def note(text, *signers):
    return text + b"\n" + b"".join(signer.line(text) for signer in signers)


def head_text(origin, size, root):
    return b"%s\n%d\n%s\n" % (origin, size, base64.b64encode(root))


# -- trees and tiles -------------------------------------------------------------------------


def leaf_of(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def root_of(leaves):
    """RFC 6962 section 2.1, as it is written there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.sha256().digest()
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    return verify.node(root_of(leaves[:middle]), root_of(leaves[middle:]))


def inclusion(index, leaves):
    """Section 2.1.1."""
    if len(leaves) < 2:
        return []
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if index < middle:
        return inclusion(index, leaves[:middle]) + [root_of(leaves[middle:])]
    return inclusion(index - middle, leaves[middle:]) + [root_of(leaves[:middle])]


def consistency(old, leaves, is_whole=True):
    """Section 2.1.2."""
    if old == len(leaves):
        return [] if is_whole else [root_of(leaves)]
    middle = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= middle:
        return consistency(old, leaves[:middle], is_whole) + [root_of(leaves[middle:])]
    return consistency(old - middle, leaves[middle:], False) + [root_of(leaves[:middle])]


def bundle(entries):
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def put(path, data):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_tiles(folder, entries, signers, origin):
    """A folder of tiles over entries and its checkpoint; the leaves."""
    leaves = [leaf_of(entry) for entry in entries]
    for number in range((len(entries) + 255) // 256):
        part = entries[256 * number:256 * number + 256]
        put(Path(folder, verify.tile_name("entries", number, len(part))), bundle(part))
    level, hashes = 0, leaves
    while hashes:
        for number in range((len(hashes) + 255) // 256):
            part = hashes[256 * number:256 * number + 256]
            put(Path(folder, verify.tile_name(level, number, len(part))), b"".join(part))
        whole = len(hashes) // 256
        hashes = [root_of(hashes[256 * number:256 * number + 256]) for number in range(whole)]
        level += 1
    text = head_text(origin, len(entries), root_of(leaves))
    put(Path(folder, "checkpoint"), note(text, *signers))
    return leaves


def forge(folder, position, size):
    """Changes an event, its leaf, and that leaf's parent: what x/mod 0.7.0 did not see."""
    number, index = divmod(position, 256)
    width = min(256, size - 256 * number)
    path = Path(folder, verify.tile_name("entries", number, width))
    data, at = bytearray(path.read_bytes()), 0
    for _ in range(index):
        at += 2 + int.from_bytes(data[at:at + 2], "big")
    end = at + 2 + int.from_bytes(data[at:at + 2], "big")
    data[end - 1] ^= 1
    path.write_bytes(data)
    path = Path(folder, verify.tile_name(0, number, width))
    tile = bytearray(path.read_bytes())
    tile[32 * index:32 * index + 32] = leaf_of(bytes(data[at + 2:end]))
    path.write_bytes(tile)
    if width == 256:
        above = min(256, (size >> 8) - (number >> 8 << 8))
        path = Path(folder, verify.tile_name(1, number >> 8, above))
        parent = bytearray(path.read_bytes())
        at = number % 256 * 32
        parent[at:at + 32] = root_of([bytes(tile[n:n + 32]) for n in range(0, 8192, 32)])
        path.write_bytes(parent)


# -- how a case is held against its verdict ----------------------------------------------------


class Cases:
    """Counts what was tried; stops at the first case that goes the other way."""

    def __init__(self, folder):
        self.folder, self.count, self.missing = Path(folder), 0, []

    def accept(self, name, act):
        self.count += 1
        try:
            return act()
        except (verify.Damage, verify.Unreadable, ValueError) as error:
            raise Wrong(f"{name}: must be accepted: {getattr(error, 'line', error)}")

    def refuse(self, name, act, *words):
        """It must be refused, with these words in what is said."""
        self.count += 1
        try:
            act()
        except (verify.Damage, ValueError) as error:
            said = getattr(error, "line", str(error))
            for word in words:
                if word not in said:
                    raise Wrong(f"{name}: refused without a word of {word!r}: {said}")
            return
        raise Wrong(f"{name}: must be refused")

    def same(self, name, expected, actual):
        self.count += 1
        if expected != actual:
            raise Wrong(f"{name}: {expected!r} expected, {actual!r} found")

    def file(self, name, data):
        path = self.folder / name
        put(path, data)
        return str(path)

    def clean(self, name):
        path = self.folder / name
        shutil.rmtree(path, ignore_errors=True)
        return path


def trust(*signers, policy=None):
    return verify.Trust([signer.key for signer in signers], policy)


# -- published vectors ---------------------------------------------------------------------------


def vectors(cases):
    shared = Path(os.environ.get("SLUICE_SHARED") or ROOT.parent / "shared")
    folder = shared / "data" / "vectors"
    if not (folder / "README.md").exists():
        cases.missing.append(f"the published vectors ({folder}): set SLUICE_SHARED to the folder "
                             "that holds data/vectors")
        return
    merkle_vectors(cases, folder / "merkle-proofs")
    tree_vectors(cases, json.loads((folder / "rfc6962-tree.json").read_text()))
    note_vectors(cases, json.loads((folder / "sumdb-note.json").read_text()))
    format_vectors(cases, json.loads((folder / "formats-tables.json").read_text()))
    c2sp_vectors(cases, json.loads((folder / "c2sp-examples.json").read_text()))


def merkle_vectors(cases, folder):
    for path in sorted(folder.glob("inclusion/**/*.json")):
        case = json.loads(path.read_text())
        root, leaf, *proof = [base64.b64decode(text or "") for text in
                              [case["root"], case["leafHash"], *(case["proof"] or [])]]
        # A hash of another length is refused where a file is read; here it is looked at.
        whole = all(len(digest) == 32 for digest in [root, leaf, *proof])
        cases.same(str(path), not case["wantErr"], whole and verify.included(
            case["leafIdx"], case["treeSize"], leaf, proof, root))
    for path in sorted(folder.glob("consistency/**/*.json")):
        case = json.loads(path.read_text())
        one, two, *proof = [base64.b64decode(text or "") for text in
                            [case["root1"], case["root2"], *(case["proof"] or [])]]
        # From the empty tree no proof says anything: check_consistency asks for none.
        holds = case["size1"] > 0 and verify.consistent(
            case["size1"], case["size2"], one, two, proof)
        cases.same(str(path), not case["wantErr"], holds)
    subtree_vectors(cases, folder)


def is_subtree(start, end):
    """Whether a part of a tree begins where one of its size can."""
    width = 1
    while width < end - start:
        width *= 2
    return 0 <= start < end and start % width == 0


def grew_from_part(case, part, whole, proof):
    """Whether a tree has a subtree as it is (Merkle Tree Certificates, section 4.4.3).

    Nothing here makes or reads such proofs; the vectors are there, and the hashes are the reader's.
    """
    start, end, size = case["start"], case["end"], case["size"]
    if start == end:
        return not proof and part == hashlib.sha256().digest()
    if not is_subtree(start, end) or end > size:
        return False
    first, last, top = start, end - 1, size - 1
    while first != last and (last == top or last & 1):
        first, last, top = first >> 1, last >> 1, top >> 1
    if first != last and not proof:
        return False
    old = new = part if first == last else proof.pop(0)
    for digest in proof:
        if top == 0:
            return False
        if last & 1 or last == top:
            old = verify.node(digest, old) if first < last else old
            new = verify.node(digest, new)
            while last and not last & 1:
                first, last, top = first >> 1, last >> 1, top >> 1
        else:
            new = verify.node(new, digest)
        first, last, top = first >> 1, last >> 1, top >> 1
    return top == 0 and old == part and new == whole


def subtree_vectors(cases, folder):
    for path in sorted(folder.glob("subtreeinclusion/**/*.json")):
        case = json.loads(path.read_text())
        root, leaf, *proof = [base64.b64decode(text or "") for text in
                              [case["root"], case["leafHash"], *(case["proof"] or [])]]
        start, end, index = case["start"], case["end"], case["leafIdx"]
        whole = all(len(digest) == 32 for digest in [root, leaf, *proof])
        cases.same(str(path), not case["wantErr"], whole and is_subtree(start, end)
                   and start <= index < end
                   and verify.included(index - start, end - start, leaf, proof, root))
    for path in sorted(folder.glob("subtreeconsistency/**/*.json")):
        case = json.loads(path.read_text())
        part, whole, *proof = [base64.b64decode(text or "") for text in
                               [case["root1"], case["root2"], *(case["proof"] or [])]]
        cases.same(str(path), not case["wantErr"], grew_from_part(case, part, whole, proof))


def tree_vectors(cases, vector):
    leaves = [leaf_of(bytes.fromhex(text)) for text in vector["leaf_inputs_hex"]]
    cases.same("leaves", vector["node_hashes_hex_by_level"][0], [leaf.hex() for leaf in leaves])
    for size, root in enumerate(vector["root_hashes_hex_by_size"]):
        tree = verify.Tree()
        for level, digest in verify.forest(0, leaves[:size]):
            tree.push(level, digest)
        cases.same(f"root of {size}", root, tree.root().hex())
    cases.same("leaf L123456", next(case["want"] for case in vector["hasher"]
                                    if "leaf_utf8" in case), leaf_of(b"L123456").hex())


def note_vectors(cases, vector):
    keys = {name: verify.key_of(text.encode()) for name, text in vector["vkeys"].items()}
    for text in vector["bad_vkeys"]:
        cases.refuse(text, lambda: verify.key_of(text.encode()))
    for case in vector["bad_notes"]:
        if "note_rule" in case:
            data = (vector["text"] + "\n" + vector["sig_lines"][0] * 101).encode()
        else:
            data = bytes.fromhex(case["note_hex"]) if "note_hex" in case else case["note"].encode()
        cases.refuse(case["why"], lambda: verify.Note("n", data).verify(keys.values()), "file n")
    for case in vector["good_notes"]:
        known = [keys[name] for name in case["known"]]
        found = cases.accept("a good note", lambda: verify.Note(
            "n", case["note"].encode()).verify(known))
        cases.same("who signed", case["verified"], [key.name.decode() for key, _ in found])
    for path, wanted in vector["tile_paths"]:
        # Their path has the height in front, and `data` for level -1, which is no level here.
        parts = path.split("/")
        found = verify.tile_of("/".join(parts[:1] + parts[2:]))
        if parts[2] == "data":
            wanted = None
        cases.same(path, wanted and wanted[1:3], found and list(found[:2]))


def format_vectors(cases, vector):
    for text, why in vector["tlog_proof_bad"]:
        cases.refuse(why, lambda: verify.proof_lines(
            "p", text.encode(), b"c2sp.org/tlog-proof@v1", b"index "), "file p")
    signer = Signer("Log", 1)
    for text in vector["checkpoint_bad"]:
        if text.endswith("\n"):
            signed = note(text.encode(), signer)
            cases.refuse(text, lambda: trust(signer).head("c", signed), "file c")
        cases.refuse(text, lambda: trust(signer).head("c", text.encode()), "file c")
    cases.accept("vkey", lambda: verify.key_of(vector["ed25519_key"]["vkey"].encode()))
    for text in vector["other_type_vkeys_must_be_refused_or_ignored"]:
        cases.refuse(text, lambda: verify.key_of(text.encode()))


def c2sp_vectors(cases, vector):
    one = vector["signed_note"]
    key = cases.accept("vkey", lambda: verify.key_of(one["vkey"].encode()))
    cases.accept("signed note", lambda: verify.Note("n", one["note"].encode()).verify([key]))
    one = vector["sum_golang_org"]
    key = verify.key_of(one["vkey"].encode())
    note_of_it = verify.Note("n", one["checkpoint"].encode())
    cases.accept("sum.golang.org", lambda: note_of_it.verify([key]))
    cases.same("its size", 35225469, note_of_it.head().size)
    cases.same("path", "tile/0/" + vector["path_1234067"], verify.tile_name(0, 1234067))


# -- notes, tree heads, policies and proofs --------------------------------------------------------


def notes(cases):
    log, other = Signer("a.test/log", 7), Signer("a.test/other", 8)
    # RFC 8032 section 7.1, test 1.
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    cases.same("RFC 8032", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
               "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
               ed25519_sign(seed, b"").hex())
    text = b"one\n\ntwo\n"
    whole = note(text, other, log)
    opened = cases.accept("a text with an empty line", lambda: verify.Note("n", whole))
    cases.same("its text", text, opened.text)
    cases.same("who signed", [log.key], [key for key, _ in opened.verify([log.key])])
    head = note(head_text(log.name, 3, bytes(32)), log)
    cases.accept("a tree head", lambda: trust(log).head("c", head))
    for at in range(len(head)):
        bad = head[:at] + bytes([head[at] ^ 1]) + head[at + 1:]
        cases.refuse(f"byte {at} of a tree head", lambda: trust(log).head("c", bad), "file c")
    for code in (*range(10), *range(11, 32)):
        cases.refuse(f"a signed text with byte {code}", lambda: verify.Note(
            "n", note(b"one\n%c\n" % code, log)), "signed note")
    cases.accept("a signed text with byte 127", lambda: verify.Note("n", note(b"\x7f\n", log)))
    root = base64.b64encode(bytes(32))
    for name, bad in (("an extension line", b"a.test/log\n3\n%s\nmore\n" % root),
                      ("an empty origin", b"\n3\n%s\n" % root),
                      ("a leading zero", b"a.test/log\n03\n%s\n" % root),
                      ("a sign", b"a.test/log\n+3\n%s\n" % root),
                      ("a size of 64 bits", b"a.test/log\n9223372036854775808\n%s\n" % root),
                      ("no padding", b"a.test/log\n3\n%s\n" % root[:-1]),
                      ("spare bits", b"a.test/log\n3\n%sB=\n" % root[:-2]),
                      ("31 bytes", b"a.test/log\n3\n%s\n" % base64.b64encode(bytes(31))),
                      ("another root of nothing", b"a.test/log\n0\n%s\n" % root),
                      ("another origin", b"a.test/lag\n3\n%s\n" % root)):
        cases.refuse(name, lambda: trust(log).head("c", note(bad, log)), "file c")
    for name, bad in (("a stranger's signature", note(text, other)),
                      ("two spaces", whole.replace(b" a.test/log ", b" a.test/log  ")),
                      ("CR", whole.replace(b"two\n", b"two\r\n")),
                      ("TAB", whole.replace(b"e", b"\t")),
                      ("a line behind", whole + b"\n"), ("no end of line", whole[:-1])):
        cases.refuse(name, lambda: verify.Note("n", bad).verify([log.key]), "file n")


def policies(cases):
    log = Signer("a.test/log", 7)
    w = [Signer(f"w.test/{n}", 20 + n, verify.COSIGNATURE) for n in range(4)]
    lines = [b"# a comment", b" log\t%s https://a.test/ " % log.vkey, b""]
    lines += [b"witness W%d %s" % (n, signer.vkey) for n, signer in enumerate(w)]
    front = b"\n".join(lines) + b"\ngroup G 2 W0 W1 W2\ngroup ALL all G W3\n"
    text = head_text(log.name, 3, bytes(32))

    def judged(policy, *signers):
        policy = verify.Policy("p", policy)
        policy.judge(verify.Trust((), policy).head("c", note(text, log, *signers)))

    for quorum, signers, holds in ((b"ALL", (0, 1, 3), True), (b"ALL", (0, 3), False),
                                   (b"ALL", (0, 1, 2), False), (b"G", (1, 2), True),
                                   (b"W3", (3,), True), (b"W3", (0,), False), (b"none", (), True)):
        way = cases.accept if holds else cases.refuse
        way(f"quorum {quorum} of {signers}", lambda: judged(
            front + b"quorum %s\n" % quorum, *[w[n] for n in signers]))
    policy = verify.Policy("p", front + b"quorum none\n")
    stranger = Signer("a.test/log", 9)
    cases.refuse("a log that the policy does not list", lambda: policy.judge(
        trust(stranger, policy=policy).head("c", note(text, stranger))), "policy p")
    cases.refuse("a witness alone", lambda: verify.Trust((), policy).head(
        "c", note(text, w[0])), "signature")
    wrong = Signer("w.test/3", 99, verify.COSIGNATURE)
    wrong.id = w[3].id
    cases.refuse("a cosignature that does not verify",
                 lambda: judged(front + b"quorum none\n", wrong), "signature")
    late = w[3].line(text, 2 ** 63)
    cases.refuse("a time above 2^63", lambda: verify.Trust((), verify.Policy(
        "p", front + b"quorum none\n")).head("c", note(text, log) + late), "signature")
    vkey = w[0].vkey
    for name, bad in (("no quorum", front), ("two", front + b"quorum G\nquorum G\n"),
                      ("an unknown one", front + b"quorum X\n"),
                      ("a member that follows", b"group G any W\nwitness W %s\nquorum G\n" % vkey),
                      ("a member twice", front + b"group H any W0\nquorum G\n"),
                      ("too many", front.replace(b"G 2", b"G 4") + b"quorum G\n"),
                      ("none of them", front.replace(b"G 2", b"G 0") + b"quorum G\n"),
                      ("none as a member", front + b"group H any none\nquorum G\n"),
                      ("a name twice", front + b"witness G %s\nquorum G\n" % vkey),
                      ("a key twice", front + b"witness X %s\nquorum G\n" % vkey),
                      ("a witness's key for a log", b"log %s\nquorum none\n" % vkey),
                      ("a log's key for a witness", b"witness W %s\nquorum W\n" % log.vkey),
                      ("a carriage return", front + b"quorum G\r\n"),
                      ("a byte 7f", front + b"#\x7f\nquorum G\n"),
                      ("no end of line", front + b"quorum G"),
                      ("an unknown word", front + b"delay 3\nquorum G\n")):
        cases.refuse("policy: " + name, lambda: verify.Policy("p", bad), "file p")


def proofs(cases):
    log = Signer("a.test/log", 7)
    entries = [b"entry %d" % n for n in range(70)]
    leaves = [leaf_of(entry) for entry in entries]
    encoded = lambda hashes: b"".join(base64.b64encode(digest) + b"\n" for digest in hashes)
    long = b"old 3\n" + encoded([bytes(32)] * 64) + b"\n"
    cases.refuse("64 hashes", lambda: verify.proof_lines("p", long, None, b"old "), "63 hashes",
                 "offset %d," % (6 + 63 * 45))
    for size in (1, 2, 3, 7, 8, 64, 70):
        head = note(head_text(log.name, size, root_of(leaves[:size])), log)
        for index in {0, size // 2, size - 1}:
            front = b"c2sp.org/tlog-proof@v1\nindex %d\n" % index
            hashes = inclusion(index, leaves[:size])
            path = cases.file("p", front + encoded(hashes) + b"\n" + head)
            entry = cases.file("e", entries[index])
            cases.accept("a proof", lambda: verify.check_proof(path, entry, trust(log)))
            extra = cases.file("p", front.replace(b"index", b"extra QUI=\nindex") + encoded(hashes)
                               + b"\n" + head)
            cases.accept("extra", lambda: verify.check_proof(extra, entry, trust(log)))
            for name, bad in (
                    ("another index", front.replace(b"index ", b"index 1") + encoded(hashes)),
                    ("one hash more", front + encoded(hashes + [leaves[0]])),
                    ("a zero in front", front.replace(b"index ", b"index 0") + encoded(hashes)),
                    ("a hash of 31 bytes", front + encoded(hashes + [bytes(31)]))) + ((
                        ("one hash less", front + encoded(hashes[:-1])),
                        ("a changed hash", front + encoded([bytes(32)] + hashes[1:]))
                    ) if hashes else ()):
                path = cases.file("p", bad + b"\n" + head)
                cases.refuse(name, lambda: verify.check_proof(path, entry, trust(log)), "proof")
            wrong = cases.file("e", entries[index] + b"!")
            path = cases.file("p", front + encoded(hashes) + b"\n" + head)
            cases.refuse("another entry", lambda: verify.check_proof(path, wrong, trust(log)))
        for old in {0, 1, 2, 3, size // 2, size - 1, size} & set(range(size + 1)):
            older = cases.file("old", note(head_text(log.name, old, root_of(leaves[:old])), log))
            hashes = consistency(old, leaves[:size]) if old else []
            path = cases.file("r", b"old %d\n" % old + encoded(hashes) + b"\n" + head)
            cases.accept("consistency", lambda: verify.check_consistency(older, path, trust(log)))
            path = cases.file("r", b"old %d\n" % old + encoded(hashes + [leaves[0]]) + b"\n" + head)
            cases.refuse("one hash more",
                         lambda: verify.check_consistency(older, path, trust(log)), "proof")
            elsewhere = Signer("b.test/log", 7)
            older = cases.file("old", note(head_text(elsewhere.name, old, root_of(leaves[:old])),
                                           elsewhere))
            path = cases.file("r", b"old %d\n" % old + encoded(hashes) + b"\n" + head)
            cases.refuse("another log", lambda: verify.check_consistency(
                older, path, trust(log, elsewhere)), "origin")
            if old:
                forged = cases.file("old", note(head_text(log.name, old, bytes(32)), log))
                path = cases.file("r", b"old %d\n" % old + encoded(hashes) + b"\n" + head)
                cases.refuse("another old root", lambda: verify.check_consistency(
                    forged, path, trust(log)), "proof of consistency")


# -- which events are a merchant's ----------------------------------------------------------------


def leaf_of_merchant(merchant, positions):
    chain = bytes(32)
    for position in positions:
        chain = hashlib.sha256(chain + position.to_bytes(8, "big")).digest()
    return verify.merchant_leaf(merchant, len(positions), positions[-1], chain)


def tree_event(size, leaves, actor=1, beyond=0):
    """A merchant-tree-committed as the catalogue has it."""
    kinds = verify.load_catalogue(CATALOGUE)
    kind = next(key for key, kind in kinds.items() if kind.name == "merchant-tree-committed")
    fields = struct.pack("<QQ", size, len(leaves)) + root_of([leaf_of(leaf) for leaf in leaves])
    length = verify.EVENT_HEAD + len(fields) + beyond
    head = struct.pack("<IIqqQ16s8sQIHH", kind | actor << 24, 0, 10 ** 18, 0, verify.NONE,
                       bytes(16), bytes(8), verify.NONE, 0, length, 0)
    return head + fields


def merchants(cases):
    log, kinds = Signer("a.test/log", 7), verify.load_catalogue(CATALOGUE)
    held = {b"b": [0, 3, 4], b"d": [1], b"shop 7": [2, 5], b"shop-1": [6],
            "中文店".encode(): [7, 8]}
    leaves = [leaf_of_merchant(*pair) for pair in sorted(held.items())]
    hashes = [leaf_of(leaf) for leaf in leaves]
    event = tree_event(9, leaves)
    log_leaves = [leaf_of(b"entry %d" % n) for n in range(9)] + [leaf_of(event), leaf_of(b"last")]
    head = note(head_text(log.name, 11, root_of(log_leaves)), log)
    text = lambda data: base64.b64encode(data).decode()

    def shown(merchant, positions, places, event=event, index=9):
        lines = ["sluice.example/merchant-proof@v1", "merchant " + text(merchant)]
        lines += ["position %d" % position for position in positions]
        for place in places:
            lines.append("leaf %d %s" % (place, text(leaves[place])))
            lines += [text(digest) for digest in inclusion(place, hashes)]
        lines += ["event " + text(event), "", "c2sp.org/tlog-proof@v1", "index %d" % index]
        lines += [text(digest) for digest in inclusion(index, log_leaves)]
        return "\n".join(lines + ["", ""]).encode() + head

    check = lambda data, wanted: verify.check_merchant(
        cases.file("m", data), wanted, trust(log), kinds)
    for place, (merchant, positions) in enumerate(sorted(held.items())):
        cases.accept("all events of a merchant", lambda: check(
            shown(merchant, positions, [place]), merchant))
    for merchant, places in ((b"a", [0]), (b"c", [0, 1]), (b"shop", [1, 2]), (b"shop-0", [2, 3]),
                             ("龙".encode(), [4])):
        cases.accept("no event", lambda: check(shown(merchant, [], places), merchant))
    for name, bad in (
            ("one left out", shown(b"b", [0, 4], [0])),
            ("one more", shown(b"b", [0, 3, 4, 5], [0])),
            ("another order", shown(b"b", [3, 0, 4], [0])),
            ("behind the tree", shown(b"b", [0, 3, 9], [0])),
            ("another's leaf", shown(b"b", [1], [1])),
            ("hidden between", shown(b"d", [], [0, 2])),
            ("hidden at the start", shown(b"b", [], [1])),
            ("hidden at the end", shown("中文店".encode(), [], [3])),
            ("one neighbour", shown(b"c", [], [0])), ("the other one", shown(b"c", [], [1])),
            ("no neighbour", shown(b"c", [], [])), ("its own leaf", shown(b"d", [], [1, 2])),
            ("the wrong way round", shown(b"c", [], [1, 0]))):
        wanted = base64.b64decode(bad.split(b"\n")[1][9:])
        cases.refuse(name, lambda: check(bad, wanted), "events of a merchant")
    cases.refuse("another event", lambda: check(shown(b"d", [1], [1], b"last", 10), b"d"), "event")
    cases.refuse("an event that is not there", lambda: check(
        shown(b"d", [1], [1], tree_event(8, leaves)), b"d"), "proof of the event")
    for name, event in (("an actor that is none", tree_event(9, leaves, actor=200)),
                        ("another length", tree_event(9, leaves, beyond=1))):
        cases.refuse(name, lambda: check(shown(b"d", [1], [1], event), b"d"), "event")
    cases.refuse("another tree", lambda: check(
        shown(b"d", [1], [1]).replace(text(hashes[0]).encode(), text(hashes[1]).encode()), b"d"),
        "leaf 1")
    for other in (b"d ", "d\u2060".encode(), b"D", b"b"):
        cases.refuse("another's proof", lambda: check(shown(b"d", [1], [1]), other), "merchant")
    nameless = shown(b"d", [1], [1]).replace(
        text(leaves[1]).encode(), text(b"\0" + leaves[1][2:]).encode())
    cases.refuse("a leaf of no name", lambda: check(nameless, b"d"), "leaf, an index")
    far = tree_event(10, leaves)
    far_log = log_leaves[:9] + [leaf_of(far), leaf_of(b"last")]
    far_head = note(head_text(log.name, 11, root_of(far_log)), log)
    lines = shown(b"d", [1], [1], far).split(b"\n\n")[0] + b"\n\n" + b"\n".join(
        [b"c2sp.org/tlog-proof@v1", b"index 9"]
        + [text(digest).encode() for digest in inclusion(9, far_log)]) + b"\n\n" + far_head
    cases.refuse("a tree of more than comes before it", lambda: check(lines, b"d"), "size")
    whole = shown(b"b", [0, 3, 4], [0])
    for at in range(len(whole) - len(head)):
        changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:]
        cases.refuse(f"byte {at} of a merchant's proof", lambda: check(changed, b"b"), "")


# -- tiles -------------------------------------------------------------------------------------


def tiles(cases):
    log = Signer("a.test/log", 7)
    check = lambda folder: list(verify.check_tiles(str(folder), trust(log), []))
    for size in (0, 1, 2, 255, 256, 257, 513):
        folder = cases.clean("tiles")
        write_tiles(folder, [b"entry %d" % n for n in range(size)], [log], log.name)
        cases.accept(f"tiles of {size}", lambda: check(folder))
        for path in sorted(folder.glob("tile/**/*")):
            if path.is_file():
                spoil(cases, folder, path, check)
    folder = cases.clean("tiles")
    write_tiles(folder, [b"entry %d" % n for n in range(300)], [log], log.name)
    put(folder / "tile/0/000.p/3", (folder / "tile/0/000").read_bytes()[:96])
    put(folder / "tile/entries/000.p/1", (folder / "tile/entries/000").read_bytes()[:9])
    cases.accept("partial tiles that were kept", lambda: check(folder))
    put(folder / "tile/0/000.p/3", bytes(96))
    cases.refuse("another partial tile", lambda: check(folder), "file tile/0/000.p/3")
    (folder / "tile/0/000.p/3").unlink()
    put(folder / "tile/entries/000.p/1", b"\0\7entry 1")
    cases.refuse("another partial bundle", lambda: check(folder), "file tile/entries/000.p/1")
    # 70,000 entries would take their time: the paths alone.
    names = {verify.tile_name(level, number, min(256, (70_000 >> 8 * level) - 256 * number))
             for level in range(3) for number in range(((70_000 >> 8 * level) + 255) // 256)}
    wanted = {verify.tile_name(0, number) for number in range(273)} | {
        "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"}
    cases.same("the tiles of 70,000", wanted, names)
    for name in ("tile/0/0", "tile/00/000", "tile/0/x000/000", "tile/64/000", "tile/0/000.p/0",
                 "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/1000", "tile/0/x001/x000",
                 "tile/entry/000", "tile/0/000.p"):
        cases.same(name, None, verify.tile_of(name))


def spoil(cases, folder, path, check):
    """One byte changed, one more, one less, none, no file: each must be refused by name."""
    name, whole = str(path.relative_to(folder)), path.read_bytes()
    seeded = random.Random(name)
    at = seeded.randrange(len(whole))
    flipped = whole[:at] + bytes([whole[at] ^ seeded.randrange(1, 256)]) + whole[at + 1:]
    for what, data in (("a byte changed", flipped), ("a byte more", whole + b"\0"),
                       ("a byte less", whole[:-1]), ("nothing", b"")):
        path.write_bytes(data)
        cases.refuse(f"{name}: {what}", lambda: check(folder), f"file {name},")
    path.unlink()
    cases.refuse(f"{name}: missing", lambda: check(folder), f"file {name},")
    path.write_bytes(whole)
    stranger = path.with_name("stranger")
    stranger.write_bytes(whole)
    cases.refuse(f"{name}: a stranger beside it", lambda: check(folder), "stranger")
    stranger.unlink()


def forged_tiles(cases):
    """A forged event with its leaf and that leaf's parent: the root alone tells."""
    log = Signer("a.test/log", 7)
    entries = [b"entry %d" % n for n in range(600)]
    for position in (0, 255, 256, 511, 512, 599):
        folder = cases.clean("tiles")
        write_tiles(folder, entries, [log], log.name)
        forge(folder, position, len(entries))
        cases.refuse(f"an event forged at {position}", lambda: list(verify.check_tiles(
            str(folder), trust(log), [])), "root of all entries")
        whole = cases.clean("other")
        write_tiles(whole, entries[:-1] + [b"another"], [log], log.name)
        put(folder / "checkpoint", (whole / "checkpoint").read_bytes())
        cases.refuse("another checkpoint", lambda: list(verify.check_tiles(
            str(folder), trust(log), [])))


# -- a log's folder, manifests and a pack ------------------------------------------------------


def golden_entries():
    """The events of a golden log, their bytes as they stand; and its audit."""
    kinds = verify.load_catalogue(str(CATALOGUE))
    audit = verify.Audit(str(GOLDEN), kinds, None, False, None)
    audit.run(verify.Here(), 1)
    entries = []
    for path in audit.paths:
        data, offset = Path(path).read_bytes(), verify.SEGMENT_HEADER
        while data[offset:offset + 4] == b"SLCF":
            count, length = struct.unpack_from("<II", data, offset + 64)
            at = offset + verify.FRAME_HEADER
            for _ in range(count):
                size = struct.unpack_from("<H", data, at + 68)[0]
                entries.append(data[at:at + size])
                at += size
            offset += verify.FRAME_HEADER + length
    return entries, audit, kinds


def sign_log(folder, leaves, log, sizes, last=None):
    """Puts keys and tree heads beside a log, as its daemon does."""
    heads = {size: note(head_text(log.name, size, root_of(leaves[:size])), log) for size in sizes}
    put(folder / "log.vkey", log.vkey + b"\n")
    put(folder / "checkpoint", heads[max(sizes)])
    put(folder / "last-signed", heads[max(sizes)])
    for size, data in heads.items():
        put(folder / "checkpoints" / ("%020d" % size), data)
    return heads


def audited(folder, kinds, given=(), keys=(), policy=None, upto=None, manifests=()):
    verify.mapped.cache_clear()
    believed = verify.Trust(keys, policy)
    heads = verify.Heads(str(folder), believed, given)
    manifests = [verify.Manifest(str(path), believed) for path in manifests]
    audit = verify.Audit(str(folder), kinds, upto, False, None, heads, manifests)
    audit.run(verify.Here(), 1)
    return "\n".join(verify.report(audit))


def heads_of_a_log(cases):
    entries, audit, kinds = golden_entries()
    leaves = [leaf_of(entry) for entry in entries]
    log = Signer(audit.fold.origin.decode(), 7)
    folder = cases.clean("log")
    shutil.copytree(GOLDEN, folder)
    heads = sign_log(folder, leaves, log, [1, 7, 85, 97, 98])
    said = cases.accept("a signed log", lambda: audited(folder, kinds))
    cases.same("no anchor", True, "no outside anchor given: truncation not excluded" in said)
    cases.same("keys of the folder", True, "of the folder's own log.vkey" in said)
    cases.same("coverage", True, "checkpoint, last-signed, 5 of checkpoints/" in said)
    kept = cases.file("kept", heads[85])
    said = cases.accept("an anchor", lambda: audited(folder, kinds, [kept], [log.key]))
    cases.same("it says so", True, "truncation before position 85 is excluded" in said
               and "no outside anchor" not in said)
    longer = cases.file("longer", note(head_text(log.name, 99, bytes(32)), log))
    cases.refuse("a log cut short", lambda: audited(folder, kinds, [longer]),
                 "end of the log before a signed tree head")
    fork = cases.file("fork", note(head_text(log.name, 85, bytes(32)), log))
    cases.refuse("a fork", lambda: audited(folder, kinds, [fork]), "root", "fork")
    elsewhere = Signer("b.test", 7)
    path = cases.file("elsewhere", note(head_text(b"b.test", 85, root_of(leaves[:85])), elsewhere))
    cases.refuse("the head of another log", lambda: audited(
        folder, kinds, [path], [log.key, elsewhere.key]), "origin", "elsewhere")
    said = cases.accept("heads behind --upto", lambda: audited(folder, kinds, [kept], upto=50))
    cases.same("no anchor that was not reached", True, "no outside anchor given" in said)
    stranger = Signer(log.name.decode(), 8)
    cases.refuse("keys that are not believed", lambda: audited(folder, kinds, (), [stranger.key]),
                 "signature")
    put(folder / "last-signed", heads[97])
    cases.refuse("a checkpoint ahead", lambda: audited(folder, kinds), "behind last-signed")
    put(folder / "last-signed", heads[98])
    (folder / "checkpoints" / ("%020d" % 97)).rename(folder / "checkpoints" / ("%020d" % 96))
    cases.refuse("another name", lambda: audited(folder, kinds), "name of a checkpoint")
    (folder / "checkpoints" / ("%020d" % 96)).rename(folder / "checkpoints" / ("%020d" % 97))
    put(folder / "checkpoints" / "notes.txt", b"")
    cases.refuse("a stranger", lambda: audited(folder, kinds), "notes.txt")
    (folder / "checkpoints" / "notes.txt").unlink()
    put(folder / "log.vkey", Signer("b.test", 7).vkey + b"\n" + log.vkey + b"\n")
    cases.refuse("a key of another name", lambda: audited(folder, kinds), "log.vkey")
    shutil.rmtree(folder / "checkpoints")
    for name in ("log.vkey", "checkpoint", "last-signed", "checkpoints/%020d" % 85):
        sign_log(folder, leaves, log, [85, 98])
        whole = (folder / name).read_bytes()
        for at in range(len(whole)):
            put(folder / name, whole[:at] + bytes([whole[at] ^ 1 + at % 255]) + whole[at + 1:])
            cases.refuse(f"byte {at} of {name}", lambda: audited(folder, kinds), f"file {name},")
        put(folder / name, whole)
    manifests_of_a_log(cases, folder, kinds, log, leaves, audit)


def edges_and_slots(cases):
    """What `tree` and sync.mark say with right checksums, or where no clean end followed."""
    _, _, kinds = golden_entries()
    folder = cases.clean("log")
    shutil.copytree(GOLDEN, folder)
    whole = (folder / "tree").read_bytes()
    edge = verify.Edge(4096, whole[4096:])
    for name, at in (("root", 24), ("link", 8)):
        body = bytearray(edge.encoded[4:])
        body[at - 4] ^= 1
        put(folder / "tree", whole[:4096] + struct.pack("<I", verify.crc32c(bytes(body))) + body
            + edge.rest)
        cases.refuse(f"an edge with another {name}", lambda: audited(folder, kinds),
                     "edge of the tree", "file tree,")
    put(folder / "tree", whole)
    (folder / "tree").write_bytes(whole[:4096])
    cases.accept("no edge of a clean end", lambda: audited(folder, kinds))
    put(folder / "tree", whole)
    mark = (folder / "sync.mark").read_bytes()
    put(folder / "sync.mark", mark[:40] + b"\xff" + mark[41:])
    cases.refuse("a bad slot after a clean end", lambda: audited(folder, kinds), "file sync.mark,")
    put(folder / "sync.mark", mark + b"\0")
    cases.refuse("a longer mark", lambda: audited(folder, kinds), "file sync.mark, offset 1024")
    torn = cases.clean("torn")
    shutil.copytree(GOLDEN.parent / "torn", torn)
    mark = (torn / "sync.mark").read_bytes()
    put(torn / "sync.mark", mark[:512 + 40] + b"\xff" + mark[512 + 41:])
    said = cases.accept("a bad slot after a crash", lambda: audited(torn, kinds))
    cases.same("it is told of", True, "slot 1 of sync.mark, at offset 512" in said)


def keys_of_a_log(cases):
    """A log whose key was changed once, and the witnesses of its checkpoint."""
    entries, audit, kinds = golden_entries()
    leaves = [leaf_of(entry) for entry in entries]
    name = audit.fold.origin.decode()
    old, new = Signer(name, 7), Signer(name, 8)
    folder = cases.clean("log")
    shutil.copytree(GOLDEN, folder)
    sign_log(folder, leaves, old, [85])
    text = head_text(old.name, 98, root_of(leaves))
    put(folder / "log.vkey", old.vkey + b"\n" + new.vkey + b"\n")
    for file in ("checkpoint", "last-signed", "checkpoints/%020d" % 98):
        put(folder / file, note(text, old, new))
    said = cases.accept("two keys", lambda: audited(folder, kinds))
    cases.same("how many", True, "keys      2 of the folder's own log.vkey" in said)
    said = cases.accept("the old key alone", lambda: audited(folder, kinds, (), [old.key]))
    cases.same("what is not believed", True, "names 1 keys that are not believed" in said)
    said = cases.accept("a third key", lambda: audited(
        folder, kinds, (), [old.key, new.key, Signer("x", 3).key]))
    cases.same("what the folder does not have", True, "1 keys as given are not in log" in said)
    cases.refuse("the new key alone: the older head is of the other", lambda: audited(
        folder, kinds, (), [new.key]), "checkpoints/%020d" % 85)
    for data, word in ((old.vkey + b"\n", "key id"), (old.vkey + b"\n" + new.vkey, "end of line"),
                       (old.vkey + b"\n" + old.vkey + b"\n", "twice"), (b"\n", "vkey"), (b"", "")):
        put(folder / "log.vkey", data)
        cases.refuse("log.vkey %r" % data[-9:], lambda: audited(folder, kinds), word)
    put(folder / "log.vkey", old.vkey + b"\n" + new.vkey + b"\n")
    witness = Signer("w.test/1", 31, verify.COSIGNATURE)
    policy = verify.Policy("p", b"log %s\nwitness W %s\nquorum W\n" % (new.vkey, witness.vkey))
    cases.refuse("no witness", lambda: audited(folder, kinds, (), [old.key, new.key], policy),
                 "policy p")
    put(folder / "checkpoint", note(text, old, new, witness))
    said = cases.accept("a witness", lambda: audited(
        folder, kinds, (), [old.key, new.key], policy))
    cases.same("who", True, "satisfied by checkpoint (W at 2023-11-14T22:13:20" in said)
    cases.accept("a witness nobody asks of", lambda: audited(folder, kinds))
    vouched_keys(cases, kinds, leaves, old, new)


def named_as(signer, origin):
    """A signer whose text says another origin than its name."""
    other = copy.copy(signer)
    other.origin = origin
    return other


def vouched_keys(cases, kinds, leaves, old, new):
    """What the log says of its keys: a believed head vouches for those named before it."""
    roots = {size: root_of(leaves[:size]) for size in (85, 98)}

    def judge(heads, named, lost=(), origins=(), keys=(old,), is_kept=False):
        fold = verify.Fold(kinds)
        fold.origins = {old.name, *origins}
        fold.keys_named, fold.lost = [(at, signer.key) for at, signer in named], set(lost)
        notes = [verify.Note(f"head-{size}", note(head_text(
            getattr(signers[0], "origin", signers[0].name), size, root), *signers))
                 for size, root, *signers in heads]
        believed = verify.Trust([signer.key for signer in keys])
        pairs = [(one, one.head()) for one in notes]
        return believed.judge_heads(*(([], pairs) if is_kept else (pairs, [])), fold, roots, 98,
                                    True)

    first, second = (85, roots[85], old), (98, roots[98], new)
    found = cases.accept("a key that is vouched for", lambda: judge([second, first], [(84, new)]))
    cases.same("in their order", [85, 98], [signed.head.size for signed in found])
    cases.refuse("a key named behind the head", lambda: judge([first, second], [(85, new)]),
                 "file head-98,")
    cases.refuse("a key that nobody names", lambda: judge([first, second], []), "file head-98,")
    cases.refuse("nobody vouches", lambda: judge([second], [(84, new)]), "file head-98,")
    cases.refuse("a voucher whose root is wrong", lambda: judge(
        [(85, bytes(32), old), second], [(84, new)]), "root, file head-85,")
    cases.refuse("a fork", lambda: judge([first, (98, bytes(32), old)], []), "root, file head-98,")
    cases.accept("a head that the log says it lost", lambda: judge(
        [first, (98, bytes(32), old)], [], [(98, bytes(32))]))
    cases.refuse("a head kept elsewhere that the log says it lost", lambda: judge(
        [first, (98, bytes(32), old)], [], [(98, bytes(32))], is_kept=True), "root, file head-98,")
    cases.refuse("another root than the one lost", lambda: judge(
        [first, (98, bytes(31) + b"1", old)], [], [(98, bytes(32))]), "root, file head-98,")
    other = Signer("c.test", 5)
    later = (98, roots[98], other)
    cases.refuse("a name that the log does not have", lambda: judge(
        [first, later], [], keys=(old, other)), "origin")
    cases.accept("a name that it took", lambda: judge(
        [first, later], [(84, other)], origins=[other.name], keys=(old, other)))
    cases.refuse("a head under the name of another believed key", lambda: judge(
        [(98, roots[98], named_as(new, old.name)), first], [], keys=(old, other)), "head-98")
    cases.refuse("a head signed by a believed key of another name", lambda: judge(
        [first, (98, roots[98], named_as(other, old.name))], [], origins=[other.name],
        keys=(old, other)), "file head-98,")
    cases.refuse("which its old key does not vouch for", lambda: judge(
        [first, later], [(84, other)], origins=[other.name]), "file head-98,")


def command_line(cases):
    """Exit codes, and what the closing lines say."""
    entries, audit, kinds = golden_entries()
    log = Signer(audit.fold.origin.decode(), 7)
    folder, pack = cases.clean("log"), cases.clean("pack")
    shutil.copytree(GOLDEN, folder)
    leaves = [leaf_of(entry) for entry in entries]
    heads = sign_log(folder, leaves, log, [85, 98])
    write_pack(pack, entries, kinds, log, audit)
    kept, vkey = cases.file("kept", heads[85]), ["--vkey", log.vkey.decode()]
    other = ["--vkey", Signer(log.name.decode(), 8).vkey.decode()]
    proof = cases.file("p.tlog-proof", b"c2sp.org/tlog-proof@v1\nindex 3\n" + b"".join(
        base64.b64encode(digest) + b"\n" for digest in inclusion(3, leaves)) + b"\n" + heads[98])
    entry = cases.file("e", entries[3])
    request = cases.file("r", b"old 85\n" + b"".join(
        base64.b64encode(digest) + b"\n" for digest in consistency(85, leaves))
        + b"\n" + heads[98])
    rows = [
        (0, [folder], "no outside anchor given"),
        (0, [folder, "--checkpoint", kept], "before position 85 is excluded"),
        (0, [folder, *vkey], "+%s, as given" % log.id.hex()),
        (3, [folder, *other], "DAMAGED: signature"),
        (0, ["--tiles", pack / "tiles", *vkey], "every byte compared"),
        (0, ["--tiles", pack / "tiles", "--checkpoint", kept, *vkey], "before position 85"),
        (3, ["--tiles", pack / "tiles", *other], "DAMAGED: signature"),
        (0, ["--pack", pack], "no other there"), (0, ["--pack", pack, *vkey], "no other there"),
        (3, ["--pack", pack, *other], "DAMAGED: signature"),
        (0, ["--proof", proof, "--entry", entry, *vkey], "it stands at position 3 of 98"),
        (3, ["--proof", proof, "--entry", kept, *vkey], "DAMAGED: proof"),
        (0, ["--consistency", kept, request, *vkey], "the first 85 events of 98"),
        (3, ["--consistency", folder / "checkpoint", request, *vkey], "DAMAGED: old size"),
        (2, [], "usage"), (2, [folder, "--tiles", pack], "usage"), (2, ["--proof", proof], "usage"),
        (2, ["--tiles", pack / "tiles"], "usage"), (2, [folder, "--vkey", "a+b+c"], "no vkey"),
        (2, ["--pack", pack, "--manifest", kept], "usage"),
        (4, [cases.folder / "nothing"], "cannot read"),
        (4, ["--proof", cases.folder / "nothing", "--entry", entry, *vkey], "cannot read")]
    for code, words, word in rows:
        done = subprocess.run([sys.executable, verify.__file__, *map(str, words)],
                              capture_output=True, text=True)
        cases.same(f"exit of {words}: {done.stdout}{done.stderr}", code, done.returncode)
        cases.same(f"{word!r} in what {words} says: {done.stdout}", True,
                   word in done.stdout + done.stderr)
    # The reader that lies in a pack, with the catalogue that lies there.
    done = subprocess.run([sys.executable, pack / "verify.py", "--pack", pack, *vkey],
                          capture_output=True, text=True)
    cases.same("the pack's own reader", 0, done.returncode)


def manifest_note(log, audit, leaves, position, dump, content, rows, time, /, **changed):
    values = {"dump": dump, "format": "csv", "format_version": 1, "projection_version": 1,
              "log_origin": log.name.decode(), "log_id": audit.fold.log_id, "position": position,
              "root": base64.b64encode(root_of(leaves[:position])).decode(), "log_time": time,
              "parameters": {}, "order": "number", "rows": rows,
              "sha256": hashlib.sha256(content).hexdigest(), "release": "test", **changed}
    return note(b"sluice.manifest/v1\n" + json.dumps(values).encode() + b"\n", log)


def dumps_at(kinds, entries, position, names):
    """Dumps of the first events as CSV, with rows and time."""
    events = verify.Events(kinds, None, {position: set(names)})
    for number, entry in enumerate(entries[:position]):
        events.take("entries", 0, entry, number, number + 1, struct.unpack_from("<q", entry, 8)[0])
    time, dumps = events.kept[position]
    return verify.beijing(time), dumps


def manifests_of_a_log(cases, folder, kinds, log, leaves, audit):
    entries, _, _ = golden_entries()
    sign_log(folder, leaves, log, [98])
    for position in (60, 98):
        time, dumps = dumps_at(kinds, entries, position, verify.FOLDED)
        for dump, (content, rows) in dumps.items():
            path = cases.folder / "dumps" / (dump + ".csv")
            put(path, content)
            beside = Path(str(path) + verify.Manifest.SUFFIX)
            whole = (log, audit, leaves, position, dump, content, rows, time)
            put(beside, manifest_note(*whole))
            said = cases.accept("a manifest", lambda: audited(folder, kinds, manifests=[beside]))
            cases.same("said", True, "rows made again, the file beside it has them" in said)
            for name, value in (("root", base64.b64encode(bytes(32)).decode()), ("rows", rows + 1),
                                ("sha256", "0" * 64), ("log_id", "0" * 32), ("position", 99),
                                ("log_origin", "b.test"), ("log_time", None), ("format", "xml"),
                                ("parameters", [])):
                put(beside, manifest_note(*whole, **{name: value}))
                cases.refuse(f"manifest with another {name}", lambda: audited(
                    folder, kinds, manifests=[beside]), "manifest", str(beside))
            put(beside, manifest_note(*whole))
            put(path, content + b"\n")
            cases.refuse("another file", lambda: audited(folder, kinds, manifests=[beside]),
                         "digest of a dump", str(path))
    time, dumps = dumps_at(kinds, entries, 98, verify.FOLDED)
    content, rows = dumps["terms"]
    path = cases.folder / "dumps" / "all.db"
    put(path, b"SQLite")
    beside = Path(f"{path}.terms{verify.Manifest.SUFFIX}")
    for digest, way in ((hashlib.sha256(content).hexdigest(), cases.accept), ("0" * 64,
                                                                             cases.refuse)):
        put(beside, manifest_note(log, audit, leaves, 98, "terms", b"", rows, time,
                                  format="sqlite", sha256=digest))
        said = way("a database", lambda: audited(folder, kinds, manifests=[beside]))
        cases.same("its file", True, said is None or "the database itself was not read" in said)
    put(beside, note(verify.Note("n", beside.read_bytes()).text, Signer(log.name.decode(), 8)))
    cases.refuse("a stranger's manifest", lambda: audited(folder, kinds, manifests=[beside]),
                 "signature", str(beside))
    for form, around, rows in (("ndjson", b'{"manifest":%s}\n%s', b'{"a":1}\n'),
                               ("json", b'{"manifest":%s,"rows":[\n%s]}\n',
                                b'{"a":1},\n{"a":2}\n')):
        path = cases.folder / "dumps" / ("mix." + form)
        beside = Path(str(path) + verify.Manifest.SUFFIX)
        signed = manifest_note(log, audit, leaves, 98, "mix", rows, 1, time, format=form)
        content = around % (signed.split(b"\n")[1], rows)
        put(path, content)
        put(beside, signed)
        cases.accept(form, lambda: audited(folder, kinds, manifests=[beside]))
        for changed, what in ((content.replace(b'"a":1', b'"a":7'), "digest of a dump"),
                              (content.replace(b"mix", b"max"), "manifest in a dump"),
                              (content[:-1], ""), (b"", "manifest in a dump")):
            put(path, changed)
            cases.refuse(form, lambda: audited(folder, kinds, manifests=[beside]), what)


def write_pack(folder, entries, kinds, log, audit):
    leaves = write_tiles(folder / "tiles", entries, [log], log.name)
    put(folder / "log.vkey", log.vkey + b"\n")
    put(folder / "policy", b"log %s\nquorum none\n" % log.vkey)
    for size in (7, 85):
        put(folder / "checkpoints" / ("%020d" % size),
            note(head_text(log.name, size, root_of(leaves[:size])), log))
    for number, entry in enumerate(entries):
        kind = kinds[int.from_bytes(entry[:2], "little") | entry[2] << 16]
        fields = {name: value for name, _, value in kind.decode(entry, 0)}
        if kind.name in ("rollout-announced", "rollout-amended"):
            put(folder / "plans" / f"{number}.json", fields["document"])
    time, dumps = dumps_at(kinds, entries, 98, verify.FOLDED)
    for dump, (content, rows) in dumps.items():
        put(folder / "dumps" / (dump + ".csv"), content)
        put(folder / "dumps" / (dump + ".csv.manifest.note"),
            manifest_note(log, audit, leaves, 98, dump, content, rows, time))
    shutil.copytree(CATALOGUE, folder / "catalogue")
    shutil.copy(verify.__file__, folder / "verify.py")
    seal_pack(folder, log)


def seal_pack(folder, log):
    names = sorted((str(path.relative_to(folder)) for path in folder.glob("**/*")
                    if path.is_file() and path.name != "pack.note"), key=os.fsencode)
    lines = [b"%s  %s\n" % (hashlib.sha256((folder / name).read_bytes()).hexdigest().encode(),
                            name.encode()) for name in names]
    put(folder / "pack.note", note(b"sluice.pack/v1\n" + b"".join(lines), log))


def packs(cases):
    entries, audit, kinds = golden_entries()
    log = Signer(audit.fold.origin.decode(), 7)
    folder = cases.clean("pack")
    write_pack(folder, entries, kinds, log, audit)

    def check(keys=()):
        pack = verify.Pack(str(folder), verify.Trust(keys), kinds, [])
        pack.run()
        return "\n".join(pack.report())

    cases.accept("a pack", check)
    cases.accept("a pack, with the key", lambda: check([log.key]))
    cases.refuse("another key", lambda: check([Signer(log.name.decode(), 8).key]), "signature")
    whole = (folder / "pack.note").read_bytes()
    text, stranger = verify.Note("n", whole).text, Signer(log.name.decode(), 8)
    put(folder / "pack.note", note(text, stranger))
    cases.refuse("a stranger's pack.note", check, "signature, file pack.note,")
    put(folder / "log.vkey", log.vkey + b"\n" + stranger.vkey + b"\n")
    seal_pack(folder, stranger)
    cases.accept("by a key that the pack alone tells of", check)
    cases.refuse("which nobody believes", lambda: check([log.key]), "signature, file pack.note,")
    put(folder / "log.vkey", log.vkey + b"\n")
    put(folder / "pack.note", whole)
    for path in sorted(folder.glob("**/*")):
        if not path.is_file() or "catalogue" in path.parts:
            continue
        name, whole = str(path.relative_to(folder)), path.read_bytes()
        at = random.Random(name).randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        cases.refuse(f"a byte of {name}", check, f"file {name},")
        path.write_bytes(whole)
    put(folder / "dumps" / "more.csv", b"a\n")
    cases.refuse("a file that is not named", check, "file dumps/more.csv,")
    seal_pack(folder, log)
    cases.refuse("a dump without a manifest", check, "file dumps/more.csv,")
    (folder / "dumps" / "more.csv").unlink()
    # The pack signed again over what is wrong: what the files say of each other must tell.
    for name, data, word in (
            ("dumps/merchants.csv", b"number\n", "dumps/merchants.csv"),
            ("plans/x.json", b"{}", "plans/x.json"),
            ("tiles/tile/entries/000.p/98", bundle(entries[:-1] + entries[:1]), "entries/000.p/98"),
            ("checkpoints/%020d" % 7, note(head_text(log.name, 7, bytes(32)), log), "root"),
            ("policy", b"quorum W\n", "policy")):
        path = folder / name
        before = path.read_bytes() if path.exists() else None
        put(path, data)
        seal_pack(folder, log)
        cases.refuse(f"{name} signed again", check, word)
        path.unlink()
        if before is not None:
            put(path, before)
    seal_pack(folder, log)
    cases.accept("the pack as it was", check)
    plan = next((folder / "plans").iterdir())
    document = plan.read_bytes()
    plan.unlink()
    seal_pack(folder, log)
    cases.refuse("a plan left out", check, "plan")
    put(plan, document)
    seal_pack(folder, log)
    text = verify.Note("n", (folder / "pack.note").read_bytes()).text
    first, *rest = text.splitlines(True)
    digest = hashlib.sha256(b"").hexdigest().encode()
    cases.file("outside", b"")
    for name, lines in (("out of order", rest[::-1]), ("twice", rest[:1] + rest),
                        ("no label", []), ("upwards", [digest + b"  ../outside\n"] + rest),
                        ("a link's place", [digest + b"  ./dumps\n"] + rest),
                        ("no line", [b"\n"] + rest)):
        put(folder / "pack.note", note(b"".join(
            ([first] if name != "no label" else rest) + lines), log))
        cases.refuse(f"pack.note: {name}", check, "file pack.note,")
    # Events in a true tree whose time goes back.
    back = bytearray(entries[-1])
    back[8:16] = struct.pack("<q", struct.unpack_from("<q", back, 8)[0] - 10 ** 12)
    folder = cases.clean("pack")
    write_pack(folder, entries[:-1] + [bytes(back)], kinds, log, audit)
    cases.refuse("an event before the one before it", check, "event log_time")


GROUPS = (vectors, notes, policies, proofs, merchants, tiles, forged_tiles, heads_of_a_log,
          edges_and_slots, keys_of_a_log, packs, command_line)


def run(names=()):
    """Tries all cases; how many there were, and what could not be had."""
    with tempfile.TemporaryDirectory(prefix="sluice-verify-") as folder:
        cases = Cases(folder)
        for group in GROUPS:
            if not names or group.__name__ in names:
                group(cases)
        return cases.count, cases.missing


if __name__ == "__main__":
    try:
        count, missing = run(sys.argv[1:])
    except Wrong as wrong:
        sys.exit(f"violation: {wrong}")
    for what in missing:
        print(f"not to be had: {what}")
    print(f"{count} cases of tools/verify.py")
