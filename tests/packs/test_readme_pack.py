"""The pack in the rule kit's README works as it is printed."""

import os
import re
import subprocess
import sys
import tomllib

from qc_rules.testing import parse_cases
from tests.conftest import REPOSITORY

README = REPOSITORY / "qc_rules" / "sdk" / "README.md"


def printed_files():
    """The README's code blocks whose first line names a file."""
    blocks = re.findall(
        r"^```(?:toml|python|yaml)\n# (\S+)\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S
    )
    return dict(blocks)


def install(folder):
    """What pip makes of the README's files: the package, and the distribution's facts from its pyproject.toml."""
    files = printed_files()
    project = tomllib.loads(files["pyproject.toml"])["project"]
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text, encoding="utf-8")
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    points = project["entry-points"]["qc_rules"]
    (info / "entry_points.txt").write_text(
        "[qc_rules]\n" + "".join(f"{name} = {module}\n" for name, module in points.items()), encoding="utf-8"
    )


def run(folder, *arguments):
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_readmes_pack_is_found_and_loaded(tmp_path):
    install(tmp_path)
    code = (
        "import qc_rules\n"
        "options = {'AC01': {'phrases': ['bye for now']}}\n"
        "print([(a.pack.name, a.pack.version, a.rule.phrases) for a in qc_rules.load(options=options)"
        " if a.rule.id == 'AC01'])"
    )
    done = run(tmp_path, "-c", code)
    assert done.stdout.strip() == "[('acme', '1.0', ('bye for now',))]", done.stderr


def test_the_readmes_own_cases_pass(tmp_path):
    install(tmp_path)
    done = run(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_rules.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout


def test_the_readmes_operator_asks_what_it_says(tmp_path):
    [source] = re.findall(
        r"^```python\n(from dataclasses.*?class LongTurn.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S
    )
    check = """
from qc_rules.language import parse_rules
from qc_rules.testing import call
from qc_rules import judge
[kind] = parse_rules("{id: ZZ01, conditions: {long: {role: agent, long_turn: 40}}, when: long}", "x", {"long_turn": LongTurn})
print([judge(call(f"agent@0-{end}: a"), [kind()])[0].result for end in (39, 40)])
"""
    done = run(tmp_path, "-c", source + check)
    assert done.stdout.strip() == "['clear', 'hit']", done.stderr


def test_what_the_readme_writes_of_cases_and_calls_is_read(tmp_path):
    text = README.read_text(encoding="utf-8").partition("## Cases")[2]
    [case] = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    [parsed] = parse_cases(case, "README.md")
    assert [turn.span for turn in parsed.call.turns] == [(0, 2), (12, 15), (16, 18), (19, 21)]
    assert parsed.call.turns[3].interrupts
    install(tmp_path)
    [code] = re.findall(r"^```python\n(.*?)^```", text, re.M | re.S)
    assert run(tmp_path, "-c", code).returncode == 0
