"""`callqa rules backtest` and `callqa rules diff` over a small archive."""

import json
from datetime import UTC, datetime

import pytest

from callqa import warehouse
from callqa.contracts import Review
from callqa.settings import LakeSettings, Settings
from tests.rejudge.conftest import acme  # noqa: F401 - a fixture
from tests.rejudge.packs import word_rule
from tests.rejudge.published import DAY, calls, publish, rows_of

RULE = """
id: AC01
version: 7
severity: minor
options: {{terms: [{words}]}}
conditions:
  said: {{role: customer, keyword: {{any: "${{terms}}"}}}}
when: said
"""


@pytest.fixture
def settings(acme, tmp_path):  # noqa: F811
    """A published day: AC01 hits c1 and c2, and c3 is clear."""
    acme.install(word_rule("AC01", "投诉"))
    chosen = Settings(lake=LakeSettings(root=str(tmp_path / "lake")))
    publish(chosen, calls(c1="我要投诉", c2="投诉退款", c3="我要退款", c4="你好", c5=None), tmp_path)
    return chosen


@pytest.fixture
def rule_file(tmp_path):
    def make(*words: str, name: str = "new.yaml") -> str:
        path = tmp_path / name
        path.write_text(RULE.format(words=", ".join(words)), encoding="utf-8")
        return str(path)

    return make


def days(settings) -> list[str]:
    return ["--from", str(DAY), "--to", "2026-01-06", "--lake", settings.lake.root]


def review(call_id: str, verdict: str, outcome: str) -> Review:
    at = datetime(2026, 1, 6, 9, tzinfo=UTC)
    more = {"rule": "AC01", "rule_version": 1, "reviewer": "li", "at": at}
    return Review(call_date=DAY, call_id=call_id, verdict=verdict, outcome=outcome, **more)


def changes(result) -> dict[str, str]:
    return {change["call_id"]: change["change"] for change in result["changed"]}


def test_the_published_rule_tried_again_changes_nothing(callqa, settings):
    code, out, _ = callqa("rules", "backtest", "--rule", "AC01", *days(settings))
    assert code == 0
    assert "no call changed" in out
    assert "2026-01-06 is left out: nothing was ever published for this day" in out
    assert "its precision and recall are not known" in out


def test_a_rule_of_a_file_says_what_would_change_and_publishes_nothing(callqa, settings, rule_file):
    before = rows_of(settings, "publications")
    arguments = ["rules", "backtest", "--rule", "AC01", "--file", rule_file("退款"), *days(settings)]
    code, out, _ = callqa(*arguments, "--json")
    result = json.loads(out)
    assert code == 0
    assert changes(result) == {"c1": "no longer hit", "c2": "other evidence", "c3": "newly hit"}
    assert result["calls"] == 4
    after = {change["call_id"]: change["after"] for change in result["changed"]}
    assert [piece["text"] for piece in after["c3"]["evidence"]] == ["退款"]
    code, out, _ = callqa(*arguments)
    assert "2026-01-05 c3: newly hit" in out
    assert "退款" in out
    assert rows_of(settings, "publications") == before


def test_options_change_the_rule_that_is_tried(callqa, settings):
    arguments = ["rules", "backtest", "--rule", "AC01", "--options", 'words=["你好"]', *days(settings), "--json"]
    code, out, _ = callqa(*arguments)
    assert (code, changes(json.loads(out))) == (0, {"c1": "no longer hit", "c2": "no longer hit", "c4": "newly hit"})


def test_reviews_give_precision_and_recall_with_what_they_are_of(callqa, settings, rule_file):
    said = [review("c1", "confirmed", "hit"), review("c2", "rejected", "hit"), review("c3", "rejected", "clear")]
    warehouse.add_reviews(settings.lake, said)
    arguments = ["rules", "backtest", "--rule", "AC01", "--file", rule_file("我要"), *days(settings)]
    code, out, _ = callqa(*arguments, "--json")
    published, candidate = (json.loads(out)["reviews"][side] for side in ("published", "candidate"))
    assert (published["precision"]["value"], published["recall"]["value"]) == (0.5, 0.5)
    assert (candidate["precision"]["value"], candidate["recall"]["value"]) == (1.0, 1.0)
    assert candidate["recall"]["n"] == 2
    code, out, _ = callqa(*arguments)
    assert code == 0
    assert "1.00 (0.34 to 1.00), 2 of 2" in out
    assert "the 2 of 2 hits that reviewers decided" in out


def test_two_versions_of_a_rule_are_compared_on_the_same_calls(callqa, settings, rule_file):
    old, new = rule_file("投诉", name="old.yaml"), rule_file("投诉", "退款")
    arguments = ["rules", "diff", "AC01", "--old", old, "--new", new, *days(settings)]
    code, out, _ = callqa(*arguments, "--json")
    result = json.loads(out)
    assert code == 0
    assert changes(result) == {"c2": "other evidence", "c3": "newly hit"}
    assert {(o["old"], o["new"]): o["calls"] for o in result["outcomes"]} == {
        ("hit", "hit"): 2, ("clear", "hit"): 1, ("clear", "clear"): 1,
    }  # fmt: skip
    assert result["old"]["calls_per_second"] > 0
    assert result["new"]["calls_per_second"] > 0
    code, out, _ = callqa(*arguments, "--limit", "1")
    assert "times as long as the old one" in out
    assert "1 changed call not shown" in out


def test_a_published_version_is_compared_on_the_days_that_it_judged(callqa, settings, rule_file):
    new = ["--new", rule_file("退款"), *days(settings)]
    code, out, _ = callqa("rules", "diff", "AC01", "--old-version", "1", *new, "--json")
    assert (code, changes(json.loads(out))["c3"]) == (0, "newly hit")
    code, out, _ = callqa("rules", "diff", "AC01", "--old-version", "2", *new)
    assert "AC01 judged this day in version 1" in out


def test_a_rule_that_no_pack_of_the_day_had_was_not_judged(callqa, settings, tmp_path):
    text = RULE.format(words="退款").replace("AC01", "NW01")
    (tmp_path / "new.yaml").write_text(text, encoding="utf-8")
    code, out, _ = callqa(
        "rules", "backtest", "--rule", "NW01", "--file", tmp_path / "new.yaml", *days(settings), "--json"
    )
    result = json.loads(out)
    assert code == 0
    assert {(o["old"], o["new"]): o["calls"] for o in result["outcomes"]} == {
        ("not judged", "hit"): 2, ("not judged", "clear"): 2,
    }  # fmt: skip
    assert changes(result)["c3"] == "newly hit"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["backtest", "--rule", "AC02"], "no rule AC02"),
        (["backtest", "--rule", "AC01", "--options", "wrods=[]"], "did you mean words"),
        (["backtest", "--rule", "AC01", "--options", "words"], "'words' is no option"),
        (["backtest", "--rule", "AC01", "--file", "nowhere.yaml"], "nowhere.yaml cannot be read"),
        (["diff", "AC01"], "both versions are the installed rule"),
        (["diff", "AC01", "--old", "a.yaml", "--old-version", "1"], "both name the old version"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(callqa, settings, arguments, message):
    code, _, err = callqa("rules", *arguments, *days(settings))
    assert code == 2
    assert message in err
    assert "remedy" in err
