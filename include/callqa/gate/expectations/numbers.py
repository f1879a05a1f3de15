"""Positions lie within the recording, and numbers within their bounds."""

from __future__ import annotations

from collections.abc import Iterator

from callqa.gate.check import Check, between, never
from callqa.gate.expectations.forms import rows

SLACK_SECONDS = 0.5
"""By how much a turn or event may end after its recording: decoders pad the last frame."""
LOUDEST_DBFS = 3.1
"""RMS of a full-scale square wave where 0 dBFS is a full-scale sine."""
SPAN = """format('{:.3f}-{:.3f}', start, "end")"""


def checks() -> Iterator[Check]:
    """What turns, events and evidence point to can be played; probabilities, levels and points are such."""
    yield from _positions()
    yield from _numbers()


def _positions() -> Iterator[Check]:
    yield rows(
        "calls.duration", between("duration", 0, None),
        "A recording's duration is a number of seconds.", "录音时长是一个秒数。",
    )  # fmt: skip
    yield rows(
        "calls.audio_known",
        never("duration is null or channels is null or channels < 1 or sha256 is null", of="status <> 'rejected'"),
        "Of every call that was heard, duration, channels and digest of the audio are known.",
        "每通听过的电话都知道时长、声道数与音频摘要。",
    )  # fmt: skip
    for table, zh in (("turns", "话轮"), ("events", "事件")):
        yield rows(
            f"{table}.within_call",
            never(
                f"""not (start >= 0 and start < "end" and "end" <= call_duration + {SLACK_SECONDS})""",
                SPAN, of="call_there",
            ),
            f"What {table} point to can be played: 0 <= start < end <= duration, to {SLACK_SECONDS} s.",
            f"{zh}所指的位置可以播放：0 <= 开始 < 结束 <= 时长，容差 {SLACK_SECONDS} 秒。",
        )  # fmt: skip
        yield rows(
            f"{table}.channel",
            never("channel < 0 or channel >= call_channels", "cast(channel as varchar)", of="call_there"),
            f"The channel of {table} is one of the recording's.", f"{zh}所在声道是录音里有的。",
        )  # fmt: skip
    played = f"""e.start >= 0 and e.start <= e."end" and e."end" <= call_duration + {SLACK_SECONDS}"""
    named = "(e.turn is null or (e.turn >= 0 and e.turn < call_turns))"
    yield rows(
        "findings.evidence",
        never(
            f"len(list_filter(evidence, lambda e: not coalesce({played} and {named}, false))) > 0",
            "rule", of="call_there",
        ),
        "The evidence of a finding is a turn of its call, or a stretch that can be played.",
        "发现的证据是该通电话里的话轮，或可以播放的一段。",
    )  # fmt: skip


def _numbers() -> Iterator[Check]:
    yield rows(
        "turns.confidence", between("confidence", 0, 1),
        "A turn's confidence is a probability.", "话轮置信度是一个概率。",
    )  # fmt: skip
    yield rows(
        "turns.emotion_score", between("emotion_score", 0, 1),
        "A turn's emotion score is a probability, where there is one.", "话轮情绪得分（若有）是一个概率。",
    )  # fmt: skip
    yield rows(
        "turns.role_probability", between("role_probability", 0, 1),
        "That a role is right is a probability, where there is one.", "角色判断的把握（若有）是一个概率。",
    )  # fmt: skip
    yield rows(
        "turns.loudness", between("loudness", -1000, LOUDEST_DBFS),
        "A turn's loudness is a level in dBFS.", "话轮响度是以 dBFS 计的电平。",
    )  # fmt: skip
    yield rows(
        "events.score", between("score", 0, 1),
        "An event's score is a probability, where there is one.", "事件得分（若有）是一个概率。",
    )  # fmt: skip
    yield rows(
        "findings.score", between("score", -1e6, 1e6),
        "What a hit costs is a number of points.", "一次命中扣的分是一个数。",
    )  # fmt: skip
    yield rows(
        "calls.mean_confidence", between("mean_confidence", 0, 1),
        "A call's mean confidence is a probability, where there is one.", "通话平均置信度（若有）是一个概率。",
    )  # fmt: skip
    yield rows(
        "calls.score", between("score", 0, 100),
        "A call's score is 0 to 100 points, where it is scored.", "通话得分（若评分）在 0 到 100 之间。",
    )  # fmt: skip
    card = "lambda s: not (coalesce(s.score, 0) between 0 and 100 and s.coverage between 0 and 1)"
    yield rows(
        "calls.scorecards", never(f"len(list_filter(scorecards, {card})) > 0"),
        "Scores on scorecards are 0 to 100 points, of a share that could be told.",
        "评分卡得分在 0 到 100 之间，可判断的部分是一个占比。",
    )  # fmt: skip
    parts = "speech_seconds, sound_seconds, silence_seconds, longest_silence_seconds"
    yield rows(
        "calls.seconds",
        never(
            f"least({parts}) < 0 or not (greatest({parts}) <= duration + {SLACK_SECONDS})",
            "cast(duration as varchar)", of="status <> 'rejected' and duration is not null",
        ),
        "Speech, sound and silence of a call last no longer than the call.",
        "通话中的说话、有声、静默时长都不超过通话时长。",
    )  # fmt: skip
