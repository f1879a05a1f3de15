"""Columns of fixed words have one of their words (`callqa.contracts.vocabulary`)."""

from __future__ import annotations

from collections.abc import Iterator

from callqa import contracts
from callqa.gate.check import Check, in_set, never
from callqa.gate.expectations.forms import rows


def checks() -> Iterator[Check]:
    """Every word is one that rules, reports and routes know."""
    yield rows(
        "calls.status", in_set("status", contracts.STATUSES),
        "A call is analysed, invalid or rejected.", "通话状态只有已分析、无效、已拒收三种。",
    )  # fmt: skip
    reasons = ", ".join(f"'{reason}'" for reason in contracts.REJECT_REASONS)
    yield rows(
        "calls.reject_reason",
        never(
            f"(status = 'rejected' and (reject_reason is null or reject_reason not in ({reasons})))"
            " or (status <> 'rejected' and reject_reason is not null)",
            "reject_reason",
        ),
        "A rejected call says why, by a reason that we know, and no other call has a reason.",
        "被拒收的通话写明已知的原因，其他通话没有拒收原因。",
    )  # fmt: skip
    yield rows(
        "calls.direction", in_set("direction", contracts.DIRECTIONS),
        "A call's direction is one that reports know.", "通话方向是报表认识的取值。",
    )  # fmt: skip
    yield rows(
        "calls.call_state", in_set("call_state", contracts.CALL_STATES),
        "What tones and announcements say is a state that rules know.", "提示音与播报得出的状态是规则认识的取值。",
    )  # fmt: skip
    yield rows(
        "calls.language", in_set("language", contracts.LANGUAGES),
        "A call's language is one that reports know.", "通话语言是报表认识的取值。",
    )  # fmt: skip
    for column, zh in (("emotion_start", "开头情绪"), ("emotion_end", "结尾情绪")):
        yield rows(
            f"calls.{column}", in_set(column, contracts.EMOTIONS),
            f"A call's {column} is one that reports know.", f"通话的{zh}是报表认识的取值。",
        )  # fmt: skip
    yield rows(
        "turns.language", in_set("language", contracts.LANGUAGES),
        "A turn's language is one that rules know.", "话轮语言是规则认识的取值。",
    )  # fmt: skip
    yield rows(
        "turns.emotion", in_set("emotion", contracts.EMOTIONS),
        "A turn's emotion is one that rules know.", "话轮情绪是规则认识的取值。",
    )  # fmt: skip
    yield rows(
        "turns.role", in_set("role", contracts.ROLES),
        "A turn is the agent's, the customer's or nobody's we know.", "话轮属于坐席、客户或身份未知者。",
    )  # fmt: skip
    ours = ", ".join(f"'{name}'" for name in contracts.EVENT_CLASSES)
    yield rows(
        "events.class",
        never(f"not (class in ({ours}) or coalesce(call_event_classes[class], false))", "left(class, 40)"),
        "An event is of a class that callqa reports, or that a rule pack's detector listened for in the call.",
        "声音事件的类别是系统会报的，或是规则包的检测器在这通电话里听过的。",
    )  # fmt: skip
    yield rows(
        "findings.outcome", in_set("outcome", contracts.OUTCOMES),
        "A finding is a hit, unknown or a crash.", "发现只有命中、未知、出错三种。",
    )  # fmt: skip
    yield rows(
        "findings.severity", in_set("severity", contracts.SEVERITIES),
        "A finding's severity is one that routes know.", "发现的严重程度是通知路由认识的取值。",
    )  # fmt: skip
