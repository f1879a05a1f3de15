"""IV01: nobody talks to anybody in this recording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qc_rules import Call, Evidence, Hit, Rule, count_chars
from qc_rules.spans import Span, intersect, seconds
from qc_rules.vocabulary import TONES

MUSIC = "bgm"
MIN_CLEAN_TURNS = 2
"""From so many turns without music on, people talk to one another: one alone may be an announcement."""
TEXTS = {
    "tones": {
        "en": "telephone tones ({tones_word}) and no conversation: {shares} of {seconds:.1f} s, {n} characters said",
        "zh": "只有电话信号音（{tones_word}），没有对话：{seconds} 秒中{shares}，说了 {n} 个字",
    },
    "music": {
        "en": "music and no conversation; music alone may be hold music: hear it before blaming the line: "
        "{shares} of {seconds:.1f} s, {n} characters said",
        "zh": "只有音乐，没有对话；单是音乐也可能是等待音乐，请先听再判断：{seconds} 秒中{shares}，说了 {n} 个字",
    },
    "silence": {
        "en": "nobody says anything: {shares} of {seconds:.1f} s, {n} characters said",
        "zh": "没有人说话：{seconds} 秒中{shares}，说了 {n} 个字",
    },
    "throughout": {
        "en": "music is {share:.0%} of the time of {segments} segments in a row, "
        "and {n} turns with words are free of it; "
        "music alone may be hold music: hear it before blaming the line",
        "zh": "连续 {segments} 段中音乐占 {share} 的时间，没有音乐的话轮有 {n} 个；"
        "单是音乐也可能是等待音乐，请先听再判断",
    },
}
"""What it says of a recording, by what the recording is instead of a conversation."""

Piece = tuple[int, Span, Evidence]
"""A segment of the call: its channel, when, and the evidence that it would make."""


@dataclass(frozen=True)
class InvalidCall(Rule):
    """Invalid call: a dead number, an unanswered call, a robot, or silence; not a conversation.

    What it catches, either of:

    1. music and telephone tones together are more than `share` of the recording, and fewer than `characters` letters
       or ideographs are said in all of it. Where not a single one is said, silence counts towards the share too
       (`silence = false` leaves it out).
    2. music is at least `music_share` of the time of some `segments` segments in a row (turns, and stretches of music
       in which nobody speaks), and fewer than two turns with words are free of music.

    Why it matters: an invalid call is not scored and no other rule judges it, so that averages are about conversations.

    Options: `share`, `characters`, `silence`; `music_share`, `segments`.

    Never unknown: everything that it needs is in every call. The message says which of the two it was, the shares,
    and, where music is the only sign, that it may be hold music.

    Limits: a long hold inside a real conversation is clear, because people talk before or after it. A conversation
    held throughout beside a playing radio hits the second kind where the model hears music in all turns but one.
    A few words and silence ("喂？") are judged like any other call: the few words may be a complaint.
    """

    id = "IV01"
    name = {"zh": "无效通话", "en": "Invalid call"}  # noqa: RUF012 - a class attribute of Rule, read only
    severity = "info"
    score = 0
    category = "validity"
    flags = ("invalid",)

    pages = {  # noqa: RUF012
        "zh": """无效通话：空号、无人接听、机器人或静音，不是对话。

检测内容：满足其一即可。

1. 音乐和电话信号音合计超过录音的 `share`，且全程说出的字少于 `characters` 个。一个字都没有时，静音也计入占比
（`silence = false` 则不计）。
2. 连续 `segments` 段（话轮，以及没有人说话的音乐段）中，音乐至少占时间的 `music_share`，
且没有音乐的有文字话轮少于两个。

意义：无效通话不评分，其他规则也不判断它，这样平均值才是关于对话的。

选项：`share`、`characters`、`silence`；`music_share`、`segments`。

无法判断：不会出现，所需的内容每通电话都有。消息会说明属于哪一种、各占多少；只有音乐时会提示可能是等待音乐。

