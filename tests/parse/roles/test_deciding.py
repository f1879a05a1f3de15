"""Agent and customer by what they say; unknown where they do not say enough."""

import json
import random

import pytest

from callqa.contracts import Turn
from callqa.parse.roles.deciding import _texts, assigned, decide, evidence
from callqa.parse.roles.phrases import AGENT, CUES, CUSTOMER
from callqa.settings import RoleSettings
from tests.conftest import DEMO_CALLS
from tests.parse.spoken_turns import recording, turn

SETTINGS = RoleSettings()
GREETING = "您好，很高兴为您服务，请问有什么可以帮您？"
WISH = "喂，我想查询一下我的账单。"


def talk(*lines: tuple[str, str], **fields) -> list[Turn]:
    return [turn(i, speaker=f"ch0.{who}", text=text, **fields) for i, (who, text) in enumerate(lines)]


def demo_dialogues() -> list[dict]:
    rows = json.loads((DEMO_CALLS / "ground_truth.json").read_text(encoding="utf-8"))
    return [r for r in rows if r["status"] == "analysed" and len({t["role"] for t in r["turns"]}) == 2]


@pytest.mark.parametrize("dialogue", demo_dialogues(), ids=lambda row: row["file"])
def test_in_every_demo_dialogue_the_agent_is_told_from_the_words(dialogue):
    """Also where the customer speaks first in the list, and whatever the direction."""
    turns = [
        turn(i, speaker=f"ch0.{t['role']}", text=t["text"], language=t["language"], start=t["start"], end=t["end"])
        for i, t in enumerate(dialogue["turns"])
    ]
    decision = decide(recording(), turns, SETTINGS)
    assert decision.roles == {f"ch0.{t['role']}": t["role"] for t in dialogue["turns"]}
    assert decision.roles_from == "speech"
    assert decision.roles_probability >= SETTINGS.min_probability


def test_wrong_characters_make_roles_unknown_before_they_make_them_wrong():
    rng = random.Random(1)
    told = wrong = 0
    for dialogue in demo_dialogues() * 3:
        turns = [
            turn(i, speaker=f"ch0.{t['role']}", text=garbled(t["text"], rng), language=t["language"])
            for i, t in enumerate(dialogue["turns"])
        ]
        roles = decide(recording(), turns, SETTINGS).roles
        truth = {f"ch0.{t['role']}": t["role"] for t in dialogue["turns"]}
        told += "agent" in roles.values()
        wrong += any(role != truth[speaker] for speaker, role in roles.items() if role != "unknown")
    assert told > 0.7 * 3 * len(demo_dialogues())
    assert wrong == 0


def garbled(text: str, rng: random.Random) -> str:
    """A quarter of the characters lost or replaced."""
    kept = [(c if rng.random() > 0.25 else rng.choice(["", "一", "e", "的"])) for c in text]
    return "".join(kept)


def test_the_same_words_of_both_leave_roles_unknown():
    decision = decide(recording(), talk(("s0", GREETING), ("s1", GREETING)), SETTINGS)
    assert decision.roles == {"ch0.s0": "unknown", "ch0.s1": "unknown"}
    assert (decision.roles_from, decision.roles_probability, decision.probabilities) == (None, None, {})


def test_who_speaks_first_is_no_evidence_by_itself():
    decision = decide(
        recording(direction="inbound"), talk(("s0", "天气"), ("s1", "是啊")), RoleSettings(min_probability=0.5)
    )
    assert decision.roles_from is None


def test_who_speaks_first_tips_the_scale_by_the_direction():
    turns = talk(("s0", "我这边看到您的订单"), ("s1", "好的"), ("s0", "好"))
    first = {
        d: decide(recording(direction=d), turns, RoleSettings(min_probability=0.5)) for d in ("inbound", "outbound")
    }
    assert first["inbound"].roles["ch0.s0"] == "agent"
    assert first["inbound"].roles_probability > first["outbound"].roles_probability


def test_one_speaker_alone_has_no_role():
    """It may be both parties that could not be told apart, or an announcement."""
    assert decide(recording(), talk(("s0", GREETING), ("s0", WISH)), SETTINGS).roles == {"ch0.s0": "unknown"}
    assert decide(recording(), [], SETTINGS).roles == {}


def test_a_company_can_say_what_only_its_agents_say():
    turns = talk(("s0", "蓝鲸到家，早上好"), ("s1", "早上好"), ("s0", "好"), ("s1", "行"))
    assert decide(recording(), turns, SETTINGS).roles_from is None
    decision = decide(recording(), turns, RoleSettings(agent_phrases=["藍鯨到家"]))
    assert decision.roles == {"ch0.s0": "agent", "ch0.s1": "customer"}


@pytest.mark.parametrize(
    ("phrase", "language"), [("お電話窓口の青鯨です", "ja"), ("青鯨客服", "zh"), ("青鲸客服", "yue")]
)
def test_a_companys_phrase_is_found_in_whatever_spelling_its_language_has(phrase, language):
    said = turn(0, text="お電話窓口の青鯨です" if language == "ja" else "青鯨客服", language=language)
    assert evidence(_texts([said]), [phrase]) == 4.0
    assert evidence(_texts([said])) == 0.0


