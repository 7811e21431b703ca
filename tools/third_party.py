"""Runs with other people's libraries: `tools/prove third-party` starts it.

Each library reads the notices that the tests signed, byte for byte, and must refuse them with one
bit changed; the same bytes go to a daemon over HTTP. Then each library that can sign signs, and the
daemon must take it. UnionPay has no library: of those on PyPI that name it (lesscode-pay 0.0.2 and
senweaver-pay 0.1.0 in 2026) none knows the digest of version 5.1.0, and the former refuses
UnionPay's own published sample. There `cryptography` checks the chain and the signature.
"""

import base64
import hashlib
import importlib
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from institutions import BEIJING, signed_text
from notice_door import Link, NoticeDaemon, request
from proof import Violation
from prove_samples import TAKEN

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
NOW = datetime(2024, 9, 12, 10, 0, 2, tzinfo=BEIJING)
SERIAL = "PUB_KEY_ID_0114232134912410000000000001"
ALGORITHM = "WECHATPAY2-SHA256-RSA2048"
SEAL = "another key of thirty-two bytes!"
CARD_KEY = "44" * 32
UNIONPAY_NAME = "041@8310000000083040@中国银联股份有限公司@00016495"
ROOT_NAME = "a root of its own"


class Notice:
    """What a test signed."""

    def __init__(self, line):
        self.institution, self.sort = line["institution"], line["sort"]
        self.outcomes = line["outcomes"].split()
        self.headers = dict(text.split(": ", 1) for text in line["headers"].split("\n") if text)
        self.body = base64.b64decode(line["body"])

    @property
    def form(self):
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))


def flipped(text, place=-5):
    """A Base64 text with one letter changed."""
    place %= len(text)
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1:]


# -- what the libraries say -----------------------------------------------------------------------


class Library:
    """One library: what it makes of a notice, and, where it can sign, what it signs."""

    name = institution = module = ""

    def __init__(self, keys):
        self.keys = keys
        importlib.import_module(self.module)

    def signed(self):
        """Deliveries of its own: what is said of each, body, headers."""
        return []

    def own_keys(self):
        """The files of keys for what it signs."""
        return {}


class WeChatPayV3(Library):
    name, institution, module = "wechatpayv3", "wechat-pay", "wechatpayv3"

    def client(self, public_key, public_id, secret):
        library = importlib.import_module(self.module)
        return library.WeChatPay(
            wechatpay_type=library.WeChatPayType.JSAPI, mchid="1900000109", appid="wx1",
            private_key=pem(self.keys.rsa), cert_serial_no="444F4864EA9B34415A", apiv3_key=secret,
            notify_url="https://sluice.example/", public_key=public_key, public_key_id=public_id)

    def accepts(self, notice):
        serial = notice.headers["Wechatpay-Serial"]
        client = self.client(self.keys.file(f"wechat-pay/{serial}.pem"), serial,
                             self.keys.file("wechat-pay/test.apiv3"))
        # The header that names the algorithm is not a part of what is signed.
        headers = {**notice.headers, "Wechatpay-Signature-Type": ALGORITHM}
        read = client.callback(headers, notice.body)
        resource = read and read["resource"]
        parts = (resource or {}).get("sub_orders") or [resource]
        damaged = {**headers, "Wechatpay-Signature": flipped(headers["Wechatpay-Signature"])}
        return (len(parts) == len(notice.outcomes)
                and all("transaction_id" in part for part in parts if part is not None)
                and resource is not None and client.callback(damaged, notice.body) is None
                and client.callback(headers, notice.body + b" ") is None)

    def own_keys(self):
        return {f"wechat-pay/{SERIAL}.pem": public_pem(self.keys.rsa),
                "wechat-pay/other.apiv3": SEAL}

    def signed(self):
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        utils = importlib.import_module("wechatpayv3.utils")
        content = json.dumps({
            "mchid": "1900000109", "appid": "wx1", "out_trade_no": "lib-1", "transaction_id": "L1",
            "trade_state": "SUCCESS", "bank_type": "CFT", "success_time": NOW.isoformat(),
            "payer": {"openid": "o"},
            "amount": {"total": 5, "payer_total": 5, "currency": "CNY", "payer_currency": "CNY"}})
        sealed = AESGCM(SEAL.encode()).encrypt(b"0123456789ab", content.encode(), b"transaction")
        body = json.dumps({
            "id": "EV-library", "create_time": NOW.isoformat(),
            "resource_type": "encrypt-resource", "event_type": "TRANSACTION.SUCCESS",
            "summary": "-", "resource": {
                "original_type": "transaction", "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": "transaction", "nonce": "0123456789ab"}})
        stamp = str(int(NOW.timestamp()))
        signature = utils.rsa_sign(self.keys.rsa, f"{stamp}\nlibrary\n{body}\n")
        yield "payment-captured", body.encode(), {
            "Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": "library", "Wechatpay-Serial": SERIAL,
            "Wechatpay-Signature-Type": ALGORITHM, "Wechatpay-Signature": signature}


