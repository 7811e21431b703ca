"""The published samples of notifications as deliveries, and what must become of each.

What the README beside the samples says of them stands here as a table: which key belongs to which,
what was checked by others, and the traps. A sample is taken (its event is told), kept (of a type
that nobody knows, or under a key that nobody knows) or refused (with the words that say why).
"""

import json
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote_plus, unquote_plus

from demo import ROOT
from institutions import BEIJING, signed_text
from notice_door import request
from proof import Violation

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
# When the sample of WeChat Pay was signed, and how far from that it may come.
SIGNED_AT = datetime(2021, 6, 24, 16, 37, 26, tzinfo=BEIJING)
FRESH = 300
# Within the time of the certificate of UnionPay's samples, and after it.
PINNED_AT = datetime(2024, 2, 1, tzinfo=BEIJING)
# What the README says that was checked, as the event that must follow.
ALIPAY = {
    "notify-trade-success.form": {
        "kind": "payment-captured", "institution": "alipay", "order_amount": 10, "paid_amount": 10,
        "balance_amount": 10, "transaction": "2019081522001468450512505578",
        "merchant": "2088531891668739", "currency": 156,
        "occurred_at": "2019-08-15T07:56:24.000000000Z"},
    "notify-trade-success-plus-in-subject.form": {
        "kind": "payment-captured", "institution": "alipay", "order_amount": 1, "paid_amount": 1,
        "balance_amount": 1, "transaction": "2023122122001499160501589436",
        "merchant": "2088721003899159", "currency": 156,
        "occurred_at": "2023-12-21T08:26:43.000000000Z"},
}
ALIPAY_KEYS = {"one.pem": "alipay-public-key-1.pem", "two.pem": "alipay-public-cert-2.crt"}
UNIONPAY = {
    "notify-consume-success.form": {
        "kind": "payment-captured", "transaction": "782209081322060674028",
        "order": "yansongda20220908132206", "refund": None,
        "occurred_at": "2022-09-08T05:22:06.000000000Z"},
    "resp-query-consume-success.txt": {
        "kind": "payment-captured", "transaction": "442401051450467846498",
        "order": "pay20240105145046", "refund": None},
    "resp-cancel-accepted.txt": {
        "kind": "payment-refunded", "transaction": "652401051647252574008",
        "order": "cancelpay20240105164725", "refund": "652401051647252421528"},
    "resp-refund-accepted.txt": {
        "kind": "payment-refunded", "transaction": "052401051658427862748",
        "order": "refundpay20240105165842", "refund": "052401051658427863998"},
}
CARD = {
    "kind": "payment-authorised", "institution": "card", "order_amount": 1000, "currency": 978,
    "transaction": "ZVWN7D3WSMK2WN82", "order": "\\:/\\/slashes are fun",
    "merchant": "AntoniStroinski", "occurred_at": "2023-01-10T12:42:29.000000000Z"}
CARD_FORGED = ["authorisation-true", "authorisation-true-additional-attribute", "capture-true",
               "capture-false", "refund-true", "refund-false"]
CARD_UNSIGNED = ["cancellation-true", "chargeback", "offer-closed"]
# The fields of the acquirer's item that its code is over, beside the amount.
CARD_SIGNED = ["pspReference", "originalReference", "merchantAccountCode", "merchantReference",
               "eventCode", "success"]
