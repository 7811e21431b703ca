#!/usr/bin/env python3
"""An auditor's independent reader of a log.

Written from events/README.md and events/catalogue/ alone; it shares no code with the product.

What it proves of the bytes in front of it: every checksum of segments, frames and bodies is
right; segments and frames follow from one another by number, position, link, log time and
incarnation; every body is filled exactly by its events and every event by its fields; every
seal holds the RFC 6962 root of the events before it; `leaves` and `sync.mark`, where they are
there, say the same; and the dumps it prints or compares follow from these events and nothing
else.

What it does not prove: that what was recorded is true; that this is the only log there is; that
nothing was cut off behind the last frame, unless `sync.mark` or --upto says otherwise. Whoever
can write the whole folder can write another log that verifies. Only a root or a position kept
elsewhere excludes that: compare the root this prints with the one you kept.

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
            return hashlib.sha256().digest()
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


def check_chunk(path, start, end, position, upto, leaves_path):
    """Checks frames from `start` to `end`: (fault or None, subtrees, fault of leaves or None).

    A fault is (offset, position, what, expected, actual); the subtrees are those of the events
    before it, and before `upto`.
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
    return fault, forest(first, kept), wrong


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


# Signed approvals: notes of C2SP signed-note v1.0.0 with signatures of Ed25519 (RFC 8032).

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

def text_cell(value):
    """A text cell: bytes of an event, or None; see section 9."""
    text = (value or b"").decode("utf-8", "surrogateescape")
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def csv_bytes(rows):
    """Rows of strings, numbers and None as the bytes of a dump."""
    lines = []
    for row in rows:
        cells = ["" if cell is None else str(cell) for cell in row]
        lines.append(",".join(
            '"' + cell.replace('"', '""') + '"' if any(c in cell for c in '",\r\n') else cell
            for cell in cells) + "\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


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
                    "subject-erased": self.erased}
        self.plans, self.approvers, self.origin, self.log_id = {}, {}, b"", ""
        self.subjects, self.odd_subjects = set(), []
        self.registration = next(key for key, kind in kinds.items()
                                 if kind.name == "merchant-registered")
        self.of_merchants = {key for key, kind in kinds.items()
                             if kind.name.startswith("merchant-")}
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
            if fields["merchant"] in self.shops:
                raise Unfounded("merchant", "one not registered", fields["merchant"])
            self.shops.add(fields["merchant"])
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
        try:
            self.approvers[fields["rollout"]] = json.loads(fields["document"]).get("approvers", [])
        except ValueError:
            raise Unfounded("document", "a plan", "no JSON")

    def created(self, _, __, fields):
        self.origin = fields["origin"]
        self.log_id = b"".join(
            fields[half].to_bytes(8, "little") for half in ("log_id_low", "log_id_high")).hex()

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

    def dumps(self):
        return {"merchants.csv": csv_bytes(self.merchant_rows()),
                "terms.csv": csv_bytes(self.term_rows()),
                "reconciliation.csv": csv_bytes(self.reconciliation())}


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

    def __init__(self, folder, kinds, upto, need_leaves, printer):
        self.folder, self.kinds, self.upto, self.printer = folder, kinds, upto, printer
        segments = os.path.join(folder, "segments")
        self.paths = self.find_segments(segments if os.path.isdir(segments) else folder)
        self.leaves_path = self.find_leaves(need_leaves)
        self.remarks = []
        self.mark = self.read_mark()
        if upto is None and self.mark and is_held(folder):
            # Bytes behind the mark are on their way: they are there in any order, or not yet.
            upto = self.upto = self.mark.position
            self.remarks.append("a daemon holds the log: what stands behind sync.mark was not judged")
        self.fold, self.tree = Fold(kinds), Tree()
        self.walk = Walk(self.paths, self.mark, upto)
        self.payments = {key for key, kind in kinds.items() if kind.walk == PAYMENT_WALK}
        self.position = self.batch = self.bytes = self.frames = self.seals = 0
        self.first_time = self.last_time = None
        self.torn = self.wrong_leaf = None
        self.links = {"previous": [], "cause": []}

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
        data = bytes(mapped(path)[:2 * SYNC_SLOT_SIZE])
        log_id = bytes(mapped(self.paths[0])[16:32])
        slots = [self.read_slot(data, index, log_id) for index in (0, 1)]
        return max(filter(None, slots), key=lambda mark: mark.generation, default=None)

    def read_slot(self, data, index, log_id):
        at = index * SYNC_SLOT_SIZE
        slot = data[at:at + SYNC_SLOT.size]
        if not any(slot):
            return None
        if len(slot) == SYNC_SLOT.size:
            magic, crc, *rest = SYNC_SLOT.unpack(slot)
            if magic == b"SLCM" and crc == crc32c(slot[8:]) and rest[0] == log_id:
                return Mark(*rest)
        self.remarks.append("slot %d of sync.mark is not valid and does not count" % index)
        return None

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
                    self.leaves_path)
                waiting.append((item, pending))
            item, pending = waiting.popleft()
            fault = self.take(item, engine.result(pending)) if pending else item
            if fault:
                return self.conclude(fault)

    def take(self, chunk, result):
        """Folds a chunk whose checksums have been looked at; the Fault in it or None."""
        fault, subtrees, wrong_leaf = result
        self.wrong_leaf = self.wrong_leaf or wrong_leaf
        for level, digest in subtrees:
            self.tree.push(level, digest)
        path = self.paths[chunk.segment]
        data = mapped(path)
        for frame in chunk.frames:
            if fault and frame.offset >= fault[0]:
                return Fault(chunk.segment, *fault)
            self.frames += 1
            self.batch, self.last_time = frame.batch, frame.log_time
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
        body = data[start:start + frame.length]
        kinds, payments, fold, printer = self.kinds, self.payments, self.fold, self.printer
        handlers, money, last, counts = fold.handlers, fold.money, fold.last, fold.counts
        log_time = frame.log_time
        known = len(fold.merchants)
        until = frame.position + frame.count
        if self.upto is not None:
            until = min(until, self.upto)
        at = 0
        for position in range(frame.position, until):
            key, stated, occurred, cause, previous, merchant, size, flags = HEAD_FOLD(body, at)
            key &= 0xFFFFFF
            end = at + size
            fits = key in payments and end <= len(body) and self.fits_payment(body, at, end)
            if not fits or stated != log_time or body[at + 3] not in ACTORS:
                self.check_event(path, start + at, position, body, at, end, frame)
            if merchant > known or not merchant and key in fold.of_merchants:
                if key != fold.registration or merchant != known + 1:
                    self.damage("merchant_number", path, start + at, position,
                                "one registered before", merchant)
                known += 1
            elif key == fold.registration:
                self.damage("merchant_number", path, start + at, position, known + 1, merchant)
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
                    self.damage(fault.args[0], path, start + at, position, *fault.args[1:])
            elif key in handlers:
                fields = {name: value for name, _, value in kinds[key].decode(body, at)}
                fold.position = position
                try:
                    handlers[key](merchant, log_time, fields)
                except Unfounded as fault:
                    self.damage(fault.args[0], path, start + at, position, *fault.args[1:])
            if printer:
                printer.write(position, kinds[key], body, at)
            at = end
        self.position = until

    @staticmethod
    def fits_payment(body, at, end):
        try:
            return payment_fits(body, at, end) and payment_in_range(body, at)
        except (IndexError, struct.error):
            return False

    def check_event(self, path, offset, position, body, at, end, frame):
        """Stops the reader where an event is not as the catalogue says."""
        key, stated = HEAD_FOLD(body, at)[:2]
        kind = self.kinds.get(key & 0xFFFFFF)
        if kind is None:
            self.damage("event kind", path, offset, position, "kind and version of the catalogue",
                        "kind %d version %d" % (key & 0xFFFF, key >> 16 & 0xFF))
        if stated != frame.log_time:
            self.damage("event log_time", path, offset, position, frame.log_time, stated)
        try:
            filled = kind.extent(body, at + EVENT_HEAD)
        except (IndexError, struct.error):
            filled = -1
        if filled != end:
            self.damage("fields of %s" % kind.name, path, offset, position,
                        "%d bytes" % (end - at),
                        "%d bytes" % (filled - at) if filled >= 0 else "none that read so")
        wrong = kind.range_fault(body, at)
        if body[at + 3] not in ACTORS:
            wrong = "actor_kind", body[at + 3]
        if wrong:
            self.damage("%s of %s" % (wrong[0], kind.name), path, offset, position,
                        "a value of the catalogue", wrong[1])

    def damage(self, what, path, offset, position, expected, actual):
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
        for name, positions in self.links.items():
            if positions:
                self.remarks.append("%d events whose `%s` is not as section 6 says, the first at "
                                    "position %d" % (len(positions), name, positions[0]))
        if self.fold.odd_subjects:
            self.remarks.append("%d subjects were erased twice or have no reference of 32 "
                                "hexadecimal digits" % len(self.fold.odd_subjects))

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


