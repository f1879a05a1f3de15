from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import re
import uuid
import warnings

import jsonschema
import numpy as np
import pytest
import soundfile

from callqa import storage
from callqa.contracts import Redaction
from callqa.errors import SourceError, UsageError
from callqa.formats import Options, export_day
from callqa.settings import LakeSettings
from tests import rows
from tests.warehouse.published import publish

with warnings.catch_warnings(record=True):
    from vcon import Vcon

DATE = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$"}
INDEX = {"type": "integer", "minimum": 0, "maximum": 1}
CONTAINER = {
    "type": "object",
    "required": ["vcon", "uuid", "created_at", "redacted", "parties", "dialog", "analysis"],
    "properties": {
        "vcon": {"const": "0.4.0"},
        "uuid": {"type": "string"},
        "extensions": {"const": ["CC"]},
        "created_at": DATE,
        "redacted": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}},
        "parties": {
            "type": "array",
            "items": {"required": ["role"], "properties": {"role": {"enum": ["agent", "customer"]},
                                                           "name": {"type": "string"}},
                      "additionalProperties": False},
        },
        "dialog": {
            "type": "array",
            "items": {
                "required": ["type", "start", "parties", "content_hash"],
                "properties": {
                    "type": {"const": "recording"},
                    "start": DATE,
                    "duration": {"type": "number", "minimum": 0},
                    "parties": {"type": "array", "items": {"anyOf": [INDEX, {"type": "array", "items": INDEX}]}},
                    "originator": INDEX,
                    "mediatype": {"type": "string"},
                    "mimetype": {"type": "string"},
                    "filename": {"type": "string"},
                    "content_hash": {"type": "string", "pattern": r"^sha(256|512)-[A-Za-z0-9_-]+$"},
                    "url": {"type": "string", "pattern": "^https://"},
                    "body": {"type": "string"},
                    "encoding": {"const": "base64url"},
                    "skill": {"type": "string"},
                },
                "additionalProperties": False,
            },
        },
        "analysis": {
            "type": "array",
            "items": {
                "required": ["type", "dialog", "vendor", "product", "schema", "mediatype", "body", "encoding"],
                "properties": {"body": {"type": "string"}, "encoding": {"const": "json"}, "dialog": {"const": 0}},
            },
        },
        "attachments": {"maxItems": 0},
    },
    "additionalProperties": False,
}  # fmt: skip
"""What docs/exports.md declares, in the types of draft-ietf-vcon-vcon-core-01."""


@pytest.fixture(scope="module")
def calls(archive, tmp_path_factory):
    folder, _ = archive.export("vcon", tmp_path_factory.mktemp("vcon"))
    lines = (folder / "calls.vcon.jsonl").read_text(encoding="utf-8").splitlines()
    return {call["dialog"][0]["filename"].removesuffix(".wav"): call for call in map(json.loads, lines)}


def analysis(call, kind):
    return next((json.loads(one["body"]) for one in call["analysis"] if one["type"] == kind), None)


def test_every_vcon_is_of_the_drafts_form_and_the_library_reads_it(calls):
    assert list(calls) == ["c-000", "c-001", "c-003", "c-004"]
    for call in calls.values():
        jsonschema.validate(call, CONTAINER)
        assert Vcon.build_from_json(json.dumps(call)).is_valid() == (True, [])


def test_the_recording_is_referenced_by_its_digest_and_its_url(calls):
    dialog = calls["c-000"]["dialog"][0]
    digest = bytes.fromhex(storage.digest_of("c-000"))
    assert dialog["content_hash"] == "sha256-" + base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert dialog["url"] == "https://recordings.example.org/c-000.wav"
    assert (dialog["parties"], dialog["originator"], dialog["skill"]) == ([0, 1], 0, "claims")
    assert {"body", "encoding"}.isdisjoint(dialog)


def test_a_folder_of_this_machine_is_nobodys_url(calls):
    assert "url" not in calls["c-003"]["dialog"][0]
    assert "originator" not in calls["c-003"]["dialog"][0]


def test_parties_are_the_agent_and_a_customer_without_a_number(calls):
    assert calls["c-003"]["parties"] == [{"role": "agent"}, {"role": "customer"}]
    assert calls["c-000"]["parties"][1] == {"role": "customer"}
    assert calls["c-000"]["parties"][0]["name"].startswith("=HYPERLINK")


