"""The load of a soak: payment notices in blocks that cost next to nothing to make, and the books.

A block is 500 lines of one connection. Most capture a new payment; one in a hundred refunds an old
one, one in a hundred repeats the line before it, and one in a block repeats a payment of any age.
All that is random in a block's captures comes from one of a few templates, so that any payment can
be written again from the number of its block and its line alone; a block costs one join. Books are
kept a block at a time: a position, from which those of its lines follow.
"""

import collections
import random
import re
import select
import socket
import time
from array import array

from proof import Violation


BLOCK, TEMPLATES = 500, 16
# The story of the payments: each block is as long as 500 payments of the bench, 3 ms apart.
BEGIN, BLOCK_SECONDS, BEIJING = 1_726_106_400, 1.5, 8 * 3600
INSTITUTIONS = (b"alipay", b"unionpay", b"card")
# The first payment of all is the oldest; the second of a block is set aside for what comes later.
OLDEST, ASIDE = 0, 1
REPEATS = {line for line in range(BLOCK) if line % 100 == 99}
REFUNDS = {line for line in range(BLOCK) if line % 100 == 49}
OLD_REPEAT = 250
SPECIAL = sorted(REFUNDS | {OLD_REPEAT})
IS_NEW = [line not in REPEATS and line != OLD_REPEAT for line in range(BLOCK)]
CAPTURES = [line for line in range(BLOCK) if IS_NEW[line] and line not in REFUNDS]
REFUNDABLE = [line for line in CAPTURES if line not in (OLDEST, ASIDE)]
NEW = sum(IS_NEW)
# How many new lines of a block come before each.
RANK = [sum(IS_NEW[:line]) for line in range(BLOCK)]
# Where the stretch of new lines or of repeats ends in which a line lies.
END = [next((after for after in range(line + 1, BLOCK) if IS_NEW[after] != IS_NEW[line]), BLOCK)
       for line in range(BLOCK)]
# One refund in so many is of the oldest hundredth of all payments.
OF_THE_OLDEST = 5
# Blocks that may be without an answer.
WINDOW = 64
RECEIVE = 1 << 18
LINE = (b'{"command":"payment","institution":"%s","transaction":"4200002345202409%s%04d","order":'
        b'"2267812%s%04d","merchant":"%s","outcome":"%s","order_amount":%d,"paid_amount":%d,'
        b'"currency":"CNY","buyer_tier":"T3",%s,"account":"9f86%012d"%s}\n')
MARKS = (b"\1", b"\2", b"\3")
MERCHANT = (b'{"command":"merchant","merchant":"%s","platform":"taobao","category":"food",'
            b'"tier":"T2"}\n')
ANSWER = re.compile(rb'\{"(accepted|repeated)":(\d+),"first":(\d+),"last":(\d+)\}')


class Gone(Exception):
    """The daemon has ended the connection."""


class Refused(Exception):
    """The daemon has refused a line."""


def number_text(number):
    return b"%08d" % number


def merchant(group, line):
    return b"soak-shop-%04d%03d" % (group, line)


def instant(number):
    """When the payments of a block were ordered, in seconds of Beijing's clocks."""
    return BEGIN + BEIJING + int(number * BLOCK_SECONDS)


def instants(number):
    ordered = instant(number)
    form = "%Y-%m-%dT%H:%M:%S+08:00"
    return (f'"ordered_at":"{time.strftime(form, time.gmtime(ordered))}",'
            f'"occurred_at":"{time.strftime(form, time.gmtime(ordered + 2))}"').encode()


def day(number):
    return time.strftime("%Y-%m-%d", time.gmtime(instant(number) + 2))


def read_answer(line):
    """(whether it is a repeat, how many commands, the first position)."""
    match = ANSWER.fullmatch(line)
    if not match:
        raise Refused(line.decode(errors="replace"))
    count, first, last = int(match[2]), int(match[3]), int(match[4])
    if last - first + 1 != count:
        raise Violation(f"an answer whose positions are not one for each command: {match[0]}")
    return match[1] == b"repeated", count, first


class Template:
    """What is random in the captures of a block."""

    def __init__(self, seed):
        draw = random.Random(seed)
        self.payments = [
            (draw.choice(INSTITUTIONS), 1_000 + draw.randrange(50_000), draw.randrange(1_000_000))
            for _ in range(BLOCK)]
        institution, _, account = self.payments[ASIDE]
        self.payments[ASIDE] = (institution, 100, account)
        self.sums = {}
        for line in CAPTURES:
            institution, amount, _ = self.payments[line]
            count, fen = self.sums.get(institution, (0, 0))
            self.sums[institution] = (count + 1, fen + amount)
        self.parts = []
        for line in range(BLOCK):
            shown = line - 1 if line in REPEATS else line
            text = self.line(shown, MARKS[0], b"\2" + b"%03d" % shown, MARKS[2])
            self.parts += re.split(rb"([\1\2\3])", text)
        self.width = len(self.parts) // BLOCK
        self.places = [self.parts.index(MARKS[0]),
                       self.parts.index(MARKS[0], self.parts.index(MARKS[0]) + 1),
                       self.parts.index(MARKS[1]), self.parts.index(MARKS[2])]

    def line(self, line, number, name, times, refund=None, fen=None):
        """A capture, or a refund of it."""
        institution, amount, account = self.payments[line]
        outcome, tail = b"captured", b""
        if refund:
            outcome, amount, tail = b"refunded", fen, b',"refund":"%s"' % refund
        return LINE % (institution, number, line, number, line, name, outcome, amount, amount,
                       times, account, tail)

    def block(self, number, group, times, special):
        """All lines of a block; `special` are those at the places of `SPECIAL`."""
        parts, width = self.parts, self.width
        for place, text in zip(self.places, (number, number, group, times)):
            parts[place::width] = [text] * BLOCK
        for line, text in zip(SPECIAL, special):
            parts[line * width:(line + 1) * width] = [text] + [b""] * (width - 1)
        return b"".join(parts)


class Block:
    """Lines that wait for their answers."""

    def __init__(self, number, text, repeated, refunds):
        self.number, self.text = number, text
        # The payment that the old repeat repeats: its block and line.
        self.repeated = repeated
        self.refunds = refunds