# Report and command line.

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
    if audit.torn:
        yield "torn tail %s, never acknowledged, no part of the log" % audit.torn
    for remark in audit.remarks:
        yield "remark    %s" % remark
    yield "no outside anchor given: truncation not excluded"


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


def position_argument(text):
    if not text.isdigit():
        raise argparse.ArgumentTypeError("a position is a number from 0")
    return int(text)


def parse(arguments):
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Reads a log by the page events/README.md alone.")
    parser.add_argument("folder", metavar="DIR", help="a data folder, or a folder of segments")
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
    parser.add_argument("--catalogue", metavar="DIR",
                        default=os.path.join(here, "..", "events", "catalogue"))
    return parser.parse_args(arguments)


def audit_folder(arguments, json_file):
    kinds = load_catalogue(arguments.catalogue)
    skipped = tuple(word + "-" for word in arguments.skip_kinds.split(",") if word)
    printer = Printer(json_file, kinds, skipped) if json_file else None
    audit = Audit(arguments.folder, kinds, arguments.upto, arguments.leaves, printer)
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


def main():
    arguments = parse(sys.argv[1:])
    out = sys.stderr if arguments.json == "-" else sys.stdout
    try:
        with open_json(arguments.json) as json_file:
            audit = audit_folder(arguments, json_file)
    except Damage as damage:
        print(damage.line, file=out)
        return 3
    except (Unreadable, OSError) as error:
        print("cannot read: %s" % error, file=out)
        return 4
    if not arguments.quiet:
        print("\n".join(report(audit)), file=out)
    print("verified", file=out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
