"""Somebody else's pack: its wheel works where only the kit's wheel is, and beside callqa."""

import json
import shutil
import tomllib
import zipfile

import pytest

from tests.conftest import REPOSITORY
from tests.packs import environments

PACK = REPOSITORY / "qc_rules" / "insurance"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return environments.wheel("insurance", tmp_path_factory.mktemp("wheels"))


def test_it_depends_on_the_kit_alone_and_is_no_part_of_callqa():
    project = tomllib.loads((PACK / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == ["qc-rules"]
    assert project["entry-points"]["qc_rules"] == {"insurance": "qc_rules_insurance"}
    callqa = (REPOSITORY / "pyproject.toml").read_text()
    assert "qc-rules-insurance" not in callqa
    assert "-e qc_rules/insurance" not in (REPOSITORY / "Makefile").read_text()


def test_its_wheel_has_its_rules_words_and_cases(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        f"qc_rules_insurance/{name}" for name in ("rules.yaml", "lexicons.yaml", "cases.yaml", "days_said.py")
    } < names


@pytest.mark.slow
def test_it_installs_into_a_clean_environment_and_passes_its_tests_there(wheel, tmp_path):
    kit = environments.wheel("sdk", tmp_path / "wheels")
    environment = environments.clean(tmp_path / "environment")
    environment.install(str(kit), str(wheel), "pytest")
    there = environment.run(
        "-c",
        "import importlib.util as u; print([n for n in ('callqa', 'qc_rules_standard', 'numpy') if u.find_spec(n)])",
    )
    assert there.stdout.strip() == "[]"
    tests = shutil.copytree(PACK / "tests", tmp_path / "tests")
    done = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-rA", str(tests), cwd=tests)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = [line for line in done.stdout.splitlines() if line.startswith("PASSED") and "test_rules.py" in line]
    assert {rule for rule in ("BX01", "BX02", "BX03") if any(rule in line for line in passed)} == {
        "BX01",
        "BX02",
        "BX03",
    }
    assert len(passed) >= 20


@pytest.mark.slow
def test_beside_callqa_it_is_listed_explained_tested_and_judges(wheel, tmp_path):
    environment = environments.beside_callqa(tmp_path / "environment")
    environment.install("--no-deps", "--no-index", str(wheel))
    (tmp_path / "call.yaml").write_text("- agent: 您的保费是每年三千元\n- customer: 我要打12378\n", encoding="utf-8")
    listed, explained, tested, checked = environment.callqa(
        "rules list --json",
        "rules explain BX02",
        "rules test insurance",
        f"rules check {tmp_path / 'call.yaml'} --json",
    )
    rows = json.loads(listed[1])
    [pack] = [row for row in rows["packs"] if row["pack"] == "insurance"]
    assert (pack["version"], pack["rules"], pack["operators"]) == ("1.0.0", ["BX01", "BX02", "BX03"], ["days_said"])
    assert "insurance_cooling_off" in pack["lexicons"]
    assert {row["pack"] for row in rows["rules"]} == {"standard", "insurance"}
    assert "days_said" in explained[1]
    assert "days = 15" in explained[1]
    assert (tested[0], tested[1].startswith("insurance: ")) == (0, True), tested
    results = {row["rule"]: row["result"] for row in json.loads(checked[1])}
    assert (results["BX01"], results["BX02"], results["BX03"]) == ("unknown", "hit", "hit")
