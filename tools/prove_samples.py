"""The published samples are sent over HTTP: each is taken, kept or refused as its README says.

Daemons are started with the public keys of the samples, on clocks of the samples' own time. Each
sample goes to its institution's path; status and body of the acknowledgement, the event in the log
and what is kept beside it are held against the table of `sample_deliveries`. Then every copy with
one changed byte of body, signature, timestamp, nonce or key's name is sent: each must be refused,
and the log must not have grown. The card acquirer signs eight fields and no bytes: a copy in which
they and the code are the same may be taken, and must then say the same.
"""

import random
from time import monotonic, sleep

from institutions import Libcrypto, UnionPay, WeChatPay
from notice_door import BUSY, PATIENCE, Link, NoticeDaemon
from proof import NOT_TRIED, Violation
from sample_deliveries import FRESH, PINNED_AT, SIGNED_AT, Samples, found, instant

TAKEN = {"wechat-pay": (200, b""), "alipay": (200, b"success"), "unionpay": (200, b"ok"),
         "card": (200, b"[accepted]")}
REFUSED = {"wechat-pay": 500, "alipay": 200, "unionpay": 400, "card": 400}
# What a signature over the acquirer's eight fields fixes of an event.
CARD_FIXED = ["kind", "institution", "order_amount", "currency", "transaction", "order", "merchant"]


def is_refusal(institution, answer):
    """Whether the sender hears that it was not taken; a closed connection is no acknowledgement."""
    if answer is None or answer[0] >= 400:
        return True
    return institution == "alipay" and answer == (200, b"fail")


class Scene:
    """One daemon, and what was sent to it."""

    def __init__(self, proof, name, clock=None):
        self.proof, self.name = proof, name
        self.daemon = NoticeDaemon(proof.folder, clock)
        self.daemon.key("pseudonym.key", "17" * 32)
        self.position, self.link = 0, Link(self.daemon.port)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.link.close()
        self.daemon.end(keep=kind is not None)
        if kind is not None:
            print(f"kept: {self.daemon.folder}")

    def fail(self, sample, what):
        raise Violation(f"{self.name}: {sample.name}: {what}")

    def new_events(self):
        events = self.daemon.events(self.position)
        if events:
            self.position = events[-1]["position"] + 1
        return events

    def send(self, sample, patience=0):
        """Sends a sample, and holds what comes of it against what must.

        `patience`: for how many seconds it is sent again until it is acknowledged.
        """
        kept, until = self.daemon.held(), monotonic() + patience
        answer = self.link.one(sample.data())
        while answer != TAKEN[sample.institution] and monotonic() < until:
            sleep(0.02)
            answer = self.link.one(sample.data())
        events = self.new_events()
        newly = [name for name in self.daemon.held() if name not in kept]
        if sample.is_acknowledged:
            if answer != TAKEN[sample.institution]:
                self.fail(sample, f"it must be acknowledged, and hears {answer}")
            if len(events) != 1:
                self.fail(sample, f"it must be one event, and is {len(events)}")
            self.compare(sample, events[0], newly)
        else:
            self.compare_refusal(sample, answer, events, newly)
        self.proof.sent += 1

    def compare(self, sample, event, newly):
        wanted = sample.event or {
            "kind": "notice-held", "institution": sample.institution, "why": sample.kept[0],
            "detail": sample.kept[1]}
        for name, value in wanted.items():
            there = event[name] if name in event else event["fields"].get(name)
            if there != value:
                self.fail(sample, f"{name} must be {value!r}, and is {there!r}")
        self.compare_kept(sample, newly)
        self.proof.taken += 1 if sample.event else 0
        self.proof.kept += 0 if sample.event else 1

    def compare_refusal(self, sample, answer, events, newly):
        words = sample.refused or "the key is not known yet"
        if sample.institution == "alipay":
            words = "fail"
        if (answer is None or answer[0] != REFUSED[sample.institution]
                or words not in answer[1].decode()):
            self.fail(sample, f"it must be refused with “{words}”, and hears {answer}")
        if events:
            self.fail(sample, f"it is refused, and is an event: {events}")
        self.compare_kept(sample, newly)
        self.proof.refused += 0 if sample.kept else 1
        self.proof.kept += 1 if sample.kept else 0

    def compare_kept(self, sample, newly):
        wanted = [f"{sample.kept[0]}.{sample.institution}."] if sample.kept else []
        if [name[:-len(".json") - 64] for name in newly] != wanted:
            self.fail(sample, f"kept beside the log are {newly}, not {wanted}")

    # -- changed copies -------------------------------------------------------------------------

    def change(self, sample):
        """Sends the copies of a sample that is taken with one byte changed each."""
        begun = monotonic()
        copies = self.proof.copies(sample)
        told = {}
        for start in range(0, len(copies), 512):
            some = copies[start:start + 512]
            for (place, must, data), answer in zip(some, self.link.exchange([c[2] for c in some])):
                if answer and answer[0] in BUSY:
                    answer = self.link.one(data)
                refused = is_refusal(sample.institution, answer)
                if must and not refused:
                    self.fail(sample, f"{place} changed, and it hears {answer}")
                told[must, refused] = told.get((must, refused), 0) + 1
        for event in self.new_events():
            self.unchanged(sample, event, told)
        # It was not for being late, or for the daemon being tired, that all those were refused.
        if self.link.one(sample.data()) != TAKEN[sample.institution]:
            self.fail(sample, "it is no longer taken after its changed copies")
        if self.new_events():
            self.fail(sample, "its repeat is an event")
        self.proof.changed += len(copies)
        line = f"  {sample.name}: {told.get((True, True), 0)} changed copies refused"
        if elsewhere := len(copies) - told.get((True, True), 0):
            line += (f"; of {elsewhere} changed where nothing is signed "
                     f"{told.get((False, False), 0)} taken, to say the same")
        self.proof.say(f"{line} ({len(copies) / (monotonic() - begun):,.0f} a second)")

    def unchanged(self, sample, event, told):
        """What came of a change outside of what is signed: the same payment."""
        if not told.get((False, False)):
            self.fail(sample, f"all changed copies were refused, and there is an event: {event}")
        for name in CARD_FIXED:
            there = event[name] if name in event else event["fields"].get(name)
            if there != sample.event[name]:
                self.fail(sample, f"a changed copy says that {name} is {there!r}")


