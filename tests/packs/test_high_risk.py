"""HR01: what its cases in the pack do not say."""

import pytest

from qc_rules.loader import installed
from tests.packs.calls import call, outcome

[HighRisk] = [rule for pack in installed() for rule in pack.rules if rule.id == "HR01"]
EARLIER = (
    "投诉", "投訴", "举报", "舉報", "退款", "不发货", "不發貨", "12378", "幺二三七八", "一二三七八",
    "refund", "complaint", "complain", "苦情", "返金", "불만", "환불",
)  # fmt: skip
"""The keywords of its first version."""


@pytest.mark.parametrize("word", EARLIER)
def test_every_keyword_of_the_first_version_hits_in_an_angry_turn(word):
    assert outcome(HighRisk(), call(f"customer angry 我 {word}！")).result == "hit"


def test_the_message_says_what_was_said():
    found = outcome(HighRisk(), call("customer angry 太差了！", "customer neutral 我要投诉，我要退款！"))
    assert "投诉" in found.message
    assert "退款" in found.message


@pytest.mark.parametrize("options", [{"emotions": ("unknown",)}, {"emotions": ("mad",)}, {"keywords": ("投诉", " ")}])
def test_options_that_could_never_or_always_match_are_refused(options):
    with pytest.raises(ValueError):
        HighRisk(**options)