局限：真实对话中的长时间等待判为未命中，因为前后有人说话。旁边一直放着收音机的对话，如果模型除一轮之外都听到音乐，
会按第二种命中。只有几个字加静音（“喂？”）的通话照常判断：那几个字也许就是投诉。"""
    }
    texts = tuple(TEXTS.values())

    share: float = 0.5
    characters: int = 10
    silence: bool = True
    music_share: float = 0.6
    segments: int = 3

    def __post_init__(self) -> None:
        for name in ("share", "music_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} = {getattr(self, name)} is not between 0 and 1")
        if self.segments < 1:
            raise ValueError(f"segments = {self.segments} is not a number of segments from 1")

    def check(self, call: Call) -> Iterable[Hit]:
        """At most one hit for each of the two kinds."""
        yield from self._no_conversation(call)
        yield from self._music_throughout(call)

    def _no_conversation(self, call: Call) -> Iterable[Hit]:
        said = call.text_chars()
        parts = self._parts(call)
        total = min(1.0, parts["music or tones"] + (0.0 if said else parts["silence"]))
        if said >= self.characters or total <= self.share:
            return
        kinds = ("tones", "music") if said else ("tones", "music", "silence")
        kind = max(kinds, key=lambda name: parts[name])
        events = call.events_of(*(TONES if kind == "tones" else (MUSIC,) if kind == "music" else ()))
        shares = ", ".join(f"{name} {parts[name]:.0%}" for name in ("music", "tones", "silence") if parts[name] > 0)
        heard = call.call_state or ", ".join(sorted({event.class_ for event in events}))
        message = TEXTS[kind]["en"].format(tones_word=heard, shares=shares, seconds=call.duration, n=said)
        yield self.hit(call, events=events, message=message, condition="silence" if kind == "silence" else "")

    def _parts(self, call: Call) -> dict[str, float]:
        """Shares of the call's duration; `music or tones` counts once what both cover."""
        music = [span for spans in _music_by_channel(call).values() for span in spans]
        tones = [event.span for event in call.events_of(*TONES)]
        covered = {
            "music": _seconds(call, music),
            "tones": _seconds(call, tones),
            "music or tones": _seconds(call, music + tones),
            "silence": call.silence_seconds() if self.silence else 0.0,
        }
        if call.duration <= 0:
            return {**dict.fromkeys(covered, 0.0), "silence": 1.0}
        return {name: length / call.duration for name, length in covered.items()}

    def _music_throughout(self, call: Call) -> Iterable[Hit]:
        music = _music_by_channel(call)
        clean = sum(_is_clean(turn.channel, turn.span, turn.text, music) for turn in call.turns)
        if clean >= MIN_CLEAN_TURNS:
            return
        pieces = _pieces(call, music)
        for first in range(len(pieces) - self.segments + 1):
            window = pieces[first : first + self.segments]
            share = _music_share(window, music)
            if share >= self.music_share:
                message = TEXTS["throughout"]["en"].format(share=share, segments=self.segments, n=clean)
                yield self.hit(call, evidence=[evidence for _, _, evidence in window], message=message)
                return


def _seconds(call: Call, spans: Iterable[Span]) -> float:
    return seconds(intersect(spans, [(0.0, call.duration)]))


def _music_by_channel(call: Call) -> dict[int, list[Span]]:
    music: dict[int, list[Span]] = {}
    for event in call.events_of(MUSIC):
        music.setdefault(event.channel, []).append(event.span)
    for turn in call.turns:
        if MUSIC in turn.event_tags:
            music.setdefault(turn.channel, []).append(turn.span)
    return music


def _is_clean(channel: int, span: Span, text: str, music: dict[int, list[Span]]) -> bool:
    return count_chars(text) > 0 and not intersect([span], music.get(channel, []))


def _pieces(call: Call, music: dict[int, list[Span]]) -> list[Piece]:
    """Turns, and the music in which nobody on that channel speaks, in time order."""
    pieces = [(turn.channel, turn.span, turn.evidence(_tag(turn.channel, turn.span, music))) for turn in call.turns]
    for event in call.events_of(MUSIC):
        spoken = [turn.span for turn in call.turns if turn.channel == event.channel]
        if not intersect([event.span], spoken):
            pieces.append((event.channel, event.span, event.evidence()))
    return sorted(pieces, key=lambda piece: (piece[1], piece[0]))


def _tag(channel: int, span: Span, music: dict[int, list[Span]]) -> str:
    return "music" if intersect([span], music.get(channel, [])) else "no music"


def _music_share(window: list[Piece], music: dict[int, list[Span]]) -> float:
    total = sum(end - start for _, (start, end), _ in window)
    covered = sum(seconds(intersect([span], music.get(channel, []))) for channel, span, _ in window)
    return covered / total if total > 0 else 0.0