def trade(number):
    """The fields of a paid trade for a library to sign."""
    time = NOW.strftime("%Y-%m-%d %H:%M:%S")
    return {"gmt_create": time, "gmt_payment": time, "notify_time": time, "charset": "utf-8",
            "version": "1.0", "app_id": "2016", "subject": "一件 + 一件", "seller_id": "2088",
            "notify_type": "trade_status_sync", "notify_id": number, "out_trade_no": f"o-{number}",
            "trade_no": number, "total_amount": "0.05", "trade_status": "TRADE_SUCCESS"}


def signed_form(fields, sign):
    return urlencode({**fields, "sign": sign, "sign_type": "RSA2"}).encode()


class PythonAlipay(Library):
    name, institution, module = "python-alipay-sdk", "alipay", "alipay"

    def client(self, public_key):
        return importlib.import_module(self.module).AliPay(
            appid="2016", app_notify_url=None,
            app_private_key_string=pem(self.keys.rsa, older=True),
            alipay_public_key_string=public_key, sign_type="RSA2")

    def accepts(self, notice):
        client, form = self.client(self.keys.file("alipay/test.pem")), notice.form
        sign = form.pop("sign")
        return (client.verify(dict(form), sign) and not client.verify(dict(form), flipped(sign))
                and not client.verify({**form, "total_amount": "0.01"}, sign))

    def own_keys(self):
        return {"alipay/library.pem": public_pem(self.keys.rsa)}

    def signed(self):
        fields = trade("python-alipay-sdk-1")
        sign = self.client(public_pem(self.keys.rsa))._sign(signed_text(fields))
        yield "payment-captured", signed_form(fields, sign), {}


class AlipayOfficial(Library):
    name, institution = "alipay-sdk-python", "alipay"
    module = "alipay.aop.api.util.SignatureUtils"

    def accepts(self, notice):
        utils, form = importlib.import_module(self.module), notice.form
        sign, _ = form.pop("sign"), form.pop("sign_type")
        key = self.keys.file("alipay/test.pem")

        def verifies(fields, signature):
            try:
                content = utils.get_sign_content(fields).encode()
                return utils.verify_with_rsa(key, content, signature)
            except utils.rsa.VerificationError:
                return False
        return (verifies(form, sign) and not verifies(form, flipped(sign))
                and not verifies({**form, "total_amount": "0.01"}, sign))

    def own_keys(self):
        return {"alipay/library.pem": public_pem(self.keys.rsa)}

    def signed(self):
        utils, fields = importlib.import_module(self.module), trade("alipay-sdk-python-1")
        key, content = pem(self.keys.rsa, older=True), utils.get_sign_content(fields)
        sign = utils.sign_with_rsa2(key, content, "utf-8")
        yield "payment-captured", signed_form(fields, sign), {}


