"""So much of the day was read, heard and judged as the settings ask for."""

from __future__ import annotations

from collections.abc import Iterator

from callqa.gate.check import Check, Within
from callqa.gate.expectations.forms import fact
from callqa.settings import GateSettings

HEARD_SECONDS = 1.0
"""A call with less speech than this may well have no recognisable word."""


def checks(settings: GateSettings) -> Iterator[Check]:
    """Shares and means of the day, with the thresholds of the settings."""
    yield fact(
        "rejected_share", Within(value=_share("calls", "status = 'rejected'"), low=0, high=settings.max_rejected_share),
        "So many unreadable recordings mean that the feed is broken.", "不可读的录音过多，说明录音来源出了问题。",
    )  # fmt: skip
    yield fact(
        "empty_transcript_share",
        Within(
            value=_share("calls", "text_chars = 0", f"speech_seconds >= {HEARD_SECONDS}"),
            low=0, high=settings.max_empty_transcript_share,
        ),
        "So many calls with a voice and without a word mean that the model or the decoding is broken.",
        "有人声却没有文字的通话过多，说明模型或解码出了问题。",
    )  # fmt: skip
    yield fact(
        "crash_share", Within(value=_outcome("crash"), low=0, high=settings.max_crash_share),
        "So many crashed rules mean that the findings cannot be relied on.", "规则出错过多，发现就不可信。",
    )  # fmt: skip
    mean = "(select exact_mean(confidence) from turns)"
    yield fact(
        "mean_confidence", Within(value=mean, low=settings.min_mean_confidence),
        "The model recognises these recordings at all.", "模型基本上能听懂这些录音。",
    )  # fmt: skip
    yield fact(
        "mean_confidence_low", Within(value=mean, low=settings.warn_mean_confidence),
        "The model is as sure of its words as it should be.", "模型对文字的把握达到应有水平。", "warning",
    )  # fmt: skip
    yield fact(
        "emotion_unknown_share",
        Within(value=_share("turns", "emotion = 'unknown'"), low=0, high=settings.warn_emotion_unknown_share),
        "Rules about emotions hear most turns.", "关于情绪的规则听得到大多数话轮。", "warning",
    )  # fmt: skip
    yield fact(
        "unknown_share", Within(value=_outcome("unknown"), low=0, high=settings.warn_unknown_share),
        "Most rules can say hit or clear of most calls.", "大多数规则对大多数通话能给出命中或未命中。", "warning",
    )  # fmt: skip


def _share(table: str, part: str, of: str = "true") -> str:
    return f"(select count(*) filter (where {part}) / nullif(count(*), 0) from {table} where {of})"


def _outcome(name: str) -> str:
    return f'(select "{name}" / nullif(hit + clear + "unknown" + crash, 0) from outcomes)'
