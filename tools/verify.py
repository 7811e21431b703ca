#!/usr/bin/env python3
"""An auditor's independent reader of a log.

Written from events/README.md and events/catalogue/ alone; it shares no code with the product.

What it proves of the bytes in front of it: every checksum of segments, frames and bodies is
right; segments and frames follow from one another by number, position, link, log time and
incarnation; every body is filled exactly by its events and every event by its fields; every
seal holds the RFC 6962 root of the events before it; `leaves`, `tree` and `sync.mark`, where they
are there, say the same, and so does every signed tree head; every tree of merchants is made again
of its events; and the dumps it prints or compares follow from these events and nothing else.

What it does not prove: that what was recorded is true; that this is the only log there is; that
nothing was cut off behind the last frame, unless `sync.mark`, --upto or --checkpoint says
otherwise. Whoever can write the whole folder can write another log that verifies, under a key of
their own: give --vkey the key you know, and --checkpoint a tree head that was kept elsewhere.

    verify.py DIR [--vkey KEY] [--checkpoint FILE] [--policy FILE] [--manifest FILE]   a log
    verify.py --tiles DIR --vkey KEY                                   tiles and their checkpoint
    verify.py --pack DIR --vkey KEY                                    an audit pack
    verify.py --proof FILE --entry FILE --vkey KEY                     that an event stands there
    verify.py --consistency OLDCHECKPOINT REQUESTFILE --vkey KEY       that a log only grew
    verify.py --merchant FILE --id M --vkey KEY                        which events a merchant has

Exit: 0 verified, 2 wrong usage, 3 damaged or different, 4 cannot be read.
"""

import argparse
import array
import base64
import contextlib
import datetime
import functools
import hashlib
import json
import mmap
import multiprocessing
import os
import re
import struct
import sys
from collections import deque, namedtuple

SEGMENT_MAGIC = b"\xffSLCSEG\n"
SEGMENT = struct.Struct("<8sII16sIIQQQQq432s")
SEGMENT_HEADER = 512
SEGMENT_LIMIT = 256 << 20
FRAME = struct.Struct("<4sI16sQQQqIIIIIIH14s")
FRAME_HEADER = 96
BODY_LIMIT = 8388608
COUNT_LIMIT = 65536
AMOUNT_LIMIT = 100000000000
BATCH, MARK, SHUTDOWN, SEAL = 1, 2, 3, 4
SEAL_BODY = struct.Struct("<QQ32s")
SYNC_SLOT = struct.Struct("<4sI16sQQQQqII")
SYNC_SLOT_SIZE = 512
EVENT_HEAD = 72
HEAD_FOLD = struct.Struct("<I4xqqQ24xQIHH").unpack_from
HEAD_FULL = struct.Struct("<HBBIqqQ16s8sQIHH").unpack_from
LENGTH = struct.Struct("<H").unpack_from
NONE = 2 ** 64 - 1
CHUNK = 4 << 20
SECOND = 10 ** 9
DAY = 86400 * SECOND
BEIJING = 28800

ACTORS = {1: "system", 2: "operator", 3: "scheduler", 4: "guardrail", 5: "institution",
          6: "cashier", 7: "importer", 8: "approver"}
FLAGS = ("not-open", "merchant-unknown", "order-captured-twice", "refund-exceeds-capture",
         "refund-before-capture", "conflicts-with-earlier", "repeated", "late",
         "captured-after-end", "foreign-currency", "occurred-ahead", "capture-below-refunds",
         "order-failed", "amount-differs")
EXCEEDS, CONFLICTS, FOREIGN = 1 << 3, 1 << 5, 1 << 9
NOTHING_NEW = 1 << 6 | 1 << 7
INSTANTS = {"ordered_at", "consulted_at", "effective_at", "window_end", "planned_at",
            "clock_start", "from", "to", "expires_at"}
AMOUNTS = ("order_amount", "paid_amount")
SUBJECT = re.compile(b"[0-9a-f]{32}")
# What JSON allows in a string and section 8 has escaped all the same.
ESCAPED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class Damage(Exception):
    """Something that is not as the page says, and where."""

    def __init__(self, what, file, offset=0, position=None, expected="-", actual="-"):
        super().__init__(what)
        self.line = "DAMAGED: %s, file %s, offset %d, position %s, expected %s, actual %s" % (
            what, file, offset, "-" if position is None else position, expected, actual)


class Unfounded(Exception):
    """An event names what no earlier event made known: what, expected, actual."""


class Unreadable(Exception):
    """The log, or what it is to be compared with, cannot be read."""


# CRC-32C. A message is taken as one polynomial in a large integer. For the exponents below,
# x^n modulo the generator has few terms, so its front is folded onto the rest by a few shifts
# of the whole; only the last few hundred bits go through the table, 16 at a time.

GENERATOR = 0x82F63B78
EXPONENTS = (398, 433, 593, 685, 759, 887, 1034, 1266, 1662, 1759, 2313, 2798, 3196, 3867, 4765,
             5017, 6305, 7363, 8401, 10151, 13664, 14339, 19236, 21038, 23822, 29493, 33607,
             41258, 49862, 57704, 73444, 89494, 100183, 118996, 136687, 161067, 203189, 228482,
             302494)
CRC_PIECE = 37808


def word_table():
    """The register after 16 bits, for each value of its low 16 bits."""
    table = []
    for value in range(65536):
        for _ in range(16):
            value = value >> 1 ^ (GENERATOR if value & 1 else 0)
        table.append(value)
    return array.array("I", table)


WORDS = word_table()


