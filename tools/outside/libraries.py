"""Other people's Python libraries read a log's tiles and proofs. Run by tools/prove_outside.py.

    libraries.py VKEY TILES PROOF ENTRY [PROOF ENTRY ...]

sigstore reads the tree head and walks each proof as it does those of Rekor; its client knows no
other log, so the parts of it are called that do the work. cryptography verifies the signature.
pymerkle makes the root of the entries, of a long log that of the first 65,536. Its proofs of
consistency are not those of RFC 6962 and are left alone.
"""

import base64
import sys
from pathlib import Path
from types import SimpleNamespace

PART = 65_536


class Keyring:
    """What sigstore asks for a signature."""

    def __init__(self, vkey):
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        name, number, key = vkey.split("+", 2)
        self.name, self.number = name, bytes.fromhex(number)
        self.key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])

    def verify(self, *, key_id, signature, data):
        self.key.verify(signature, data)


def head(text, keyring):
    from sigstore._internal.rekor.checkpoint import SignedCheckpoint
    signed = SignedCheckpoint.from_text(text)
    signed.signed_note.verify(keyring, keyring.number)
    if signed.checkpoint.origin != keyring.name or signed.checkpoint.other_content:
        raise ValueError(f"a checkpoint of {keyring.name} has three lines: {text}")
    return signed.checkpoint.log_size, bytes.fromhex(signed.checkpoint.log_hash)


def proof(path, entry, keyring):
    """Reads a tlog-proof, and has sigstore verify it."""
    from sigstore._internal.merkle import verify_merkle_inclusion
    front, _, checkpoint = Path(path).read_text().partition("\n\n")
    label, *rest = front.split("\n")
    extra = 1 if rest[0].startswith("extra ") else 0
    size, root = head(checkpoint, keyring)
    if label != "c2sp.org/tlog-proof@v1" or not rest[extra].startswith("index "):
        raise ValueError(f"{path} is no tlog-proof")
    verify_merkle_inclusion(SimpleNamespace(_inner=SimpleNamespace(
        canonicalized_body=Path(entry).read_bytes(), inclusion_proof=SimpleNamespace(
            log_index=int(rest[extra][6:]), tree_size=size, root_hash=root,
            hashes=[base64.b64decode(line, validate=True) for line in rest[extra + 1:]]))))


def entries(tiles, count):
    for number in range((count + 255) // 256):
        text, rest = "%03d" % (number % 1000), number // 1000
        while rest:
            text, rest = "x%03d/%s" % (rest % 1000, text), rest // 1000
        path = tiles / "tile" / "entries" / text
        if not path.exists():
            path = max((tiles / "tile" / "entries" / (text + ".p")).iterdir())
        data, at = path.read_bytes(), 0
        while at < len(data):
            end = at + 2 + int.from_bytes(data[at:at + 2], "big")
            yield data[at + 2:end]
            at = end


def roots(tiles, keyring):
    """Has pymerkle make the root, or that of the first 65,536 entries, which a tile holds."""
    from pymerkle import InmemoryTree
    size, root = head((tiles / "checkpoint").read_text(), keyring)
    if size > PART:
        path = next(iter(sorted((tiles / "tile" / "2").glob("000*"))))
        path = path if path.is_file() else max(path.iterdir())
        size, root = PART, path.read_bytes()[:32]
    tree = InmemoryTree(algorithm="sha256")
    for _, entry in zip(range(size), entries(tiles, size)):
        tree.append_entry(entry)
    if size and tree.get_root() != root:
        raise ValueError(f"pymerkle makes another root of {size} entries")
    return size


def main():
    vkey, tiles, *pairs = sys.argv[1:]
    keyring, said, missing = Keyring(vkey), [], []
    tiles = Path(tiles)
    try:
        for path, entry in zip(pairs[::2], pairs[1::2]):
            proof(path, entry, keyring)
        head((tiles / "checkpoint").read_text(), keyring)
        said.append(f"sigstore reads the tree head and {len(pairs) // 2} proofs")
    except ImportError:
        missing.append("sigstore")
    try:
        said.append(f"pymerkle makes the root of {roots(tiles, keyring)} entries")
    except ImportError:
        missing.append("pymerkle")
    for name in missing:
        print(f"not to be had: {name}")
    print("; ".join(said))


if __name__ == "__main__":
    main()