class AdyenOwn(Library):
    name, institution, module = "Adyen", "card", "Adyen.util"

    def accepts(self, notice):
        utils = importlib.import_module(self.module)
        document, key = json.loads(notice.body), self.keys.file("card/test.hmac")

        def verifies(wrapper, change=None):
            item = json.loads(json.dumps(wrapper["NotificationRequestItem"]))
            if change:
                item["amount"]["value"] += 1
            return utils.is_valid_hmac_notification(item, key)
        items = document["notificationItems"]
        return (len(items) == len(notice.outcomes) and all(map(verifies, items))
                and not any(verifies(item, change=True) for item in items))

    def own_keys(self):
        return {"card/library.hmac": CARD_KEY}

    def signed(self):
        utils = importlib.import_module(self.module)
        item = {"pspReference": "L1", "merchantAccountCode": "ShopAccount",
                "merchantReference": "lib-1", "amount": {"value": 5, "currency": "CNY"},
                "eventCode": "AUTHORISATION", "success": "true", "eventDate": NOW.isoformat()}
        code = utils.generate_notification_sig(item, CARD_KEY).decode()
        item["additionalData"] = {"hmacSignature": code}
        yield "payment-authorised", json.dumps({"live": "false", "notificationItems": [
            {"NotificationRequestItem": item}]}).encode(), {}


class UnionPayByCryptography(Library):
    name, institution = "cryptography (UnionPay has no library)", "unionpay"
    module = "cryptography"

    def accepts(self, notice):
        from cryptography import x509
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding
        form = notice.form
        signature = base64.b64decode(form.pop("signature"))
        chain = [x509.load_pem_x509_certificate(text.encode()) for text in (
            form["signPubKeyCert"], self.keys.file("unionpay/intermediates.pem"),
            self.keys.file("unionpay/roots.pem"))]
        for certificate, issuer in zip(chain, chain[1:]):
            certificate.verify_directly_issued_by(issuer)

        def verifies(fields):
            digest = hashlib.sha256(signed_text(fields).encode()).hexdigest()
            try:
                chain[0].public_key().verify(
                    signature, digest.encode(), padding.PKCS1v15(), hashes.SHA256())
                return True
            except InvalidSignature:
                return False
        return verifies(form) and not verifies({**form, "txnAmt": "1"})

    def own_keys(self):
        # The root of the tests stays pinned beside this one.
        return {"unionpay/roots.pem": self.keys.file("unionpay/roots.pem")
                + certificate(self.keys.rsa, ROOT_NAME, self.keys.rsa, ROOT_NAME)}

    def signed(self):
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding
        time = NOW.strftime("%Y%m%d%H%M%S")
        fields = {
            "version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "txnType": "01",
            "txnSubType": "01", "bizType": "000201", "accessType": "0", "merId": "777290058167151",
            "orderId": "lib-1", "queryId": "L1", "txnTime": time, "txnAmt": "5", "respCode": "00",
            "currencyCode": "156", "respMsg": "success", "signPubKeyCert": certificate(
                self.keys.leaf, UNIONPAY_NAME, self.keys.rsa, ROOT_NAME)}
        digest = hashlib.sha256(signed_text(fields).encode()).hexdigest().encode()
        signature = self.keys.leaf.sign(digest, padding.PKCS1v15(), hashes.SHA256())
        yield ("payment-captured", urlencode(
            {**fields, "signature": base64.b64encode(signature).decode()}).encode(), {})


LIBRARIES = [WeChatPayV3, PythonAlipay, AlipayOfficial, UnionPayByCryptography, AdyenOwn]


# -- keys -----------------------------------------------------------------------------------------


class Keys:
    """The files that the tests wrote, and two keys of our own, made by `cryptography`."""

    def __init__(self, folder):
        from cryptography.hazmat.primitives.asymmetric import rsa
        lines = map(json.loads, (folder / "keys.ndjson").read_text().splitlines())
        self.files = {line["name"]: base64.b64decode(line["bytes"]) for line in lines}
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.leaf = rsa.generate_private_key(65537, 2048)

    def file(self, name):
        return self.files[name].decode()


