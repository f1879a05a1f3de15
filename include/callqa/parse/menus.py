"""What a telephone system says before an agent does: menus, the notice of recording, the queue, its welcome.

Agents say 欢迎致电 and "this call may be recorded" too. So a turn is the system's for certain only where

* it is on a side that is not the customer's, and nothing else was said on its channel before: from the first turn that
  is not the system's wording on, a person speaks there;
* no word in it is one that a person says of themselves or asks (我, 请问, "how may I", 申します);
* it offers a key to press or tells of the queue, or it holds two of welcome, notice of recording and request to wait;
  or it is one of these alone and a turn on its channel that is certain comes after it.

Everything else is taken for a person's: what is left out here is seen by rules that count an agent's first turns, what
is marked wrongly is lost to them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from callqa.contracts import Turn
from callqa.parse.normalise import normalised

_NUMBER = "[0-9零〇一二三四五六七八九]"
_EN_NUMBER = r"(?:[0-9]|zero|one|two|three|four|five|six|seven|eight|nine|star|pound|hash)"
_CERTAIN: Mapping[str, str] = MappingProxyType(
    {
        "zh": rf"[请清](?:直接)?(?:按|拨|播){_NUMBER}(?!{_NUMBER}{{2}})|按(?:{_NUMBER}|[*#]|星号?|井号?)键"
        rf"|以?[*#星井]号?键?结束|[请清]按(?:[*#]|[星井]号?)|返回(?:上一?级|主)菜单|(?:坐|座)席(?:全)?(?:部)?(?:正)?忙"
        r"|(?:当前|您)(?:的)?(?:来电)?(?:已)?(?:进入)?排队|前面(?:还)?有.{1,4}位(?:客户|用户)(?:在)?(?:等待|排队)"
        r"|[请清]输入您?的?.{0,8}[,，]?(?:并)?(?:以|按)?[*#星井]号?键?(?:结束|确认)?$",
        "yue": rf"[请清]?[按揿撳]{_NUMBER}字?(?:键|掣|[,，。 ]|$)"
        r"|所有(?:嘅)?(?:客户服务)?(?:主任|职员|线路)(?:都|正|均)?(?:非常|好|十分)?(?:繁忙|忙)",
        "en": rf"(?:press|dial) {_EN_NUMBER}\b"
        r"|(?:all|our) (?:of our )?(?:\w+ ){0,3}(?:agents|representatives|operators|advisors)"
        r" (?:are|is) (?:currently |all |presently )*(?:busy|assisting|helping|unavailable)"
        r"|your call is (?:very )?important to us|you are (?:number|caller) \w+ in (?:the|line)"
        r"|(?:answered|taken) in the order|next available (?:agent|representative|operator|advisor)"
        r"|followed by the (?:pound|hash|star)|main menu|menu options",
        "ja": rf"(?:{_NUMBER}|[*#]|シャープ|スター|米印)(?:番)?(?:ボタン)?を(?:お)?押し"
        r"|電話が?(?:大変|たいへん)?(?:混み|込み|混雑)"
        r"|順番に(?:お)?(?:つなぎ|繋ぎ)|音声ガイダンス",
        "ko": r"[0-9영공일이삼사오육칠팔구] ?번(?:을|를)? ?(?:눌러|누르)|(?:별표|우물정자?|샵)(?:를|을)? ?(?:눌러|누르)"
        r"|모든 상담(?:원|사).{0,4}통화 ?중|(?:상담|통화)(?:이|가)? ?(?:지연|폭주)|순서대로 (?:연결|상담)",
    }
)  # fmt: skip
_KINDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "welcome": {
            "zh": r"欢迎(?:您)?(?:致电|拨打|来电|使用|您的来电)|感谢(?:您)?(?:的)?(?:致电|来电|拨打)",
            "yue": r"(?:多谢|感谢)(?:你|您)?(?:嘅)?(?:致电|来电)|欢迎(?:你|您)?(?:致电|打)",
            "en": r"(?:thank(?:s| you) for calling|welcome to)",
            "ja": r"お電話(?:を)?(?:いただき|頂き|くださり|ください|ありがと)",
            "ko": r"전화(?:를)? ?(?:해|걸어) ?주셔서|고객센터입니다|전화 ?주셔서",
        },
        "recording": {
            "zh": r"(?:通话|来电|电话|对话)(?:内容)?(?:将|会|可能|有可能)*(?:会)?被?(?:全程)?录音",
            "yue": r"(?:对话|通话|电话)(?:内容)?(?:可能|将|会|有机会)*(?:会)?(?:被)?(?:录音|录低)",
            "en": r"calls? (?:may|might|will|is|are|can|could)(?: also)? (?:be(?:ing)? )?(?:monitored|recorded)",
            "ja": r"(?:通話|お電話|会話)(?:内容)?(?:は|を|が)?.{0,12}録音",
            "ko": r"(?:통화|상담)(?: ?내용)?(?:은|이|는|을)?.{0,12}녹음",
        },
        "waiting": {
            "zh": r"[请清](?:您)?(?:不要挂机|勿挂机|耐心等[待候])|(?:转接|接通)(?:人工|客服代表|座席|坐席)",
            "yue": r"[请清](?:唔好|不要)收线|[请清]耐心等[候待]",
            "en": r"(?:please )?(?:stay|remain|hold) on the line|please (?:wait|hold) (?:for|while)"
            r"|connect you (?:to|with) (?:an?|the)",
            "ja": r"(?:そのまま|しばらく)(?:で)?お待ち",
            "ko": r"(?:잠시만|끊지 ?(?:말고|마시고)).{0,6}기다려",
        },
    }
)  # fmt: skip
_A_PERSON = re.compile(
    r"我(?!们|司)|请问|有什么|先生|女士|小姐|太太|是吧|喂|[吗嘛呢吧啊呀哦]|为您服务[。,，!！]?(?:请讲|$)|唔该|乜嘢|帮到|边位|係咪|系咪"
    r"|\b(?:i|i'm|i'll|i've|my|me|speaking|sir|ma'am|how (?:can|may)|hello)\b|\bthis is (?!an? (?:automated|recorded))"
    r"|と申します|が承り|でしょうか|ですか|もしもし|いかが|担当の"
    r"|저는|도와 ?드릴까요|상담(?:사|원) \S{2,4}입니다|여보세요|까요|나요"
)
"""What a person says and a telephone system hardly does."""


def leading(turns: Sequence[Turn]) -> frozenset[int]:
    """The numbers of the turns that the telephone system speaks for certain before a person does.

    The turns of one call, in time order, with their roles.
    """
    channels = dict.fromkeys(turn.channel for turn in turns)
    own = {
        channel: [turn for turn in turns if turn.channel == channel and _is_no_customer(turn)] for channel in channels
    }
    return frozenset(number for said in own.values() for number in _leading(said))


def _is_no_customer(turn: Turn) -> bool:
    return turn.role != "customer" and any(map(str.isalnum, turn.text))


def _leading(turns: Sequence[Turn]) -> list[int]:
    """Of a channel's turns: the first ones as long as all are the system's wording, up to the last certain one."""
    first: list[int] = []
    certain = 0
    for turn in turns:
        kinds = _kinds(turn)
        if not kinds:
            break
        first.append(turn.turn)
        if "certain" in kinds or len(kinds) > 1:
            certain = len(first)
    return first[:certain]


def _kinds(turn: Turn) -> frozenset[str]:
    """Which of the system's wordings a turn holds; none where a person says them."""
    text = normalised(turn.text, "zh" if turn.language in ("zh", "yue", "unknown") else turn.language).text
    if _A_PERSON.search(text):
        return frozenset()
    return frozenset(kind for kind, pattern in _PATTERNS.items() if pattern.search(text))


_PATTERNS = {
    "certain": re.compile("|".join(_CERTAIN.values())),
    **{kind: re.compile("|".join(patterns.values())) for kind, patterns in _KINDS.items()},
}