def test_the_transcript_is_the_masked_turns(calls):
    transcript = analysis(calls["c-000"], "transcript")
    assert transcript["language"] == "zh"
    assert [(turn["party"], turn["role"], turn["text"]) for turn in transcript["turns"]] == [
        (0, "agent", "您好"), (1, "customer", "我要投诉\n马上"), (None, "unknown", "请稍等"), (1, "system", "再见"),
    ]  # fmt: skip
    assert transcript["turns"][1]["redactions"][0]["kind"] == "bank_card"
    assert calls["c-000"]["redacted"] == {"type": "personal data masked in text"}


def test_findings_and_scorecards_are_analyses(calls):
    findings = analysis(calls["c-000"], "findings")
    assert [(one["rule"], one["outcome"]) for one in findings] == [("HR01", "hit"), ("SA01", "unknown")]
    assert findings[0]["evidence"][0]["text"] == "我要投诉"
    (card,) = analysis(calls["c-000"], "scorecard")
    assert (card["card"], card["score"], card["sections"][1]["score"]) == ("service", 72.5, None)
    assert analysis(calls["c-003"], "scorecard") is None


def test_a_vcon_is_the_same_whenever_it_is_made(archive, calls, tmp_path):
    folder, _ = archive.export("vcon", tmp_path, call="c-000")
    assert json.loads((folder / "c-000.vcon.json").read_text(encoding="utf-8")) == calls["c-000"]
    identities = {uuid.UUID(call["uuid"]) for call in calls.values()}
    assert len(identities) == 4
    assert {(one.version, one.variant) for one in identities} == {(8, uuid.RFC_4122)}


def test_a_call_without_a_start_is_left_out_of_a_day_and_refused_alone(archive, tmp_path):
    _, made = archive.export("vcon", tmp_path)
    assert {(one["calls"], *one["first"]) for one in made["left_out"]} == {(1, "c-002"), (1, "c-broken")}
    with pytest.raises(UsageError, match="no time of start is known"):
        archive.export("vcon", tmp_path, call="c-002")
    with pytest.raises(UsageError, match="rejected: nothing was heard"):
        archive.export("vcon", tmp_path, call="c-broken")
    assert [path.name for path in tmp_path.iterdir() if re.search("_c-", path.name) and any(path.iterdir())] == []


@pytest.fixture
def recorded(tmp_path):
    """A published call of two channels whose recording is there, with a number said in seconds 1 to 2."""
    recording = tmp_path / "calls" / "2026-01-05" / "c-000.wav"
    recording.parent.mkdir(parents=True)
    soundfile.write(recording, np.full((8000 * 4, 2), 0.5), 8000, subtype="PCM_16")
    day = rows.clean(calls=1)
    masked = [Redaction(kind="phone", start=0, end=1, audio_start=1.0, audio_end=2.0)]
    day = dataclasses.replace(
        day.replace("calls", 0, uri=str(recording), sha256=storage.file_digest(recording), duration=4.0),
        turns=[rows.turn("c-000", 0, start=0.5, end=3.0, redactions=masked)],
    )
    lake = LakeSettings(root=str(tmp_path / "lake"))
    return lake, publish(lake, day, tmp_path, run="r1")[0], recording


def test_an_embedded_recording_is_silent_where_personal_data_is_said(recorded, tmp_path):
    lake, publication, _ = recorded
    made = export_day(lake, publication, "vcon", tmp_path / "out", call="c-000", options=Options(audio=True))
    call = json.loads((tmp_path / "out/2026-01-05_c-000/vcon/c-000.vcon.json").read_text(encoding="utf-8"))
    jsonschema.validate(call, CONTAINER)
    assert Vcon.build_from_json(json.dumps(call)).is_valid() == (True, [])
    dialog = call["dialog"][0]
    sound = base64.urlsafe_b64decode(dialog["body"])
    digest = base64.urlsafe_b64encode(hashlib.sha512(sound).digest()).decode().rstrip("=")
    assert dialog["content_hash"] == f"sha512-{digest}"
    samples, rate = soundfile.read(io.BytesIO(sound))
    assert (rate, samples.shape) == (8000, (32000, 2))
    assert np.abs(samples[9000:15000, 0]).max() == 0
    assert np.abs(samples[20000:, 0]).min() > 0.4
    assert call["redacted"]["type"].endswith("silent in the recording")
    assert made["files"] == {"*.vcon.json": 1}


def test_a_recording_that_is_gone_is_an_error_and_leaves_nothing(recorded, tmp_path):
    lake, publication, recording = recorded
    recording.unlink()
    with pytest.raises(SourceError, match=r"c-000.wav is not there any more"):
        export_day(lake, publication, "vcon", tmp_path / "out", options=Options(audio=True))
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []
