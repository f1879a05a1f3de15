"""A pack that `callqa rules new` wrote: edited, installed by pip, listed, tested, and used by the next run."""

import json

import pytest

from tests.conftest import REPOSITORY
from tests.packs import environments

DAY = "2026-01-05"


@pytest.fixture
def environment(tmp_path):
    return environments.beside_callqa(tmp_path / "environment")


@pytest.fixture
def folder(environment, tmp_path):
    """As `callqa rules new` leaves it."""
    [(code, printed)] = environment.callqa(f"rules new my-pack --folder {tmp_path / 'my-pack'}")
    assert code == 0, printed
    return tmp_path / "my-pack"


@pytest.mark.slow
def test_as_it_is_written_pip_installs_it_and_it_passes_its_own_tests(environment, folder):
    environment.install("--no-deps", "--no-build-isolation", "-e", str(folder))
    done = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=folder)
    assert (done.returncode, "8 passed" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.slow
def test_edited_and_installed_it_is_listed_and_the_next_run_uses_it(environment, folder, quick_settings):
    edit(folder)
    environment.install("--no-deps", "--no-build-isolation", "-e", str(folder))
    where = f"--lake {quick_settings.lake.root} --config {REPOSITORY / 'qa.toml'} --json"
    sql = "select distinct pack, pack_version, rule_version from findings where rule = 'MP02' and outcome = 'hit'"
    listed, tested, ran, found = environment.callqa(
        "rules list --json", "rules test my-pack", f"run --date {DAY} {where}", f'query "{sql}" {where}'
    )
    rules = {row["rule"]: row for row in json.loads(listed[1])["rules"]}
    assert (rules["MP02"]["pack"], rules["MP02"]["version"]) == ("my_pack", 2)
    assert tested[0] == 0, tested[1]
    assert ran[0] == 0, ran[1]
    assert json.loads(ran[1])["hits"]["MP02"]
    assert json.loads(found[1]) == [{"pack": "my_pack", "pack_version": "0.1.0", "rule_version": 2}]


def edit(folder):
    """What an author would do: another rule in the file, a new version, other cases."""
    package = folder / "qc_rules_my_pack"
    rules = (package / "rules.yaml").read_text(encoding="utf-8")
    head = rules.partition("    severity:")[0].replace("version: 1", "version: 2")
    (package / "rules.yaml").write_text(
        head
        + "    conditions:\n      polite: {role: agent, keyword: {any: [您好, hello, thank you]}}\n    when: polite\n",
        encoding="utf-8",
    )
    cases = (package / "cases.yaml").read_text(encoding="utf-8").partition("MP02:")[0]
    own = "MP02:\n  - hit: a greeting\n    call: ['agent: 您好']\n  - clear: none\n    call: ['agent: 喂']\n"
    (package / "cases.yaml").write_text(cases + own, encoding="utf-8")