class Proof:
    def __init__(self, options, payloads):
        self.options, self.samples = options, Samples(payloads)
        self.folder, self.random = options.dir, random.Random(options.seed)
        self.sent = self.taken = self.kept = self.refused = self.changed = 0

    def say(self, text):
        if not self.options.short:
            print(text, flush=True)

    def copies(self, sample):
        """The changed copies: what was changed, whether it must be refused, and the bytes."""
        whole_says = sample.signed(sample.body)
        places = [(None, at) for at in range(len(sample.body))]
        places += [(number, at) for number, (name, value) in enumerate(sample.headers)
                   for at in range(len(value))]
        changes = ([("byte", value) for value in range(256)] if self.options.values == "all" else
                   [("bit", 1 << bit) for bit in range(8)])
        wanted = [(*place, *change) for place in places
                  for change in changes + [("without", 0), ("twice", 0)]]
        if self.options.short:
            wanted = self.random.sample(wanted, min(self.options.copies, len(wanted)))
        copies = []
        for number, at, change, value in wanted:
            whole = sample.body if number is None else sample.headers[number][1].encode()
            made = changed(whole, at, change, value)
            if made == whole or number is not None and made.strip() == whole:
                continue
            if number is None:
                data, what = sample.data(body=made), "the body"
                must = sample.signed(made) != whole_says
            else:
                headers = list(sample.headers)
                what = headers[number][0]
                headers[number] = (what, made)
                data, must = sample.data(headers=headers), True
            copies.append((f"byte {at} of {what} ({change} {value})", must, data))
        return copies

    # -- scenes ---------------------------------------------------------------------------------

    def run(self):
        self.wechat()
        self.at_their_time()
        self.strangers()
        self.today()
        if forgotten := self.samples.forgotten():
            raise Violation(f"no delivery was made of {', '.join(forgotten)}")
        return (f"deliveries {self.sent}: taken {self.taken}, kept {self.kept}, refused "
                f"{self.refused}; copies with one byte changed {self.changed}, all as they must be")

    def wechat(self):
        """The signed sample of WeChat Pay in its own five minutes, before them and after."""
        sample = self.samples.wechat()
        with Scene(self, "at its time", instant(SIGNED_AT, 100 - FRESH)) as scene:
            self.samples.wechat_keys(scene.daemon)
            scene.daemon.start()
            scene.send(sample)
            scene.change(sample)
            scene.daemon.stop()
        for seconds in (-FRESH - 60, FRESH + 1):
            with Scene(self, f"{seconds} s from its time", instant(SIGNED_AT, seconds)) as scene:
                self.samples.wechat_keys(scene.daemon)
                scene.daemon.start()
                scene.send(sample.but(refused="it was signed"))
                scene.daemon.stop()

    def at_their_time(self):
        """All samples under their keys in February 2024."""
        samples = self.samples
        with Scene(self, "February 2024", instant(PINNED_AT)) as scene:
            samples.wechat_keys(scene.daemon)
            samples.alipay_keys(scene.daemon)
            samples.card_keys(scene.daemon)
            scene.daemon.key("unionpay/roots.pem", samples.certificate())
            scene.daemon.start()
            scene.send(samples.wechat().but(refused="it was signed"))
            for sample in [*samples.alipay(), *samples.unionpay(), *samples.unionpay_bare(),
                           *samples.card()]:
                scene.send(sample)
                if sample.event:
                    scene.change(sample)
            scene.daemon.stop()

    def strangers(self):
        """Under the keys of others, then under their own, which come without a restart."""
        samples = self.samples
        with Scene(self, "under other keys", instant(SIGNED_AT)) as scene:
            daemon = scene.daemon
            secrets = daemon.folder / "secrets"
            secrets.mkdir()
            for kind in (WeChatPay, UnionPay):
                kind(Libcrypto(), secrets, daemon.keys)
            daemon.key("alipay/other.pem", samples.bytes("alipay/alipay-public-cert-2.crt"))
            daemon.key("card/other.hmac", "42" * 32)
            daemon.start()
            wechat, alipay = samples.wechat(), next(samples.alipay())
            unionpay, card = next(samples.unionpay()), next(samples.card())
            scene.send(wechat.but(kept=("unknown-key", None)))
            scene.send(unionpay.but(kept=("unknown-key", None)))
            scene.send(alipay.but(refused="fail"))
            scene.send(card.but(refused="signature"))
            samples.wechat_keys(daemon)
            samples.alipay_keys(daemon)
            samples.card_keys(daemon)
            (daemon.keys / "unionpay" / "roots.pem").write_bytes(samples.certificate())
            daemon.reread_keys()
            for sample in (wechat, alipay, unionpay, card):
                scene.send(sample, patience=PATIENCE)
            daemon.stop()

    def today(self):
        """By the clock of the machine, with a sender of our own beside the samples' keys."""
        samples = self.samples
        with Scene(self, "today") as scene:
            secrets = scene.daemon.folder / "secrets"
            secrets.mkdir()
            sender = WeChatPay(Libcrypto(), secrets, scene.daemon.keys)
            samples.wechat_keys(scene.daemon)
            samples.alipay_keys(scene.daemon)
            samples.card_keys(scene.daemon)
            scene.daemon.key("unionpay/roots.pem", samples.certificate())
            scene.daemon.start()
            scene.send(samples.wechat().but(refused="it was signed"))
            for sample in samples.unionpay():
                # The certificate of the samples has ended.
                scene.send(sample.but(refused="signature"))
            for sample in [*samples.alipay(), *samples.card(), *samples.wechat_opened(sender),
                           *samples.wechat_other(sender)]:
                scene.send(sample)
            scene.daemon.stop()


