"""`callqa eval` as people and scripts use it."""

import json
from pathlib import Path

import pytest

from callqa.evaluate.demo import write_manifest


@pytest.fixture
def one_call(tmp_path) -> Path:
    """A manifest of one of the demo's calls."""
    lines = Path(write_manifest(tmp_path / "demo.jsonl")).read_text(encoding="utf-8").splitlines()
    path = tmp_path / "one.jsonl"
    path.write_text("\n".join(line for line in lines if "093005-a3.mp3" in line), encoding="utf-8")
    return path


@pytest.mark.slow
def test_eval_shows_rates_and_names_the_demo_model(callqa, one_call, demo_settings):
    code, out, _ = callqa("eval", one_call, "--lake", demo_settings.lake.root)
    assert code == 0
    assert "CER" in out
    assert "these figures say nothing about SenseVoice" in out
    assert "Unicode NFKC" in out


@pytest.mark.slow
def test_eval_compares_settings_and_writes_the_whole_report(callqa, one_call, demo_settings, tmp_path):
    code, out, _ = callqa(
        "eval", one_call, "--lake", demo_settings.lake.root, "--compare", "engine.use_itn=false", "--json", "--out", tmp_path / "report.json"
    )  # fmt: skip
    printed = json.loads(out)
    assert code == 0
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == printed
    assert [one["settings"] for one in printed["evaluations"]] == ["as set", "engine.use_itn=false"]
    (comparison,) = printed["comparisons"]
    assert (comparison["first"], comparison["second"]) == ("as set", "engine.use_itn=false")
    assert comparison["rates"][0]["first"] == printed["evaluations"][0]["rates"][0]["rate"]
    assert comparison["rates"][0]["second"] == printed["evaluations"][1]["rates"][0]["rate"]


@pytest.mark.slow
def test_eval_of_a_manifest_with_a_broken_line_says_where_and_ends_with_an_error(callqa, one_call, demo_settings):
    one_call.write_text('{"audio": "x.wav"}\n' + one_call.read_text(encoding="utf-8"), encoding="utf-8")
    code, out, _ = callqa("eval", one_call, "--lake", demo_settings.lake.root)
    assert code == 3
    assert "1 lines cannot be used" in out
    assert f"{one_call}:1: it has no 'text'" in out.replace("\n", "")
    assert "CER" in out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "one of a manifest and --demo is needed"),
        (("nowhere.jsonl",), 3, "cannot read nowhere.jsonl"),
        (("nowhere.jsonl", "--demo"), 2, "one of a manifest and --demo is needed"),
        (("--demo", "--compare", "engine.precison=fp32"), 2, "did you mean engine.precision?"),
        (("--demo", "--compare", "engine.precision=int4"), 2, "engine.precision = 'int4'"),
        (("--demo", "--compare", "fast"), 2, "'fast' is no assignment"),
        (("--demo", "--against", "no.toml"), 2, "no settings file no.toml"),
        (("--demo", "--model", "no/such/model/here"), 5, "there is no such folder"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_heard(callqa, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    found, _, err = callqa("eval", *arguments, "--lake", tmp_path / "lake")
    assert found == code
    assert message in err


def test_of_several_settings_the_first_is_what_the_others_are_compared_with(demo_settings):
    from callqa.cli.evaluate import variants_of

    found = variants_of(demo_settings, [], ["engine.precision=int8", "engine.precision=fp32 engine.name=onnx"], [])
    assert [name for name, _ in found] == ["engine.precision=int8", "engine.precision=fp32 engine.name=onnx"]
    assert [(chosen.engine.precision, chosen.engine.name) for _, chosen in found] == [
        ("int8", "auto"),
        ("fp32", "onnx"),
    ]
    two = variants_of(demo_settings, ["demo", "elsewhere"], [], [])
    assert [chosen.engine.model for _, chosen in two] == ["demo", "elsewhere"]
