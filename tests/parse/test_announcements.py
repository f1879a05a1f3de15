import dataclasses

import pytest

from callqa.contracts import ANNOUNCED
from callqa.parse.announcements import state_of, with_state
from tests.parse.said import dialogue
from tests.parse.test_stage import recording

ANNOUNCEMENTS = [
    ("zh", "powered_off", "您好，您拨打的电话已关机，请稍后再拨。Sorry, the number you dialed is power off."),
    ("zh", "powered_off", "对不起，您所拨打的用户已关机"),
    ("zh", "powered_off", "您播打的电话以关鸡，请稍候再播。"),
    ("zh", "suspended", "您好，您拨打的电话已停机。"),
    ("zh", "suspended", "您拨打的号码已暂停服务，请稍后再拨"),
    ("zh", "empty_number", "您拨打的号码是空号，请核对后再拨。"),
    ("zh", "empty_number", "您拨打的号码不存在，请查证后再拨。"),
    ("zh", "busy", "您拨打的电话正在通话中，请稍后再拨。"),
    ("zh", "busy", "您拨叫的用户正忙，请稍后再拨"),
    ("zh", "unreachable", "您拨打的用户暂时无法接通，请稍后再拨。"),
    ("zh", "unreachable", "您拨打的电话不在服务区"),
    ("zh", "no_answer", "您拨打的电话暂时无人接听，请稍后再拨。"),
    ("zh", "voicemail", "您好，您拨打的用户已启用语音信箱，请在滴声后留言"),
    ("yue", "unreachable", "你所打嘅電話暫時未能接通，請遲啲再打。"),
    ("yue", "powered_off", "你打嘅電話已經關咗機，請遲啲再打過嚟。"),
    ("en", "empty_number", "The number you have dialed is not in service. Please check the number and dial again."),
    ("en", "empty_number", "The number you've dialled has not been recognised."),
    ("en", "unreachable", "Sorry, the subscriber you dialed cannot be connected for the moment, please redial later."),
    ("en", "powered_off", "The mobile you are calling is switched off. Please try again later."),
    ("en", "busy", "The person you are calling is on another call, please try again later."),
    ("en", "no_answer", "The person you are trying to reach is not available. Please try again later."),
    ("en", "voicemail", "Please leave your message after the tone."),
    ("ja", "empty_number", "おかけになった電話番号は、現在使われておりません。番号をお確かめになって、もう一度おかけ直しください。"),
    ("ja", "unreachable", "おかけになった電話は、電波の届かない場所にあるか、電源が入っていないため、かかりません。"),
    ("ja", "voicemail", "留守番電話に接続します。発信音のあとにメッセージをどうぞ。"),
    ("ko", "empty_number", "지금 거신 번호는 없는 번호입니다. 다시 확인하시고 걸어 주십시오."),
    ("ko", "voicemail", "고객님의 전화기가 꺼져 있어 소리샘으로 연결됩니다."),
    ("ko", "powered_off", "고객님의 전화기가 꺼져 있습니다. 다시 걸어 주십시오."),
    ("ko", "no_answer", "고객님이 전화를 받을 수 없습니다. 다시 걸어 주십시오."),
]  # fmt: skip

CONVERSATIONS = [
    ["您好，请问是张先生吗？", "是我。我昨天手机关机了，你们打电话我没接到。", "好的，那我再给您说一下。"],
    ["我打你们电话，您拨打的电话已关机，什么意思啊我打了三次都是这样你们到底有没有人"],
    ["我的手机停机了，怎么充值？"],
    ["喂？", "您好，我打他电话一直说您拨打的用户正在通话中，请稍后再拨。", "请您稍后再拨一次试试。"],
    ["您好，很高兴为您服务。", "我打这个号码是空号。", "请问您拨打的号码是多少？"],
    ["我关机了。"],
    ["我在通话中，等一下。", "好的，请稍后再拨。"],
    ["空号。"],
    ["您好，您的订单已经发货，请注意查收。"],
    ["现在办理宽带套餐，可以享受八折优惠。", "人工服务请按零。"],
    [],
    ["", "。"],
]


@pytest.mark.parametrize(("language", "state", "text"), ANNOUNCEMENTS)
def test_an_announcement_names_the_state_of_the_number(language, state, text):
    assert state in ANNOUNCED
    turns = dialogue(text, language=language)
    assert state_of(turns) == state
    assert state_of([*turns, *turns]) == state


def test_every_state_is_announced_in_some_language():
    assert {state for _, state, _ in ANNOUNCEMENTS} == set(ANNOUNCED)


@pytest.mark.parametrize("texts", CONVERSATIONS, ids=lambda texts: "-".join(texts)[:20])
def test_people_who_speak_of_such_a_state_are_no_announcement(texts):
    assert state_of(dialogue(*texts)) is None
    assert state_of(dialogue(*[(place % 2, text) for place, text in enumerate(texts)])) is None


def test_the_caller_may_say_a_few_words_meanwhile_but_not_talk():
    network = "您拨打的电话已关机，请稍后再拨。"
    assert state_of(dialogue(network, (0, "喂？"), (0, "关机了。"), network)) == "powered_off"
    assert state_of(dialogue(network, (0, "喂？"), *[(0, "我跟您核对一下信息好吗")] * 3)) is None


def test_into_a_voicemail_one_may_speak_as_long_as_one_likes():
    message = (0, "您好，我是客户服务中心的，给您打电话是想回访一下昨天的维修服务，方便的时候请您回电。")
    assert state_of(dialogue("您拨打的用户无法接通，请在滴声后留言。", message)) == "voicemail"


def test_an_announcement_cut_into_turns_is_put_together():
    assert state_of(dialogue("您拨打的用户", "正在通话中", "请稍后再拨")) == "busy"


def test_tones_say_it_before_an_announcement_does():
    turns = dialogue("您拨打的号码是空号，请核对后再拨。")
    told = with_state(recording(call_state="busy"), turns)
    assert (told.call_state, told.call_state_source) == ("busy", "tones")
    told = with_state(recording(), turns)
    assert (told.call_state, told.call_state_source) == ("empty_number", "announcement")
    silent = recording()
    assert with_state(silent, []) == silent
    assert (
        with_state(dataclasses.replace(silent, call_state="dial", call_state_source="tones"), []).call_state == "dial"
    )