def changed(whole, at, change, value):
    """A text with one byte changed, left out or doubled."""
    if change == "without":
        return whole[:at] + whole[at + 1:]
    if change == "twice":
        return whole[:at] + whole[at:at + 1] + whole[at:]
    new = whole[at] ^ value if change == "bit" else value
    return whole[:at] + bytes([new]) + whole[at + 1:]


def prove(options):
    payloads = found(options.payloads)
    if payloads is None:
        print("the published samples are absent: --payloads DIR names their folder, or set "
              "SLUICE_SHARED to the folder that holds data/payloads")
        return NOT_TRIED
    try:
        print(Proof(options, payloads).run())
    except Violation as violation:
        chosen = f", seed {options.seed}" if options.short else ""
        print(f"violation{chosen}: {violation}")
        return 1
    return 0


def add_options(parser):
    parser.add_argument("--payloads", help="the folder of the samples")
    parser.add_argument("--dir", default="/var/tmp", help="where the logs are written")
    parser.add_argument("--values", choices=["bits", "all"], default="bits",
                        help="each bit of a byte changed, or each byte to every other value")
    parser.add_argument("--short", action="store_true", help="some copies of each sample")
    parser.add_argument("--copies", type=int, default=300, help="how many, with --short")
    parser.add_argument("--seed", type=int, default=1, help="of that choice")
    parser.set_defaults(prove=prove)