def times(left, right):
    """The product of two reflected polynomials modulo the generator."""
    product = 0
    for bit in range(31, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (GENERATOR if right & 1 else 0)
    return product


@functools.lru_cache(maxsize=None)
def terms(exponent):
    """The exponents that stand in x^exponent modulo the generator."""
    power, square = 1 << 31, 1 << 30
    while exponent:
        if exponent & 1:
            power = times(power, square)
        square = times(square, square)
        exponent >>= 1
    return [31 - bit for bit in range(32) if power >> bit & 1]


@functools.lru_cache(maxsize=None)
def folding(bits):
    """Steps (cut, mask, shifts) that shorten a message of one of EXPONENTS bits, and the rest."""
    steps = []
    while bits > EXPONENTS[0]:
        exponent = next(n for n in EXPONENTS if 2 * n - 31 >= bits)
        cut = bits - exponent
        steps.append((cut, (1 << cut) - 1, [exponent - term - cut for term in terms(exponent)]))
        bits = exponent
    return steps, bits


@functools.lru_cache(maxsize=8192)
def crc_plan(size):
    """How a piece of `size` bytes is taken: zeros in front, steps, zeros again, words."""
    bits = next((n for n in EXPONENTS if n >= size * 8 > EXPONENTS[0]), size * 8)
    pad = bits - size * 8
    steps, bits = folding(bits)
    words = (bits + 15) // 16
    return pad, steps, words * 16 - bits, words * 2, struct.Struct("<%dH" % words).unpack


def crc_piece(crc, piece):
    """The register `crc` after a piece of at least four bytes."""
    pad, steps, pad_rest, size, unpack = crc_plan(len(piece))
    message = (int.from_bytes(piece, "little") ^ crc) << pad
    for cut, mask, shifts in steps:
        front = message & mask
        message >>= cut
        for shift in shifts:
            message ^= front << shift
    crc = 0
    words = WORDS
    for word in unpack((message << pad_rest).to_bytes(size, "little")):
        crc = words[(crc ^ word) & 0xFFFF] ^ crc >> 16
    return crc


def crc32c(data):
    """CRC-32C of bytes or a memoryview."""
    crc = 0xFFFFFFFF
    whole = len(data) // 4 * 4
    for start in range(0, whole, CRC_PIECE):
        crc = crc_piece(crc, data[start:min(start + CRC_PIECE, whole)])
    for byte in data[whole:]:
        crc = WORDS[((crc ^ byte) & 0xFF) << 8] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


# The Merkle tree.

EMPTY_ROOT = hashlib.sha256().digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def forest(first, hashes):
    """The largest whole subtrees over leaves that begin at position `first`, left to right."""
    sha256 = hashlib.sha256
    left, right, level = [], [], 0
    while hashes:
        if first & 1:
            left.append((level, hashes[0]))
            hashes = hashes[1:]
            first += 1
        if len(hashes) & 1:
            right.append((level, hashes[-1]))
        pairs = iter(hashes)
        hashes = [sha256(b"\x01" + one + two).digest() for one, two in zip(pairs, pairs)]
        first >>= 1
        level += 1
    return left + right[::-1]


def forests(first, hashes, cuts):
    """The same, cut at some sizes of the tree: for each part its end and its subtrees."""
    end = first + len(hashes)
    ends = sorted({cut for cut in cuts if first < cut < end} | {end})
    for begin, stop in zip([first] + ends, ends):
        yield stop, forest(begin, hashes[begin - first:stop - first])


class Tree:
    """A Merkle tree that grows on the right; keeps only the roots of its whole subtrees."""

    def __init__(self):
        self.peaks = []

    def push(self, level, digest):
        while self.peaks and self.peaks[-1][0] == level:
            digest = node(self.peaks.pop()[1], digest)
            level += 1
        self.peaks.append((level, digest))

    def root(self):
        if not self.peaks:
            return EMPTY_ROOT
        digest = self.peaks[-1][1]
        for _, left in reversed(self.peaks[:-1]):
            digest = node(left, digest)
        return digest


# The catalogue.

class Kind:
    """One event kind, compiled from its file."""

    SIZES = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i64": "q", "digest": "32s"}

    def __init__(self, text):
        entry = json.loads(text)
        self.number, self.name = entry["number"], entry["name"]
        self.version = entry["version"]
        self.fields = [(field["name"], field["type"]) for field in entry["fields"]]
        self.values = {field["name"]: {int(n): word for n, word in field["values"].items()}
                       for field in entry["fields"] if "values" in field}
        # A list has one byte that says how many elements follow, each with the same fields.
        self.lists = {field["name"]: Kind.part(field) for field in entry["fields"]
                      if field["type"] == "list"}
        self.positions = {field["name"] for field in entry["fields"]
                          if field.get("unit") == "position"}
        self.is_payment = self.name.startswith("payment-")
        self.walk = self.compile_walk()
        self.read = self.compile_read()

    @staticmethod
    def part(field):
        """The elements of a list, as a kind of their own."""
        return Kind(json.dumps({"number": 0, "name": field["name"], "version": 1,
                                "fields": field["fields"]}))

    def compile_walk(self):
        """What the fields take: numbers of bytes, and the types without a fixed length."""
        walk = [0]
        for name, kind in self.fields:
            if kind == "list":
                walk.append(self.lists[name])
            elif kind not in self.SIZES:
                walk.append(kind)
            elif isinstance(walk[-1], int):
                walk[-1] += struct.calcsize("<" + self.SIZES[kind])
            else:
                walk.append(struct.calcsize("<" + self.SIZES[kind]))
        return tuple(walk)

    def compile_read(self):
        """For each field its name and a reader, None where the length is not fixed."""
        return [(name, kind, struct.Struct("<" + self.SIZES[kind])
                 if kind in self.SIZES else None) for name, kind in self.fields]

    def offset(self, wanted):
        """Where in an event a field stands that only fields of fixed length precede."""
        at = EVENT_HEAD
        for name, kind in self.fields:
            if name == wanted:
                return at
            at += struct.calcsize("<" + self.SIZES[kind])
        raise Unreadable("the catalogue's %s has no %s" % (self.name, wanted))

    def extent(self, body, at):
        """Where the fields that begin at `at` end, or -1 where no field can read so."""
        for step in self.walk:
            if step == "text8":
                if body[at] > 64:
                    return -1
                at += 1 + body[at]
            elif step == "text16":
                at += 2 + LENGTH(body, at)[0]
            elif isinstance(step, Kind):
                count, at = body[at], at + 1
                for _ in range(count):
                    at = step.extent(body, at)
                    if at < 0:
                        return -1
            elif step == "optional-digest":
                if body[at] not in (0, 32):
                    return -1
                at += 1 + body[at]
            else:
                at += step
        return at

    def range_fault(self, body, at):
        """The first field of an event that is outside its list or its range, or None."""
        for name, _, value in self.decode(body, at):
            if name in self.values and value not in self.values[name]:
                return name, value
            if name == "reserved" and value:
                return name, value
            if self.is_payment and (name in AMOUNTS or name == "balance_amount" and value != -1):
                if not 0 <= value <= AMOUNT_LIMIT:
                    return name, value
        if self.name == "payment-combined":
            return combined_fault({name: value for name, _, value in self.decode(body, at)})
        if self.name in ("statement-reconciled", "payment-adjusted", "discrepancy-resolved",
                         "payment-disputed"):
            return finance_fault({name: value for name, _, value in self.decode(body, at)})
        return None

    def decode(self, body, at):
        """The fields of an event that begins at `at`, as (name, type, number or bytes)."""
        return self.decode_fields(body, at + EVENT_HEAD)

    def decode_fields(self, body, at):
        """The same of fields that begin at `at`; of a list an array of such fields."""
        for name, kind, reader in self.read:
            if reader:
                yield name, kind, reader.unpack_from(body, at)[0]
                at += reader.size
                continue
            if kind == "list":
                count, at = body[at], at + 1
                elements = []
                for _ in range(count):
                    elements.append(list(self.lists[name].decode_fields(body, at)))
                    at = self.lists[name].extent(body, at)
                yield name, kind, elements
                continue
            width = 2 if kind == "text16" else 1
            size = int.from_bytes(body[at:at + width], "little")
            at += width + size
            yield name, kind, body[at - size:at]


LAST_DAY = 84005
# Bits 0 to 5, 8, 9 and 11 to 13 of an event's flags.
DISCREPANCIES = 0b11101100111111
# Of an attempt and of a dispute, bits 5 and 13.
BESIDE_PAYMENTS = 0b10000000100000
SUMS_MINUS, SUMS_PLUS = ("missing_there",), ("missing_here", "day_differs", "repeated")


PARTS_LIMIT = 50


def combined_fault(fields):
    """The first thing of a combined payment that cannot be, or None."""
    parts = [{name: value for name, _, value in part} for part in fields["parts"]]
    if not 1 <= len(parts) <= PARTS_LIMIT:
        return "parts", len(parts)
    for index, part in enumerate(parts):
        if not 0 <= part["amount"] <= AMOUNT_LIMIT:
            return "amount", part["amount"]
        if index and parts[index - 1]["transaction"] >= part["transaction"]:
            return "parts", index
    return None


def finance_fault(fields):
    """The first field of what finance records that cannot be, or None."""
    if "flags" in fields:
        flags = fields["flags"]
        return None if flags and not flags & ~DISCREPANCIES else ("flags", flags)
    if "stage" in fields:
        amount = fields["amount"]
        return None if 0 <= amount <= AMOUNT_LIMIT else ("amount", amount)
    if fields["day"] > LAST_DAY:
        return "day", fields["day"]
    if "amount" in fields:
        amount = fields["amount"]
        return None if 0 < abs(amount) <= AMOUNT_LIMIT else ("amount", amount)
    for name, value in fields.items():
        if name.endswith("_count") and value < 0:
            return name, value
    for kind in ("captured", "refunded"):
        for unit, more in (("count", ()), ("fen", ("differences",))):
            found = {name: fields["%s_%s_%s" % (kind, name, unit)]
                     for name in ("log", "statement") + SUMS_MINUS + SUMS_PLUS + more}
            wanted = found["log"] - sum(found[name] for name in SUMS_MINUS) + sum(
                found[name] for name in SUMS_PLUS + more)
            if wanted != found["statement"]:
                return "%s_statement_%s" % (kind, unit), found["statement"]
    if fields["open"] > fields["findings"] or fields["incomparable"] > fields["lines"]:
        return "open", fields["open"]
    return None


PAYMENT_WALK = (40,) + ("text8",) * 6 + ("optional-digest",)


def payment_fits(body, at, end):
    """Kind.extent for PAYMENT_WALK, unrolled: nearly every event of a log is a payment's."""
    at += EVENT_HEAD + 40
    one = body[at]
    at += one + 1
    two = body[at]
    at += two + 1
    three = body[at]
    at += three + 1
    four = body[at]
    at += four + 1
    five = body[at]
    at += five + 1
    six = body[at]
    at += six + 1
    if one > 64 or two > 64 or three > 64 or four > 64 or five > 64 or six > 64:
        return False
    rest = body[at]
    return at + rest + 1 == end and (rest == 32 or rest == 0)


# order_amount, paid_amount, balance_amount, the four small lists, reserved (or refund_basis).
PAYMENT_RANGES = struct.Struct("<8xqqqBBBB2xH").unpack_from


def payment_in_range(body, at):
    """Kind.range_fault for a payment, unrolled."""
    order, paid, balance, institution, failure, shop, buyer, zero = PAYMENT_RANGES(
        body, at + EVENT_HEAD)
    return (0 <= order <= AMOUNT_LIMIT and 0 <= paid <= AMOUNT_LIMIT
            and -1 <= balance <= AMOUNT_LIMIT and 1 <= institution <= 4 and failure <= 9
            and shop <= 6 and buyer <= 6 and zero == 0)


def load_catalogue(folder):
    kinds = {}
    try:
        for name in sorted(os.listdir(folder)):
            if name.endswith(".json"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    kind = Kind(file.read())
                kinds[kind.number | kind.version << 16] = kind
    except (OSError, ValueError, KeyError) as error:
        raise Unreadable("catalogue %s: %r" % (folder, error))
    if not kinds:
        raise Unreadable("catalogue %s: no kinds" % folder)
    return kinds


# Frames: what follows from the predecessor is walked here, checksums are left to check_chunk.

Fault = namedtuple("Fault", "segment offset position what expected actual")
Frame = namedtuple("Frame", "offset kind position count length log_time batch")
Chunk = namedtuple("Chunk", "segment start end position frames")
Mark = namedtuple("Mark", "log_id generation position batch link log_time segment end")


@functools.lru_cache(maxsize=4)
def mapped(path):
    """The bytes of a file, mapped; each process maps for itself."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return b""
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise Unreadable("%s: %s" % (path, error.strerror))


def checksum_fault(data, offset):
    """What is wrong with the checksums of the frame at `offset`: None, or a triple."""
    header = FRAME.unpack_from(data, offset)
    actual = crc32c(data[offset + 8:offset + FRAME_HEADER])
    if actual != header[1]:
        return "frame header checksum", "%08x" % header[1], "%08x" % actual
    start = offset + FRAME_HEADER
    actual = crc32c(data[start:start + header[10]])
    if actual != header[11]:
        return "frame body checksum", "%08x" % header[11], "%08x" % actual
    return None


def first_nonzero(data, start):
    """Offset of the first byte from `start` on that is not zero, or None."""
    for at in range(start, len(data), CHUNK):
        rest = data[at:at + CHUNK].lstrip(b"\0")
        if rest:
            return min(at + CHUNK, len(data)) - len(rest)
    return None


class Walk:
    """Follows the frames through all segments, yields chunks of them and at last a Fault."""

    def __init__(self, paths, mark, upto):
        self.paths, self.mark, self.upto = paths, mark, upto
        self.log_id = None
        self.batch = self.position = self.link = self.incarnation = 0
        self.log_time = -2 ** 63
        self.mark_seen = False
        self.mark_fault = None
        # Where a seal or a clean shutdown stands: the link behind it, and the position there.
        self.ends = {0: 0}

    def items(self):
        for index in range(len(self.paths)):
            fault = None
            for item in self.segment(index):
                fault = item if isinstance(item, Fault) else None
                yield item
            if fault:
                return

    def segment(self, index):
        data = mapped(self.paths[index])
        fault = self.header_fault(index, data)
        if fault:
            yield Fault(index, 0, self.position, *fault)
            return
        offset, sealed = SEGMENT_HEADER, False
        frames, start, position = [], offset, self.position
        self.meet_mark(index, offset)
        while not sealed and not self.stopped():
            fault = self.frame_fault(index, data, offset)
            if fault:
                break
            frames.append(self.take(data, offset))
            offset += FRAME_HEADER + frames[-1].length
            sealed = frames[-1].kind == SEAL
            self.meet_mark(index, offset)
            if offset - start >= CHUNK:
                yield Chunk(index, start, offset, position, frames)
                frames, start, position = [], offset, self.position
        if frames:
            yield Chunk(index, start, offset, position, frames)
        yield from self.behind(index, data, offset, fault)

    def behind(self, index, data, offset, fault):
        """What to say at the end of a segment's frames: a Fault, or nothing."""
        self.offset = offset
        last = index == len(self.paths) - 1
        if self.stopped():
            yield Fault(index, offset, self.position, "stopped", "-", "-")
        elif fault:
            yield Fault(index, offset, self.position, *fault)
        elif last or first_nonzero(data, offset) is not None:
            dirt = first_nonzero(data, offset) or offset
            yield Fault(index, dirt, self.position, "bytes behind the seal", "zeros", "others")

    def stopped(self):
        return self.upto is not None and self.position >= self.upto

    def header_fault(self, index, data):
        """What is wrong with a segment's header: None, or (what, expected, actual)."""
        if len(data) < SEGMENT_HEADER:
            return "segment length", "at least %d" % SEGMENT_HEADER, len(data)
        (magic, crc, form, log_id, number, capacity, first, batch, before, link, created,
         zeros) = SEGMENT.unpack_from(data)
        named = int(os.path.basename(self.paths[index])[:20])
        if index == 0:
            self.log_id = log_id
        actual = crc32c(data[12:SEGMENT_HEADER])
        rows = (("segment magic", SEGMENT_MAGIC.hex(), magic.hex()),
                ("segment header checksum", "%08x" % crc, "%08x" % actual),
                ("segment format", 1, form),
                ("segment log_id", self.log_id.hex(), log_id.hex()),
                ("segment number", index, number),
                ("segment length", True, len(data) <= capacity),
                ("segment limit", True, len(data) <= SEGMENT_LIMIT),
                ("segment first_position", self.position, first),
                ("segment created", True, created >= self.log_time),
                ("segment name", first, named),
                ("segment first_batch", self.batch + 1, batch),
                ("segment predecessor_length", self.offset if index else 0, before),
                ("segment link", self.link, link),
                ("segment header zeros", True, not any(zeros)))
        fault = next((row for row in rows if row[1] != row[2]), None)
        if not fault:
            self.log_time = created
        return fault

    def frame_fault(self, index, data, offset):
        """What is wrong with a frame apart from its checksums: None, or (what, e, a)."""
        if offset + FRAME_HEADER > len(data):
            return "frame header", "%d bytes" % FRAME_HEADER, "%d" % (len(data) - offset)
        (magic, _, log_id, position, batch, link, log_time, segment, stands, count, length,
         body_crc, incarnation, kind, zeros) = FRAME.unpack_from(data, offset)
        if (magic == b"SLCF" and log_id == self.log_id and position == self.position
                and batch == self.batch + 1 and link == self.link and segment == index
                and stands == offset and log_time >= self.log_time
                and incarnation >= self.incarnation and incarnation and not any(zeros)
                and offset + FRAME_HEADER + length <= len(data)
                and self.form_fits(kind, count, length, body_crc)):
            return None
        if magic == b"SLCF":
            actual = crc32c(data[offset + 8:offset + FRAME_HEADER])
            stated = FRAME.unpack_from(data, offset)[1]
            if actual != stated:
                return "frame header checksum", "%08x" % stated, "%08x" % actual
        floor = max(self.incarnation, 1)
        rows = (("frame magic", b"SLCF".hex(), magic.hex()),
                ("frame log_id", self.log_id.hex(), log_id.hex()),
                ("frame segment", index, segment), ("frame offset", offset, stands),
                ("frame batch", self.batch + 1, batch),
                ("frame first_position", self.position, position),
                ("frame link", self.link, link),
                ("frame log_time", "at least %d" % self.log_time,
                 log_time if log_time < self.log_time else "at least %d" % self.log_time),
                ("frame incarnation", "at least %d" % floor,
                 incarnation if incarnation < floor else "at least %d" % floor),
                ("frame zeros", bytes(14).hex(), zeros.hex()),
                ("frame form", "-", "kind %d, count %d, body_length %d" % (kind, count, length)))
        return next(row for row in rows if row[1] != row[2])

    @staticmethod
    def form_fits(kind, count, length, body_crc):
        if kind == BATCH:
            return 0 < count <= COUNT_LIMIT and count * EVENT_HEAD <= length <= BODY_LIMIT
        if kind == SEAL:
            return count == 0 and length == SEAL_BODY.size
        return kind in (MARK, SHUTDOWN) and count == length == body_crc == 0

    def take(self, data, offset):
        """Moves on behind a frame that has no fault."""
        (_, header_crc, _, position, batch, _, log_time, _, _, count, length, body_crc,
         incarnation, kind, _) = FRAME.unpack_from(data, offset)
        self.batch, self.position = batch, position + count
        self.link = header_crc + (body_crc << 32)
        self.log_time, self.incarnation = log_time, incarnation
        if kind in (SHUTDOWN, SEAL):
            self.ends[self.link] = self.position
        return Frame(offset, kind, position, count, length, log_time, batch)

    def meet_mark(self, index, end):
        """Compares sync.mark with the frames where it says they ended."""
        mark = self.mark
        if mark and (mark.segment, mark.end) == (index, end):
            self.mark_seen = True
            here = (("next_position", self.position, mark.position),
                    ("batch", self.batch, mark.batch), ("link", self.link, mark.link),
                    ("log_time", self.log_time if self.batch else mark.log_time, mark.log_time))
            self.mark_fault = next((row for row in here if row[1] != row[2]), None)


# Chunks: checksums and hashes, in other processes where there is more than one core.

def body_leaves(body, count):
    """The leaves of a body, or None where `count` events do not fill it exactly."""
    sha256 = hashlib.sha256
    leaves, at = [], 0
    for _ in range(count):
        if at + EVENT_HEAD > len(body):
            return None
        end = at + LENGTH(body, at + 68)[0]
        if end < at + EVENT_HEAD or end > len(body):
            return None
        leaves.append(sha256(b"\0" + body[at:end]).digest())
        at = end
    return leaves if at == len(body) else None


def leaf_fault(path, first, leaves):
    """The first leaf that the file at `path` has otherwise, as (position, expected, actual)."""
    with open(path, "rb") as file:
        file.seek(first * 32)
        stored = file.read(len(leaves) * 32)
    if b"".join(leaves).startswith(stored):
        return None
    index = next(i for i, leaf in enumerate(leaves)
                 if not leaf.startswith(stored[i * 32:i * 32 + 32]))
    return first + index, leaves[index].hex(), stored[index * 32:index * 32 + 32].hex()


EDGE_HEAD = struct.Struct("<IIQ")
EDGE_PLACE = 4096
EDGE_LIMIT = EDGE_HEAD.size + 8 + 64 * 32


class Edge:
    """A right edge of the Merkle tree as the file `tree` holds it, in the room that is its own."""

    def __init__(self, at, room):
        if len(room) < EDGE_HEAD.size + 8:
            raise ValueError("at least %d bytes" % (EDGE_HEAD.size + 8), len(room))
        crc, length, self.link = EDGE_HEAD.unpack_from(room)
        self.at, self.size = at, int.from_bytes(room[16:24], "little")
        self.length = EDGE_HEAD.size + length
        if length != 8 + 32 * self.size.bit_count() or self.length > len(room):
            raise ValueError("length %d" % (8 + 32 * self.size.bit_count()), length)
        actual = crc32c(room[4:self.length])
        if actual != crc:
            raise ValueError("checksum %08x" % crc, "%08x" % actual)
        self.encoded = room[:self.length]
        self.peaks = [room[begin:begin + 32] for begin in range(24, self.length, 32)]
        # What is left of a longer edge that stood here before, 32 bytes each.
        self.rest = room[self.length:].rstrip(b"\0")
        if self.length + len(self.rest) > EDGE_LIMIT:
            raise ValueError("zeros behind %d bytes" % EDGE_LIMIT, "others")

    def root(self):
        tree = Tree()
        tree.peaks = [(None, peak) for peak in self.peaks]
        return tree.root()


def check_chunk(path, start, end, position, upto, leaves_path, cuts):
    """Checks frames from `start` to `end`: (fault or None, subtrees, fault of leaves or None).

    A fault is (offset, position, what, expected, actual); the subtrees are those of the events
    before it, and before `upto`, in parts that end at the sizes of `cuts`.
    """
    data = mapped(path)
    view = memoryview(data)
    leaves, offset, first, fault = [], start, position, None
    while offset < end and not fault:
        count, length = struct.unpack_from("<II", data, offset + 64)
        found = checksum_fault(view, offset)
        more = []
        if not found and count:
            body = data[offset + FRAME_HEADER:offset + FRAME_HEADER + length]
            more = body_leaves(body, count)
            if more is None:
                found = "frame body", "%d events that fill it" % count, "others"
        if found:
            fault = (offset, position) + found
        else:
            leaves += more
            position += count
            offset += FRAME_HEADER + length
    wrong = leaf_fault(leaves_path, first, leaves) if leaves_path else None
    kept = leaves if upto is None else leaves[:max(0, upto - first)]
    return fault, list(forests(first, kept, cuts)), wrong


class Here:
    """Stands in for a pool where there is one core: work is done when its result is asked."""

    @staticmethod
    def start(*arguments):
        return functools.partial(check_chunk, *arguments)

    @staticmethod
    def result(pending):
        return pending()

    @staticmethod
    def close():
        pass


class Cores:
    """A pool of processes."""

    def __init__(self, count):
        self.pool = multiprocessing.Pool(count)

    def start(self, *arguments):
        return self.pool.apply_async(check_chunk, arguments)

    @staticmethod
    def result(pending):
        return pending.get()

    def close(self):
        # Not by a signal: whoever started this may have them blocked.
        self.pool.close()
        self.pool.join()


def core_count():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# Instants and texts.

EPOCH = datetime.datetime(1970, 1, 1)


@functools.lru_cache(maxsize=65536)
def second_text(second):
    return (EPOCH + datetime.timedelta(seconds=second)).isoformat()


def utc(instant):
    """RFC 3339 in UTC with nine digits, as in section 8."""
    second, fraction = divmod(instant, SECOND)
    return "%s.%09dZ" % (second_text(second), fraction)


def beijing(instant):
    """RFC 3339 with +08:00 and the fewest digits, as in section 9; None where it is 0."""
    if not instant:
        return None
    second, fraction = divmod(instant, SECOND)
    digits = "%09d" % fraction
    while digits.endswith("000"):
        digits = digits[:-3]
    return second_text(second + BEIJING) + ("." + digits if digits else "") + "+08:00"


def instant_of(text):
    """Nanoseconds since 1970 of RFC 3339; a bare date is midnight in Beijing."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?"
                         r"([Zz]|[+-]\d\d:\d\d))?", text)
    if not found:
        raise ValueError(text)
    date, hour, minute, second, fraction, offset = found.groups()
    days = datetime.date.fromisoformat(date).toordinal() - datetime.date(1970, 1, 1).toordinal()
    if not offset:
        return (days * 86400 - BEIJING) * SECOND
    east = 0
    if offset not in "Zz":
        east = int(offset[:3]) * 3600 + int(offset[0] + offset[4:]) * 60
    seconds = days * 86400 + int(hour) * 3600 + int(minute) * 60 + int(second) - east
    return seconds * SECOND + int((fraction or "").ljust(9, "0"))


# Printing events as JSON.

class Printer:
    """Writes events as lines of JSON, as in section 8."""

    def __init__(self, file, kinds, skipped):
        self.file, self.kinds, self.skipped = file, kinds, skipped
        self.institutions = next(kind.values["institution"] for kind in kinds.values()
                                 if "institution" in kind.values)

    def write(self, position, kind, body, at):
        if kind.name.startswith(self.skipped):
            return
        (number, version, actor, actor_id, log_time, occurred, cause, command, digest, previous,
         merchant, _, flags) = HEAD_FULL(body, at)
        event = {
            "position": position, "kind": kind.name, "kind_version": version,
            "log_time": utc(log_time), "occurred_at": utc(occurred) if occurred else None,
            "actor": ACTORS.get(actor, actor), "actor_id": actor_id,
            "cause": None if cause == NONE else cause,
            "command_id": command.hex() if any(command) else None,
            "command_digest": digest.hex(),
            "previous": None if previous == NONE else previous,
            "merchant_number": merchant or None,
            "flags": self.words(flags, 16, dict(enumerate(FLAGS))),
            "fields": self.fields(kind, body, at)}
        line = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        self.file.write(ESCAPED.sub(lambda found: "\\u%04x" % ord(found[0]), line) + "\n")

    @staticmethod
    def words(bits, width, names):
        return [names.get(bit, "bit-%d" % bit) for bit in range(width) if bits >> bit & 1]

    def fields(self, kind, body, at):
        fields = {}
        for name, form, value in kind.decode(body, at):
            if name == "log_id_low":
                fields["log_id"] = value.to_bytes(8, "little").hex()
            elif name == "log_id_high":
                fields["log_id"] += value.to_bytes(8, "little").hex()
            elif name != "reserved" and (name != "refund_basis" or value):
                fields[name] = self.value(kind, name, form, value)
        return fields

    def value(self, kind, name, form, value):
        if form in ("digest", "optional-digest"):
            return value.hex() if any(value) else None
        if form in ("text8", "text16"):
            return self.text(value)
        if form == "list":
            of = kind.lists[name]
            return [{inner: self.value(of, inner, sort, part) for inner, sort, part in element}
                    for element in value]
        if name in kind.values:
            return kind.values[name].get(value, value)
        if name == "institutions":
            return self.words(value, 8, self.institutions)
        if name == "flags":
            return self.words(value, 16, dict(enumerate(FLAGS)))
        if name in INSTANTS:
            return utc(value) if value else None
        absent = (name == "wave" and value == 0 or name == "balance_amount" and value == -1
                  or name in kind.positions and value == NONE)
        return None if absent else value

    @staticmethod
    def text(value):
        try:
            return value.decode() or None
        except UnicodeDecodeError:
            return {"hex": value.hex()}


# Ed25519 (RFC 8032).

PRIME = 2 ** 255 - 19
ORDER = 2 ** 252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)


def on_curve(y, sign):
    """The point with this y, in extended coordinates, or None."""
    if y >= PRIME:
        return None
    square = (y * y - 1) * pow(CURVE * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    if (x * x - square) % PRIME or sign and not x:
        return None
    if x & 1 != sign:
        x = PRIME - x
    return x, y, 1, x * y % PRIME


def added(left, right):
    a = (left[1] - left[0]) * (right[1] - right[0]) % PRIME
    b = (left[1] + left[0]) * (right[1] + right[0]) % PRIME
    c = 2 * left[3] * right[3] * CURVE % PRIME
    d = 2 * left[2] * right[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME


def multiple(count, point):
    sum_of = 0, 1, 1, 0
    while count:
        if count & 1:
            sum_of = added(sum_of, point)
        point = added(point, point)
        count >>= 1
    return sum_of


def point_of(data):
    number = int.from_bytes(data, "little")
    return on_curve(number & (1 << 255) - 1, number >> 255)


@functools.lru_cache(maxsize=1024)
def ed25519(key, message, signature):
    """Whether a signature is the key's over the message."""
    public, begun = point_of(key), point_of(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or public is None or begun is None or scalar >= ORDER:
        return False
    base = on_curve(4 * pow(5, -1, PRIME) % PRIME, 0)
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little")
    left, right = multiple(scalar, base), added(begun, multiple(challenge % ORDER, public))
    return (left[0] * right[2] - right[0] * left[2]) % PRIME == 0 \
        and (left[1] * right[2] - right[1] * left[2]) % PRIME == 0


# Signed notes, keys and tree heads: C2SP signed-note, tlog-checkpoint, tlog-cosignature.

PLAIN, COSIGNATURE = 1, 4
SIGNATURES_LIMIT = 100
Key = namedtuple("Key", "name number kind public")
Head = namedtuple("Head", "origin size root")
Signed = namedtuple("Signed", "file head keys times")


def strict_base64(text):
    """The bytes of standard Base64 that is written in its one canonical way; else None."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data) == text else None


def whole_number(text):
    """A decimal without leading zeros, below 2^63; else None."""
    return int(text) if re.fullmatch(b"0|[1-9][0-9]{0,18}", text) and int(text) < 2 ** 63 else None


def is_key_name(name):
    try:
        return bool(name) and b"+" not in name and not any(map(str.isspace, name.decode()))
    except UnicodeDecodeError:
        return False


def key_of(text):
    """The key that a vkey names; raises ValueError with what is wrong."""
    name, _, rest = text.partition(b"+")
    number, _, public = rest.partition(b"+")
    data = strict_base64(public)
    if not is_key_name(name):
        raise ValueError("a name that no key may have")
    if data is None or len(data) != 33 or data[0] not in (PLAIN, COSIGNATURE):
        raise ValueError("no Base64 of 01 or 04 and a public key of 32 bytes")
    wanted = hashlib.sha256(name + b"\n" + data).digest()[:4]
    if number != wanted.hex().encode():
        raise ValueError("key id %s instead of %s" % (said(number), wanted.hex()))
    return Key(name, wanted, data[0], data[1:])


def said(data):
    """Bytes of a file for a message: short, in one line."""
    return ascii(data[:100].decode("utf-8", "replace"))[1:-1]


def read_file(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Unreadable("%s: %s" % (path, error.strerror))


class Note:
    """A signed note: its text and its signature lines, each (offset, name, key id, signature)."""

    def __init__(self, file, data, base=0):
        """`base`: where in its file the note begins."""
        self.file, self.base, self.lines = file, base, []
        try:
            data.decode()
        except UnicodeDecodeError as error:
            self.refuse(error.start, "UTF-8", "%02x" % data[error.start])
        control = re.search(b"[\0-\x09\x0b-\x1f]", data)
        if control:
            self.refuse(control.start(), "no control character", "%02x" % control[0][0])
        middle = data.rfind(b"\n\n")
        if middle < 0 or middle + 2 == len(data):
            self.refuse(len(data), "an empty line and then signatures", "none")
        if not data.endswith(b"\n"):
            self.refuse(len(data), "an end of line", "end of file")
        self.text, at = data[:middle + 1], middle + 2
        for line in data[at:-1].split(b"\n"):
            self.lines.append((at,) + self.signature(at, line))
            at += len(line) + 1
        if len(self.lines) > SIGNATURES_LIMIT:
            self.refuse(self.lines[SIGNATURES_LIMIT][0],
                        "at most %d signatures" % SIGNATURES_LIMIT, len(self.lines))

    def signature(self, at, line):
        found = re.fullmatch(b"\xe2\x80\x94 ([^ ]+) ([^ ]+)", line)
        data = found and strict_base64(found[2])
        if not found or not is_key_name(found[1]) or not data or len(data) < 5:
            self.refuse(at, "em dash, name and Base64 of key id and signature", said(line))
        return found[1], data[:4], data[4:]

    def refuse(self, at, expected, actual, what="signed note"):
        raise Damage(what, self.file, self.base + at, None, expected, actual)

    def line_at(self, number):
        """Where a line of the text begins."""
        return len(b"".join(self.text.splitlines(True)[:number]))

    def verify(self, keys):
        """The keys that signed it, each with its seconds of time or None; one at least."""
        known = {(key.name, key.number): key for key in keys}
        signed = []
        for at, name, number, signature in self.lines:
            key = known.get((name, number))
            if not key:
                continue
            seconds, message = None, self.text
            if key.kind == COSIGNATURE:
                seconds, signature = int.from_bytes(signature[:8], "big"), signature[8:]
                message = b"cosignature/v1\ntime %d\n" % seconds + message
            if (seconds or 0) >= 2 ** 63 or not ed25519(key.public, message, signature):
                self.refuse(at, "one of %s over the text" % said(name), "one that does not verify",
                            "signature")
            signed.append((key, seconds))
        if not signed:
            self.refuse(self.lines[0][0], "one of a key that is believed: "
                        + ", ".join("%s+%s" % (said(key.name), key.number.hex()) for key in keys),
                        "none", "signature")
        return signed

    def head(self):
        """The tree head that the text is."""
        lines = self.text.split(b"\n")[:-1]
        if len(lines) != 3 or not lines[0]:
            self.refuse(self.line_at(3), "origin, size and root, a line each",
                        "%d lines" % len(lines), "checkpoint")
        size, root = whole_number(lines[1]), strict_base64(lines[2])
        if size is None:
            self.refuse(self.line_at(1), "a decimal number", said(lines[1]), "size of a checkpoint")
        if root is None or len(root) != 32 or not size and root != EMPTY_ROOT:
            self.refuse(self.line_at(2), "Base64 of a root", said(lines[2]), "root of a checkpoint")
        return Head(lines[0], size, root)


class Policy:
    """Which logs and witnesses are known, and how many witnesses are enough (tlog-policy)."""

    def __init__(self, file, data):
        self.file, self.logs, self.witnesses, self.groups = file, [], {}, {}
        self.quorum, self.members, at = None, set(), 0
        bad = re.search(b"[^\t\n\x20-\x7e\x80-\xff]", data)
        if bad or data[-1:] not in (b"\n", b""):
            raise Damage("policy", file, bad.start() if bad else len(data), None,
                         "lines of text", "%02x" % bad[0][0] if bad else "no end of line")
        for line in data.splitlines(True):
            words = re.split(b"[ \t]+", line.strip(b" \t\n"))
            if words[0] and not words[0].startswith(b"#"):
                try:
                    self.take(words[0], words[1:])
                except ValueError as error:
                    raise Damage("policy", file, at, None, error, said(line.strip()))
            at += len(line)
        if self.quorum is None:
            raise Damage("policy", file, at, None, "a line quorum", "none")

    def take(self, word, rest):
        if word == b"log" and len(rest) in (1, 2):
            self.logs.append(self.key(rest[0], PLAIN, self.logs))
        elif word == b"witness" and len(rest) in (2, 3):
            self.name(rest[0])
            self.witnesses[rest[0]] = self.key(rest[1], COSIGNATURE, self.witnesses.values())
        elif word == b"group" and len(rest) > 2:
            self.group(rest[0], rest[1], rest[2:])
        elif word == b"quorum" and len(rest) == 1 and self.quorum is None:
            if rest[0] != b"none" and rest[0] not in {**self.witnesses, **self.groups}:
                raise ValueError("a witness or group of a line before")
            self.quorum = rest[0]
        else:
            raise ValueError("log, witness, group, and quorum once")

    @staticmethod
    def key(text, kind, others):
        key = key_of(text)
        if key.kind != kind:
            raise ValueError("a key of type %02x" % kind)
        if key.public in [other.public for other in others]:
            raise ValueError("no public key twice")
        return key

    def name(self, name):
        if name == b"none" or name in self.witnesses or name in self.groups:
            raise ValueError("a name that is not taken")

    def group(self, name, many, members):
        self.name(name)
        for member in members:
            if member not in {**self.witnesses, **self.groups} or member in self.members:
                raise ValueError("members of lines before, each in one group")
            self.members.add(member)
        count = {b"any": 1, b"all": len(members)}.get(many) or whole_number(many) or 0
        if not 1 <= count <= len(members):
            raise ValueError("all, any, or a number up to that of the members")
        self.groups[name] = count, members

    def has_witnessed(self, name, signed):
        if name in self.groups:
            count, members = self.groups[name]
            return sum(self.has_witnessed(member, signed) for member in members) >= count
        return name == b"none" or self.witnesses[name] in signed

    def judge(self, head):
        """Raises Damage where a signed tree head does not satisfy it."""
        if self.logs and not set(self.logs) & set(head.keys):
            raise Damage("policy %s" % self.file, head.file, 0, head.head.size,
                         "a signature of a log it lists", "none")
        if not self.has_witnessed(self.quorum, head.keys):
            raise Damage("policy %s" % self.file, head.file, 0, head.head.size,
                         "the quorum %s" % said(self.quorum),
                         "cosigned by %s" % (self.cosigners(head) or "none"))

    def cosigners(self, head):
        return ", ".join("%s at %s" % (said(name), utc(time * SECOND))
                         for name, key in self.witnesses.items()
                         for other, time in zip(head.keys, head.times) if other == key)


class Trust:
    """The keys that are believed: of --vkey, else of the policy, else of the folder itself."""

    def __init__(self, vkeys=(), policy=None):
        self.policy = policy
        self.given = list(vkeys) or list(policy.logs if policy else ())
        self.keys, self.folder_keys, self.named = list(self.given), [], []

    def take_folder(self, path, name):
        """The keys of a folder's log.vkey; they are believed where no others were given."""
        data, at = read_file(path), 0
        if not data.endswith(b"\n"):
            raise Damage("keys", name, len(data), None, "an end of line", "end of file")
        for line in data[:-1].split(b"\n"):
            try:
                key = key_of(line)
                if key.kind != PLAIN or key in self.folder_keys[-1:]:
                    raise ValueError("a key of another type, or twice")
            except ValueError as error:
                raise Damage("key", name, at, None, "a vkey", error)
            self.folder_keys.append(key)
            at += len(line) + 1
        if not self.given:
            self.keys = list(self.folder_keys)

    def signers(self, note):
        """Which keys signed a note, of all that are known, each with its seconds or None."""
        if not self.keys:
            raise Unreadable("%s: no key is known to check it with; give one as --vkey" % note.file)
        named = [key for _, key in self.named]
        witnesses = list(self.policy.witnesses.values()) if self.policy else []
        return note.verify(list(dict.fromkeys(self.keys + self.folder_keys + named + witnesses)))

    def believes(self, signed, origin=None):
        """Whether a key that is believed, and has this name, is among those that signed."""
        return any(key in self.keys and origin in (None, key.name) for key, _ in signed)

    def judge(self, note):
        """Raises Damage where no believed key signed a note; who signed it."""
        signed = self.signers(note)
        if not self.believes(signed):
            note.refuse(note.lines[0][0], "one of a key that is believed", "none", "signature")
        return signed

    def head(self, file, data, base=0):
        """The tree head of a note that a key of its origin signed."""
        note = Note(file, data, base)
        head, signed = note.head(), self.judge(note)
        if not self.believes(signed, head.origin):
            note.refuse(0, "the name of the key that signed", said(head.origin), "origin")
        return Signed(file, head, *zip(*signed))

    def judge_heads(self, own, given, fold, roots, position, is_whole):
        """Holds tree heads against the log that `fold` and `roots` are of; those that are true.

        A head that a believed key signed, and whose root is right, vouches for the keys of its
        name that the log says came into use before it. Of its own heads those are left out that
        the log says it does not lead to; one that was kept elsewhere is not excused by that.
        """
        self.named = fold.keys_named
        for key in self.folder_keys if is_whole and fold.origins else ():
            if key.name not in fold.origins | {key.name for _, key in self.named}:
                raise Damage("name of a key", "log.vkey", 0, None,
                             ", ".join(map(said, sorted(fold.origins))), said(key.name))
        waiting, found = [], []
        heads = given + [pair for pair in own if (pair[1].size, pair[1].root) not in fold.lost]
        for note, head in sorted(heads, key=lambda pair: pair[1].size):
            waiting.append((note, head, self.signers(note)))
        while waiting:
            index = next((n for n, (_, head, signed) in enumerate(waiting)
                          if self.believes(signed, head.origin)), None)
            if index is None:
                note, head, _ = waiting[0]
                note.refuse(note.lines[0][0], "one of a believed key named %s" % said(head.origin),
                            "none", "signature")
            note, head, signed = waiting.pop(index)
            judge_head(note, head, fold.origins, roots, position, is_whole)
            self.keys += [key for at, key in self.named
                          if at < head.size and key.name == head.origin and key not in self.keys]
            found.append(Signed(note.file, head, *zip(*signed)))
        return found

    def report(self):
        if self.given:
            yield "keys      %s, as given" % ", ".join(sorted(
                "%s+%s" % (said(key.name), key.number.hex()) for key in self.given))
            more = [key for key in self.keys if key not in self.given]
            if more:
                yield "keys      %d more that the log names before a head of these" % len(more)
            for what, here, there in (("log.vkey names %d keys that are not believed",
                                       self.folder_keys, self.keys),
                                      ("%d keys as given are not in log.vkey",
                                       self.given, self.folder_keys)):
                others = set(here) - set(there)
                if others and self.folder_keys:
                    yield "remark    " + what % len(others)
        elif self.keys:
            yield ("keys      %d of the folder's own log.vkey: who can write it can name others; "
                   "--vkey says which to believe" % len(self.folder_keys))


class Heads:
    """The tree heads of a log's folder, and those that were handed in."""

    def __init__(self, folder, trust, given=()):
        self.folder, self.trust, self.remarks = folder, trust, []
        if os.path.exists(self.path("log.vkey")):
            trust.take_folder(self.path("log.vkey"), "log.vkey")
        # In this order: beside a daemon the last one to be read must not be behind the others.
        self.own = {name: self.read(self.path(name), name)
                    for name in (*self.names(), "checkpoint", "last-signed")
                    if os.path.exists(self.path(name))}
        self.given = [self.read(path, path) for path in given]
        # Which are true of the log, and at which sizes those that were handed in are.
        self.true, self.anchors = [], []

    def path(self, name):
        return os.path.join(self.folder, name)

    @staticmethod
    def read(path, name):
        note = Note(name, read_file(path))
        return note, note.head()

    def names(self):
        """The files of checkpoints/."""
        folder = self.path("checkpoints")
        for name in sorted(os.listdir(folder) if os.path.isdir(folder) else ()):
            if name.endswith(".tmp"):
                self.remarks.append("checkpoints/%s is the rest of a write and was not read" % name)
                continue
            if not re.fullmatch("[0-9]{20}", name):
                raise Damage("name of a checkpoint", "checkpoints/" + name, 0, None, "20 digits",
                             name)
            yield "checkpoints/" + name

    def sizes(self):
        return {head.size for _, head in list(self.own.values()) + self.given}

    def judge(self, fold, roots, position, is_whole):
        """Holds every tree head against the log, and against the others."""
        every = list(self.own.values()) + self.given
        self.true = self.trust.judge_heads(list(self.own.values()), self.given, fold, roots,
                                           position, is_whole)
        self.anchors = [head.size for _, head in self.given if head.size in roots]
        last = self.own["last-signed"][1] if "last-signed" in self.own else None
        for name, (note, head) in self.own.items():
            if name.startswith("checkpoints/") and int(name[-20:]) != head.size:
                raise Damage("name of a checkpoint", name, 0, None, "%020d" % head.size, name[-20:])
            if last and head.origin == last.origin and head.size > last.size:
                raise Damage("a tree head behind last-signed", name, 0, head.size,
                             "at most %d" % last.size, head.size)
            known = {key.number for key in self.trust.keys + self.trust.folder_keys}
            known |= {key.number for _, key in fold.keys_named}
            for at, signer, number, _ in note.lines if is_whole else ():
                if signer == head.origin and number not in known:
                    note.refuse(at, "one of a key of log.vkey or of the log",
                                "key id %s" % number.hex(), "signature")
        if len(self.true) < len(every):
            self.remarks.append("%d tree heads are among those that the log says were lost"
                                % (len(every) - len(self.true)))
        behind = sum(signed.head.size not in roots for signed in self.true)
        if behind:
            self.remarks.append("%d tree heads stand behind what was read and were not compared"
                                % behind)
        for signed in self.asked() if self.trust.policy else ():
            self.trust.policy.judge(signed)

    def asked(self):
        """The tree heads that a policy is asked of: those given, else the newest of the folder."""
        names = {note.file for note, _ in self.given}
        names = names or {"checkpoint"} & set(self.own) or {"last-signed"}
        return [signed for signed in self.true if signed.file in names]

    def report(self):
        yield from self.trust.report()
        kept = sum(name.startswith("checkpoints/") for name in self.own)
        names = [name for name in ("checkpoint", "last-signed") if name in self.own]
        names += ["%d of checkpoints/" % kept] if kept else []
        names += ["%d given" % len(self.given)] if self.given else []
        yield "heads     %s" % ((", ".join(names) + ": signatures, origin, roots at their sizes")
                                if names else "none")
        policy = self.trust.policy
        for signed in self.asked() if policy else ():
            yield "policy    %s is satisfied by %s (%s)" % (
                policy.file, signed.file, policy.cosigners(signed) or "none")
        if policy and not self.asked():
            yield "policy    %s has no tree head to judge" % policy.file


def judge_head(note, head, origins, roots, position, is_whole):
    """Holds a signed tree head against the roots that were made again."""
    if origins and head.origin not in origins:
        note.refuse(0, ", ".join(map(said, sorted(origins))), said(head.origin), "origin")
    if head.size > position and is_whole:
        raise Damage("end of the log before a signed tree head", note.file, note.line_at(1),
                     position, "%d events" % head.size, "%d events" % position)
    root = roots.get(head.size)
    if root is not None and root != head.root:
        raise Damage("root", note.file, note.line_at(2), head.size,
                     base64.b64encode(root).decode(), base64.b64encode(head.root).decode())


# Proofs: C2SP tlog-proof, and the request of tlog-witness.

def included(index, size, leaf, proof, root):
    """Whether a proof of RFC 6962 section 2.1.1 shows that a leaf stands at a position."""
    if not 0 <= index < size:
        return False
    last = size - 1
    for digest in proof:
        if not last:
            return False
        if index & 1 or index == last:
            leaf = node(digest, leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            leaf = node(leaf, digest)
        index, last = index >> 1, last >> 1
    return not last and leaf == root


def consistent(old, new, old_root, new_root, proof):
    """Whether a proof of section 2.1.2 shows that a tree of size `new` begins with the `old`."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new:
        return False
    path = list(proof) if old & old - 1 else [old_root] + list(proof)
    if len(path) < 2 - bool(old & old - 1):
        return False
    index, last = old - 1, new - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    one = two = path[0]
    for digest in path[1:]:
        if not last:
            return False
        if index & 1 or index == last:
            one, two = node(digest, one), node(digest, two)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            two = node(two, digest)
        index, last = index >> 1, last >> 1
    return not last and one == old_root and two == new_root


def proof_lines(file, data, label, word):
    """The number behind `word`, the hashes, and where the checkpoint behind them begins.

    `label`: the line in front of it, which a line `extra` may follow; None where there is none.
    """
    front, gap, _ = data.partition(b"\n\n")
    lines, hashes, index = front.split(b"\n"), [], 0

    def refuse(expected):
        raise Damage("proof", file, sum(len(line) + 1 for line in lines[:index]), None, expected,
                     said(b"".join(lines[index:index + 1])))

    if label:
        if lines[0] != label:
            refuse(said(label))
        index = 1
        if lines[1:] and lines[1].startswith(b"extra "):
            if strict_base64(lines[1][6:]) is None:
                refuse("extra and Base64")
            index = 2
    line = b"".join(lines[index:index + 1])
    number = whole_number(line[len(word):]) if line.startswith(word) else None
    if number is None:
        refuse("%sand a number" % said(word))
    for index in range(index + 1, len(lines)):
        digest = strict_base64(lines[index])
        if digest is None or len(digest) != 32 or len(hashes) == 63:
            refuse("Base64 of at most 63 hashes")
        hashes.append(digest)
    if not gap:
        raise Damage("proof", file, len(data), None, "an empty line and a checkpoint", "none")
    return number, hashes, len(front) + 2


def check_proof(path, entry_path, trust):
    """Checks a tlog-proof of an entry; what it shows, in lines."""
    data, entry = read_file(path), read_file(entry_path)
    index, hashes, at = proof_lines(path, data, b"c2sp.org/tlog-proof@v1", b"index ")
    signed = trust.head(path, data[at:], at)
    leaf = hashlib.sha256(b"\0" + entry).digest()
    if not included(index, signed.head.size, leaf, hashes, signed.head.root):
        raise Damage("proof of %s" % entry_path, path, 0, index,
                     "root %s" % signed.head.root.hex(), "another from leaf %s" % leaf.hex())
    if trust.policy:
        trust.policy.judge(signed)
    return ["entry     %d bytes, leaf %s" % (len(entry), leaf.hex()),
            "proof     it stands at position %d of %d" % (index, signed.head.size)
            ] + list(head_lines(signed, trust))


def merchant_lines(file, data):
    """Merchant, positions, leaves with their proofs, event, and where the tlog-proof begins."""
    front, gap, _ = data.partition(b"\n\n")
    lines, at = front.split(b"\n"), 0

    def refuse(expected):
        raise Damage("proof", file, sum(len(line) + 1 for line in lines[:at]), None, expected,
                     said(b"".join(lines[at:at + 1])))

    def rest(word):
        line = b"".join(lines[at:at + 1])
        return line[len(word) + 1:] if line.startswith(word + b" ") else None

    if lines[0] != b"sluice.example/merchant-proof@v1" or not gap:
        refuse("sluice.example/merchant-proof@v1")
    at = 1
    merchant = strict_base64(rest(b"merchant") or b"")
    if not merchant or len(merchant) > 64:
        refuse("merchant and the Base64 of an id")
    positions, leaves, at = [], [], 2
    while rest(b"position") is not None:
        positions.append(whole_number(rest(b"position")))
        if positions[-1] is None:
            refuse("position and a number")
        at += 1
    while rest(b"leaf") is not None:
        number, _, text = rest(b"leaf").partition(b" ")
        leaf = strict_base64(text) or b""
        if (whole_number(number) is None or not leaf or not 1 <= leaf[0] <= 64
                or len(leaf) != leaf[0] + 49):
            refuse("leaf, an index and the Base64 of a leaf")
        leaves.append((whole_number(number), leaf, []))
        at += 1
        while (at < len(lines) and len(leaves[-1][2]) < 64
               and len(strict_base64(lines[at]) or b"") == 32):
            leaves[-1][2].append(strict_base64(lines[at]))
            at += 1
    event = strict_base64(rest(b"event") or b"")
    if not event or at + 1 != len(lines):
        refuse("event and its Base64, and an empty line")
    return merchant, positions, leaves, event, len(front) + 2


MERCHANT_PROOF_LIMIT = 64 << 20


def check_merchant(path, wanted, trust, kinds):
    """Checks which events are all of a merchant's, whose id it is; what it shows, in lines."""
    data = read_file(path)
    if len(data) > MERCHANT_PROOF_LIMIT:
        raise Damage("length", path, 0, None, "at most %d" % MERCHANT_PROOF_LIMIT, len(data))
    merchant, positions, leaves, event, at = merchant_lines(path, data)
    if merchant != wanted:
        raise Damage("merchant", path, 0, None, said(wanted), said(merchant))
    index, hashes, end = proof_lines(path, data[at:], b"c2sp.org/tlog-proof@v1", b"index ")
    signed = trust.head(path, data[at + end:], at + end)
    kind = kinds.get(int.from_bytes(event[:3], "little"))
    head = HEAD_FULL(event) if len(event) == EVENT_HEAD + 48 else None
    if (kind is None or kind.name != "merchant-tree-committed" or head is None
            or head[2] not in ACTORS or head[-2] != len(event)):
        raise Damage("event", path, 0, index, "merchant-tree-committed", "another")
    if not included(index, signed.head.size, hashlib.sha256(b"\0" + event).digest(), hashes,
                    signed.head.root):
        raise Damage("proof of the event", path, at, index, "root %s" % signed.head.root.hex(),
                     "another")
    tree = {name: value for name, _, value in kind.decode(event, 0)}
    if tree["size"] > index:
        raise Damage("size", path, 0, index, "at most %d" % index, tree["size"])
    for number, leaf, proof in leaves:
        if not included(number, tree["merchants"], hashlib.sha256(b"\0" + leaf).digest(), proof,
                        tree["root"]):
            raise Damage("leaf %d" % number, path, 0, None, "root %s" % tree["root"].hex(),
                         "another")
    fault = merchant_fault(merchant, positions, leaves, tree)
    if fault:
        raise Damage("events of a merchant", path, 0, index, *fault)
    if trust.policy:
        trust.policy.judge(signed)
    return ["merchant  %s" % said(merchant),
            "events    %d among the first %d%s" % (
                len(positions), tree["size"],
                ": " + ", ".join(map(str, positions)) if positions else ""),
            "tree      committed at position %d; whoever reads the whole log makes it again"
            % index] + list(head_lines(signed, trust))


def merchant_fault(merchant, positions, leaves, tree):
    """Why leaves that stand in the tree do not show what is said; None where they do."""
    ids = [leaf[1:1 + leaf[0]] for _, leaf, _ in leaves]
    if positions:
        chain, before = bytes(32), -1
        for position in positions:
            if not before < position < tree["size"]:
                return "positions that grow, before %d" % tree["size"], position
            chain = hashlib.sha256(chain + position.to_bytes(8, "big")).digest()
            before = position
        said_leaf = merchant_leaf(merchant, len(positions), positions[-1], chain)
        if [leaf for _, leaf, _ in leaves] != [said_leaf]:
            return "the leaf %s" % said_leaf.hex(), "another"
        return None
    if not leaves:
        return None if tree["merchants"] == 0 else ("a neighbour", "none")
    places = [number for number, _, _ in leaves]
    if len(leaves) == 2 and ids[0] < merchant < ids[1] and places[1] == places[0] + 1:
        return None
    if len(leaves) == 1 and merchant < ids[0] and places[0] == 0:
        return None
    if len(leaves) == 1 and ids[0] < merchant and places[0] == tree["merchants"] - 1:
        return None
    return "the neighbours of %s" % said(merchant), ", ".join(map(said, ids))


def check_consistency(old_path, path, trust):
    """Checks that the tree head of a request goes on from an older one; what it shows."""
    data = read_file(path)
    old = trust.head(old_path, read_file(old_path))
    size, hashes, at = proof_lines(path, data, None, b"old ")
    new = trust.head(path, data[at:], at)
    if new.head.origin != old.head.origin:
        raise Damage("origin", path, at, None, said(old.head.origin), said(new.head.origin))
    if size != old.head.size or size > new.head.size:
        raise Damage("old size", path, 4, None,
                     "%d and at most %d" % (old.head.size, new.head.size), size)
    # Every tree begins with the empty one.
    holds = not hashes if size == 0 else consistent(
        size, new.head.size, old.head.root, new.head.root, hashes)
    if not holds:
        raise Damage("proof of consistency", path, 0, size, "one from the root of %s" % old_path,
                     "one that does not lead to both roots")
    if trust.policy:
        trust.policy.judge(new)
    return ["proof     the first %d events of %d are those of %s" % (size, new.head.size, old_path)
            ] + list(head_lines(new, trust))


def head_lines(signed, trust):
    """What is said of a signed tree head."""
    yield "origin    %s" % said(signed.head.origin)
    yield "size      %d" % signed.head.size
    yield "root      %s" % base64.b64encode(signed.head.root).decode()
    yield from trust.report()
    if trust.policy:
        yield "policy    %s is satisfied (%s)" % (trust.policy.file,
                                                  trust.policy.cosigners(signed) or "none")


# Signed approvals.

def note_fault(note, statement, label, approvers):
    """What is wrong with a signed approval that must say `statement`: a triple, or None."""
    text, _, signatures = note.rpartition(b"\n\n")
    if text + b"\n" != statement:
        return "approval", statement.decode("utf-8", "replace"), text.decode("utf-8", "replace")
    for vkey in approvers:
        name, number, key = vkey.encode().split(b"+", 2)
        if name + b"+" + number != label:
            continue
        key = base64.b64decode(key)
        head = b"\xe2\x80\x94 " + name + b" "
        for line in signatures.split(b"\n"):
            if not line.startswith(head):
                continue
            signature = base64.b64decode(line[len(head):])
            if signature[:4].hex().encode() == number \
                    and ed25519(key[1:], statement, signature[4:]):
                return None
        return "approval", "a signature of " + label.decode(), "none that verifies"
    return "key", "an approver of the plan", label.decode("utf-8", "replace")


# The dumps.

INERT = {chr(code): "\\u%04x" % code for code in (
    *range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x061C, 0x200E, 0x200F,
    *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
INERT["\\"] = "\\\\"
FORMULA = re.compile("[;](?=[=+@\uFF1D\uFF0B\uFF0D\uFF20-])")
APOSTROPHE = tuple("'=+-@\uFF1D\uFF0B\uFF0D\uFF20")


def text_cell(value):
    """A text cell: bytes of an event, or None; see section 9."""
    text = (value or b"").decode("utf-8", "surrogateescape")
    text = "".join(INERT.get(one) or ("\\x%02x" % (ord(one) - 0xDC00)
                                      if "\uDC80" <= one <= "\uDCFF" else one) for one in text)
    text = FORMULA.sub(r"\\u003b", text)
    return "'" + text if text.startswith(APOSTROPHE) else text


def csv_bytes(rows):
    """Rows of strings, numbers and None as the bytes of a dump."""
    lines = []
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        lines.append(",".join(
            '"' + cell.replace('"', '""') + '"' if any(c in cell for c in '",\r\n') else cell
            for cell in cells) + "\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


FOLDED = ("merchants", "terms", "reconciliation")


class Histories:
    """Which events are each merchant's: the tree of merchants of section 12."""

    def __init__(self, kinds):
        # The row of each merchant number and of each id, and of each row its id and its events.
        self.numbers, self.ids, self.rows = [None], {}, []
        # Events that no tree is over yet: where they stand, and whose they are.
        self.positions, self.owners = array.array("Q"), array.array("I")
        self.size = self.trees = 0
        # The leaves and the root at that size.
        self.made = 0, EMPTY_ROOT
        # Kinds whose fields may name a merchant by its id.
        self.naming = {key for key, kind in kinds.items()
                       if kind.name.startswith(("payment-", "order-"))}

    def row(self, merchant):
        if merchant not in self.ids:
            self.ids[merchant] = len(self.rows)
            self.rows.append([merchant, 0, 0, bytes(32)])
        return self.ids[merchant]

    def register(self, merchant):
        self.numbers.append(self.row(merchant))

    def name(self, position, fields):
        """Notes an event of nobody's number, for those whom its fields name."""
        named = {fields.get("merchant"), fields.get("external")}
        for part in fields.get("parts", ()):
            named.update(value for name, _, value in part if name == "merchant")
        for merchant in named - {None, b""}:
            self.positions.append(position)
            self.owners.append(self.row(merchant))

    def fold(self, size):
        """Takes the events before a position into their merchants' rows."""
        taken = 0
        for position, owner in zip(self.positions, self.owners):
            if position >= size:
                break
            row = self.rows[owner]
            row[1], row[2] = row[1] + 1, position
            row[3] = hashlib.sha256(row[3] + position.to_bytes(8, "big")).digest()
            taken += 1
        del self.positions[:taken], self.owners[:taken]
        self.size = size

    def committed(self, position, fields):
        """Holds a tree that was committed against the events that it is over."""
        if not self.size <= fields["size"] <= position:
            raise Unfounded("size", "%d to %d" % (self.size, position), fields["size"])
        if fields["size"] > self.size:
            self.fold(fields["size"])
            self.made = self.make()
        count, root = self.made
        if count != fields["merchants"]:
            raise Unfounded("merchants", count, fields["merchants"])
        if root != fields["root"]:
            raise Unfounded("root", root.hex(), fields["root"].hex())
        self.trees += 1

    def make(self):
        """How many leaves the tree has, and its root."""
        tree, count = Tree(), 0
        for merchant, events, last, chain in sorted(self.rows):
            if events:
                leaf = merchant_leaf(merchant, events, last, chain)
                tree.push(0, hashlib.sha256(b"\0" + leaf).digest())
                count += 1
        return count, tree.root()


def merchant_leaf(merchant, count, last, chain):
    """The leaf of a merchant, section 12."""
    return (bytes([len(merchant)]) + merchant + count.to_bytes(8, "big") + last.to_bytes(8, "big")
            + chain)


class Standing:
    """How one merchant stands under one rollout."""

    def __init__(self):
        self.state, self.reason = "pending", b""
        self.wave = self.planned_at = self.enabled_at = self.changed_at = None


class Fold:
    """What the three dumps are made of."""

    MERCHANTS = ("number merchant platform category city tier downstream daily_payments "
                 "registered_at closed_at rollout institution state wave planned_at enabled_at "
                 "changed_at reason events last_position").split()
    RECONCILIATION = ("institution day captured_count captured_fen refunded_count refunded_fen "
                      "net_fen apart_count apart_fen").split()
    TERMS = ("position name version published_at effective_at supersedes withdrawn_by digest "
             "field old chinese english").split()

    def __init__(self, kinds):
        self.merchants, self.closed, self.rollouts, self.standings = {}, {}, {}, {}
        self.counts, self.last = {}, {}
        self.days = {}
        # The discrepancies of each flagged payment, by its position.
        self.flagged = {}
        self.editions, self.position = [], None
        names = {kind.name: kind for kind in kinds.values()}
        self.values = names["merchant-registered"].values
        self.institutions = names["rollout-announced"].values["institution"]
        handlers = {"merchant-registered": self.registered, "merchant-updated": self.registered,
                    "merchant-closed": self.close, "merchant-enabled": self.enabled,
                    "merchant-rolled-back": self.rolled_back,
                    "merchant-excluded": self.excluded, "merchant-reinstated": self.reinstated,
                    "rollout-consulted": self.rollout, "rollout-announced": self.announced,
                    "rollout-amended": self.amended, "rollout-approved": self.approved,
                    "log-created": self.created, "terms-published": self.terms,
                    "rollback-completed": self.rollback_completed,
                    "discrepancy-resolved": self.resolved,
                    "subject-erased": self.erased, "signing-key-named": self.key_named,
                    "merchant-tree-committed": self.tree_committed}
        self.plans, self.approvers, self.origin, self.log_id = {}, {}, b"", ""
        # The names that it was signed under, the keys that came into use and from where on, and
        # the signed tree heads that it says it does not lead to.
        self.origins, self.keys_named, self.lost = set(), [], set()
        # The digest of each document of a plan, and where it was announced.
        self.documents = {}
        self.subjects, self.odd_subjects = set(), []
        self.registration = next(key for key, kind in kinds.items()
                                 if kind.name == "merchant-registered")
        self.of_merchants = {key for key, kind in kinds.items()
                             if 20 <= kind.number < 40}
        self.histories = Histories(kinds)
        self.beside_payments = {key for key, kind in kinds.items()
                                if kind.name in ("order-attempted", "payment-disputed")}
        self.shops = set()
        self.handlers = {key: handlers[kind.name] for key, kind in kinds.items()
                         if kind.name in handlers}
        refund = next(kind for kind in kinds.values() if kind.name == "payment-refunded")
        self.basis_at = refund.offset("refund_basis")
        self.institution_at = refund.offset("institution")
        self.money = {key: self.money_offsets(kind) for key, kind in kinds.items()
                      if kind.name in ("payment-captured", "payment-refunded")}

    @staticmethod
    def money_offsets(kind):
        return (kind.name == "payment-refunded", kind.offset("order_amount"),
                kind.offset("institution"))

    def pay(self, money, body, at, instant, flags):
        """A capture or refund, by the rules of reconciliation.csv."""
        refund, amount_at, institution_at = money
        if flags & NOTHING_NEW:
            return
        amount = int.from_bytes(body[at + amount_at:at + amount_at + 8], "little", signed=True)
        key = body[at + institution_at], (instant + BEIJING * SECOND) // DAY
        day = self.days.get(key)
        if day is None:
            day = self.days[key] = [0, 0, 0, 0, 0, 0]
        if flags & (CONFLICTS | FOREIGN) or refund and flags & EXCEEDS:
            day[4] += 1
            day[5] += 0 if flags & FOREIGN else amount
        else:
            column = 2 if refund else 0
            day[column] += 1
            day[column + 1] += amount
            if refund:
                self.move(body, at, instant, amount)

    def move(self, body, at, instant, amount):
        """Takes a reported sum's amount off the hour that its basis names."""
        basis = LENGTH(body, at + self.basis_at)[0]
        if basis < 2:
            return
        hour = (instant + BEIJING * SECOND) // (3600 * SECOND) + basis - 32769
        day = self.days.get((body[at + self.institution_at], hour // 24))
        if day is None or day[3] < amount:
            raise Unfounded("refund_basis", "an hour with refunds to move", basis)
        day[3] -= amount

    def known_rollout(self, fields):
        if fields["rollout"] not in self.rollouts:
            raise Unfounded("rollout", "one made known before", fields["rollout"])

    def registered(self, number, log_time, fields):
        if number not in self.merchants:
            if not fields["merchant"]:
                raise Unfounded("merchant", "an id", "none")
            if fields["merchant"] in self.shops:
                raise Unfounded("merchant", "one not registered", fields["merchant"])
            self.shops.add(fields["merchant"])
            self.histories.register(fields["merchant"])
            self.merchants[number] = {"registered_at": log_time}
        self.merchants[number].update(fields)

    def close(self, number, log_time, _):
        self.closed[number] = log_time

    def rollout(self, _, __, fields):
        if not 1 <= fields["rollout"] <= len(self.rollouts) + 1:
            raise Unfounded("rollout", "at most %d" % (len(self.rollouts) + 1),
                            fields["rollout"])
        self.rollouts.setdefault(fields["rollout"], (fields["plan"], fields["institution"]))

    def announced(self, number, log_time, fields):
        self.rollout(number, log_time, fields)
        self.take_plan(fields)

    def take_plan(self, fields):
        self.plans[fields["rollout"]] = fields["plan_version"], fields["digest"]
        self.documents.setdefault(hashlib.sha256(fields["document"]).digest(), self.position)
        try:
            self.approvers[fields["rollout"]] = json.loads(fields["document"]).get("approvers", [])
        except ValueError:
            raise Unfounded("document", "a plan", "no JSON")

    def created(self, _, __, fields):
        self.origin = fields["origin"]
        self.origins.add(self.origin)
        self.log_id = b"".join(
            fields[half].to_bytes(8, "little") for half in ("log_id_low", "log_id_high")).hex()

    def key_named(self, _, __, fields):
        self.origins.add(fields["origin"])
        data = bytes([PLAIN]) + fields["public_key"]
        number = hashlib.sha256(fields["origin"] + b"\n" + data).digest()[:4]
        self.keys_named.append((self.position, Key(fields["origin"], number, PLAIN, data[1:])))
        if fields["lost_size"]:
            self.lost.add((fields["lost_size"], fields["lost_root"]))

    def tree_committed(self, _, __, fields):
        self.histories.committed(self.position, fields)

    def erased(self, _, __, fields):
        """A subject is erased once, and its reference says nothing of it."""
        reference = fields["reference"]
        if reference in self.subjects or not SUBJECT.fullmatch(reference):
            self.odd_subjects.append(reference)
        self.subjects.add(reference)

    def approved(self, _, __, fields):
        """From version 2 on: of the version that stands, and a note says what the fields say."""
        self.known_rollout(fields)
        if "subject" not in fields:
            return
        version, digest = self.plans.get(fields["rollout"], (None, None))
        if (fields["plan_version"], fields["document_digest"]) != (version, digest):
            raise Unfounded("plan_version", "the version that stands, %s" % version,
                            fields["plan_version"])
        approvers = self.approvers.get(fields["rollout"], [])
        if not approvers:
            if fields["key"] or fields["approval"]:
                raise Unfounded("approval", "none, for the plan lists no approvers", "one")
            return
        step = {1: "start", 4: "resume"}.get(fields["subject"], "wave %d" % fields["wave"])
        expires = datetime.datetime.fromtimestamp(
            fields["expires_at"] // SECOND, datetime.timezone.utc)
        fraction = fields["expires_at"] % SECOND
        digits = next("%0*d" % (n, fraction // 10 ** (9 - n)) for n in (3, 6, 9)
                      if fraction % 10 ** (9 - n) == 0) if fraction else ""
        # Version 1 of a text named the origin alone.
        is_old = fields["approval"].startswith(b"sluice approval v1\n")
        log = (b"sluice approval v1", b"log " + self.origin) if is_old else (
            b"sluice approval v2", b"log " + self.origin, b"log-id " + self.log_id.encode())
        statement = b"\n".join((
            *log,
            b"plan " + self.rollouts[fields["rollout"]][0],
            b"version %d" % version, b"document " + digest.hex().encode(),
            b"approves " + step.encode(),
            b"override " + (b"yes" if fields["subject"] == 3 else b"no"),
            b"evidence " + (b"none" if fields["evidence"] == NONE else b"%d" % fields["evidence"]),
            b"quorum %d" % fields["quorum"],
            b"expires " + (expires.strftime("%Y-%m-%dT%H:%M:%S")
                           + ("." + digits if digits else "") + "Z").encode(), b""))
        fault = note_fault(fields["approval"], statement, fields["key"], approvers)
        if fault:
            raise Unfounded(*fault)

    def terms(self, _, log_time, fields):
        """From version 2 on the words are in the event, and follow on the version before."""
        name, digest = fields["name"], fields["digest"]
        last = next((edition for edition in reversed(self.editions)
                     if edition["name"] == name), None)
        edition = {"name": name, "version": fields["version"], "digest": digest,
                   "effective_at": fields["effective_at"], "published_at": log_time,
                   "position": self.position, "supersedes": None, "withdrawn_by": None,
                   "words": [(None,) * 4]}
        if "document" in fields:
            edition["words"] = self.words(fields)
            before, number = (last["position"], last["version"]) if last else (NONE, 0)
            if fields["supersedes"] != before:
                raise Unfounded("supersedes", before, fields["supersedes"])
            if fields["version"] != number + 1:
                raise Unfounded("version", number + 1, fields["version"])
            edition["supersedes"] = None if before == NONE else before
        if last and last["effective_at"] > log_time:
            last["withdrawn_by"] = self.position
        self.editions.append(edition)

    @staticmethod
    def words(fields):
        """The words of a document that is the one its event speaks of."""
        try:
            document = json.loads(fields["document"])
            said = (document["terms"].encode(), document["version"],
                    instant_of(document["effective_at"]))
            words = [(word["field"].encode(), word["old"].encode(), word["new"].encode(),
                      word["english"].encode()) for word in document["words"]]
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unfounded("document", "terms", "none")
        if said != (fields["name"], fields["version"], fields["effective_at"]) or not words:
            raise Unfounded("document", "what the event says of it", said)
        if hashlib.sha256(fields["document"]).digest() != fields["digest"]:
            raise Unfounded("digest", "that of the document", fields["digest"].hex())
        return words

    def amended(self, _, __, fields):
        """An amendment follows on the version that stands; no row of the two dumps changes."""
        self.known_rollout(fields)
        version, digest = self.plans.get(fields["rollout"], (None, None))
        if (fields["previous_version"], fields["previous_digest"]) != (version, digest) \
                or fields["plan_version"] != version + 1:
            raise Unfounded("previous_version", "the version that stands, %s" % version,
                            fields["previous_version"])
        self.take_plan(fields)

    def resolved(self, _, __, fields):
        """An answer is to discrepancies that an earlier payment carries."""
        carried = self.flagged.get(fields["position"], 0)
        if fields["flags"] & ~carried:
            raise Unfounded("position", "an event with these discrepancies", fields["position"])

    @staticmethod
    def rollback_completed(_, __, fields):
        if fields.get("still_on"):
            raise Unfounded("still_on", 0, fields["still_on"])

    def standing(self, number, log_time, fields):
        self.known_rollout(fields)
        standing = self.standings.setdefault((number, fields["rollout"]), Standing())
        standing.changed_at = log_time
        return standing

    def enabled(self, number, log_time, fields):
        standing = self.standing(number, log_time, fields)
        standing.state = "enabled"
        standing.wave, standing.planned_at = fields["wave"] or None, fields["planned_at"]
        if standing.enabled_at is None:
            standing.enabled_at = log_time

    def rolled_back(self, number, log_time, fields):
        self.standing(number, log_time, fields).state = "rolled-back"

    def excluded(self, number, log_time, fields):
        standing = self.standing(number, log_time, fields)
        standing.state, standing.reason = "excluded", fields["reason"]

    def reinstated(self, number, log_time, fields):
        standing = self.standing(number, log_time, fields)
        standing.state = "pending" if standing.enabled_at is None else "reinstated"
        standing.reason = b""

    def reconciliation(self):
        yield self.RECONCILIATION
        for (institution, day), (cc, cf, rc, rf, ac, af) in sorted(self.days.items()):
            yield (self.institutions.get(institution, institution),
                   second_text(day * 86400)[:10], cc, cf, rc, rf, cf - rf, ac, af)

    def merchant_rows(self):
        yield self.MERCHANTS
        for number, known in sorted(self.merchants.items()):
            tier = self.values["tier"].get(known["tier"], known["tier"])
            front = (number, text_cell(known.get("merchant")),
                     self.values["platform"].get(known["platform"], known["platform"]),
                     text_cell(known["category"]), text_cell(known["city"]), tier,
                     "yes" if tier in ("T3", "T4", "T5") else "no",
                     known["daily_payments"] or None, beijing(known["registered_at"]),
                     beijing(self.closed.get(number)))
            back = self.counts.get(number, 0), self.last.get(number)
            for rollout in sorted(self.rollouts):
                yield front + self.rollout_cells(number, rollout) + back
            if not self.rollouts:
                yield front + (None,) * 8 + back

    def rollout_cells(self, number, rollout):
        plan, institution = self.rollouts[rollout]
        standing = self.standings.get((number, rollout)) or Standing()
        return (text_cell(plan), self.institutions.get(institution, institution),
                standing.state, standing.wave, beijing(standing.planned_at),
                beijing(standing.enabled_at), beijing(standing.changed_at),
                text_cell(standing.reason))

    def term_rows(self):
        yield self.TERMS
        for edition in self.editions:
            for word in edition["words"]:
                digest = edition["digest"]
                yield (edition["position"], text_cell(edition["name"]), edition["version"],
                       beijing(edition["published_at"]), beijing(edition["effective_at"]),
                       edition["supersedes"], edition["withdrawn_by"],
                       digest.hex() if any(digest) else None, *map(text_cell, word))

    def dump(self, name):
        """The bytes of a dump as CSV, and how many rows it has."""
        rows = list({"merchants": self.merchant_rows, "terms": self.term_rows,
                     "reconciliation": self.reconciliation}[name]())
        return csv_bytes(rows), len(rows) - 1

    def dumps(self):
        return {name + ".csv": self.dump(name)[0] for name in FOLDED}


# Events, one after the other.

def moments_of(manifests):
    """Which dumps are to be made at which positions."""
    moments = {}
    for manifest in manifests:
        names = moments.setdefault(manifest.position, set())
        if manifest.is_folded:
            names.add(manifest.dump)
    return moments



class Events:
    """Decodes and folds events in their order, from segments or from bundles of entries."""

    def __init__(self, kinds, printer=None, moments=None):
        self.kinds, self.printer = kinds, printer
        self.fold = Fold(kinds)
        self.payments = {key for key, kind in kinds.items() if kind.walk == PAYMENT_WALK}
        self.links = {"previous": [], "cause": []}
        # Which dumps are wanted at which positions, and what they were there.
        self.moments, self.kept = moments or {}, {}
        self.last_time = None
        self.keep(0)

    def keep(self, position):
        """Makes the dumps that are wanted at a position."""
        if position in self.moments:
            self.kept[position] = self.last_time, {
                name: self.fold.dump(name) for name in self.moments[position]}

    def take(self, file, start, body, first, until, log_time):
        """Folds the events of a body from position `first` on that stand before `until`."""
        at = 0
        while first < until:
            stop = min([until] + [moment for moment in self.moments if moment > first])
            at = self.take_some(file, start, body, at, first, stop, log_time)
            self.last_time, first = log_time, stop
            self.keep(stop)

    def take_some(self, file, start, body, at, first, until, log_time):
        kinds, payments, fold, printer = self.kinds, self.payments, self.fold, self.printer
        handlers, money, last, counts = fold.handlers, fold.money, fold.last, fold.counts
        known, histories = len(fold.merchants), fold.histories
        noted, owned = histories.positions.append, histories.owners.append
        numbers, naming = histories.numbers, histories.naming
        for position in range(first, until):
            key, stated, occurred, cause, previous, merchant, size, flags = HEAD_FOLD(body, at)
            key &= 0xFFFFFF
            end = at + size
            fits = key in payments and end <= len(body) and self.fits_payment(body, at, end)
            if not fits or stated != log_time or body[at + 3] not in ACTORS:
                self.check_event(file, start + at, position, body, at, end, log_time)
            if merchant > known or not merchant and key in fold.of_merchants:
                if key != fold.registration or merchant != known + 1:
                    self.damage("merchant_number", file, start + at, position,
                                "one registered before", merchant)
                known += 1
            elif key == fold.registration:
                self.damage("merchant_number", file, start + at, position, known + 1, merchant)
            if cause != NONE and cause >= position:
                self.links["cause"].append(position)
            if merchant:
                if last.get(merchant, NONE) != previous:
                    self.links["previous"].append(position)
                last[merchant] = position
                counts[merchant] = counts.get(merchant, 0) + 1
            if flags & DISCREPANCIES and key in payments:
                fold.flagged[position] = flags & DISCREPANCIES
            elif flags & BESIDE_PAYMENTS and key in fold.beside_payments:
                fold.flagged[position] = flags & BESIDE_PAYMENTS
            if key in money:
                try:
                    fold.pay(money[key], body, at, occurred or log_time, flags)
                except Unfounded as fault:
                    self.damage(fault.args[0], file, start + at, position, *fault.args[1:])
            elif key in handlers:
                fields = {name: value for name, _, value in kinds[key].decode(body, at)}
                fold.position = position
                try:
                    handlers[key](merchant, log_time, fields)
                except Unfounded as fault:
                    self.damage(fault.args[0], file, start + at, position, *fault.args[1:])
            if merchant:
                noted(position)
                owned(numbers[merchant])
            elif key in naming:
                histories.name(position, {name: value for name, _, value
                                          in kinds[key].decode(body, at)})
            if printer:
                printer.write(position, kinds[key], body, at)
            at = end
        return at

    @staticmethod
    def fits_payment(body, at, end):
        try:
            return payment_fits(body, at, end) and payment_in_range(body, at)
        except (IndexError, struct.error):
            return False

    def check_event(self, file, offset, position, body, at, end, log_time):
        """Stops the reader where an event is not as the catalogue says."""
        key, stated = HEAD_FOLD(body, at)[:2]
        kind = self.kinds.get(key & 0xFFFFFF)
        if kind is None:
            self.damage("event kind", file, offset, position, "kind and version of the catalogue",
                        "kind %d version %d" % (key & 0xFFFF, key >> 16 & 0xFF))
        if stated != log_time:
            self.damage("event log_time", file, offset, position, log_time, stated)
        try:
            filled = kind.extent(body, at + EVENT_HEAD)
        except (IndexError, struct.error):
            filled = -1
        if filled != end:
            self.damage("fields of %s" % kind.name, file, offset, position,
                        "%d bytes" % (end - at),
                        "%d bytes" % (filled - at) if filled >= 0 else "none that read so")
        wrong = kind.range_fault(body, at)
        if body[at + 3] not in ACTORS:
            wrong = "actor_kind", body[at + 3]
        if wrong:
            self.damage("%s of %s" % (wrong[0], kind.name), file, offset, position,
                        "a value of the catalogue", wrong[1])

    @staticmethod
    def damage(what, file, offset, position, expected, actual):
        raise Damage(what, file, offset, position, expected, actual)


# Manifests: what a dump is of.

class Manifest:
    """A manifest that a log's key signed, beside its dump."""

    SUFFIX, LABEL = ".manifest.note", b"sluice.manifest/v1"
    FORMATS = ("csv", "ndjson", "json", "sqlite")
    FIELDS = {"dump": str, "format": str, "format_version": None, "projection_version": None,
              "log_origin": str, "log_id": str, "position": int, "root": str, "log_time": None,
              "parameters": dict, "order": None, "rows": int, "sha256": str, "release": str}

    def __init__(self, path, trust, name=None):
        self.path, self.file = path, name or path
        self.note, self.trust = Note(self.file, read_file(path)), trust
        lines = self.note.text.split(b"\n")[:-1]
        if len(lines) != 2 or lines[0] != self.LABEL or not path.endswith(self.SUFFIX):
            self.refuse("two lines, the first %s" % said(self.LABEL), "others", 0)
        try:
            self.object = lines[1]
            self.values = json.loads(self.object)
            for name, kind in self.FIELDS.items():
                if kind and type(self.values[name]) is not kind:
                    raise ValueError(name)
            self.root = base64.b64decode(self.values["root"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            self.refuse("an object with the fields of a manifest", error)
        self.position, self.dump = self.values["position"], self.values["dump"]
        if self.values["format"] not in self.FORMATS or self.position < 0:
            self.refuse("a format and a position", self.values["format"])
        # Rows that this reader can make itself: where the digest is of the CSV of all rows.
        self.is_folded = (self.dump in FOLDED and self.values["format"] in ("csv", "sqlite")
                          and not self.values["parameters"])
        self.found = []

    def refuse(self, expected, actual, line=1):
        self.note.refuse(self.note.line_at(line), expected, actual, "manifest")

    def judge(self, fold, roots, kept):
        """Holds it against the log: its name, the root, the time, and what the rows were."""
        self.trust.judge(self.note)
        if self.position not in roots or self.position not in kept:
            self.refuse("a position that was read", self.position)
        time, dumps = kept[self.position]
        rows = [("root", base64.b64encode(roots[self.position]).decode()),
                ("log_time", beijing(time))]
        if fold.origin:
            rows.append(("log_id", fold.log_id))
        if self.is_folded:
            content, count = dumps[self.dump]
            rows += [("rows", count), ("sha256", hashlib.sha256(content).hexdigest())]
        for name, expected in rows:
            if self.values[name] != expected:
                self.refuse("%s %s" % (name, expected), self.values[name])
        if fold.origins and self.values["log_origin"].encode(
                "utf-8", "replace") not in fold.origins:
            self.refuse("log_origin %s" % said(fold.origin), self.values["log_origin"])
        self.found += ["rows made again"] if self.is_folded else []
        self.judge_file()

    def described(self, name):
        """The dump's file, by the manifest's name; a database of several dumps has one of each."""
        name = name[:-len(self.SUFFIX)]
        return name[:-len(self.dump) - 1] if self.values["format"] == "sqlite" and name.endswith(
            "." + self.dump) else name

    def judge_file(self):
        """Holds the dump that stands beside it against its digest."""
        path, form = self.described(self.path), self.values["format"]
        if not os.path.exists(path):
            self.found.append("no dump beside it")
            return
        if form == "sqlite":
            self.found.append("the database itself was not read")
            return
        data = read_file(path)
        # What stands around the rows is the manifest and nothing else.
        head = {"csv": b"", "ndjson": b'{"manifest":%s}\n', "json": b'{"manifest":%s,"rows":[\n'}[form]
        head = head % self.object if head else head
        tail = b"]}\n" if form == "json" else b""
        if not data.startswith(head) or not data.endswith(tail) \
                or len(data) < len(head) + len(tail):
            raise Damage("manifest in a dump", self.described(self.file), 0, self.position,
                         "the manifest of its note", "another")
        data = data[len(head):len(data) - len(tail)]
        actual = hashlib.sha256(data).hexdigest()
        if actual != self.values["sha256"]:
            raise Damage("digest of a dump", self.described(self.file), 0, self.position,
                         self.values["sha256"], actual)
        self.found.append("the file beside it has them")

    def report(self):
        yield "manifest  %s: %s at position %d, root and time right, %s" % (
            self.file, self.dump, self.position, ", ".join(self.found))


# Tiles: C2SP tlog-tiles.

def tile_name(level, number, width=256):
    """Where a tile stands; `level` is a number or `entries`."""
    text = "%03d" % (number % 1000)
    while number >= 1000:
        number //= 1000
        text = "x%03d/%s" % (number % 1000, text)
    return "tile/%s/%s" % (level, text) + (".p/%d" % width if width < 256 else "")


def tile_of(name):
    """Level, number and width of a tile's path, or None where no tile has this path."""
    found = re.fullmatch(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})"
                         r"(?:\.p/([0-9]{1,3}))?", name)
    if not found:
        return None
    level = found[1] if found[1] == "entries" else int(found[1])
    number, width = int(re.sub("[x/]", "", found[2])), int(found[3] or 256)
    fits = 0 < width <= 256 and (level == "entries" or level < 64)
    return (level, number, width) if fits and tile_name(level, number, width) == name else None


class Tiles:
    """Makes a folder of tiles again from its entries, and compares every byte."""

    def __init__(self, folder, checkpoint, head, wanted=(), events=None):
        self.folder, self.head, self.checkpoint = folder, head, checkpoint
        self.wanted, self.events = wanted, events
        self.tree, self.roots = Tree(), {0: EMPTY_ROOT}
        self.log_time, self.files = -2 ** 63, 0
        self.found = self.find()

    def find(self):
        """The widths of each tile that is there."""
        found = {}
        for base, _, names in os.walk(os.path.join(self.folder, "tile")):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(base, name), self.folder).replace(os.sep, "/")
                tile = tile_of(path)
                if not tile:
                    raise Damage("name of a tile", path, 0, None, "a path of a tile", path)
                found.setdefault(tile[:2], set()).add(tile[2])
        return found

    def read(self, level, number, width):
        name = tile_name(level, number, width)
        path = os.path.join(self.folder, *name.split("/"))
        if not os.path.exists(path):
            raise Damage("tile", name, 0, None, "a file", "none")
        self.files += 1
        return read_file(path)

    def width(self, level, number):
        """How many hashes a tile has at the checkpoint's size."""
        return min(256, (self.head.size >> 8 * level) - 256 * number)

    def run(self):
        level, hashes = 0, []
        for number in range((self.head.size + 255) // 256):
            leaves = self.bundle(number)
            self.compare(0, number, leaves)
            if len(leaves) == 256:
                hashes.append(forest(0, leaves)[0][1])
        while hashes:
            level, below, hashes = level + 1, hashes, []
            for number in range((len(below) + 255) // 256):
                tile = below[256 * number:256 * number + 256]
                self.compare(level, number, tile)
                if len(tile) == 256:
                    hashes.append(forest(0, tile)[0][1])
        for (level, number), widths in sorted(self.found.items(), key=str):
            name = tile_name(level, number, max(widths))
            raise Damage("tile", name, 0, None, "none that the checkpoint does not cover", name)
        root = self.tree.root()
        if root != self.head.root:
            raise Damage("root of all entries", self.checkpoint, 0, self.head.size,
                         self.head.root.hex(), root.hex())

    def bundle(self, number):
        """The leaves of a bundle of entries, which are folded where that is wanted."""
        first, width = 256 * number, self.width(0, number)
        name, data = tile_name("entries", number, width), self.read("entries", number, width)
        leaves, places, at = [], [], 0
        for position in range(first, first + width):
            end = at + 2 + int.from_bytes(data[at:at + 2], "big")
            if at + 2 > len(data) or end > len(data):
                raise Damage("bundle of entries", name, at, position, "%d entries" % width,
                             "%d" % len(leaves))
            leaves.append(hashlib.sha256(b"\0" + data[at + 2:end]).digest())
            places.append((at, end))
            at = end
        if at < len(data):
            raise Damage("bundle of entries", name, at, first + width, "its end", "more bytes")
        for other in self.found.pop(("entries", number)) - {width}:
            whole = data[:places[other - 1][1]] if other < width else b""
            if self.read("entries", number, other) != whole:
                raise Damage("bundle of entries", tile_name("entries", number, other), 0, first,
                             "the beginning of %s" % name, "others")
        self.blame(number, leaves, name, places)
        for end, subtrees in forests(first, leaves, self.wanted):
            for level, digest in subtrees:
                self.tree.push(level, digest)
            if end in self.wanted:
                self.roots[end] = self.tree.root()
        if self.events:
            for position, (at, end) in enumerate(places, first):
                self.fold(name, at, data[at + 2:end], position)
        return leaves

    def blame(self, number, leaves, name, places):
        """Raises Damage of a bundle that differs from a tile which all tiles above it vouch for."""
        stored = self.read(0, number, len(leaves))
        for index, leaf in enumerate(leaves):
            wanted = stored[32 * index:32 * index + 32]
            if leaf != wanted and len(wanted) == 32 and self.is_vouched_for(number, stored):
                raise Damage("entry", name, places[index][0], 256 * number + index,
                             "leaf %s" % wanted.hex(), leaf.hex())

    def is_vouched_for(self, number, stored):
        """Whether the hashes above a tile of level 0 lead from it to the signed root."""
        level = 0
        while len(stored) == 8192:
            digest = forest(0, [stored[at:at + 32] for at in range(0, 8192, 32)])[0][1]
            level, index, number = level + 1, number % 256, number // 256
            stored = self.read(level, number, self.width(level, number))
            if stored[32 * index:32 * index + 32] != digest:
                return False
        tree = Tree()
        for level in range(7, -1, -1):
            count = self.head.size >> 8 * level & 255
            tile = self.read(level, self.head.size >> 8 * level + 8, count) if count else b""
            for at in range(0, len(tile), 32):
                tree.push(8 * level, tile[at:at + 32])
        return tree.root() == self.head.root

    def compare(self, level, number, hashes):
        """Holds every stored form of a tile against the hashes that it must have."""
        whole = b"".join(hashes)
        for width in sorted(self.found.pop((level, number), set()) | {len(hashes)}):
            stored, wanted = self.read(level, number, width), whole[:32 * width]
            if width > len(hashes) or stored != wanted:
                at = next((at for at in range(0, len(wanted), 32)
                           if stored[at:at + 32] != wanted[at:at + 32]), len(wanted))
                raise Damage("tile", tile_name(level, number, width), at, None,
                             wanted[at:at + 32].hex() or "its end", stored[at:at + 32].hex())

    def fold(self, name, at, entry, position):
        """Decodes an entry as the event at a position."""
        if len(entry) < EVENT_HEAD or LENGTH(entry, 68)[0] != len(entry):
            raise Damage("entry", name, at, position, "an event that fills it", "others")
        time = HEAD_FOLD(entry)[1]
        if time < self.log_time:
            raise Damage("event log_time", name, at, position, "at least %d" % self.log_time, time)
        self.log_time = time
        self.events.take(name, at + 2, entry, position, position + 1, time)

    def report(self):
        yield "entries   %d" % self.head.size
        yield "tiles     %d files, every byte compared" % self.files
        yield "root      %s" % base64.b64encode(self.tree.root()).decode()


def check_tiles(folder, trust, given):
    """Checks a folder of tiles; what was found, in lines."""
    signed = trust.head("checkpoint", read_file(os.path.join(folder, "checkpoint")))
    heads = [Heads.read(path, path) for path in given]
    tiles = Tiles(folder, signed.file, signed.head, {head.size for _, head in heads})
    tiles.run()
    for note, head in heads:
        trust.judge(note)
        judge_head(note, head, {signed.head.origin}, tiles.roots, signed.head.size, True)
    if trust.policy:
        trust.policy.judge(signed)
    yield from tiles.report()
    yield from head_lines(signed, trust)
    yield anchor_line([head.size for _, head in heads])


# Audit packs.

class Pack:
    """An audit pack: every file of it by digest, and what the files say of each other."""

    LABEL = b"sluice.pack/v1"

    def __init__(self, folder, trust, kinds, given):
        self.folder, self.trust, self.remarks = folder, trust, []
        trust.take_folder(self.path("log.vkey"), "log.vkey")
        self.note = Note("pack.note", read_file(self.path("pack.note")))
        # Whether a key that signed it is believed follows from the tree heads.
        trust.signers(self.note)
        self.names = self.named_files()
        self.heads = {name: Heads.read(self.path(name), name)
                      for name in self.under("checkpoints/") + ["tiles/checkpoint"]}
        self.given = [Heads.read(path, path) for path in given]
        self.manifests = [Manifest(self.path(name), trust, name) for name in self.under("dumps/")
                          if name.endswith(Manifest.SUFFIX)]
        self.events = Events(kinds, None, moments_of(self.manifests))
        wanted = {head.size for _, head in list(self.heads.values()) + self.given}
        wanted |= {manifest.position for manifest in self.manifests}
        self.head = self.heads["tiles/checkpoint"][1]
        self.tiles = Tiles(self.path("tiles"), "tiles/checkpoint", self.head, wanted, self.events)

    def path(self, name):
        return os.path.join(self.folder, *name.split("/"))

    def under(self, folder):
        return [name for name in self.names if name.startswith(folder)]

    def named_files(self):
        """The files that pack.note names, whose digests are looked at; no other may be there."""
        note = self.note
        lines, names = note.text.split(b"\n")[:-1], []
        for number, line in enumerate(lines):
            found = re.fullmatch(b"([0-9a-f]{64})  ([^\0]+)", line)
            parts = found[2].split(b"/") if found else [b""]
            if number == 0 and line == self.LABEL:
                continue
            if number == 0 or {b"", b".", b".."} & set(parts) or names and names[-1] >= found[2]:
                note.refuse(note.line_at(number), "%s, then digests and paths, sorted"
                            % said(self.LABEL), said(line), "pack.note")
            names.append(found[2])
            path, name = self.path(os.fsdecode(found[2])), os.fsdecode(found[2])
            if not os.path.isfile(path) or os.path.islink(path):
                raise Damage("file of the pack", name, 0, None, "a file", "none")
            digest = hashlib.sha256(read_file(path)).hexdigest()
            if digest.encode() != found[1]:
                raise Damage("digest of a file", name, 0, None, found[1].decode(), digest)
        names = [os.fsdecode(name) for name in names]
        for base, folders, files in os.walk(self.folder):
            for name in files + [name for name in folders
                                 if os.path.islink(os.path.join(base, name))]:
                path = os.path.relpath(os.path.join(base, name), self.folder).replace(os.sep, "/")
                if path not in names and path != "pack.note":
                    raise Damage("file of the pack", path, 0, None, "none that is not named", path)
        return names

    def run(self):
        self.tiles.run()
        fold = self.events.fold
        true = self.trust.judge_heads(list(self.heads.values()), self.given, fold,
                                      self.tiles.roots, self.head.size, True)
        self.signed = next((one for one in true if one.file == "tiles/checkpoint"), None)
        if not self.signed:
            self.note.refuse(0, "tiles of a head that the log leads to", "one that was lost")
        self.trust.judge(self.note)
        for name, (_, head) in self.heads.items():
            if name.startswith("checkpoints/") and name != "checkpoints/%020d" % head.size:
                raise Damage("name of a checkpoint", name, 0, None, "%020d" % head.size, name)
        for manifest in self.manifests:
            manifest.judge(fold, self.tiles.roots, self.events.kept)
        described = {manifest.described(manifest.file) for manifest in self.manifests}
        for name in self.under("dumps/"):
            if name not in described and not name.endswith((Manifest.SUFFIX, ".manifest.json")):
                raise Damage("dump", name, 0, None, "a manifest beside it", "none")
        for name in described - set(self.names):
            raise Damage("dump", name, 0, None, "a file", "none")
        self.judge_plans(fold)
        self.judge_policy()

    def judge_plans(self, fold):
        left = dict(fold.documents)
        for name in self.under("plans/"):
            digest = hashlib.sha256(read_file(self.path(name))).digest()
            if digest not in fold.documents:
                raise Damage("plan", name, 0, None, "a document that was announced", digest.hex())
            left.pop(digest, None)
        for digest, position in left.items():
            raise Damage("plan", "plans/", 0, position, "document %s" % digest.hex(), "none")

    def judge_policy(self):
        """The policy that was given decides; the pack's own is told of."""
        if self.trust.policy:
            self.trust.policy.judge(self.signed)
        if "policy" in self.names:
            own = Policy("policy", read_file(self.path("policy")))
            try:
                own.judge(self.signed)
                self.remarks.append("the pack's own policy is satisfied (%s)"
                                    % (own.cosigners(self.signed) or "none"))
            except Damage as damage:
                self.remarks.append("the pack's own policy is not satisfied: %s" % damage.args[0])

    def report(self):
        yield "pack      %d files named, every byte hashed, no other there" % len(self.names)
        yield from self.tiles.report()
        yield "heads     tiles/checkpoint and %d of checkpoints/" % (len(self.heads) - 1)
        yield "plans     %d documents, as they were announced" % len(self.under("plans/"))
        for manifest in self.manifests:
            yield from manifest.report()
        yield from head_lines(self.signed, self.trust)
        for remark in self.remarks:
            yield "remark    %s" % remark
        yield anchor_line([head.size for _, head in self.given])


# The audit.

def is_held(folder):
    """Whether a process holds the lock on the folder, as the system's list says."""
    try:
        found = os.stat(folder)
        place = "%02x:%02x:%d" % (os.major(found.st_dev), os.minor(found.st_dev), found.st_ino)
        with open("/proc/locks", encoding="ascii") as locks:
            return any(" FLOCK " in line and place in line.split() for line in locks)
    except OSError:
        return False


class Audit:
    """Reads one folder to the end of its log, or raises Damage."""

    def __init__(self, folder, kinds, upto, need_leaves, printer, heads=None, manifests=()):
        self.folder, self.upto = folder, upto
        # Before sync.mark: a tree head is signed when its events are durable.
        self.heads, self.manifests = heads or Heads(folder, Trust()), manifests
        segments = os.path.join(folder, "segments")
        self.paths = self.find_segments(segments if os.path.isdir(segments) else folder)
        self.leaves_path = self.find_leaves(need_leaves)
        self.remarks = self.heads.remarks
        self.late, self.bad_slots = [], []
        self.mark = self.read_mark()
        self.edges = self.read_tree()
        if upto is None and self.mark and is_held(folder):
            # Bytes behind the mark are on their way: they are there in any order, or not yet.
            upto = self.upto = self.mark.position
            self.remarks.append(
                "a daemon holds the log: what stands behind sync.mark was not judged")
        self.events, self.tree = Events(kinds, printer, moments_of(manifests)), Tree()
        self.wanted = self.heads.sizes() | {edge.size for edge in self.edges}
        self.wanted |= {manifest.position for manifest in manifests}
        # The roots at the sizes that are wanted; and all edges, where parts of old ones are left.
        self.roots, self.old_edges = {0: EMPTY_ROOT}, []
        self.walk = Walk(self.paths, self.mark, upto)
        self.position = self.batch = self.bytes = self.frames = self.seals = 0
        self.first_time = self.last_time = self.last_kind = None
        self.torn = self.wrong_leaf = None

    @property
    def fold(self):
        return self.events.fold

    def find_segments(self, folder):
        try:
            names = sorted(name for name in os.listdir(folder) if name.endswith(".seg"))
        except OSError as error:
            raise Unreadable("%s: %s" % (folder, error.strerror))
        if not names:
            raise Unreadable("%s: no segments" % folder)
        for name in names:
            if not re.fullmatch(r"[0-9]{20}\.seg", name):
                raise Damage("segment name", name, expected="20 digits", actual=name)
        return [os.path.join(folder, name) for name in names]

    def find_leaves(self, needed):
        path = os.path.join(self.folder, "leaves")
        if os.path.exists(path):
            return path if len(mapped(path)) else None
        if needed:
            raise Unreadable("%s: no such file" % path)
        return None

    def read_mark(self):
        """The slot of sync.mark that counts, or None; read before any segment is."""
        path = os.path.join(self.folder, "sync.mark")
        if not os.path.exists(path):
            return None
        data = bytes(mapped(path))
        log_id = bytes(mapped(self.paths[0])[16:32])
        slots = []
        for index in (0, 1):
            at = index * SYNC_SLOT_SIZE
            slots.append(self.read_slot(data[at:at + SYNC_SLOT.size], index, log_id))
            self.want_zeros("sync.mark", data, at + SYNC_SLOT.size, at + SYNC_SLOT_SIZE)
        if len(data) > 2 * SYNC_SLOT_SIZE:
            self.late.append(Damage("length", "sync.mark", 2 * SYNC_SLOT_SIZE, None,
                                    2 * SYNC_SLOT_SIZE, len(data)))
        return max(filter(None, slots), key=lambda mark: mark.generation, default=None)

    def read_slot(self, slot, index, log_id):
        """A slot, or None; where it is neither whole nor zeros, that is judged at the end."""
        if not any(slot):
            return None
        if len(slot) == SYNC_SLOT.size:
            magic, crc, *rest = SYNC_SLOT.unpack(slot)
            if (magic == b"SLCM" and crc == crc32c(slot[8:]) and rest[0] == log_id
                    and rest[1] % 2 == index):
                return Mark(*rest)
        self.bad_slots.append(index)
        return None

    def want_zeros(self, name, data, start, end):
        """Notes the first byte between two offsets of a file that is not zero."""
        dirt = first_nonzero(data[:end], start)
        if dirt is not None:
            self.late.append(Damage("bytes that nothing covers", name, dirt, None, "00",
                                    "%02x" % data[dirt]))

    def read_tree(self):
        """The edges that `tree` holds."""
        path = os.path.join(self.folder, "tree")
        data = bytes(mapped(path)) if os.path.exists(path) else b""
        edges = []
        for at, end in ((0, EDGE_PLACE), (EDGE_PLACE, len(data))):
            room = data[at:end]
            if not any(room):
                continue
            try:
                edges.append(Edge(at, room))
            except ValueError as error:
                self.late.append(Damage("edge of the tree", "tree", at, None, *error.args))
        return edges

    def judge_tree(self):
        """Holds the edges against the roots at their sizes and the frames that they follow."""
        for edge in self.edges:
            if edge.size > self.position:
                self.remarks.append("tree holds an edge at %d events, at offset %d, and the log %d"
                                    % (edge.size, edge.at, self.position))
                continue
            root = self.roots[edge.size]
            if edge.root() != root:
                self.damage("edge of the tree", "tree", edge.at + EDGE_HEAD.size, edge.size,
                            root.hex(), edge.root().hex())
            if self.walk.ends.get(edge.link) != edge.size:
                self.damage("link of an edge of the tree", "tree", edge.at + 8, edge.size,
                            "that behind a seal or clean shutdown", "%016x" % edge.link)
            for index in range(0, len(edge.rest), 32):
                old, place = edge.rest[index:index + 32], len(edge.peaks) + index // 32
                if not any(peaks[place:place + 1] == [old.ljust(32, b"\0")]
                           for peaks in self.old_edges):
                    self.damage("bytes that nothing covers", "tree",
                                edge.at + edge.length + index, None,
                                "zeros, or what is left of an earlier edge", old.hex())

    def run(self, engine, ahead):
        """Keeps `ahead` chunks under way and takes them in order."""
        items, waiting = self.walk.items(), deque()
        while True:
            while len(waiting) < ahead:
                item = next(items, None)
                if item is None:
                    break
                pending = isinstance(item, Chunk) and engine.start(
                    self.paths[item.segment], item.start, item.end, item.position, self.upto,
                    self.leaves_path, self.cuts(item))
                waiting.append((item, pending))
            item, pending = waiting.popleft()
            fault = self.take(item, engine.result(pending)) if pending else item
            if fault:
                return self.conclude(fault)

    def cuts(self, chunk):
        """The sizes within a chunk at which the tree is wanted."""
        end = chunk.frames[-1].position + chunk.frames[-1].count
        cuts = {size for size in self.wanted if chunk.position < size < end}
        if any(edge.rest for edge in self.edges):
            cuts |= {frame.position for frame in chunk.frames if frame.kind in (SHUTDOWN, SEAL)}
        return cuts

    def take(self, chunk, result):
        """Folds a chunk whose checksums have been looked at; the Fault in it or None."""
        fault, parts, wrong_leaf = result
        self.wrong_leaf = self.wrong_leaf or wrong_leaf
        for size, subtrees in parts:
            for level, digest in subtrees:
                self.tree.push(level, digest)
            if size in self.wanted:
                self.roots[size] = self.tree.root()
            if any(edge.rest for edge in self.edges):
                self.old_edges.append([digest for _, digest in self.tree.peaks])
        path = self.paths[chunk.segment]
        data = mapped(path)
        for frame in chunk.frames:
            if fault and frame.offset >= fault[0]:
                return Fault(chunk.segment, *fault)
            self.frames += 1
            self.batch, self.last_time, self.last_kind = frame.batch, frame.log_time, frame.kind
            if self.first_time is None:
                self.first_time = frame.log_time
            if frame.kind == SEAL:
                self.check_seal(path, data, frame)
            elif frame.count:
                self.take_batch(path, data, frame)
            self.bytes += FRAME_HEADER + frame.length
        return None

    def check_seal(self, path, data, frame):
        first, following, root = SEAL_BODY.unpack_from(data, frame.offset + FRAME_HEADER)
        begin = SEGMENT.unpack_from(data)[6]
        here = (("seal first_position", begin, first),
                ("seal next_position", frame.position, following),
                ("seal root", self.tree.root().hex(), root.hex()))
        for what, expected, actual in here:
            if expected != actual:
                self.damage(what, path, frame.offset, frame.position, expected, actual)
        self.seals += 1

    def take_batch(self, path, data, frame):
        """Decodes and folds the events of one frame."""
        start = frame.offset + FRAME_HEADER
        until = frame.position + frame.count
        if self.upto is not None:
            until = min(until, self.upto)
        self.events.take(os.path.basename(path), start, data[start:start + frame.length],
                         frame.position, until, frame.log_time)
        self.position = until

    @staticmethod
    def damage(what, path, offset, position, expected, actual):
        raise Damage(what, os.path.basename(path), offset, position, expected, actual)

    def conclude(self, fault):
        """Judges the place where the frames end, by section 4."""
        path = self.paths[fault.segment]
        data = mapped(path)
        if fault.what != "stopped":
            self.judge_tail(fault, path, data)
        if self.upto is not None and self.position < self.upto:
            self.damage("end of the log before --upto", path, fault.offset, self.position,
                        self.upto, self.position)
        self.judge_mark(fault, path)
        self.judge_leaves()
        self.judge_derived(fault)
        for name, positions in self.events.links.items():
            if positions:
                self.remarks.append("%d events whose `%s` is not as section 6 says, the first at "
                                    "position %d" % (len(positions), name, positions[0]))
        if self.fold.odd_subjects:
            self.remarks.append("%d subjects were erased twice or have no reference of 32 "
                                "hexadecimal digits" % len(self.fold.odd_subjects))

    def judge_derived(self, fault):
        """What the other files say, now that the roots are known."""
        for index in self.bad_slots:
            at = index * SYNC_SLOT_SIZE
            # A clean end synchronizes the mark: no write can have been cut short.
            if self.last_kind == SHUTDOWN and fault.what != "stopped":
                raise Damage("slot %d after a clean end" % index, "sync.mark", at, None,
                             "a slot that is valid", "one that is not")
            self.remarks.append("slot %d of sync.mark, at offset %d, is not valid and does not "
                                "count" % (index, at))
        if self.late:
            raise self.late[0]
        if fault.what != "stopped":
            self.judge_tree()
        self.heads.judge(self.fold, self.roots, self.position, fault.what != "stopped")
        for manifest in self.manifests:
            manifest.judge(self.fold, self.roots, self.events.kept)

    def judge_tail(self, fault, path, data):
        where = (os.path.basename(path), fault.offset, self.position, fault.expected,
                 fault.actual)
        if fault.segment < len(self.paths) - 1 or fault.what.startswith("segment"):
            raise Damage(fault.what, *where)
        begin = first_nonzero(data, fault.offset)
        if begin is None:
            return
        if fault.what == "bytes behind the seal":
            self.damage(fault.what, path, begin, self.position, "zeros", "others")
        if not self.may_be_torn(data, fault):
            raise Damage(fault.what, *where)
        behind = self.frame_behind(data, fault)
        if behind is not None:
            raise Damage("%s; a later frame stands behind it at offset %d"
                         % (fault.what, behind), *where)
        length = len(data[fault.offset:].rstrip(b"\0"))
        self.torn = "%d bytes from offset %d of %s (%s)" % (
            length, fault.offset, os.path.basename(path), fault.what)

    @staticmethod
    def may_be_torn(data, fault):
        """Whether no whole header stands there, or one whose body alone is not whole."""
        if fault.what == "frame body checksum":
            return True
        if fault.offset + FRAME_HEADER > len(data) or data[fault.offset:][:4] != b"SLCF":
            return True
        header = FRAME.unpack_from(data, fault.offset)
        if header[1] != crc32c(data[fault.offset + 8:fault.offset + FRAME_HEADER]):
            return True
        return header[10] <= BODY_LIMIT and fault.offset + FRAME_HEADER + header[10] > len(data) \
            and fault.what == "frame form"

    def frame_behind(self, data, fault):
        """Offset of a whole header of a later frame that names its place, or None."""
        at = fault.offset
        if fault.what == "frame body checksum":
            at += FRAME_HEADER + FRAME.unpack_from(data, at)[10]
        capacity = SEGMENT.unpack_from(data)[5]
        at = data.find(b"SLCF", at)
        while at >= 0:
            if at + FRAME_HEADER <= len(data):
                header = FRAME.unpack_from(data, at)
                if (header[2] == self.walk.log_id and header[7] == fault.segment
                        and header[8] == at and header[4] > self.batch
                        and header[10] <= BODY_LIMIT
                        and at + FRAME_HEADER + header[10] <= capacity
                        and header[1] == crc32c(data[at + 8:at + FRAME_HEADER])):
                    return at
            at = data.find(b"SLCF", at + 1)
        return None

    def judge_mark(self, fault, path):
        mark = self.mark
        if not mark:
            return
        if fault.what == "stopped":
            return
        if mark.position > self.position or mark.batch > self.batch:
            self.damage("end of the log before sync.mark (%s)" % fault.what, path, fault.offset,
                        self.position, "frame %d, position %d" % (mark.batch, mark.position),
                        "frame %d, position %d" % (self.batch, self.position))
        if self.walk.mark_fault:
            name, expected, actual = self.walk.mark_fault
            raise Damage("sync.mark " + name, "sync.mark", 0, mark.position, expected, actual)
        if not self.walk.mark_seen:
            raise Damage("sync.mark", "sync.mark", 0, mark.position,
                         "a frame that ends where it says", "none")
        if mark.batch < self.batch:
            self.remarks.append(
                "%d frames stand behind sync.mark, which says position %d: readers beside a "
                "daemon stop there" % (self.batch - mark.batch, mark.position))

    def judge_leaves(self):
        if self.wrong_leaf:
            position, expected, actual = self.wrong_leaf
            raise Damage("leaf", "leaves", position * 32, position, expected, actual)
        if not self.leaves_path or self.upto is not None:
            return
        data = mapped(self.leaves_path)
        whole, rest = divmod(len(data), 32)
        if rest:
            self.remarks.append("leaves ends within a leaf")
        if first_nonzero(data, self.position * 32) is not None:
            self.remarks.append("leaves holds %d leaves and the log %d events"
                                % (whole, self.position))
        elif self.last_kind == SHUTDOWN and whole < self.position:
            self.remarks.append("leaves holds %d leaves after a clean end of %d events"
                                % (whole, self.position))


# Report and command line.

LOOKED_AT = {"segments", "sync.mark", "leaves", "tree", "log.vkey", "checkpoint", "last-signed",
             "checkpoints"}


def report(audit):
    """The lines of the report, without the verdict."""
    root = audit.tree.root()
    yield "segments  %d" % len(audit.paths)
    yield "bytes     %d in frames" % audit.bytes
    yield "frames    %d, %d of them seals" % (audit.frames, audit.seals)
    yield "events    %d" % audit.position
    for name, instant in (("first", audit.first_time), ("last", audit.last_time)):
        if instant is not None:
            yield "%-9s %s = %s" % (name, utc(instant), beijing(instant))
    yield "root      %s" % base64.b64encode(root).decode()
    yield "          %s" % root.hex()
    yield "checked   headers and bodies of segments and frames, order, links, events, seals"
    if audit.mark:
        yield "sync.mark generation %d, position %d" % (audit.mark.generation,
                                                         audit.mark.position)
    else:
        yield "sync.mark none"
    if audit.leaves_path:
        yield "leaves    %d compared" % min(len(mapped(audit.leaves_path)) // 32, audit.position)
    else:
        yield "leaves    none"
    if audit.upto is not None:
        yield "upto      %d as asked; what stands behind was not judged" % audit.upto
    if audit.fold.histories.trees:
        yield "merchants %d trees made again" % audit.fold.histories.trees
    if audit.edges:
        yield "tree      %s compared" % ", ".join("edge at %d" % edge.size for edge in audit.edges)
    else:
        yield "tree      none"
    yield from audit.heads.report()
    for manifest in audit.manifests:
        yield from manifest.report()
    if audit.torn:
        yield "torn tail %s, never acknowledged, no part of the log" % audit.torn
    for remark in audit.remarks:
        yield "remark    %s" % remark
    others = sorted(set(os.listdir(audit.folder)) - LOOKED_AT)
    if others and os.path.isdir(os.path.join(audit.folder, "segments")):
        yield "not read  %s" % ", ".join(others)
    yield anchor_line(audit.heads.anchors)


def anchor_line(sizes):
    """What tree heads that were kept elsewhere say of truncation."""
    if not sizes:
        return "no outside anchor given: truncation not excluded"
    return "outside anchor given: truncation before position %d is excluded" % max(sizes)


def compare_dump(name, ours, path):
    """Compares a dump with a file; raises Damage at the first line that differs."""
    try:
        with open(path, "rb") as file:
            theirs = file.read()
    except OSError as error:
        raise Unreadable("%s: %s" % (path, error.strerror))
    offset = 0
    mine, other = ours.splitlines(True), theirs.splitlines(True)
    for number in range(max(len(mine), len(other))):
        pair = [lines[number] if number < len(lines) else b"" for lines in (mine, other)]
        if pair[0] != pair[1]:
            raise Damage("%s, line %d" % (name, number + 1), path, offset, None,
                         *(repr(line)[1:] if line else "end of file" for line in pair))
        offset += len(pair[0])


def handle_dumps(audit, arguments):
    if not arguments.dumps and not arguments.check_csv:
        return
    dumps = audit.fold.dumps()
    if arguments.dumps:
        os.makedirs(arguments.dumps, exist_ok=True)
        for name, content in dumps.items():
            with open(os.path.join(arguments.dumps, name), "wb") as file:
                file.write(content)
    for name, path in arguments.check_csv:
        compare_dump(name, dumps[name], path)


def named_file(text):
    name, _, path = text.partition("=")
    name = name if name.endswith(".csv") else name + ".csv"
    if name not in ("merchants.csv", "reconciliation.csv", "terms.csv") or not path:
        raise argparse.ArgumentTypeError("merchants=FILE, reconciliation=FILE or terms=FILE")
    return name, path


def vkey_argument(text):
    try:
        key = key_of(os.fsencode(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError("no vkey: %s" % error)
    if key.kind != PLAIN:
        raise argparse.ArgumentTypeError("a log's key is of type 01; witnesses stand in a policy")
    return key


def position_argument(text):
    if not text.isdigit():
        raise argparse.ArgumentTypeError("a position is a number from 0")
    return int(text)


def parse(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    catalogues = [os.path.join(here, *place) for place in (("catalogue",),
                                                           ("..", "events", "catalogue"))]
    parser = argparse.ArgumentParser(
        description="Reads a log by the page events/README.md alone; or, instead of a log, tiles, "
                    "an audit pack, or one proof.")
    parser.add_argument("folder", metavar="DIR", nargs="?",
                        help="a data folder, or a folder of segments")
    parser.add_argument("--tiles", metavar="DIR", help="a folder of checkpoint and tiles")
    parser.add_argument("--pack", metavar="DIR", help="an audit pack")
    parser.add_argument("--proof", metavar="FILE", help="a tlog-proof; its entry by --entry")
    parser.add_argument("--entry", metavar="FILE", help="the bytes of the event of --proof")
    parser.add_argument("--merchant", metavar="FILE", help="a merchant-proof; of whom by --id")
    parser.add_argument("--id", metavar="M", help="whose the merchant-proof must be")
    parser.add_argument("--consistency", nargs=2, metavar=("OLDCHECKPOINT", "REQUESTFILE"),
                        help="whether a witness's request goes on from a checkpoint")
    parser.add_argument("--vkey", metavar="KEY", type=vkey_argument, action="append", default=[],
                        help="believe this key, and none that a folder names; may be repeated")
    parser.add_argument("--policy", metavar="FILE", help="witnesses, and how many must have signed")
    parser.add_argument("--checkpoint", metavar="FILE", action="append", default=[],
                        help="a tree head that was kept elsewhere; may be repeated")
    parser.add_argument("--manifest", metavar="FILE.manifest.note", action="append", default=[],
                        help="the manifest of a dump of the log DIR; may be repeated")
    parser.add_argument("--json", metavar="FILE", help="print events as JSON lines; - is stdout")
    parser.add_argument("--skip-kinds", metavar="WORDS", default="",
                        help="do not print kinds whose name begins so: payment,order")
    parser.add_argument("--dumps", metavar="OUTDIR", help="write both dumps there")
    parser.add_argument("--check-csv", metavar="NAME=FILE", type=named_file, action="append",
                        default=[], help="compare a dump with a file, byte for byte")
    parser.add_argument("--leaves", action="store_true",
                        help="the file leaves must be there; it is compared wherever it is")
    parser.add_argument("--quiet", action="store_true", help="print the verdict alone")
    parser.add_argument("--upto", metavar="POSITION", type=position_argument,
                        help="read the events before this position and no further")
    parser.add_argument("--catalogue", metavar="DIR", default=next(
        (place for place in catalogues if os.path.isdir(place)), catalogues[-1]))
    options = parser.parse_args(arguments)
    modes = [options.folder, options.tiles, options.pack, options.proof, options.merchant,
             options.consistency]
    if sum(mode is not None for mode in modes) != 1:
        parser.error("one of DIR, --tiles, --pack, --proof, --merchant and --consistency")
    if (options.proof is None) != (options.entry is None):
        parser.error("--proof and --entry go together")
    if (options.merchant is None) != (options.id is None):
        parser.error("--merchant and --id go together")
    if not (options.vkey or options.policy or options.folder or options.pack):
        parser.error("--tiles, --proof, --merchant and --consistency want the log's key: --vkey, "
                     "or --policy")
    if not options.folder and (options.manifest or options.json or options.dumps
                               or options.check_csv or options.upto is not None):
        parser.error("--manifest, --json, --dumps, --check-csv and --upto are of a log DIR")
    return options


def audit_folder(arguments, trust, json_file):
    kinds = load_catalogue(arguments.catalogue)
    skipped = tuple(word + "-" for word in arguments.skip_kinds.split(",") if word)
    printer = Printer(json_file, kinds, skipped) if json_file else None
    heads = Heads(arguments.folder, trust, arguments.checkpoint)
    manifests = [Manifest(path, trust) for path in arguments.manifest]
    audit = Audit(arguments.folder, kinds, arguments.upto, arguments.leaves, printer, heads,
                  manifests)
    cores = core_count() if sum(map(os.path.getsize, audit.paths)) > CHUNK else 1
    engine = Cores(cores) if cores > 1 else Here()
    try:
        audit.run(engine, 3 * cores if cores > 1 else 1)
    finally:
        engine.close()
    handle_dumps(audit, arguments)
    return audit


def open_json(name):
    if name is None:
        return contextlib.nullcontext()
    if name == "-":
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        return contextlib.nullcontext(sys.stdout)
    return open(name, "w", encoding="utf-8", newline="\n")


def examine(arguments):
    """Does what was asked for; what was found, in lines."""
    policy = None
    if arguments.policy:
        policy = Policy(arguments.policy, read_file(arguments.policy))
    trust = Trust(arguments.vkey, policy)
    if arguments.proof:
        return check_proof(arguments.proof, arguments.entry, trust)
    if arguments.merchant:
        return check_merchant(arguments.merchant, os.fsencode(arguments.id), trust,
                              load_catalogue(arguments.catalogue))
    if arguments.consistency:
        return check_consistency(*arguments.consistency, trust)
    if arguments.tiles:
        return list(check_tiles(arguments.tiles, trust, arguments.checkpoint))
    if arguments.pack:
        pack = Pack(arguments.pack, trust, load_catalogue(arguments.catalogue),
                    arguments.checkpoint)
        pack.run()
        return pack.report()
    with open_json(arguments.json) as json_file:
        return report(audit_folder(arguments, trust, json_file))


def main():
    arguments = parse(sys.argv[1:])
    out = sys.stderr if arguments.json == "-" else sys.stdout
    try:
        lines = list(examine(arguments))
    except Damage as damage:
        print(damage.line, file=out)
        return 3
    except (Unreadable, OSError) as error:
        print("cannot read: %s" % error, file=out)
        return 4
    if not arguments.quiet:
        print("\n".join(lines), file=out)
    print("verified", file=out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
