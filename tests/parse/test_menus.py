"""Which turns the telephone system speaks, for certain: menus before the agent, never what an agent may say."""

import dataclasses

import pytest

from callqa.parse.announcements import marked
from tests.parse.said import dialogue
from tests.parse.test_announcements import ANNOUNCEMENTS

MENUS = [
    ("zh", "您好，欢迎致电蓝鲸到家，查询订单请按1，退换货请按2，人工服务请按0。"),
    ("zh", "中文服务请按一，for English please press two。"),
    ("zh", "您好，欢迎致电客户服务热线，为了提高服务质量，本次通话将会被录音。"),
    ("zh", "感谢您的来电，正在为您转接人工客服，请不要挂机。"),
    ("zh", "座席全忙，请您稍候。"),
    ("zh", "您的来电已进入排队，前面还有3位客户在等待。"),
    ("zh", "请输入您的身份证号码，以井号键结束。"),
    ("zh", "返回上一级菜单请按星号键。"),
    ("yue", "歡迎致電客戶服務熱線，粵語請按1，普通話請按2。"),
    ("yue", "多謝你嘅來電，為保證服務質素，通話內容可能會被錄音。"),
    ("en", "Thank you for calling Blue Whale. Your call may be recorded for quality purposes."),
    ("en", "For billing, press one. For technical support, press two."),
    ("en", "All of our agents are currently busy. Please stay on the line."),
    ("en", "Your call is important to us and will be answered in the order it was received."),
    ("en", "Please enter your account number followed by the pound key."),
    ("ja", "お電話ありがとうございます。この通話はサービス向上のため録音しております。"),
    ("ja", "ご注文の方は1番を、お問い合わせの方は2番を押してください。"),
    ("ja", "ただいま電話が大変混み合っております。順番におつなぎいたします。"),
    ("ko", "주문은 1번, 상담원 연결은 0번을 눌러 주십시오."),
    ("ko", "전화 주셔서 감사합니다. 서비스 품질 향상을 위해 통화 내용이 녹음됩니다."),
    ("ko", "모든 상담원이 통화 중입니다. 순서대로 연결해 드리겠습니다."),
]

AGENTS = [
    ("zh", "您好，欢迎致电蓝鲸到家，请问有什么可以帮您？"),
    ("zh", "您好，欢迎致电蓝鲸到家。"),
    ("zh", "感谢您的来电，工号1024为您服务。"),
    ("zh", "您好，我这边是电话录音的，请您提供一下订单号。"),
    ("zh", "您好，本次通话将会被录音。"),
    ("zh", "您好，本次通话会全程录音，请问您是张先生吗？"),
    ("zh", "好的，请您稍等，我帮您转接人工客服，请不要挂机。"),
    ("zh", "您待会儿对我的服务做个评价吧，满意请按1。"),
    ("zh", "请您按一下打印机上的复位键。"),
    ("zh", "您拨打12378就可以了。"),
    ("zh", "您好，请问是要按月付还是按年付呢？"),
    ("zh", "您好。"),
    ("zh", "前面还有三个工作日。"),
    ("yue", "多謝你嘅來電，有乜嘢可以幫到你？"),
    ("en", "Thank you for calling Blue Whale, this is Mary speaking."),
    ("en", "Thank you for calling Blue Whale. How may I help you? This call may be recorded."),
    ("en", "Thank you for calling Blue Whale."),
    ("en", "This call may be recorded for quality purposes."),
    ("en", "You can press one and I will stay on the line."),
    ("en", "Please hold on the line."),
    ("ja", "お電話ありがとうございます。ブルーホエールの田中と申します。"),
    ("ja", "お電話ありがとうございます。"),
    ("ja", "少々お待ちください。"),
    ("ko", "안녕하세요, 블루웨일 고객센터입니다. 무엇을 도와드릴까요?"),
    ("ko", "잠시만 기다려 주세요."),
]
"""First turns of an agent."""

WELCOME, MENU = "您好，欢迎致电蓝鲸到家。", "查询订单请按1，人工服务请按0。"
AGENT, CUSTOMER = "您好，请问有什么可以帮您？", "我想问一下我的订单。"


def announced(*said, language="zh", **changes):
    turns = [dataclasses.replace(turn, **changes) for turn in dialogue(*said, language=language)]
    return [turn.turn for turn in marked(turns) if turn.announcement]


@pytest.mark.parametrize(("language", "text"), MENUS)
def test_what_only_a_telephone_system_says_is_an_announcement(language, text):
    assert announced((0, text), (0, AGENT), CUSTOMER, language=language) == [0]
    assert announced((0, text), language="unknown" if language in ("zh", "yue") else language) == [0]


@pytest.mark.parametrize(("language", "text"), AGENTS)
def test_what_an_agent_may_say_is_none(language, text):
    assert announced((0, text), CUSTOMER, (0, "好的。"), language=language) == []


@pytest.mark.parametrize(("_", "text"), MENUS)
def test_what_the_customers_side_says_is_none(_, text):
    assert announced(text, (0, AGENT)) == []


@pytest.mark.parametrize(("_", "text"), MENUS)
def test_nothing_is_one_once_a_person_has_spoken_there(_, text):
    assert announced((0, AGENT), (0, text)) == []
    assert announced((0, "嗯，"), (0, text)) == []


def test_a_welcome_alone_is_one_only_where_a_menu_comes_after_it():
    assert announced((0, WELCOME), (0, MENU), (0, AGENT)) == [0, 1]
    assert announced((0, MENU), (0, WELCOME), (0, AGENT)) == [0]
    assert announced((0, WELCOME), (0, AGENT), (0, MENU)) == []


def test_the_customer_may_speak_meanwhile():
    assert announced((0, WELCOME), "喂？", (0, MENU), CUSTOMER, (0, AGENT)) == [0, 2]


def test_a_turn_without_words_ends_nothing():
    assert announced((0, "。"), (0, MENU), (0, ""), (0, MENU), (0, AGENT)) == [1, 3]


def test_on_one_channel_of_unknown_roles_the_menu_comes_before_anybody_speaks():
    everybody = {"channel": 0, "role": "unknown", "speaker": "ch0"}
    assert announced(WELCOME, MENU, AGENT, CUSTOMER, MENU, **everybody) == [0, 1]
    assert announced("喂？", MENU, **everybody) == []


def test_a_menu_and_an_agent_in_one_turn_are_not_told_apart():
    assert announced((0, MENU + AGENT)) == []


@pytest.mark.parametrize(("language", "_", "text"), ANNOUNCEMENTS)
def test_what_the_network_says_of_the_number_is_one(language, _, text):
    turns = marked(dialogue((0, "喂？"), text, text, language=language))
    assert [turn.announcement for turn in turns] == [False, True, True]


def test_who_speaks_into_a_voicemail_is_a_person():
    message = (0, "您好，我是客户服务中心的，方便的时候请您回电。")
    assert announced("您拨打的用户无法接通，请在滴声后留言。", message) == [0]


def test_marking_changes_nothing_else():
    turns = dialogue((0, MENU), CUSTOMER, (0, AGENT))
    assert [dataclasses.replace(turn, announcement=False) for turn in marked(turns)] == turns
    assert marked([]) == []
