"""A lake with something of a call in every place that callqa knows, made of rows instead of recordings."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from callqa import arrow, contracts, formats, storage, warehouse
from callqa.contracts import Clip, ClipAudio, GateResult, GateSample, Prepared, Review, Segment
from callqa.publish import aside
from callqa.settings import Settings
from callqa.transcribe.choice import Kind
from callqa.transcribe.engine import ModelIdentity
from callqa.transcribe.recordings import Heard, HeardCache, RecordingClips
from tests import rows

DAY = rows.DAY
NEXT = DAY + dt.timedelta(days=1)
CALL = "C-88231-x"
NUMBER = "13912345678"
MASKED = "139****5678"
SAID = "我昨天在虹桥机场把行李弄丢了"
ANSWER = "很抱歉，我帮您登记遗失的行李"
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(2026, 1, 20, tzinfo=dt.UTC).timestamp()


def settings(tmp_path: Path, **sections: dict[str, Any]) -> Settings:
    """Settings over a lake and a source of a test's own."""
    chosen = Settings().with_folders(source=str(tmp_path / "source"), lake=str(tmp_path / "lake"))
    changes = {
        name: getattr(chosen, name).model_validate({**getattr(chosen, name).model_dump(), **values})
        for name, values in sections.items()
    }
    return chosen.model_copy(update=changes)


def audio(call_id: str) -> bytes:
    return b"RIFF" + hashlib.sha256(call_id.encode()).digest() * 40


