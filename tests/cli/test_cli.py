"""The command line as scripts use it: what it prints, and what it ends with."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from callqa.cli.output import quiet_stdout
from tests.conftest import DEMO_CALLS, DEMO_DAYS, REPOSITORY


@pytest.fixture
def a_day(tmp_path) -> Path:
    """A source of one small day: two of the demo's calls."""
    source = tmp_path / "source"
    (source / "2026-01-05").mkdir(parents=True)
    truth = json.loads((DEMO_CALLS / "ground_truth.json").read_text(encoding="utf-8"))
    good = [t for t in truth if t["status"] == "analysed" and t["day"] == "2026-01-05"][:2]
    for row in good:
        shutil.copy(DEMO_CALLS / row["day"] / row["file"], source / "2026-01-05")
    return source


def test_run_prints_the_day_in_numbers(callqa, quick_settings):
    code, out, _ = callqa(
        "run", "--date", DEMO_DAYS[0], "--source", DEMO_CALLS, "--lake", quick_settings.lake.root, "--json"
    )
    result = json.loads(out)
    assert code == 0
    assert (result["day"], result["gate"], result["published"]) == (DEMO_DAYS[0], "passed", True)
    assert result["recordings"] == result["analysed"] + result["invalid"] + result["rejected"]
    assert {"HR01", "SA01", "IV01"} <= set(result["findings"])
    assert sum(result["findings"].values()) > 0


def test_run_tells_people_the_same(callqa, quick_settings):
    code, out, _ = callqa("run", "--date", DEMO_DAYS[0], "--lake", quick_settings.lake.root)
    assert code == 0
    assert "publication 1 of the day" in out
    code, out, _ = callqa("run", "--date", DEMO_DAYS[0], "--lake", quick_settings.lake.root)
    assert "nothing was written" in out


@pytest.mark.slow
def test_json_is_all_there_is_on_standard_output_also_when_the_model_is_loaded(a_day, tmp_path):
    command = [
        sys.executable,
        "-m",
        "callqa",
        "run",
        "--date",
        "2026-01-05",
        "--source",
        a_day,
        "--lake",
        tmp_path / "lake",
        "--json",
    ]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["recordings"] == 2


