"""The demo's calls through the real stages, compared with what was said in them."""

import json
from pathlib import Path

import pytest

from callqa import evaluate
from callqa.evaluate.demo import write_manifest
from tests.conftest import DEMO_CALLS


def nothing(stage: str, done: int, total: int) -> None:
    pass


def lines_of(path: str | Path) -> list[dict]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def demo_lines(tmp_path_factory) -> list[dict]:
    return lines_of(write_manifest(tmp_path_factory.mktemp("demo") / "demo.jsonl"))


def manifest_of(tmp_path: Path, lines: list[dict]) -> evaluate.Manifest:
    path = tmp_path / "manifest.jsonl"
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return evaluate.read(path)


@pytest.fixture(scope="module")
def two_calls(demo_lines, demo_settings, tmp_path_factory) -> dict:
    """The report on an English call and a Cantonese one."""
    lines = [line for line in demo_lines if Path(line["audio"]).name in ("094500-a4.m4a", "093005-a3.mp3")]
    return evaluate.evaluate(manifest_of(tmp_path_factory.mktemp("two"), lines), demo_settings, nothing).report


def test_every_turn_of_the_demo_that_is_whole_has_a_line(demo_lines, ground_truth, tmp_path):
    read = evaluate.read(write_manifest(tmp_path / "demo.jsonl"))
    assert len(demo_lines) == len(read.references) == sum(len(call["turns"]) for call in ground_truth)
    assert (read.problems, read.ignored) == ([], {})
    assert all(Path(reference.audio).is_file() for reference in read.references)


@pytest.mark.slow
def test_calls_that_the_model_knows_come_out_nearly_right(two_calls):
    overall = {row["measure"]: row["rate"] for row in two_calls["rates"] if row["group"] == "all"}
    assert overall["CER"] < 0.1
    assert overall["WER"] < 0.15
    assert two_calls["languages"]["accuracy"] == 1.0
    assert two_calls["recordings"] == 2
    assert {row["value"] for row in two_calls["rates"] if row["group"] == "codec"} == {"mp3", "m4a"}


@pytest.mark.slow
def test_the_demo_model_is_named_for_what_it_is(two_calls):
    assert two_calls["model"]["name"] == "demo"
    assert "nothing about SenseVoice" in two_calls["model"]["caution"]


@pytest.mark.slow
def test_what_cannot_be_heard_is_counted_and_named(demo_lines, demo_settings, tmp_path):
    (tmp_path / "cut.wav").write_bytes((DEMO_CALLS / "2026-01-05" / "091530-a2.wav").read_bytes()[:9000])
    lines = [
        {"audio": "gone.wav", "text": "您好"},
        {"audio": "cut.wav", "text": "请稍等"},
        next(line for line in demo_lines if line["audio"].endswith("093005-a3.mp3")),
    ]
    report = evaluate.evaluate(manifest_of(tmp_path, lines), demo_settings, nothing).report
    assert [item["line"] for item in report["not_heard"]] == [1, 2]
    assert "gone.wav" in report["not_heard"][0]["reason"]
    assert report["not_heard"][1]["reason"].startswith("truncated")
    zh = next(r for r in report["rates"] if (r["group"], r["value"]) == ("language", "zh"))
    assert (zh["tokens"], zh["deletions"], zh["rate"]) == (5, 5, 1.0)


@pytest.mark.slow
def test_masked_numbers_are_compared_as_they_were_heard(demo_lines, demo_settings, tmp_path):
    """A mask would count as eleven wrong digits."""
    lines = [line for line in demo_lines if "13800138000" in line["text"]]
    assert lines
    found = evaluate.evaluate(manifest_of(tmp_path, lines), demo_settings, nothing)
    assert all("*" not in row.hypothesis.text for row in found.rows)
    assert any("38" in "".join(row.tokens) for row in found.rows)


@pytest.mark.slow
def test_an_evaluation_comes_out_the_same_twice_and_without_its_caches(demo_lines, demo_settings, tmp_path):
    lines = [line for line in demo_lines if line["audio"].endswith("103000-c7.mp3")]
    manifest = manifest_of(tmp_path, lines)
    first = evaluate.evaluate(manifest, demo_settings, nothing).report
    assert evaluate.evaluate(manifest, demo_settings, nothing).report["rates"] == first["rates"]
    elsewhere = demo_settings.with_folders(lake=str(tmp_path / "lake"))
    assert evaluate.evaluate(manifest, elsewhere, nothing).report["rates"] == first["rates"]