def source(chosen: Settings, day: date, ids: list[str]) -> Path:
    """Recordings of a day and their side-car."""
    folder = Path(chosen.source.root) / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["file,call_id,customer_number,note"]
    for call_id in ids:
        (folder / f"{call_id}.wav").write_bytes(audio(call_id))
        number = NUMBER if call_id == CALL else f"1380000{len(lines):04}"
        lines.append(f'{call_id}.wav,{call_id},{number},"two\nlines"')
    (folder / "calls.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def made(chosen: Settings, day: date = DAY, call_id: str = CALL, others: int = 3) -> rows.Day:
    """The rows of a day: a call with findings, and others."""
    clean = rows.clean(day, others)
    folder = Path(chosen.source.root) / day.isoformat()
    calls = [
        *clean.calls,
        rows.call(
            call_id, day, customer_number=MASKED if call_id == CALL else None, customer_id=f"customer of {call_id}"
        ),
    ]
    calls = [
        dataclasses.replace(
            call,
            uri=str(folder / call.file_name),
            sha256=call.sha256 and hashlib.sha256(audio(call.call_id)).hexdigest(),
            size_bytes=len(audio(call.call_id)),
        )
        for call in calls
    ]
    texts = (ANSWER, SAID) if call_id == CALL else ("您好，请问有什么可以帮您", "我想查一下上个月的账单明细")
    turns = [rows.turn(call_id, n, day, text=t, text_match=t, text_raw=f"<|zh|>{t}") for n, t in enumerate(texts)]
    evidence = [contracts.Evidence(turn=1, start=10.0, end=19.0, text=texts[1], condition="lost")]
    finding = rows.finding(call_id, day=day, message=f"said: {texts[1]}", evidence=evidence)
    recordings = [arrow.widen(contracts.Recording, call) for call in calls]
    return dataclasses.replace(
        clean,
        calls=calls,
        turns=[*clean.turns, *turns],
        events=[*clean.events, rows.event(call_id, day=day)],
        findings=[*clean.findings, finding],
        recordings=recordings,
    )


def run(chosen: Settings, day: rows.Day, run_id: str = "run-1") -> dict[str, Any]:
    """A run's folder as the stages leave it; returns what export does."""
    folder = storage.run_folder(chosen.lake.root, f"{day.day}__{run_id}")
    day.manifest(folder)
    prepared = [arrow.widen(Prepared, call) for call in day.calls]
    storage.write_rows(folder / "prepare" / "shard-000.recordings.parquet", Prepared, prepared)
    clips = [clip for call in day.calls if call.status == "analysed" for clip in cached(chosen, call)]
    storage.write_rows(folder / "prepare" / "shard-000.clips.parquet", Clip, clips)
    said = {turn.call_id: turn.text_raw for turn in day.turns}
    segments = [segment(clip, said[clip.call_id]) for clip in clips]
    storage.write_rows(folder / "transcribe" / "shard-000.parquet", Segment, segments)
    return day.exported(folder)


def cached(chosen: Settings, call: contracts.Call) -> list[Clip]:
    """A call's entries in both caches; returns its clips."""
    entries = storage.Cache(chosen.lake.root, "prepare", "json")
    key = entries.key(call.sha256, call.audio_version)
    place = {"channel": 0, "start": 0.0, "end": 9.0, "kind": "speech", "loudness": -20.0, "speaker": None}
    facts = {"duration": 60.0 + len(call.call_id) + sum(map(ord, call.call_id)) / 1e4, "channels": 2}
    storage.write_json(entries.path(key), {"facts": facts, "clips": [place]})
    path = storage.Cache(chosen.lake.root, "prepare").path(key)
    storage.write_rows(path, ClipAudio, [ClipAudio(clip=0, pcm=audio(call.call_id))])
    of = {"call_id": call.call_id, "sha256": call.sha256, "language_hint": "auto", "audio_version": call.audio_version}
    clips = [Clip(clip=0, **place, **of, audio=str(path))]
    heard = HeardCache(chosen.lake.root, chosen.engine, ModelIdentity("", "demo", call.asr_digest))
    name = heard.key(RecordingClips(call.sha256, call.audio_version, "auto", clips), Kind("onnx", "int8"))
    text = f"<|zh|>{SAID}" if call.call_id == CALL else f"<|zh|>您好我是{call.call_id}"
    storage.Cache(chosen.lake.root, "transcribe").put_rows(name, Heard, [Heard(clip=0, text_raw=text, confidence=0.9)])
    return clips


def segment(clip: Clip, text: str) -> Segment:
    known = {name: getattr(clip, name) for name in ("call_id", "channel", "clip", "start", "end", "kind", "loudness")}
    return Segment(**known, text_raw=text, confidence=0.9, asr_model="demo", asr_digest="d1")


def publish(chosen: Settings, day: rows.Day, run_id: str = "run-1") -> contracts.Publication:
    """Run and publish a day."""
    exported = run(chosen, day, run_id)
    files = {table: exported[table] for table in contracts.TABLES}
    wanted = warehouse.DayFiles(
        day=day.day,
        run_id=run_id,
        attempt=1,
        files=files,
        digests={table: storage.file_digest(path) for table, path in files.items()},
        gate_result_id="gate",
        gate_results=gate_results(chosen, day, run_id),
        companions={"daily_qc": exported["daily_qc"]},
    )
    return warehouse.publish_day(chosen.lake, wanted)[0]


def gate_results(chosen: Settings, day: rows.Day, run_id: str) -> str:
    """What the gate found: two calls as samples, the last of the day among them."""
    row = GateResult(
        call_date=day.day, gate_result_id="gate", position=0, check="calls.known", table="calls", severity="warning",
        result="failed", observed=2.0, rows=5, low=None, high=0.0, sentence="It protects.",
        samples=[GateSample(call_id=call.call_id, turn=1, value="1") for call in (day.calls[0], day.calls[-1])],
    )  # fmt: skip
    folder = storage.run_folder(chosen.lake.root, f"{day.day}__{run_id}")
    return storage.write_rows(folder / "gate" / "results.parquet", GateResult, [row])


def refused(chosen: Settings, day: rows.Day, run_id: str, since: float = LONG_AGO) -> Path:
    """A refused day in the quarantine."""
    exported = run(chosen, day, run_id)
    folder = Path(chosen.lake.root) / "runs" / f"{day.day}__{run_id}"
    audited = {"id": "x", "day": str(day.day), "passed": False, "checks": [], "samples": [{"call_id": CALL}]}
    result = storage.write_json(folder / "gate" / "audit.json", {**audited, "files": {}})
    about = {"run_id": run_id, "based_on": 0, "origin": None}
    put = aside.put(exported, [result], audited, about, lake=chosen.lake.root)
    age(put, since)
    age(folder, since)
    return put


def age(path: Path, when: float = LONG_AGO) -> None:
    """Let a file or folder be as old as that."""
    for one in (path, *path.rglob("*")):
        os.utime(one, (when, when))


def filled(tmp_path: Path, **sections: dict[str, Any]) -> Settings:
    """Two published days, the first of them twice, and traces of CALL in every place."""
    chosen = settings(tmp_path, **sections)
    day = made(chosen)
    source(chosen, DAY, [call.call_id for call in day.calls])
    publish(chosen, made(chosen, others=2), "run-0")
    publication = publish(chosen, day)
    publish(chosen, made(chosen, NEXT, "D-1", others=2), "run-2")
    refused(chosen, dataclasses.replace(day, events=[]), "refused-1")
    known = {"rule": "HR01", "rule_version": 1, "verdict": "confirmed", "reviewer": "li", "at": NOW}
    reviews = [Review(call_date=DAY, call_id=one, note=f"of {one}", **known) for one in (CALL, "c-000")]
    warehouse.add_reviews(chosen.lake, reviews)
    root = Path(chosen.lake.root)
    formats.export_day(chosen.lake, publication, "csv", root / "exports")
    formats.export_day(chosen.lake, publication, "xlsx", root / "exports")
    (root / "listen").mkdir()
    (root / "listen" / f"{DAY}_{CALL}.flac").write_bytes(b"fLaC" + audio(CALL))
    listened = storage.Cache(root, "listen", "wav").path(f"{day.calls[-1].sha256}-0123456789abcdef")
    for copy in (listened, listened.with_suffix(".json")):
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(b"[]")
    audited(root)
    sample(root, "0123456789abcdef", name="week 1", call=CALL)
    sample(root, "0123456789abcdf0", name=f"like {CALL}, again")
    sample(root, "0123456789abcdf1", name="week 2")
    tried(root, "a" * 32, audio(CALL), {"shown": "upload.wav"})
    tried(root, "b" * 32, None, {"shown": f"{CALL}.wav"})
    tried(root, "c" * 32, audio("other"), {"shown": "other.wav"})
    storage.write_json(root / "runs" / "rejudge__1" / "summary.json", {"days": [{"call_id": CALL, "text": SAID}]})
    return chosen


def sample(root: Path, seed: str, *, name: str, call: str = "", first: date = DAY, last: date = NEXT) -> Path:
    """A sample of findings to review, as the console keeps it."""
    filters = [["from", str(first)], ["to", str(last)], *([["call", call]] if call else [])]
    plain = {"name": name, "kind": "random", "size": 9, "filters": filters, "rule": None, "seed": seed}
    path = root / "console" / "samples" / f"{seed}.json"
    storage.write_json(path, {**plain, "made_by": "li", "made_at": NOW.isoformat()})
    return path


def tried(root: Path, name: str, recording: bytes | None, about: dict[str, Any]) -> Path:
    """A recording that somebody tried, of a server that has ended: not heard yet, or heard, with its result."""
    job = root / "tries" / "5e7f" / name
    storage.write_json(job / "job.json", {"person": "li", "begun": NOW.timestamp(), **about})
    if recording is not None:
        (job / "recording").write_bytes(recording)
        return job
    storage.write_json(job / "answer.json", {"seconds": 1.0})
    turn = rows.turn("upload", 0, DAY, text=SAID)
    storage.write_rows(job / "result" / "turns.parquet", contracts.Turn, [turn])
    return job


def audited(root: Path) -> None:
    """An audit trail as the console writes it: each line has the digest of the one before."""
    before = "0" * 64
    (root / "audit").mkdir()
    with (root / "audit" / "2026-02.jsonl").open("wb") as file:
        for call_id in ("c-000", CALL, "c-001"):
            entry = {"action": "listen", "before": before, "call_date": str(DAY), "call_id": call_id, "person": "li"}
            line = json.dumps(entry, sort_keys=True).encode()
            before = hashlib.sha256(line).hexdigest()
            file.write(line + b"\n")


def needles(chosen: Settings) -> list[str]:
    """What must not be found of CALL; its id and file name, its customer, what was said, its recording."""
    digest = hashlib.sha256(audio(CALL)).hexdigest()
    return [CALL, f"{CALL}.wav", MASKED, f"customer of {CALL}", SAID, ANSWER, digest]


def listing(folder: Path) -> dict[str, str]:
    """Every file with its digest."""
    return {
        str(path.relative_to(folder)): storage.file_digest(path) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def others(chosen: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """What readers see of all calls but CALL."""
    return others_of(chosen, CALL)


def others_of(chosen: Settings, call_id: str) -> dict[str, list[tuple[Any, ...]]]:
    """What readers see of all calls but one."""
    tables = [*contracts.TABLES, "reviews"]
    sql = "select * from {} where call_id <> ? order by all"
    return {table: warehouse.query(chosen.lake, sql.format(table), [call_id])[1] for table in tables}