def write_settings(folder: Path, text: str) -> Path:
    (folder / "qa.toml").write_text(text, encoding="utf-8")
    return folder / "qa.toml"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["run", "--date", "2026-13-45"], 2, ["2026-13-45", "YYYY-MM-DD"]),
        (["run", "--date", "yesterday"], 2, ["yesterday", "YYYY-MM-DD"]),
        (["run", "--date", "2026-1-5"], 2, ["2026-1-5", "YYYY-MM-DD"]),
        (["run", "--date", "2026-W02-1"], 2, ["2026-W02-1", "YYYY-MM-DD"]),
        (["run"], 2, ["--date"]),
        (["run", "--date", "2026-01-05", "--source", "/nowhere/at/all"], 3, ["/nowhere/at/all", "source"]),
        (["run", "--date", "2025-12-25"], 4, ["2025-12-25", "on_empty_day"]),
        (["run", "--date", "2026-01-05", "--config", "none.toml"], 2, ["none.toml"]),
        (["inspect", "no-such.wav"], 3, ["no-such.wav"]),
        (["inspect", "qa.toml", "--roles", "0:boss"], 2, ["boss", "customer"]),
        (["query", "drop table calls"], 2, ["SELECT"]),
        (["query", "select nothing from nowhere"], 2, ["nowhere"]),
        (["frobnicate"], 2, ["frobnicate"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_input_is_refused_with_its_remedy(callqa, quick_settings, arguments, code, said):
    lake = [] if arguments[0] in ("frobnicate",) else ["--lake", quick_settings.lake.root]
    got, out, err = callqa(*arguments, *lake)
    assert (got, out) == (code, "")
    for word in said:
        assert word.lower() in err.lower()


def test_errors_are_json_where_json_is_asked_for(callqa, quick_settings):
    code, out, _ = callqa("run", "--date", "tomorrow", "--lake", quick_settings.lake.root, "--json")
    said = json.loads(out)
    assert (code, said["exit_code"]) == (2, 2)
    assert "tomorrow" in said["error"]
    assert said["remedy"]


def test_an_unknown_key_is_refused_with_a_suggestion(callqa, tmp_path):
    config = write_settings(tmp_path, "[prepare]\nsilence_tolerence = 2\n")
    code, _, err = callqa("run", "--date", "2026-01-05", "--config", config)
    assert code == 2
    assert "did you mean prepare.silence_tolerance?" in err


def test_a_model_folder_without_weights_is_refused_before_anything_is_loaded(callqa, a_day, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(REPOSITORY / "include/callqa/demo/model", model)
    (model / "model.pt").unlink()
    config = write_settings(tmp_path, f'[engine]\nmodel = "{model}"\n')
    for arguments in (
        ["run", "--date", "2026-01-05", "--source", a_day, "--lake", tmp_path / "lake", "--config", config],
        ["model", "check", "--config", config],
    ):
        code, _, err = callqa(*arguments)
        assert code == 5
        assert "model.pt" in err


def test_a_rule_pack_that_fails_to_import_stops_the_run_and_is_named(a_day, tmp_path):
    site = tmp_path / "site"
    (site / "qc_broken-1.0.dist-info").mkdir(parents=True)
    (site / "qc_broken-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: qc-broken\nVersion: 1.0\n")
    (site / "qc_broken-1.0.dist-info" / "entry_points.txt").write_text("[qc_rules]\nbroken = qc_broken\n")
    (site / "qc_broken.py").write_text("import a_package_that_is_not_installed\n")
    command = [
        sys.executable,
        "-m",
        "callqa",
        "run",
        "--date",
        "2026-01-05",
        "--source",
        str(a_day),
        "--lake",
        str(tmp_path / "l"),
    ]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False)
    assert done.returncode == 6, done.stderr
    assert "qc-broken" in done.stderr
    assert "a_package_that_is_not_installed" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "l" / "warehouse" / "files").exists()


def test_inspect_shows_turns_with_emoji_and_findings(callqa, quick_settings, ground_truth):
    angry = next(t for t in ground_truth if "HR01" in t["rules"])
    file = DEMO_CALLS / angry["day"] / angry["file"]
    code, out, _ = callqa("inspect", file, "--lake", quick_settings.lake.root)
    assert code == 0
    assert "😡" in out
    assert "HR01" in out
    code, out, _ = callqa("inspect", file, "--lake", quick_settings.lake.root, "--json")
    shown = json.loads(out)
    assert any(turn["emotion"] == "angry" for turn in shown["turns"])
    assert any(finding["rule"] == "HR01" for finding in shown["findings"])


def test_inspect_of_a_broken_file_says_why(callqa, quick_settings, tmp_path):
    (tmp_path / "zero.wav").touch()
    code, out, _ = callqa("inspect", tmp_path / "zero.wav", "--lake", quick_settings.lake.root)
    assert code == 1
    assert "empty_file" in out


def test_rules_list_names_pack_rule_and_options(callqa):
    code, out, _ = callqa("rules", "list", "--json")
    rules = {row["rule"]: row for row in json.loads(out)["rules"]}
    assert code == 0
    assert set(rules) > {"HR01", "SA01", "IV01", "ES01", "AW01"}
    assert {row["pack"] for row in rules.values()} == {"standard"}
    assert "$complaints" in rules["HR01"]["options"]["keywords"]
    assert callqa("rules", "list")[0] == 0


def test_query_sees_what_is_published(callqa, demo_settings, demo_runs):
    sql = "select call_date, count(*) as n from calls group by call_date order by call_date"
    code, out, _ = callqa("query", sql, "--lake", demo_settings.lake.root, "--json")
    assert code == 0
    assert {row["call_date"]: row["n"] for row in json.loads(out)} == {d: r["recordings"] for d, r in demo_runs.items()}


def test_query_of_a_lake_without_publications_finds_no_rows(callqa, tmp_path):
    code, out, _ = callqa("query", "select call_id from calls", "--lake", tmp_path / "nothing", "--json")
    assert (code, json.loads(out)) == (0, [])


def test_doctor_finds_this_set_up_whole(callqa):
    code, out, _ = callqa("doctor", "--json")
    checks = json.loads(out)
    assert code == 0, [c for c in checks if c["state"] == "failed"]
    assert {"python", "packages", "airflow", "settings", "source", "lake", "rule packs", "model", "engine"} <= {
        c["name"] for c in checks
    }


def test_doctor_says_what_is_missing_and_how_to_get_it(callqa, tmp_path):
    config = write_settings(tmp_path, '[source]\nroot = "gone"\n[engine]\nmodel = "also-gone/"\n')
    code, out, _ = callqa("doctor", "--config", config, "--json")
    failed = {c["name"]: c["remedy"] for c in json.loads(out) if c["state"] == "failed"}
    assert code == 1
    assert {"source", "model"} <= set(failed)
    assert all(failed.values())


@pytest.mark.slow
def test_model_check_reports_the_demo_model(callqa):
    code, out, _ = callqa("model", "check", "demo", "--json")
    assert code == 0
    assert len(json.loads(out)["digest"]) == 64


def test_printing_libraries_do_not_reach_standard_output(capfd):
    with quiet_stdout():
        print("chatter")
        os.write(1, b"deep chatter\n")
    print("result")
    out, err = capfd.readouterr()
    assert out == "result\n"
    assert "chatter" in err