# What the documentation of WeChat Pay shows opened, once it is sealed and signed.
WECHAT_OPENED = {
    "v3-transaction.decrypted.doc-example.json": ("TRANSACTION.SUCCESS", "transaction", {
        "kind": "payment-captured", "institution": "wechat-pay", "order_amount": 100,
        "paid_amount": 100, "balance_amount": 0, "currency": 156,
        "transaction": "1217752501201407033233368018", "merchant": "1230000109",
        "occurred_at": "2018-06-08T02:34:56.000000000Z"}),
    "v3-refund.decrypted.doc-example.json": ("REFUND.SUCCESS", "refund", {
        "kind": "payment-refunded", "institution": "wechat-pay", "order_amount": 999,
        "paid_amount": 999, "transaction": "1008450740201411110005820873",
        "refund": "50200207182018070300011301001", "merchant": "1900000100",
        "occurred_at": "2018-06-08T02:34:56.000000000Z"}),
}
# Samples that are no notification of version 3, and the document whose seal is dots.
WECHAT_OTHER = ["v3-envelope.refund.doc-example.json", "v2-paysuccess.notification.sample.xml",
                "v2-refund.notification.req_info.sample.xml", "trade-bill.ALL.csv"]


def found(option):
    """The folder of the samples; None where it is not there.

    It is what the option names, otherwise `data/payloads` in what SLUICE_SHARED names, otherwise
    in `shared` beside the checkout, as for the tests.
    """
    shared = Path(os.environ.get("SLUICE_SHARED") or ROOT.parent / "shared")
    folder = Path(option) if option else shared / "data" / "payloads"
    return folder if (folder / "README.md").exists() else None


class Sample:
    """A delivery, and what must become of it.

    Exactly one of these is given: `event`, the fields of the event that follows; `kept`, why and
    for what it is kept; `refused`, a part of the reason that the sender hears.
    """

    def __init__(self, institution, name, body, headers=(), event=None, kept=None, refused=None,
                 kind=FORM):
        self.institution, self.name, self.kind = institution, name, kind
        self.body, self.headers = body, list(headers)
        self.event, self.kept, self.refused = event, kept, refused
        # What of a body is signed; of most it is the body, byte for byte.
        self.signed = bytes

    def data(self, body=None, headers=None):
        return request(f"/notify/{self.institution}", self.body if body is None else body,
                       self.headers if headers is None else headers, self.kind)

    @property
    def is_acknowledged(self):
        return bool(self.event or self.kept and self.kept[0] == "unknown-type")

    def but(self, **verdict):
        """The same delivery with another verdict."""
        return Sample(self.institution, self.name, self.body, self.headers, kind=self.kind,
                      **verdict)


