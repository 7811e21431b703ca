"""Signs notifications as four payment institutions do, for the proofs that send some.

Only the standard library, the `openssl` program for keys and certificates, and libcrypto by its C
interface for signatures and seals: nothing of it is shared with the product.
"""

import base64
import ctypes
import ctypes.util
import hashlib
import hmac
import json
import os
import subprocess
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import quote_plus

BEIJING = timezone(timedelta(hours=8))
TAG = 16


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Libcrypto:
    """The few calls that are needed."""

    def __init__(self):
        self.lib = ctypes.CDLL(ctypes.util.find_library("crypto"))
        for name in ["BIO_new_mem_buf", "PEM_read_bio_PrivateKey", "EVP_MD_CTX_new", "EVP_sha256",
                     "EVP_CIPHER_CTX_new", "EVP_aes_256_gcm"]:
            getattr(self.lib, name).restype = ctypes.c_void_p
        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        self.lib.BIO_new_mem_buf.argtypes = [ctypes.c_char_p, ctypes.c_int]
        self.lib.PEM_read_bio_PrivateKey.argtypes = [pointer] * 4
        self.lib.EVP_DigestSignInit.argtypes = [pointer] * 5
        self.lib.EVP_DigestSign.argtypes = [
            pointer, ctypes.c_char_p, ctypes.POINTER(size), ctypes.c_char_p, size]
        self.lib.EVP_MD_CTX_free.argtypes = [pointer]
        self.lib.EVP_CIPHER_CTX_free.argtypes = [pointer]
        self.lib.EVP_EncryptInit_ex.argtypes = [pointer] * 3 + [ctypes.c_char_p] * 2
        self.lib.EVP_EncryptUpdate.argtypes = [
            pointer, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int), ctypes.c_char_p, ctypes.c_int]
        self.lib.EVP_EncryptFinal_ex.argtypes = [
            pointer, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]
        self.lib.EVP_CIPHER_CTX_ctrl.argtypes = [
            pointer, ctypes.c_int, ctypes.c_int, ctypes.c_char_p]

    def key(self, path):
        text = Path(path).read_bytes()
        return self.lib.PEM_read_bio_PrivateKey(
            self.lib.BIO_new_mem_buf(text, len(text)), None, None, None)

    def sign(self, key, message):
        """RSA over SHA-256, in base64."""
        context = self.lib.EVP_MD_CTX_new()
        length = ctypes.c_size_t(1024)
        signature = ctypes.create_string_buffer(length.value)
        done = (self.lib.EVP_DigestSignInit(context, None, self.lib.EVP_sha256(), None, key),
                self.lib.EVP_DigestSign(context, signature, length, message, len(message)))
        self.lib.EVP_MD_CTX_free(context)
        assert done == (1, 1), "libcrypto does not sign"
        return base64.b64encode(signature.raw[:length.value]).decode()

    def seal(self, key, nonce, beside, plain):
        """AES-256-GCM, in base64."""
        context = self.lib.EVP_CIPHER_CTX_new()
        sealed = ctypes.create_string_buffer(len(plain) + TAG)
        tag, done = ctypes.create_string_buffer(TAG), ctypes.c_int()
        calls = (
            self.lib.EVP_EncryptInit_ex(
                context, self.lib.EVP_aes_256_gcm(), None, key, nonce),
            self.lib.EVP_EncryptUpdate(context, None, done, beside, len(beside)),
            self.lib.EVP_EncryptUpdate(context, sealed, done, plain, len(plain)),
            self.lib.EVP_EncryptFinal_ex(context, tag, ctypes.c_int()),
            self.lib.EVP_CIPHER_CTX_ctrl(context, 0x10, TAG, tag))
        self.lib.EVP_CIPHER_CTX_free(context)
        assert calls == (1,) * 5, "libcrypto does not seal"
        return base64.b64encode(sealed.raw[:len(plain)] + tag.raw).decode()


class Delivery:
    """What is sent: to which path, with which headers and body."""

    def __init__(self, institution, body, headers=None, kind="application/x-www-form-urlencoded",
                 signed=None):
        self.institution, self.body = institution, body
        # Where one changed bit must be seen: everywhere, but for the card acquirer, whose signature
        # covers eight fields alone.
        self.signed = signed or range(len(body))
        self.headers = {"Content-Type": kind, **(headers or {})}

    @property
    def path(self):
        return f"/notify/{self.institution}"

    def damaged(self, place):
        """The same with one bit of the body changed."""
        body = bytearray(self.body)
        body[self.signed[place % len(self.signed)]] ^= 1
        return Delivery(self.institution, bytes(body), self.headers)


