"""No personal data can be read."""

from __future__ import annotations

from collections.abc import Iterator

from callqa.gate.check import Check, Severity, never
from callqa.gate.expectations.forms import rows
from callqa.settings import GateSettings


def checks(settings: GateSettings) -> Iterator[Check]:
    """In text, evidence and columns; warnings where the settings leave some unmasked on purpose."""
    severity: Severity = "blocking" if settings.personal_data == "refuse" else "warning"
    yield rows(
        "turns.personal_data_masked", never("unmasked"),
        "No mobile number, identity card or bank card can be read in what was said.",
        "话轮文字里读不出手机号、身份证号或银行卡号。", severity,
    )  # fmt: skip
    yield rows(
        "findings.personal_data_masked", never("unmasked", "rule"),
        "No mobile number, identity card or bank card can be read in what findings quote.",
        "发现所引用的文字里读不出手机号、身份证号或银行卡号。", severity,
    )  # fmt: skip
    number = "regexp_matches(customer_number, '[0-9]{8}') and not regexp_full_match(customer_number, '[0-9a-f]{64}')"
    yield rows(
        "calls.customer_number_masked", never(number, of="customer_number is not null"),
        "A customer's number is masked or hashed, never as dialled.", "客户号码已打码或已哈希，绝不是原号。", severity,
    )  # fmt: skip
