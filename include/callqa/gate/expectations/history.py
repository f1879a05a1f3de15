"""The day is like the days published before it (`callqa.gate.drift` compares)."""

from __future__ import annotations

from collections.abc import Iterator

from callqa.gate.check import Check, LikeHistory, Severity
from callqa.settings import GateSettings


def checks(settings: GateSettings) -> Iterator[Check]:
    """Volume, lengths, mixes and hit rates; how large a change has to be is in the settings."""
    amount, middle = settings.drift_volume_change, settings.drift_median_change
    mix, rule = settings.drift_mix_change, settings.drift_rule_change
    severity: Severity = "blocking" if settings.drift == "refuse" else "warning"
    for name, expects, sentence, zh in (
        (
            "call_volume",
            LikeHistory(
                measure="volume",
                kind="amount",
                least_change=amount,
                same_weekday=settings.drift_same_weekday,
                counted=True,
            ),
            "As many calls as is usual: recordings that never arrived leave no other trace.",
            "通话量与往常相当：没送来的录音不会留下别的痕迹。",
        ),
        (
            "duration",
            LikeHistory(measure="duration", kind="amount", least_change=middle),
            "Calls are as long as usual: recordings that are cut short or run together show here.",
            "通话时长与往常相当：被截断或连在一起的录音会在这里露出来。",
        ),
        (
            "characters_a_minute",
            LikeHistory(measure="characters_a_minute", kind="amount", least_change=middle),
            "As much is written of a minute of speech as usual: a model that skips or invents words shows here.",
            "每分钟说话得到的字数与往常相当：漏字或编字的模型会在这里露出来。",
        ),
        (
            "languages",
            LikeHistory(measure="language", kind="share", least_change=mix),
            "Languages are spoken as often as usual: a wrong language is recognised fluently.",
            "各语言的占比与往常相当：听错语言时文字仍然通顺。",
        ),
        (
            "emotions",
            LikeHistory(measure="emotion", kind="share", least_change=mix),
            "Emotions are heard as often as usual.",
            "各情绪的占比与往常相当。",
        ),
        (
            "hit_rates",
            LikeHistory(measure="hit_rate", kind="share", least_change=rule),
            "Each rule hits as often as usual: a rule that stops hitting, or hits everything, looks like news.",
            "每条规则的命中率与往常相当：忽然不命中或忽然全命中的规则看上去像新闻。",
        ),
    ):
        yield Check(id=f"history.{name}", table="history", severity=severity, sentence=sentence, zh=zh, expects=expects)
