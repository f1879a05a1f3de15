"""What the network's announcements say of a number: 您拨打的电话已关机, "the number you have dialled is switched off".

A customer may say 我关机了, so words alone prove nothing. A turn is an announcement where it says what networks say
around the state (您拨打的, 请稍后再拨, "the subscriber you dialled") and the state itself; and a call is announced
where a channel says hardly anything but announcements and the others hardly anything at all.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from callqa.contracts import Prepared, Turn
from callqa.parse import menus
from callqa.parse.normalise import normalised

SOURCE, TONES_SOURCE = "announcement", "tones"
SHARE = 0.7
"""Of what is said on the announcement's channel: announcements."""
OTHERS_CHARS = 24
"""What the one who called may say meanwhile, in all: 喂？喂？怎么没人接啊."""
OTHERS_TURNS = 3

_FRAMES: Mapping[str, str] = MappingProxyType(
    {
        "zh": r"您?(?:所|正在)?[拨播波拔][打叫大达的](?:的)?(?:电话|号码|用户|手机|客户)"
        r"|[请清](?:您)?稍[后候後]再[拨播波拔]|(?:电话|机主|用户)(?:的)?(?:手机)?(?:已经?|暂时)(?:关机|停机|无法接)"
        r"|[请清]在(?:滴|嘀|提示音|哔)[^,。]{0,4}声?(?:之)?后?(?:开始)?留言|转(?:接|入)?(?:到)?(?:语音|留言)信箱|[请清]核对后?再?拨|[请清]查证后再拨",
        "yue": r"[你您](?:所)?(?:打|撥|拨)(?:嘅|的|出嘅)(?:电话|号码|用户)"
        r"|[请清](?:你)?(?:迟啲|稍后|等阵)再(?:打|拨|试)|(?:用户|机主)(?:嘅)?(?:电话)?(?:已经?|暂时|而家)|[请清]喺?(?:嘟|讯号)[^,。]{0,3}声?之?后?留(?:低)?(?:口讯|言)",
        "en": r"(?:number|subscriber|customer|person|party|mobile|cellular)(?: customer)? (?:that )?"
        r"you(?:'ve| have| are| re)? (?:just )?(?:dial|call|try|reach)\w*"
        r"|(?:try (?:again|your call)|call (?:again|back)|(?:re)?dial(?: again)?) (?:again )?later"
        r"|(?:leave|record) (?:a|your) message|(?:at|after) the (?:tone|beep)"
        r"|please (?:check|verify) (?:the|your) number",
        "ja": r"おかけになった(?:電話|番号)|おかけ直し|お?かけなおし|発信音の(?:あと|後)|お客様の(?:ご)?都合"
        r"|お呼び出し",
        "ko": r"(?:지금 )?거신 (?:전화|번호)|고객님(?:의 사정으로|이 전화)|고객의 (?:전화기|사정|전원)"
        r"|다시 (?:걸어|확인)|(?:삐|삐 ?)소리|연결이 되지 ?않|소리샘",
    }
)  # fmt: skip
_STATES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "zh": (
            ("voicemail", r"语音信箱|留言信箱|语音留言|[请清]?[^,。]{0,8}后?留言"),
            ("empty_number", r"空号|不存在|号码有误|未启用|尚未使用|核对后?再拨|查证后再拨"),
            ("powered_off", r"[已以]?经?关[机鸡基]|未开机"),
            ("suspended", r"[已以]?经?(?:停[机鸡基]|欠费|暂停服务|停止服务|报停)"),
            ("busy", r"正在?通话中?|通话中|[占站]线|正忙|电话忙|线路忙"),
            ("no_answer", r"无人接[听通]|无人应答|没有人?接听|暂时?无人|未接听"),
            ("unreachable", r"[无不]法接[通听]|无法联系|不在服务区|不能接通|暂时?无法"),
        ),
        "yue": (
            ("voicemail", r"留言信箱|口讯|留言"),
            ("empty_number", r"空号|未有用户|没有用户|冇用户|未有登记|不正确|唔正确|不存在|已取消"),
            ("powered_off", r"关(?:咗)?机|未有开机|未开机"),
            ("suspended", r"停机|暂停服务|停止服务|停用"),
            ("busy", r"通话中|倾紧|讲紧|占线|线路繁忙|电话繁忙|正忙"),
            ("no_answer", r"无人接听|没人接听|冇人(?:接)?听|未能接听|暂时不便"),
            ("unreachable", r"未能接通|无法接通|接唔通|接触不到|不能接通|联络不到|服务范围"),
        ),
        "en": (
            ("voicemail", r"voice ?mail|leave (?:a|your) message|record your message|mail ?box"),
            ("empty_number", r"does ?n[o']t exist|not in service|invalid number|not (?:a )?valid|unallocated"
             r"|disconnected|not been recogni[sz]ed|not recogni[sz]ed|check the number|empty number"),
            ("powered_off", r"(?:powered|power|switched|turned) ?off|is off"),
            ("suspended", r"suspended|out of service|barred|temporarily disconnected"),
            ("busy", r"\bbusy\b|engaged|another call|on the (?:phone|line)|in communication"),
            ("no_answer", r"(?:no|not) answer\w*|did(?:n't| not) answer|is not available|unavailable"
             r"|cannot (?:take|come)"),
            ("unreachable", r"can ?not be (?:reached|connected)|unreachable|out of (?:the )?(?:range|reach|coverage)"
             r"|not reachable|can't be (?:reached|connected)"),
        ),
        "ja": (
            ("voicemail", r"留守番|メッセージをどうぞ|ご?伝言"),
            ("empty_number", r"現在使われて(?:おり|い)ません|番号をお確かめ"),
            ("suspended", r"都合(?:により|で)[^。]{0,8}(?:つながり|通話|止め)|停止(?:中|して)"),
            ("busy", r"お?話し?中|通話中"),
            ("unreachable", r"電波の届かない"),
            ("powered_off", r"電源が入っていない"),
            ("no_answer", r"お呼び(?:出し)?(?:しましたが|いたしましたが)|お?出になりません|応答がありません"),
            ("unreachable", r"つながりません|かかりません"),
        ),
        "ko": (
            ("voicemail", r"음성 ?사서함|소리샘|메시지를 남"),
            ("empty_number", r"없는 (?:번호|국번)|결번|번호를 (?:다시 )?확인"),
            ("powered_off", r"(?:전원이|전화기가) 꺼져"),
            ("suspended", r"정지|사정으로 (?:당분간|인해)|착신이 (?:금지|정지)"),
            ("busy", r"통화 ?중"),
            ("no_answer", r"전화를 받(?:을 수 없|지 않)|받지 않"),
            ("unreachable", r"연결(?:할 수 없|이 되지)|서비스 (?:지역|불가)"),
        ),
    }
)  # fmt: skip
_A_PERSON = re.compile(
    r"我(?!们?(?:很|深表|将|会))|你们|怎么|什么|为何|[啊吗嘛呀]"
    r"|(?<![a-z])(?:why|what|i called|i tried|told me)(?![a-z])"
)
"""What a network never says and who tells of an announcement nearly always does."""
_FRAME = {language: re.compile(pattern) for language, pattern in _FRAMES.items()}
_STATE = {
    language: tuple((state, re.compile(pattern)) for state, pattern in states) for language, states in _STATES.items()
}


