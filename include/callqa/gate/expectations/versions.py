"""The whole day was made by one version of each thing."""

from __future__ import annotations

from collections.abc import Iterator

from callqa.gate.check import Check, Within
from callqa.gate.expectations.forms import fact


def checks() -> Iterator[Check]:
    """Model, audio pipeline, rules and detectors, each in one version."""
    # A call that nothing was transcribed of names no model.
    done = "from calls where status <> 'rejected'"
    audio = "split_part(audio_version, '+', 1)"  # after a `+`: how a file without a header was read
    for name, value, what, zh in (
        ("asr_digests", f"(select count(distinct asr_digest) {done} and asr_digest <> '')", "model", "模型"),
        ("audio_versions", f"(select count(distinct {audio}) {done} and {audio} <> '')", "audio pipeline", "音频流程"),
        ("rule_packs", f"(select count(distinct list_sort(rule_packs)) {done} and len(rule_packs) > 0)", "rules",
         "规则"),
    ):  # fmt: skip
        yield fact(
            name, Within(value=value, low=0, high=1),
            f"One version of the {what} made the whole day, so that its numbers can be compared.",
            f"全天由同一版本的{zh}得出，数字才可比较。",
        )  # fmt: skip
    yield fact(
        "rule_versions",
        Within(value=_most_versions("findings", "rule", "(rule_version, pack, pack_version)"), low=0, high=1),
        "Each rule judged the whole day in one version.", "每条规则全天只用一个版本。",
    )  # fmt: skip
    yield fact(
        "detector_versions", Within(value=_most_versions("events", "detector", "version"), low=0, high=1),
        "Each detector of sounds listened to the whole day in one version.", "每个声音检测器全天只用一个版本。",
    )  # fmt: skip


def _most_versions(table: str, of: str, version: str) -> str:
    return f"(select max(n) from (select count(distinct {version}) as n from {table} group by {of}))"
