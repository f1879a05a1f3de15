"""What authors of packs write against: named at the top, documented, tested."""

import re

import pytest

import qc_rules
from qc_rules import hookspecs
from qc_rules.language.document import CONDITION_KEYS, KEYS
from tests.conftest import REPOSITORY

README = (REPOSITORY / "qc_rules" / "sdk" / "README.md").read_text(encoding="utf-8")
LANGUAGE = (REPOSITORY / "docs" / "rules" / "language.md").read_text(encoding="utf-8")
HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("register_"))


@pytest.mark.parametrize("name", qc_rules.__all__)
def test_every_public_name_is_there_and_in_the_readme(name):
    assert getattr(qc_rules, name) is not None
    assert re.search(rf"`{name}\b", README), name


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_documented_and_tested(hook):
    assert f"| `{hook}()` |" in README
    tests = (REPOSITORY / "tests" / "qc_rules" / name for name in ("test_loader.py", "test_registering.py"))
    kind = hook.removeprefix("register_")
    assert any(hook in text or f'"{kind}()"' in text for text in (path.read_text(encoding="utf-8") for path in tests))


@pytest.mark.parametrize("key", [*KEYS, *CONDITION_KEYS])
def test_every_key_of_a_rule_and_of_a_condition_is_on_the_page_of_the_language(key):
    assert re.search(rf"(^|[`{{ ]){key}:|`{key}`", LANGUAGE, re.M), key


def test_the_readmes_examples_of_operators_and_detectors_can_be_registered():
    from qc_rules.declaration import check_operator
    from qc_rules.detectors import check_detector

    blocks = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)
    made: dict[str, object] = {}
    for block in blocks:
        if "TurnOperator" in block or "Detector" in block:
            exec(compile(block, "README.md", "exec"), made)
    check_operator(made["LongTurn"])
    check_detector(made["Yawns"]())