def pem(key, older=False):
    """The private key, as PKCS#8 or in the older form of RSA alone."""
    from cryptography.hazmat.primitives import serialization as s
    form = s.PrivateFormat.TraditionalOpenSSL if older else s.PrivateFormat.PKCS8
    return key.private_bytes(s.Encoding.PEM, form, s.NoEncryption()).decode()


def public_pem(key):
    from cryptography.hazmat.primitives import serialization as s
    return key.public_key().public_bytes(
        s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode()


def certificate(key, name, issuer_key, issuer):
    """A certificate of 2024, as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    built = (x509.CertificateBuilder().subject_name(named(name)).issuer_name(named(issuer))
             .public_key(key.public_key()).serial_number(x509.random_serial_number())
             .not_valid_before(NOW - timedelta(days=100)).not_valid_after(NOW + timedelta(days=100))
             .add_extension(x509.BasicConstraints(ca=name == issuer, path_length=None), True)
             .sign(issuer_key, hashes.SHA256()))
    return built.public_bytes(serialization.Encoding.PEM).decode()


# -- the daemon -----------------------------------------------------------------------------------


class Proof:
    def __init__(self, folder, where):
        self.keys = Keys(folder)
        self.notices = [Notice(json.loads(line)) for line in
                        (folder / "notices.ndjson").read_text().splitlines()]
        # A little before the notices were signed, for the daemon needs a moment.
        self.daemon = NoticeDaemon(where, (NOW - timedelta(seconds=60)).isoformat())
        self.libraries, self.position = [], 0

    def take(self, what, institution, body, headers, kind, kinds):
        """Sends a delivery to the daemon, and holds what comes of it against what must."""
        answer = self.link.one(request(f"/notify/{institution}", body, headers.items(), kind))
        if answer != TAKEN[institution]:
            raise Violation(f"{what}: the daemon answers {answer}")
        events = self.daemon.events(self.position)
        if [event["kind"] for event in events] != kinds:
            raise Violation(f"{what}: it becomes {[event['kind'] for event in events]}")
        self.position = events[-1]["position"] + 1

    def run(self):
        for kind in LIBRARIES:
            try:
                self.libraries.append(kind(self.keys))
            except ImportError as fault:
                print(f"{kind.institution}: {kind.name} is not here ({fault}); not tried")
        self.daemon.key("pseudonym.key", "17" * 32)
        for name, text in self.keys.files.items():
            self.daemon.key(name, text)
        for library in self.libraries:
            for name, text in library.own_keys().items():
                self.daemon.key(name, text)
        self.daemon.start()
        self.link = Link(self.daemon.port)
        for notice in self.notices:
            headers = dict(notice.headers)
            kind = headers.pop("Content-Type", FORM)
            kinds = [f"payment-{outcome}" for outcome in notice.outcomes]
            # The only institution that says under which id it combined them.
            if notice.institution == "wechat-pay" and len(kinds) > 1:
                kinds.append("payment-combined")
            self.take(f"{notice.institution} {notice.sort}", notice.institution, notice.body,
                      headers, kind, kinds)
        print(f"the daemon takes the {len(self.notices)} notices that the tests signed")
        for library in self.libraries:
            self.compare(library)
        self.daemon.stop()

    def compare(self, library):
        mine = [notice for notice in self.notices if notice.institution == library.institution]
        for notice in mine:
            if not library.accepts(notice):
                raise Violation(f"{library.name} does not accept {notice.sort}")
        count = 0
        for kind, body, headers in library.signed():
            form = FORM if library.institution in ("alipay", "unionpay") else JSON
            self.take(f"signed by {library.name}", library.institution, body, headers, form, [kind])
            count += 1
        print(f"{library.institution}: {library.name} accepts "
              f"{', '.join(notice.sort for notice in mine)}, and none of them changed; "
              f"the daemon takes {count} of what it signs")


def main():
    proof, holds = Proof(Path(sys.argv[1]), sys.argv[2]), False
    try:
        proof.run()
        holds = True
    except Violation as violation:
        print(f"violation: {violation}\nkept: {proof.daemon.folder}")
    finally:
        proof.daemon.end(keep=not holds)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
