"""Statements of a day as institutions write them, made of facts.

WeChat Pay's trade bill in its variant ALL, Alipay's list of single trades in GBK, and the plain form
for the others. Written from what those forms are said to be, not from the product's readers.
"""

from collections import namedtuple
from datetime import datetime

from institutions import BEIJING

# `refund` is the institution's id of the refund, or the merchant's where the institution has none.
Entry = namedtuple("Entry", "kind transaction order refund fen instant")

WECHAT = ("交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
          "付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,"
          "退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注")
WECHAT_TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
ALIPAY = ("支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,"
          "对方账户,订单金额（元）,商家实收（元）,退款批次号/请求号,服务费（元）,备注")


def yuan(fen):
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02}"


def local(instant):
    return datetime.fromtimestamp(instant, BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def total(entries, kind):
    return sum(entry.fen for entry in entries if entry.kind == kind)


def marked(cells):
    return ",".join("`" + cell for cell in cells)


def wechat(entries):
    lines = ["\ufeff" + WECHAT]
    for one in entries:
        is_refund = one.kind == "refunded"
        paid, back = yuan(0 if is_refund else one.fen), yuan(one.fen if is_refund else 0)
        refund = ([one.refund, "", back, "0.00", "ORIGINAL", "SUCCESS"] if is_refund
                  else ["0", "0", "0.00", "0.00", "", ""])
        lines.append(marked([
            local(one.instant), "wx", "1900000109", "0", "", one.transaction, one.order, "o", "JSAPI",
            "REFUND" if is_refund else "SUCCESS", "OTHERS", "CNY", paid, "0.00", *refund,
            "a thing, \"quoted\"", "", "0.00000", "0.60%", paid, back, ""]))
    captured, refunded = total(entries, "captured"), total(entries, "refunded")
    lines += [WECHAT_TOTALS, marked([
        f"{len(entries)}.0", yuan(captured), yuan(refunded), "0.00", "0.00000", yuan(captured),
        yuan(refunded)])]
    return "\r\n".join(lines).encode()


def alipay(entries):
    lines = ["#支付宝业务明细查询", "#账号：[20880000000001560156]",
             "#-----------------------业务明细列表-----------------------", ALIPAY]
    for one in entries:
        is_refund = one.kind == "refunded"
        amount = yuan(-one.fen if is_refund else one.fen)
        lines.append(",".join([
            one.transaction + "\t", one.order + "\t", "退款" if is_refund else "交易", "thing",
            local(one.instant), local(one.instant), "", "", "", "", "a***\t", amount, amount,
            one.refund + "\t", "0.00", " "]))
    count = {kind: sum(1 for one in entries if one.kind == kind)
             for kind in ("captured", "refunded")}
    lines += [
        "#-----------------------业务明细列表结束-----------------------",
        f"#交易合计：{count['captured']}笔，商家实收共{yuan(total(entries, 'captured'))}元，商家优惠共0.00元",
        f"#退款合计：{count['refunded']}笔，商家实收退款共{yuan(-total(entries, 'refunded'))}元，"
        "商家优惠退款共0.00元", "#导出时间：[2024年09月13日 09:27:10]"]
    return ("\r\n".join(lines) + "\r\n").encode("gbk")


def plain(entries):
    lines = ["transaction,kind,refund,order_amount,paid_amount,fee,occurred_at"]
    for one in entries:
        time = datetime.fromtimestamp(one.instant, BEIJING).isoformat()
        paid = one.fen if one.kind == "captured" else ""
        lines.append(f"{one.transaction},{one.kind},{one.refund},{one.fen},{paid},0,{time}")
    return ("\n".join(lines) + "\n").encode()


def statement(institution, entries):
    """The bytes of an institution's statement, in the order of its lines' own times."""
    entries = sorted(entries, key=lambda one: one.instant)
    return {"wechat-pay": wechat, "alipay": alipay}.get(institution, plain)(entries)