class Institution:
    """One institution with keys of its own, and the folder that the daemon reads them from."""

    name = ""
    # What it expects to hear.
    acknowledgement = b""

    def __init__(self, crypto, secrets, keys):
        self.crypto, self.secrets, self.keys = crypto, secrets, keys / self.name
        self.keys.mkdir()

    def new_key(self, name):
        path = self.secrets / f"{self.name}-{name}.key"
        openssl("genrsa", "-out", path, 2048)
        return path

    def secret(self, name, text):
        path = self.keys / name
        path.write_text(text)
        path.chmod(0o600)


def form(fields):
    return "&".join(f"{quote_plus(k)}={quote_plus(v)}" for k, v in fields.items()).encode()


def signed_text(fields):
    return "&".join(f"{key}={fields[key]}" for key in sorted(fields))


def local(instant, pattern="%Y-%m-%d %H:%M:%S"):
    return datetime.fromtimestamp(instant, BEIJING).strftime(pattern)


class WeChatPay(Institution):
    name = "wechat-pay"

    def __init__(self, *where):
        super().__init__(*where)
        path = self.new_key("platform")
        self.key, self.id = self.crypto.key(path), "PUB_KEY_ID_0114232134912410000000000000"
        openssl("rsa", "-in", path, "-pubout", "-out", self.keys / f"{self.id}.pem")
        self.seal = os.urandom(16).hex()
        self.secret("key.apiv3", self.seal)

    def wrapped(self, event, resource_type, content):
        nonce = os.urandom(6).hex()
        sealed = self.crypto.seal(self.seal.encode(), nonce.encode(), b"transaction",
                                  json.dumps(content).encode())
        body = json.dumps({
            "id": hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32],
            "create_time": datetime.now(BEIJING).isoformat(timespec="seconds"),
            "resource_type": "encrypt-resource", "event_type": event, "summary": "-",
            "resource": {"original_type": resource_type, "algorithm": "AEAD_AES_256_GCM",
                         "ciphertext": sealed, "associated_data": "transaction",
                         "nonce": nonce}}).encode()
        return self.signed(body)

    def signed(self, body):
        """Any body, under a signature of now."""
        stamp, nonce = str(int(time.time())), os.urandom(16).hex()
        text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        return Delivery(self.name, body, {
            "Wechatpay-Timestamp": stamp, "Wechatpay-Nonce": nonce, "Wechatpay-Serial": self.id,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Signature": self.crypto.sign(self.key, text)}, "application/json")

    def captured(self, fact):
        return self.wrapped("TRANSACTION.SUCCESS", "transaction", {
            "mchid": fact.merchant, "appid": "wx1", "out_trade_no": fact.order,
            "transaction_id": fact.transaction, "trade_type": "JSAPI", "trade_state": "SUCCESS",
            "trade_state_desc": "-", "bank_type": "OTHERS", "attach": "",
            "success_time": datetime.fromtimestamp(fact.at, BEIJING).isoformat(),
            "payer": {"openid": f"openid-{fact.order}"},
            "amount": {"total": fact.fen, "payer_total": fact.fen, "currency": "CNY",
                       "payer_currency": "CNY"}})

    def refunded(self, fact):
        return self.wrapped("REFUND.SUCCESS", "refund", {
            "mchid": fact.merchant, "out_trade_no": fact.order,
            "transaction_id": fact.transaction, "out_refund_no": f"r-{fact.order}",
            "refund_id": f"50{fact.transaction}", "refund_status": "SUCCESS",
            "success_time": datetime.fromtimestamp(fact.refund_at, BEIJING).isoformat(),
            "user_received_account": "-",
            "amount": {"total": fact.fen, "refund": fact.refund, "payer_total": fact.fen,
                       "payer_refund": fact.refund}})


class Alipay(Institution):
    name = "alipay"
    acknowledgement = b"success"

    def __init__(self, *where):
        super().__init__(*where)
        path = self.new_key("platform")
        self.key = self.crypto.key(path)
        openssl("rsa", "-in", path, "-pubout", "-out", self.keys / "alipay.pem")

    def signed(self, fact, more):
        content = {
            "gmt_create": local(fact.at), "charset": "utf-8", "version": "1.0", "app_id": "2016",
            "subject": "一件 + 一件", "buyer_id": "2088", "seller_id": fact.merchant,
            "notify_type": "trade_status_sync", "out_trade_no": fact.order,
            "trade_no": fact.transaction, "total_amount": f"{fact.fen / 100:.2f}",
            "buyer_pay_amount": f"{fact.fen / 100:.2f}", "gmt_payment": local(fact.at), **more}
        content["notify_id"] = hashlib.sha256(signed_text(content).encode()).hexdigest()[:34]
        content["notify_time"] = local(fact.at)
        signature = self.crypto.sign(self.key, signed_text(content).encode())
        return Delivery(self.name, form({**content, "sign": signature, "sign_type": "RSA2"}))

    def captured(self, fact):
        return self.signed(fact, {"trade_status": "TRADE_SUCCESS"})

    def refunded(self, fact):
        return self.signed(fact, {
            "trade_status": "TRADE_SUCCESS" if fact.refund < fact.fen else "TRADE_CLOSED",
            "refund_fee": f"{fact.refund / 100:.2f}", "out_biz_no": f"r-{fact.order}",
            "gmt_refund": local(fact.refund_at) + ".000"})


class UnionPay(Institution):
    name = "unionpay"
    acknowledgement = b"ok"

    def __init__(self, *where):
        super().__init__(*where)
        root, leaf = self.new_key("root"), self.new_key("leaf")
        request, certificate = self.secrets / "leaf.csr", self.secrets / "leaf.pem"
        openssl("req", "-x509", "-new", "-key", root, "-days", 30, "-subj", "/CN=root",
                "-out", self.keys / "roots.pem")
        openssl("req", "-new", "-utf8", "-key", leaf, "-out", request,
                "-subj", "/CN=041@8310000000083040@中国银联股份有限公司@00016495")
        openssl("x509", "-req", "-in", request, "-CA", self.keys / "roots.pem", "-CAkey", root,
                "-set_serial", 69629715588, "-days", 30, "-out", certificate)
        self.key, self.certificate = self.crypto.key(leaf), certificate.read_text()

    def signed(self, fact, instant, more):
        content = {
            "version": "5.1.0", "encoding": "UTF-8", "signMethod": "01",
            "signPubKeyCert": self.certificate, "bizType": "000201", "accessType": "0",
            "merId": fact.merchant, "orderId": fact.order, "currencyCode": "156",
            "txnTime": local(instant, "%Y%m%d%H%M%S"), "traceNo": "123456",
            "traceTime": local(instant, "%m%d%H%M%S"), "settleDate": local(instant, "%m%d"),
            "settleCurrencyCode": "156", "respCode": "00", "respMsg": "success", **more}
        digest = hashlib.sha256(signed_text(content).encode()).hexdigest()
        content["signature"] = self.crypto.sign(self.key, digest.encode())
        return Delivery(self.name, form(content))

    def captured(self, fact):
        return self.signed(fact, fact.at, {
            "txnType": "01", "txnSubType": "01", "queryId": fact.transaction,
            "txnAmt": str(fact.fen), "settleAmt": str(fact.fen)})

    def refunded(self, fact):
        return self.signed(fact, fact.refund_at, {
            "txnType": "04", "txnSubType": "00", "queryId": f"90{fact.transaction}",
            "origQryId": fact.transaction, "txnAmt": str(fact.refund),
            "settleAmt": str(fact.refund)})


class Card(Institution):
    name = "card"
    acknowledgement = b"[accepted]"

    def __init__(self, *where):
        super().__init__(*where)
        self.key = os.urandom(32)
        self.secret("one.hmac", self.key.hex())

    def signed(self, fact, event, reference, original, fen, instant):
        item = {
            "pspReference": reference, "merchantAccountCode": fact.merchant,
            "merchantReference": fact.order, "amount": {"value": fen, "currency": "CNY"},
            "eventCode": event, "success": "true", "paymentMethod": "visa",
            "eventDate": datetime.fromtimestamp(instant, BEIJING).isoformat()}
        if original:
            item["originalReference"] = original
        text = ":".join([reference, original, fact.merchant, fact.order, str(fen), "CNY", event,
                         "true"])
        code = base64.b64encode(hmac.digest(self.key, text.encode(), "sha256")).decode()
        item["additionalData"] = {"hmacSignature": code}
        body = json.dumps({"live": "false", "notificationItems": [
            {"NotificationRequestItem": item}]}).encode()
        start = body.index(code.encode())
        return Delivery(
            self.name, body, kind="application/json", signed=range(start, start + len(code)))

    def captured(self, fact):
        return self.signed(
            fact, "CAPTURE", f"C{fact.transaction}", fact.transaction, fact.fen, fact.at)

    def refunded(self, fact):
        return self.signed(
            fact, "REFUND", f"R{fact.transaction}", fact.transaction, fact.refund, fact.refund_at)


def institutions(folder):
    """All four, with a folder `keys` that a daemon reads."""
    crypto, secrets, keys = Libcrypto(), folder / "secrets", folder / "keys"
    secrets.mkdir()
    keys.mkdir(exist_ok=True)
    pseudonyms = keys / "pseudonym.key"
    pseudonyms.write_text(os.urandom(32).hex())
    pseudonyms.chmod(0o600)
    return [kind(crypto, secrets, keys) for kind in (WeChatPay, Alipay, UnionPay, Card)]