class Samples:
    """Reads the folder, and makes the deliveries of each scene."""

    def __init__(self, folder):
        self.folder, self.used = folder, {"README.md", "failure-codes/failure_codes.csv"}

    def bytes(self, name):
        self.used.add(name)
        return (self.folder / name).read_bytes()

    def line(self, name):
        return self.bytes(name).rstrip(b"\r\n")

    def forgotten(self):
        """The files that no delivery was made of."""
        there = {str(path.relative_to(self.folder)) for path in self.folder.rglob("*")
                 if path.is_file()}
        return sorted(there - self.used)

    # -- WeChat Pay -----------------------------------------------------------------------------

    def wechat_keys(self, daemon):
        daemon.key("wechat-pay/platform.pem", self.bytes("wechatpay/v3-platform-cert.pem"))
        daemon.key("wechat-pay/sample.apiv3", self.bytes("wechatpay/v3-apikey.txt"))

    def wechat(self):
        headers = json.loads(self.bytes("wechatpay/v3-notify-signed.headers.json"))
        kind = headers.pop("Content-Type")
        self.used.add("wechatpay/v3-notify-signed.plaintext.json")
        return Sample("wechat-pay", "v3-notify-signed",
                      self.line("wechatpay/v3-notify-signed.body.json"), headers.items(),
                      kept=("unknown-type", "PAYSCORE.USER_OPEN_SERVICE"), kind=kind)

    def wechat_opened(self, sender):
        """The documented resources, sealed and signed by a sender of our own."""
        for name, (event, kind, fields) in WECHAT_OPENED.items():
            sent = sender.wrapped(event, kind, json.loads(self.bytes(f"wechatpay/{name}")))
            yield own(name, sent, event=fields)

    def wechat_other(self, sender):
        """All else, as it is and under a signature that holds."""
        for name in WECHAT_OTHER:
            body = self.bytes(f"wechatpay/{name}")
            yield Sample("wechat-pay", name, body, refused="header Wechatpay-Timestamp")
            reason = "resource.nonce: it must have 12" if name.startswith("v3") else "the document"
            yield own(f"{name}, signed", sender.signed(body), refused=reason)

    # -- Alipay ---------------------------------------------------------------------------------

    def alipay_keys(self, daemon):
        for name, source in ALIPAY_KEYS.items():
            daemon.key(f"alipay/{name}", self.bytes(f"alipay/{source}"))

    def alipay(self):
        text = self.line("alipay/notify-trade-success.signing-string.txt").decode()
        for name, event in ALIPAY.items():
            body = self.line(f"alipay/{name}")
            if name == "notify-trade-success.form":
                fields = {key: value for key, value in form(body).items()
                          if key not in ("sign", "sign_type")}
                if signed_text(fields) != text:
                    raise Violation(f"{name} does not come to the text that was signed")
            yield Sample("alipay", name, body, event=event)
        yield Sample("alipay", "notify-bad-signature.form",
                     self.line("alipay/notify-bad-signature.form"), refused="fail")

    # -- UnionPay -------------------------------------------------------------------------------

    def certificate(self):
        text = self.line("unionpay/notify-consume-success.signing-string.txt").decode()
        return re.search("-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----", text,
                         re.DOTALL)[0].encode() + b"\n"

    def unionpay(self):
        """Notifications and answers; the answers as forms, for a form is what is notified."""
        for name, event in UNIONPAY.items():
            body = self.line(f"unionpay/{name}")
            if name.endswith(".txt"):
                fields = dict(part.split("=", 1) for part in body.decode().split("&"))
                body = "&".join(f"{key}={quote_plus(value)}" for key, value in fields.items())
                body = body.encode()
            event = {"institution": "unionpay", "order_amount": 1, "currency": 156,
                     "account": None, "merchant": "777290058167151", **event}
            yield Sample("unionpay", name, body, event=event)

    def unionpay_bare(self):
        """The answers as they came: not written as forms, so they are none."""
        for name in UNIONPAY:
            if name.endswith(".txt"):
                yield Sample("unionpay", f"{name}, bare", self.line(f"unionpay/{name}"),
                             refused="the notification")

    # -- the card acquirer ----------------------------------------------------------------------

    def card_keys(self, daemon):
        daemon.key("card/sample.hmac", self.bytes("card-adyen/hmac-key.hex"))

    def card(self):
        item = self.line("card-adyen/hmac-signed.item.json").decode()
        body = ('{"live":"false","notificationItems":[{"NotificationRequestItem":'
                + item + "}]}").encode()
        sample = Sample("card", "hmac-signed.item", body, event=CARD, kind=JSON)
        sample.signed = card_signed
        yield sample
        for name in CARD_FORGED + CARD_UNSIGNED:
            reason = "signature" if name in CARD_FORGED else "additionalData"
            yield Sample("card", name, self.bytes(f"card-adyen/{name}.json"), refused=reason,
                         kind=JSON)


def own(name, sent, **verdict):
    """What one of our own senders signed."""
    headers = [(key, value) for key, value in sent.headers.items() if key != "Content-Type"]
    return Sample(sent.institution, name, sent.body, headers, kind=JSON, **verdict)


def form(body):
    return {unquote_plus(key): unquote_plus(value) for key, value in
            (part.split("=", 1) for part in body.decode().split("&"))}


def card_signed(body):
    """The acquirer's eight fields and its code; None where the body holds no such item."""
    try:
        item = json.loads(body)["notificationItems"][0]["NotificationRequestItem"]
        return ([item.get(name) for name in CARD_SIGNED],
                [item["amount"][name] for name in ("value", "currency")],
                item["additionalData"]["hmacSignature"])
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def instant(moment, seconds=0):
    return (moment + timedelta(seconds=seconds)).isoformat()
