"""Turns of mood: which calls turn, and what can be heard of them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callqa import listen
from callqa.errors import StageError, UnreachableError
from callqa.reports import folder, making
from callqa.reports.period import Period
from callqa.settings import RetentionSettings
from tests.reports import lakes

CALL = "call-0105-000"


@pytest.fixture
def chosen(tmp_path):
    return lakes.settings(tmp_path, languages=["en"], clips=4, clip_seconds=20.0)


def made(chosen, tmp_path, **changes):
    lakes.publish(chosen, lakes.made(folder=tmp_path / "source", **changes), tmp_path)
    return making.make(chosen, Period.of(lakes.DAY), pages=["shifts"], out=tmp_path / "out")


def html(report) -> str:
    return Path(report.pages["shifts"]["en"]).read_text(encoding="utf-8")


def test_the_sound_before_and_after_a_turn_lies_beside_the_page_and_is_silent_where_a_card_is_said(chosen, tmp_path):
    report = made(chosen, tmp_path)
    before, rate = soundfile.read(report.folder / "clips" / "01-before.flac", always_2d=True)
    after, _ = soundfile.read(report.folder / "clips" / "01-after.flac", always_2d=True)
    original, _ = soundfile.read(tmp_path / "source" / f"{CALL}.wav", always_2d=True)
    assert len(before) == len(after) == 20 * rate
    # The customer turns to anger at 30 s; the card number is said from 12 to 16 s, on the customer's channel.
    assert np.array_equal(after, original[30 * rate : 50 * rate])
    assert not before[2 * rate : 6 * rate, 1].any()
    assert np.array_equal(before[7 * rate :], original[17 * rate : 30 * rate])
    assert np.array_equal(before[2 * rate : 6 * rate, 0], original[12 * rate : 16 * rate, 0])
    assert sorted(path.name for path in report.folder.iterdir()) == ["clips", "report.json", "shifts.en.html"]


def test_what_was_said_around_the_turn_stands_beside_it(chosen, tmp_path):
    text = html(made(chosen, tmp_path))
    first = text[text.index("<article") : text.index("</article>")]
    before, after = first.split("The 20 s after")[0], first.split('"side"')[-1]
    assert "不归我管" in before
    assert "我要投诉到12378" in after
    assert "我要投诉到12378" not in before
    assert f"请问有什么可以帮您 {CALL}" not in first, "that was more than twenty seconds before"


def test_calls_that_turn_are_counted_and_those_from_joy_come_first(chosen, tmp_path):
    day = lakes.made(folder=tmp_path / "source")
    joyful = next(i for i, turn in enumerate(day.turns) if turn.call_id == "call-0105-003" and turn.turn == 1)
    day = day.replace("turns", joyful, emotion="happy")
    upset = next(i for i, turn in enumerate(day.turns) if turn.call_id == "call-0105-001" and turn.turn == 1)
    day = day.replace("turns", upset, emotion="sad")
    unsure = next(i for i, turn in enumerate(day.turns) if turn.call_id == "call-0105-006" and turn.turn == 1)
    day = day.replace("turns", unsure, emotion="unknown")
    lakes.publish(chosen, day, tmp_path)
    report = making.make(chosen, Period.of(lakes.DAY), pages=["shifts"], out=tmp_path / "out")
    assert (report.summary["turned_worse"], report.summary["turned_better"]) == (3, 1)
    text = html(report)
    assert text.index("call-0105-003") < text.index(CALL) < text.index("call-0105-009") < text.index("call-0105-001")
    assert "call-0105-006" not in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"uri": "/nowhere/gone.wav"}, "The recording is gone from the source"),
        ({"sha256": "0" * 64}, "The recording is gone from the source"),
    ],
)
def test_a_recording_that_is_gone_or_another_one_is_not_played_and_the_page_says_so(chosen, tmp_path, change, said):
    report = made(chosen, tmp_path, **change)
    assert said in html(report)
    assert not (report.folder / "clips").exists()


def test_a_storage_that_does_not_answer_is_asked_once_and_again_with_the_next_report(chosen, tmp_path, monkeypatch):
    asked = []

    def down(uri, *_, **__):
        asked.append(uri)
        raise UnreachableError("no answer", remedy="later")

    with monkeypatch.context() as patched:
        patched.setattr(listen, "copy", down)
        report = made(chosen, tmp_path)
    assert len(asked) == 1
    assert html(report).count("could not be reached") > 1
    again = making.make(chosen, Period.of(lakes.DAY), pages=["shifts"], out=tmp_path / "out")
    assert again.changed
    assert (again.folder / "clips" / "01-after.flac").is_file()


def test_a_recording_of_which_nobody_knows_where_it_must_be_silent_is_not_played(chosen, tmp_path):
    day = lakes.made(folder=tmp_path / "source")
    broken = [vars(one) for one in day.turns[1].redactions]
    day = day.replace("turns", 1, redactions=[lakes.Redaction(**{**broken[0], "audio_end": float("nan")})])
    lakes.publish(chosen, day, tmp_path)
    report = making.make(chosen, Period.of(lakes.DAY), pages=["shifts"], out=tmp_path / "out")
    assert "Nobody knows where personal data is said" in html(report)
    assert not (report.folder / "clips").exists()


def test_sound_that_is_kept_no_longer_does_not_come_back_through_a_report(chosen, tmp_path):
    chosen = chosen.model_copy(update={"retention": RetentionSettings(audio_days=30)})
    report = made(chosen, tmp_path)
    assert "The sound is gone: it is kept no longer" in html(report)
    assert not (report.folder / "clips").exists()


def test_a_turn_at_the_very_beginning_has_no_sound_before_it(chosen, tmp_path):
    day = lakes.made(folder=tmp_path / "source")
    day = day.replace("turns", 1, start=0.0, end=0.6).replace("turns", 3, start=0.05, end=8.0)
    lakes.publish(chosen, day, tmp_path)
    report = making.make(chosen, Period.of(lakes.DAY), pages=["shifts"], out=tmp_path / "out")
    assert [path.name for path in (report.folder / "clips").iterdir()] == ["01-after.flac"]
    assert "There is no sound: the call begins or ends here." in html(report)


def test_a_disk_that_is_full_is_named(chosen, tmp_path, monkeypatch):
    open_new = folder.open_new

    def full(path):
        return os.fdopen(os.open("/dev/full", os.O_RDWR), "w+b") if path.suffix == ".flac" else open_new(path)

    monkeypatch.setattr(folder, "open_new", full)
    with pytest.raises(StageError, match="no space left"):
        made(chosen, tmp_path)
    assert not (tmp_path / "out").exists()


def test_no_more_clips_than_the_settings_want(tmp_path):
    report = made(lakes.settings(tmp_path, languages=["en"], clips=0), tmp_path)
    assert report.summary["turned_worse"] == 4
    assert not (report.folder / "clips").exists()
    assert "<article" not in html(report)


def test_a_telephone_menu_has_no_mood_that_turns(chosen, tmp_path):
    day = lakes.made(calls=1, folder=tmp_path / "source").replace("turns", 1, announcement=True)
    lakes.publish(chosen, day, tmp_path)
    report = making.make(chosen, Period.of(lakes.DAY), pages=["shifts"], out=tmp_path / "out")
    assert report.summary["turned_worse"] == 0