@dataclass(frozen=True)
class _Heard:
    """What a turn says of the number, by how much of it sounds like a network."""

    frame: bool
    state: str | None


def with_state(recording: Prepared, turns: Sequence[Turn]) -> Prepared:
    """The recording with the state that an announcement names, where telephone tones named none."""
    if recording.call_state is not None:
        source = recording.call_state_source or TONES_SOURCE
        return dataclasses.replace(recording, call_state_source=source)
    state = state_of(turns)
    return dataclasses.replace(recording, call_state=state, call_state_source=SOURCE) if state else recording


def marked(turns: Sequence[Turn]) -> list[Turn]:
    """The turns of a call, in time order, with `announcement` where the telephone system speaks for certain.

    That is: what announces the state of the number, in a call that is nothing else (`state_of`), and menus, greetings
    and notices before a person speaks (`menus.leading`).
    """
    numbers = menus.leading(turns) | _announcing(turns)
    return [dataclasses.replace(turn, announcement=True) if turn.turn in numbers else turn for turn in turns]


def state_of(turns: Sequence[Turn]) -> str | None:
    """One of contracts.ANNOUNCED where a call is nothing but an announcement; None where it is not, or nothing fits."""
    return _announcement(turns)[0]


def _announcing(turns: Sequence[Turn]) -> frozenset[int]:
    """The numbers of the turns that announce the state of the number."""
    _, there = _announcement(turns)
    return frozenset(turn.turn for turn in there if (heard := _hear(turn)).frame or heard.state)


def _announcement(turns: Sequence[Turn]) -> tuple[str | None, Sequence[Turn]]:
    """The state that a channel announces, and what is said there."""
    said = [turn for turn in turns if _length(turn)]
    for channel in dict.fromkeys(turn.channel for turn in said):
        there = [turn for turn in said if turn.channel == channel]
        others = [turn for turn in said if turn.channel != channel]
        state = _announced(there)
        if state and _is_aside(others, state):
            return state, there
    return None, ()


def _announced(turns: Sequence[Turn]) -> str | None:
    """The state that a channel announces, where it does hardly anything else. Parts of one announcement may be turns of
    their own: its words around the state are then looked for over all of them."""
    heard = [(turn, _hear(turn)) for turn in turns]
    if not any(one.frame for _, one in heard):
        return None
    announcing = sum(_length(turn) for turn, one in heard if one.frame or one.state)
    if announcing < SHARE * sum(_length(turn) for turn in turns):
        return None
    states = Counter(one.state for _, one in heard if one.state)
    return states.most_common(1)[0][0] if states else None


def _is_aside(turns: Sequence[Turn], state: str) -> bool:
    """Whether what others say is no conversation. Into a voicemail one may speak as long as one likes."""
    if state == "voicemail":
        return True
    return len(turns) <= OTHERS_TURNS and sum(map(_length, turns)) <= OTHERS_CHARS


def _hear(turn: Turn) -> _Heard:
    text = normalised(turn.text, "zh" if turn.language in ("zh", "yue", "unknown") else turn.language).text
    if _A_PERSON.search(text):
        return _Heard(False, None)
    frame = any(_FRAME[language].search(text) for language in _languages(turn.language))
    return _Heard(frame, _state(text, _languages(turn.language)))


def _state(text: str, languages: Iterable[str]) -> str | None:
    for language in languages:
        for state, pattern in _STATE[language]:
            if pattern.search(text):
                return state
    return None


def _languages(language: str) -> tuple[str, ...]:
    """Networks announce in two languages in one breath, so English is always listened for."""
    chinese = ("yue", "zh") if language == "yue" else ("zh", "yue")
    own = {"ja": ("ja",), "ko": ("ko",), "en": ("en", *chinese)}.get(language, chinese)
    return tuple(dict.fromkeys((*own, "en")))


def _length(turn: Turn) -> int:
    return sum(character.isalnum() for character in turn.text)