class Load:
    """The sender, and what it knows of every payment."""

    def __init__(self, seed, groups):
        self.random = random.Random(f"{seed}-load")
        self.templates = [Template(f"{seed}-{number}") for number in range(TEMPLATES)]
        self.groups = groups
        self.waiting, self.line = collections.deque(), 0
        self.produced = 0
        # Of each block the position of its first line, and where its lines do not stand in a row.
        self.places, self.breaks = array("q"), {}
        self.next = 0
        # Blocks below this one may be in the log already: they were written to a daemon that died.
        self.doubtful = 0
        self.acknowledged = self.resent = self.known = self.repeats = self.unevenness = 0
        # Of each institution and day: captures, their fen, refunds, their fen.
        self.books = {}
        self.refunded = self.refunded_oldest = 0
        self.socket = None

    # -- lines --------------------------------------------------------------------------------

    def merchants(self):
        return [MERCHANT % merchant(group, line)
                for group in range(self.groups) for line in CAPTURES]

    def group(self, number):
        return number * 7_919 % self.groups

    def payment(self, number, line):
        """The capture of any payment, as it was sent first."""
        return self.templates[number % TEMPLATES].line(
            line, number_text(number), merchant(self.group(number), line), instants(number))

    def refund(self, number, line, name, fen, now):
        """A refund of any payment, with the times of the block `now`."""
        return self.templates[number % TEMPLATES].line(
            line, number_text(number), merchant(self.group(number), line), instants(now), name, fen)

    def amount(self, number, line):
        return self.templates[number % TEMPLATES].payments[line][1]

    def book_refund(self, number, line, fen, now):
        institution = self.templates[number % TEMPLATES].payments[line][0]
        row = self.books.setdefault((institution.decode(), day(now)), [0, 0, 0, 0])
        row[2] += 1
        row[3] += fen

    def make(self):
        """The next block."""
        number, draw = self.produced, self.random
        self.produced += 1
        known = len(self.places) - 1
        special, refunds, repeated = [], [], None
        for line in SPECIAL:
            if known < 1:
                # Nothing is old yet: payments of this block, which stand before.
                old, of = number, REFUNDABLE[draw.randrange(40)]
            else:
                oldest = line != OLD_REPEAT and draw.randrange(OF_THE_OLDEST) == 0
                old = draw.randrange(max(1, known // 100) if oldest else known)
                of = draw.choice(REFUNDABLE)
            if line == OLD_REPEAT:
                repeated = (old, of)
                special.append(self.payment(old, of))
            else:
                fen = draw.randrange(1, 10)
                refunds.append((old, of, fen))
                special.append(self.refund(old, of, b"r%d-%d" % (number, line), fen, number))
        text = self.templates[number % TEMPLATES].block(
            number_text(number), b"soak-shop-%04d" % self.group(number), instants(number), special)
        self.waiting.append(Block(number, text, repeated, refunds))
        return text

    # -- the connection -----------------------------------------------------------------------

    def connect(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(str(path))
        self.input = b""

    def ask(self, lines, patience):
        """Sends lines and waits for their answers: (whether it is a repeat, position) of each."""
        self.socket.settimeout(patience)
        found = []
        for at in range(0, len(lines), BLOCK):
            group = lines[at:at + BLOCK]
            self.socket.sendall(b"".join(group))
            wanted = at + len(group)
            while len(found) < wanted:
                for is_repeat, count, first in self.receive():
                    found += [(is_repeat, first + place) for place in range(count)]
        return found

    def stream(self, now):
        """From here on blocks are sent; what has no answer comes first."""
        self.socket.setblocking(False)
        self.poller = select.poll()
        self.poller.register(self.socket, select.POLLIN)
        self.is_writing = False
        self.output = collections.deque()
        self.since, self.made = now, 0
        self.doubtful = self.produced
        for block in self.waiting:
            text = block.text
            if block is self.waiting[0] and self.line:
                text = b"".join(text.splitlines(keepends=True)[self.line:])
            self.output.append(memoryview(text))
        self.resent += len(self.waiting) * BLOCK - self.line

    def close(self):
        """Takes the answers that were sent before the daemon's end."""
        self.socket.setblocking(True)
        try:
            while True:
                self.take(self.receive())
        except (Gone, OSError):
            pass
        self.socket.close()

    def receive(self):
        """The answers of what lies in the socket."""
        data = self.socket.recv(RECEIVE)
        if not data:
            raise Gone("the daemon has ended the connection")
        lines = (self.input + data).split(b"\n")
        self.input = lines.pop()
        return [read_answer(line) for line in lines]

    def turn(self, now, rate, patience):
        """Makes what is due at a rate, or what there is room for; sends and receives a moment."""
        pause = patience
        while rate != 0 and len(self.waiting) < WINDOW:
            if rate is not None:
                due = (now - self.since) * rate - self.made
                if due > rate:
                    # The daemon was slower than the rate for a second: it need not catch up.
                    self.since += due / rate
                    self.unevenness += 1
                if due < BLOCK:
                    pause = min(pause, (BLOCK - due) / rate)
                    break
            self.made += BLOCK
            self.output.append(memoryview(self.make()))
        wants = bool(self.output)
        if wants != self.is_writing:
            self.is_writing = wants
            self.poller.modify(self.socket, select.POLLIN | (select.POLLOUT if wants else 0))
        for _, events in self.poller.poll(pause * 1000):
            if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                self.take(self.receive())
            if events & select.POLLOUT:
                self.send()

    def send(self):
        try:
            while self.output:
                sent = self.socket.send(self.output[0])
                if sent < len(self.output[0]):
                    self.output[0] = self.output[0][sent:]
                    return
                self.output.popleft()
        except BlockingIOError:
            pass
        except OSError as fault:
            raise Gone("the daemon has ended the connection") from fault

    # -- answers ------------------------------------------------------------------------------

    def take(self, answers):
        for is_repeat, count, first in answers:
            self.acknowledged += count
            while count:
                if not self.waiting:
                    raise Violation(f"{count} answers to lines that were never sent")
                block, line = self.waiting[0], self.line
                step = min(count, END[line] - line)
                if IS_NEW[line]:
                    self.take_new(block, line, step, is_repeat, first)
                else:
                    step = 1
                    self.take_repeat(block, line, is_repeat, first)
                first += step
                count -= step
                self.line += step
                if self.line == BLOCK:
                    self.retire()

    def take_new(self, block, line, count, is_repeat, first):
        if is_repeat:
            if block.number >= self.doubtful:
                raise Violation(f"line {line} of block {block.number} was never sent before and is "
                                f"answered as a repeat, of position {first}")
            self.known += count
        else:
            # A daemon that took one line of what was sent again had none of those behind it.
            self.doubtful = 0
        if first < self.next:
            raise Violation(f"line {line} of block {block.number} is acknowledged at {first}, one "
                            f"before it at {self.next - 1}")
        rank = RANK[line]
        if rank == 0:
            self.places.append(first)
        elif first != self.next:
            self.breaks.setdefault(block.number, []).append((rank, first))
        self.next = first + count

    def take_repeat(self, block, line, is_repeat, first):
        old, of = block.repeated if line == OLD_REPEAT else (block.number, line - 1)
        if not is_repeat:
            raise Violation(f"payment {of} of block {old} was taken twice: at "
                            f"{self.position(old, of)} and at {first}")
        if first != self.position(old, of):
            raise Violation(f"payment {of} of block {old} was acknowledged at "
                            f"{self.position(old, of)} and its repeat at {first}")
        self.repeats += 1

    def position(self, number, line):
        """Where an acknowledged new line was said to stand."""
        rank = RANK[line]
        place = self.places[number] + rank
        for begin, first in self.breaks.get(number, ()):
            if begin <= rank:
                place = first + rank - begin
        return place

    def retire(self):
        """A block whose lines all have their answers goes into the books."""
        block = self.waiting.popleft()
        self.line = 0
        when = day(block.number)
        for institution, (count, fen) in self.templates[block.number % TEMPLATES].sums.items():
            row = self.books.setdefault((institution.decode(), when), [0, 0, 0, 0])
            row[0] += count
            row[1] += fen
        for number, line, fen in block.refunds:
            self.book_refund(number, line, fen, block.number)
        self.refunded += len(block.refunds)
        self.refunded_oldest += sum(
            number <= block.number // 100 for number, _, _ in block.refunds)
