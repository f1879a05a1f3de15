"""The cases of a pack are found in it, run by pytest with one line, and gaps are errors."""

import os
import subprocess
import sys
import textwrap

import pytest

from qc_rules import PackError
from qc_rules.testing import CaseError, load_cases, pack_cases
from tests.qc_rules.conftest import RULE, Site

HIT = "  - hit: no goodbye\n    call: ['agent: 您好']\n"
CLEAR = "  - clear: a goodbye\n    call: ['agent: 再见']\n"


def install(site: Site, files: dict[str, str], name="acme") -> None:
    """A pack that is a folder, with these files beside its module."""
    site.install(name, "", entry=name)
    (site.folder / f"pack_{name}.py").unlink()
    package = site.folder / f"pack_{name}"
    for file, text in {"__init__.py": textwrap.dedent(RULE.format(rule_id="AC01")), **files}.items():
        (package / file).parent.mkdir(parents=True, exist_ok=True)
        (package / file).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("pack", ["acme", "pack_acme", "qc-rules-acme"])
def test_a_packs_cases_are_found_by_any_of_its_names(site, pack):
    install(site, {"cases.yaml": f"AC01:\n{HIT}{CLEAR}"})
    rules, found = pack_cases(pack)
    assert list(rules) == ["AC01"]
    assert [str(case) for case in found] == ["AC01 hit: no goodbye", "AC01 clear: a goodbye"]


def test_a_folder_of_case_files_is_read_by_name(site):
    install(site, {"cases/b.yaml": f"AC01:\n{CLEAR}", "cases/a.yaml": f"AC01:\n{HIT}", "cases/notes.txt": "no case"})
    assert [case.origin for case in pack_cases("acme")[1]] == ["a.yaml:2", "b.yaml:2"]


def test_cases_may_lie_in_another_folder(site, tmp_path):
    install(site, {})
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "all.yaml").write_text(f"AC01:\n{HIT}{CLEAR}", encoding="utf-8")
    assert len(pack_cases("acme", tmp_path)[1]) == len(pack_cases("acme", tmp_path / "cases")[1]) == 2
    assert len(load_cases(tmp_path / "cases" / "all.yaml")) == 2


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "there are no cases"),
        ({"cases/notes.txt": ""}, "there are no cases"),
        ({"cases.yaml": ""}, "cases.yaml: it has no cases"),
        ({"cases.yaml": f"AC01:\n{HIT}"}, "rule pack acme: rule AC01 has no clear case"),
        ({"cases.yaml": f"AC01:\n{CLEAR}"}, "rule pack acme: rule AC01 has no hit case"),
        ({"cases.yaml": f"AC01:\n{HIT}{CLEAR}AC02:\n{HIT}"}, "there is no rule AC02; did you mean AC01?"),
        ({"cases.yaml": f"AC01:\n{HIT}{HIT}{CLEAR}"}, "there are two cases AC01 hit: no goodbye"),
    ],
)
def test_a_pack_that_does_not_show_what_its_rules_do_is_an_error(site, files, said):
    install(site, files)
    with pytest.raises(CaseError) as raised:
        pack_cases("acme")
    assert said in raised.value.message


def test_a_pack_that_is_not_installed_is_an_error_with_a_suggestion(site):
    install(site, {})
    with pytest.raises(CaseError, match=r"no rule pack acmee is installed; did you mean acme\?"):
        pack_cases("acmee")


def test_a_pack_of_one_module_needs_a_folder_for_its_cases(site, tmp_path):
    site.install("acme", RULE.format(rule_id="AC01"))
    with pytest.raises(CaseError, match="one module without a folder"):
        pack_cases("acme")
    (tmp_path / "cases.yaml").write_text(f"AC01:\n{HIT}{CLEAR}", encoding="utf-8")
    assert len(pack_cases("acme", tmp_path)[1]) == 2


def test_a_broken_pack_is_the_packs_error(site):
    install(site, {"__init__.py": "import a_module_that_nobody_has", "cases.yaml": f"AC01:\n{HIT}{CLEAR}"})
    with pytest.raises(PackError, match="a_module_that_nobody_has"):
        pack_cases("acme")


def run_pytest(site, tmp_path, text):
    (tmp_path / "test_acme.py").write_text(text, encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(site.folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        "test_acme.py",
    ]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)


ONE_LINE = "from qc_rules.testing import cases\n\ntest_rules = cases('acme')\n"


def test_one_line_makes_pytest_run_every_case_and_print_what_fails(site, tmp_path):
    install(site, {"cases.yaml": f"AC01:\n{HIT}{CLEAR}  - clear: wrong\n    call: ['agent: 喂']\n"})
    done = run_pytest(site, tmp_path, ONE_LINE)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 2 passed" in done.stdout
    for line in ("AC01 clear: wrong", "expected clear, came out hit", "0: agent@0-2: 喂", "outcome: hit: no farewell"):
        assert line in done.stdout


def test_a_gap_stops_pytest_with_the_rule_and_the_remedy(site, tmp_path):
    install(site, {"cases.yaml": f"AC01:\n{HIT}"})
    done = run_pytest(site, tmp_path, ONE_LINE)
    assert done.returncode == 2
    assert "rule AC01 has no clear case\n  remedy: write one" in done.stdout
    assert "collecting.py" not in done.stdout
