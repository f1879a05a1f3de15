"""What a number is said to be: the words before it, the question before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from callqa.contracts import Turn
from callqa.parse.personal.digits import flat
from callqa.parse.personal.groups import Group

REACH = 60
"""Characters before a number in which a word names it."""
NAME_ENDS, NAME_ENDS_LATIN = 8, 24
"""Characters from such a word to the number, for a number that is nobody's: 订单号码是, "order, the number is"."""
BEHIND = 6
"""Characters behind a number in which a word still makes it one of an order: 20260107的那个订单."""
TURNS_BEFORE = 2
"""Turns whose words may still name it: the agent's question, a customer's `one moment`."""

_PERSONAL = (
    "手机", "手機", "电话", "電話", "联系方式", "聯絡", "联系号码", "座机", "身份证", "身份證", "身分證", "证件",
    "證件", "护照", "護照", "驾驶证", "驾照", "社保", "医保", "银行卡", "信用卡", "储蓄卡", "借记卡", "卡号", "卡號",
    "账号", "帐号", "帳號", "账户", "帳戶", "微信", "phone", "mobile", "cell", "telephone", "contact number",
    "card number", "credit card", "debit card", "account number", "passport", "social security", "電話番号", "携帯",
    "カード番号", "口座", "マイナンバー", "전화", "휴대폰", "핸드폰", "연락처", "카드", "주민", "계좌", "여권",
)  # fmt: skip
_IMPERSONAL = (
    "订单", "訂單", "单号", "單號", "流水", "工单", "工單", "运单", "快递", "快遞", "包裹", "验证码", "驗證碼",
    "编号", "編號", "型号", "型號", "金额", "金額", "保单", "保單", "票号", "案件", "工号", "工號", "合同", "尾号",
    "尾號", "后四位", "後四位", "last four", "ending in", "ends in", "末尾", "下4桁", "끝자리", "余额", "餘額", "扣",
    "费用", "总共", "一共", "合计", "价格", "钱", "錢", "便宜", "充值", "order", "tracking", "invoice", "reference",
    "ticket", "case number", "confirmation", "amount", "balance", "total", "price", "注文", "受付番号",
    "お問い合わせ番号", "追跡", "残高", "金額", "주문", "운송장", "송장", "접수", "금액", "잔액",
)  # fmt: skip


def _either(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NAMES = re.compile(f"(?P<personal>{_either(_PERSONAL)})|(?P<impersonal>{_either(_IMPERSONAL)})")


class Context:
    """The words around the numbers of one call."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns
        self.texts = [flat(turn.text) for turn in turns]

    def is_labelled(self, group: Group) -> bool:
        """Whether the nearest word before a group, in its own turn, names it as a number that is nobody's."""
        return _nearest(self.texts[group.turn][: group.start]) == "impersonal"

    def of(self, groups: Sequence[Group]) -> str | None:
        """`personal` or `impersonal`, by the nearest word before the groups, or right behind them; None without one."""
        turn, start = groups[0].turn, groups[0].start
        behind = self.texts[groups[-1].turn][groups[-1].end :][:BEHIND]
        if any(match.lastgroup == "impersonal" for match in _NAMES.finditer(behind)):
            return "impersonal"
        before = "\n".join([*self.texts[max(0, turn - TURNS_BEFORE) : turn], self.texts[turn][:start]])[-REACH:]
        return _nearest(before)


def _nearest(before: str) -> str | None:
    """What the last word that names a number makes of the one after it. An order that was only spoken of names none."""
    matches = list(_NAMES.finditer(before))
    if not matches:
        return None
    between = before[matches[-1].end() :]
    far = len(between) > (NAME_ENDS_LATIN if between.isascii() else NAME_ENDS)
    return None if far and matches[-1].lastgroup == "impersonal" else str(matches[-1].lastgroup)