def test_below_the_probability_asked_for_roles_are_unknown():
    turns = talk(("s0", "请稍等"), ("s1", "好"))
    probability = decide(recording(), turns, SETTINGS).roles_probability
    assert 0.8 < probability < 0.95
    assert decide(recording(), turns, RoleSettings(min_probability=0.95)).roles_from is None


def test_a_third_speaker_is_told_by_its_own_words_alone():
    turns = talk(
        ("s0", GREETING),
        ("s1", WISH),
        ("s2", "我是他的主管，工号三零二，很高兴为您服务"),
        ("s3", "嗯"),
        ("s0", "好的好的"),
        ("s1", "好"),
    )
    turns = [
        t if t.speaker in ("ch0.s0", "ch0.s1") else turn(t.turn, speaker=t.speaker, text=t.text, end=t.start + 1)
        for t in turns
    ]
    roles = decide(recording(), turns, SETTINGS).roles
    assert roles == {"ch0.s0": "agent", "ch0.s1": "customer", "ch0.s2": "agent", "ch0.s3": "unknown"}


def test_a_turn_whose_words_contradict_its_speakers_role_is_unknown():
    _, turns = assigned(
        recording(), talk(("s0", GREETING), ("s1", WISH), ("s0", "我要投诉你们公司"), ("s0", "您稍等")), SETTINGS
    )
    assert [t.role for t in turns] == ["agent", "customer", "unknown", "agent"]
    assert turns[2].role_probability is None
    assert turns[0].role_probability == turns[3].role_probability > 0.8


def stereo(agent_says: str, customer_says: str) -> list[Turn]:
    return [
        turn(0, channel=0, role="agent", text=agent_says),
        turn(1, channel=1, role="customer", text=customer_says),
    ]


def test_channels_keep_their_roles_and_words_confirm_them():
    row, turns = assigned(recording(channels=2), stereo(GREETING, WISH), SETTINGS)
    assert [(t.role, t.role_probability) for t in turns] == [("agent", None), ("customer", None)]
    assert (row.roles_from, row.channels_swapped) == ("channels", False)
    assert row.roles_probability > 0.9


def test_swapped_channels_are_reported_and_never_turned_round():
    row, turns = assigned(recording(channels=2), stereo(WISH, GREETING), SETTINGS)
    assert [t.role for t in turns] == ["agent", "customer"]
    assert (row.roles_from, row.channels_swapped) == ("channels", True)
    assert row.roles_probability < 0.1


def test_words_that_say_nothing_leave_swapping_unknown():
    row, _ = assigned(recording(channels=2, direction="inbound"), stereo("嗯", "好"), SETTINGS)
    assert (row.roles_from, row.roles_probability, row.channels_swapped) == ("channels", None, None)


def test_words_that_say_little_give_a_probability_and_no_verdict():
    row, _ = assigned(recording(channels=2), stereo("好的", "到账了"), SETTINGS)
    assert row.roles_probability < 0.5
    assert row.channels_swapped is None


def test_a_channel_of_one_party_keeps_its_role():
    """A mono recording whose side-car names one role holds that party only."""
    row, turns = assigned(recording(), [turn(0, role="agent", text=WISH, speaker="ch0.s0")], SETTINGS)
    assert (turns[0].role, row.roles_from, row.channels_swapped) == ("agent", "channels", None)


def test_stereo_whose_map_nobody_knows_is_told_by_words():
    turns = [turn(0, channel=0, text=WISH), turn(1, channel=1, text=GREETING)]
    row, told = assigned(recording(channels=2), turns, SETTINGS)
    assert [t.role for t in told] == ["customer", "agent"]
    assert row.roles_from == "speech"


@pytest.mark.parametrize("language", ["zh", "yue", "en", "ja", "ko"])
def test_every_language_has_phrases_of_both(language):
    letters = {"zh": "您我们", "yue": "嘅哋咩", "en": "abcdefgh", "ja": "のですまいし", "ko": "다요니해"}[language]
    for cues in (AGENT, CUSTOMER):
        assert sum(any(c in letters for c in phrase) for cue in cues for phrase in cue.phrases) >= 4


def test_agents_phrases_count_for_the_agent_and_customers_against():
    assert all(cue.weight > 0 for cue in AGENT)
    assert all(cue.weight < 0 for cue in CUSTOMER)
    for cue in CUES:
        for phrase in cue.phrases:
            assert evidence([phrase]) * cue.weight > 0, phrase


def test_a_cue_counts_once_and_the_sum_has_a_limit():
    assert evidence(["请稍等", "请稍等", "您稍等"]) == evidence(["请稍等"]) == 2.0
    assert evidence([GREETING, "感谢您的来电，祝您生活愉快，再见", "让您久等了"]) == 6.0


def test_a_phrase_recognised_nearly_counts_less():
    assert 0 < evidence(["还有其他可一帮"]) < evidence(["还有其他可以帮"])


def test_width_case_and_traditional_characters_make_no_difference():
    english = turn(0, text="ＴＨＡＮＫ ＹＯＵ for Calling!", language="en", speaker="ch0.s0")
    chinese = turn(1, text="我要投訴你哋", language="yue", speaker="ch0.s1")
    assert decide(recording(), [english, chinese], SETTINGS).roles == {"ch0.s0": "agent", "ch0.s1": "customer"}
