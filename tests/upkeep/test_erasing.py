"""Calls that leave no trace."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path

import pytest

from callqa import storage, upkeep, warehouse
from callqa.errors import HeldError, RunAtWorkError, SourceError, UsageError
from callqa.settings import Settings
from callqa.upkeep import certificate
from tests import rows
from tests.traces import find
from tests.upkeep import lakes
from tests.upkeep.lakes import CALL, DAY, NOW

WHO = {"by": "li", "reason": "asked for by letter 12", "now": NOW}


@pytest.fixture
def filled(tmp_path):
    return lakes.filled(tmp_path)


def erase(chosen, *calls, **more):
    return upkeep.erase(chosen, calls or [(DAY, CALL)], **{**WHO, **more})


@dataclasses.dataclass
class Erased:
    """A lake before and after an erasure."""

    chosen: Settings
    others: dict[str, list[tuple]]
    cache: set[str]
    made: upkeep.Certificate


@pytest.fixture(scope="module")
def erased(tmp_path_factory) -> Erased:
    chosen = lakes.filled(tmp_path_factory.mktemp("erased"))
    root = Path(chosen.lake.root)
    (root / "upkeep.lock").touch()
    before, others = lakes.listing(root), lakes.others(chosen)
    found = {path.split("/")[0] for path, _ in find(root, lakes.needles(chosen))}
    assert found == {"audit", "cache", "console", "exports", "listen", "quarantine", "runs", "tries", "warehouse"}
    tried = erase(chosen, dry_run=True)
    assert lakes.listing(root) == before, "a dry run changes nothing"
    assert (tried.removed["published rows"].rows, tried.removed["cache"].files) == (5, 5)
    return Erased(chosen, others, set(lakes.listing(root / "cache")), erase(chosen))


def test_after_an_erasure_nothing_of_the_call_is_in_any_file(erased):
    assert find(erased.chosen.lake.root, lakes.needles(erased.chosen)) == []
    assert erased.made.complete
    assert erased.made.left == []


def test_other_calls_are_as_before(erased):
    assert lakes.others(erased.chosen) == erased.others


def test_the_certificate_counts_what_went_by_place(erased):
    removed = erased.made.removed
    assert removed["cache"].files == 5
    assert removed["published rows"].rows == 5
    assert all(removed[place].files for place in ("runs", "quarantine", "exports", "other files"))


def test_samples_of_the_call_go_and_others_forget_its_name(erased):
    folder = Path(erased.chosen.lake.root) / "console" / "samples"
    names = [storage.read_json(path)["name"] for path in sorted(folder.iterdir())]
    assert names == [f"like {'*' * len(CALL)}, again", "week 2"]
    went = erased.made.removed["samples to review"]
    assert (went.files, went.rows) == (1, 1)


def test_what_was_tried_of_the_recording_goes_and_the_rest_stays(erased):
    tries = Path(erased.chosen.lake.root) / "tries" / "5e7f"
    assert {path.name[0] for path in tries.iterdir()} - {"a"} == {"c"}
    assert erased.made.removed["tries"].files == 5


def test_the_entries_of_other_calls_stay_in_the_caches(erased):
    assert len(erased.cache - set(lakes.listing(Path(erased.chosen.lake.root) / "cache"))) == 5


def test_the_audit_trail_keeps_who_and_when_and_its_chain(erased):
    lines = (Path(erased.chosen.lake.root) / "audit" / "2026-02.jsonl").read_bytes().splitlines()
    entries = [json.loads(line) for line in lines]
    assert [entry["call_id"] for entry in entries] == ["c-000", "*" * len(CALL), "c-001"]
    assert {entry["person"] for entry in entries} == {"li"}
    for entry, line in zip(entries[1:], lines, strict=False):
        assert entry["before"] == hashlib.sha256(line).hexdigest()


def test_the_flat_file_of_the_day_has_the_other_calls(erased):
    file = Path(erased.chosen.lake.root) / "warehouse" / "daily_qc" / f"{DAY}.json"
    assert [entry["call_id"] for entry in storage.read_json(file)] == ["c-000", "c-001", "c-002"]


def test_the_certificate_names_no_call_and_proves_itself(erased, tmp_path):
    folder = Path(erased.chosen.lake.root) / "certificates"
    path = folder / f"{erased.made.id}.json"
    assert certificate.check(path)
    plain = storage.read_json(path)
    assert (plain["by"], plain["reason"]) == ("li", "asked for by letter 12")
    assert plain["searched"]["files"] > 20
    assert plain["searched"]["for"]["call id"] == 1
    assert [call["day"] for call in plain["request"]["calls"]] == [str(DAY)]
    text = (folder / f"{erased.made.id}.txt").read_text(encoding="utf-8")
    assert "Nothing was found." in text
    assert CALL not in text
    assert not certificate.check(storage.write_json(tmp_path / "forged.json", {**plain, "by": "wang"}))


def test_with_keep_the_recording_stays_and_the_register_keeps_it_from_coming_back(erased):
    assert "1 recording(s) in the source" in erased.made.not_removed[0]["what"]
    assert (Path(erased.chosen.source.root) / str(DAY) / f"{CALL}.wav").exists()
    assert warehouse.erased_register(erased.chosen.lake, DAY).has_call(CALL)


def test_erasing_twice_finds_nothing_the_second_time(erased):
    again = erase(erased.chosen)
    assert again.complete
    assert {place: went for place, went in again.removed.items() if went.rows} == {}
    assert again.days[str(DAY)].startswith("as it was")


def test_recordings_and_their_rows_go_where_that_is_asked_for(filled):
    folder = Path(filled.source.root) / str(DAY)
    before = (folder / "calls.csv").read_bytes()
    made = erase(filled, delete_recordings=True)
    assert not (folder / f"{CALL}.wav").exists()
    kept = b"".join(record for record in before.split(b"\n") if CALL.encode() in record)
    assert kept
    assert CALL.encode() not in (folder / "calls.csv").read_bytes()
    assert (folder / "calls.csv").read_bytes().count(b'"two\nlines"') == before.count(b'"two\nlines"') - 1
    assert made.not_removed == []
    assert made.removed["recordings in the source"].files == 1
    assert find(folder, [CALL]) == []


def test_a_refused_day_with_another_call_under_a_hold_is_not_touched(filled):
    warehouse.place_hold(filled.lake, DAY, "c-000", by="wang", reason="court asks", matter="12/26")
    with pytest.raises(HeldError, match="quarantine/2026-01-05/refused-1 has a call"):
        erase(filled)
    shutil.rmtree(Path(filled.lake.root) / "quarantine")
    before = lakes.others(filled)
    assert erase(filled).complete
    assert lakes.others(filled) == before


def test_a_call_of_another_day_with_the_same_id_and_the_same_recording_is_another_call(filled):
    before = warehouse.query(filled.lake, "select * from calls where call_date = ? order by all", [lakes.NEXT])[1]
    assert "c-001" in {row[1] for row in before}
    made = erase(filled, (DAY, "c-001"))
    assert made.left == []
    assert made.not_removed[0]["why"].startswith("another call has the same recording")
    assert (
        warehouse.query(filled.lake, "select * from calls where call_date = ? order by all", [lakes.NEXT])[1] == before
    )
    assert find(Path(filled.lake.root) / "warehouse" / "files" / "calls" / f"call_date={DAY}", ["c-001"]) == []
    assert (Path(filled.lake.root) / "runs" / f"{lakes.NEXT}__run-2").is_dir()


def test_the_reason_may_not_name_the_call(filled):
    with pytest.raises(UsageError, match="would stay in the certificate"):
        erase(filled, reason=f"he asked to erase {CALL}")


def test_a_recording_that_came_under_the_same_id_goes_too(tmp_path):
    chosen = lakes.settings(tmp_path)
    day = lakes.made(chosen)
    double = rows.rejected(f"{CALL}~2", DAY, "duplicate_id")
    double = dataclasses.replace(double, reject_detail=f"call_id {CALL} belongs to two")
    lakes.publish(chosen, dataclasses.replace(day, calls=[*day.calls, double]))
    assert erase(chosen).complete
    assert find(chosen.lake.root, [CALL]) == []


def test_a_source_that_refuses_is_named_and_the_erasure_is_not_complete(filled, monkeypatch):
    def refuse(_uri, _storage):
        raise SourceError("read-only", remedy="ask its owner")

    monkeypatch.setattr("callqa.upkeep.source.delete", refuse)
    made = erase(filled, delete_recordings=True)
    assert made.left == [{"file": "the source", "kinds": ["recording"]}]
    assert find(filled.lake.root, lakes.needles(filled)) == []


@pytest.mark.parametrize("whole_day", [False, True])
def test_a_held_call_refuses_the_whole_erasure_and_names_the_hold(filled, whole_day):
    held = None if whole_day else CALL
    warehouse.place_hold(filled.lake, DAY, held, by="wang", reason="court asks", matter="12/26")
    before = lakes.listing(Path(filled.lake.root))
    with pytest.raises(HeldError, match=r"12/26 \(court asks\)"):
        erase(filled, (DAY, "c-000"), (DAY, CALL))
    after = lakes.listing(Path(filled.lake.root))
    assert {path: digest for path, digest in after.items() if "upkeep.lock" not in path} == before


def test_an_unknown_call_is_told_the_nearest(filled):
    with pytest.raises(UsageError, match=r"did you mean C-88231-x"):
        erase(filled, (DAY, "C-88231"))


def test_a_call_of_a_day_that_was_never_published_is_erased_and_never_comes(tmp_path):
    chosen = lakes.settings(tmp_path)
    lakes.source(chosen, DAY, ["c-000", CALL])
    made = erase(chosen)
    assert made.complete
    assert made.days == {str(DAY): "never published"}
    assert warehouse.erased_register(chosen.lake, DAY).has_call(CALL)


def test_a_run_that_is_at_work_is_not_broken(filled):
    day = dataclasses.replace(lakes.made(filled), findings=[])
    lakes.run(filled, day, "begun")
    now = dt.datetime.now(dt.UTC)
    with pytest.raises(RunAtWorkError, match=r"begun.*has not ended"):
        erase(filled, now=now)
    assert find(Path(filled.lake.root) / "runs" / f"{DAY}__begun", [CALL])
    assert erase(filled, now=now + dt.timedelta(hours=4)).complete


def test_a_day_that_waits_for_a_decision_is_not_touched(filled):
    now = dt.datetime.now(dt.UTC)
    lakes.refused(filled, lakes.made(filled), "waits", now.timestamp())
    with pytest.raises(RunAtWorkError, match="nobody has decided"):
        erase(filled, now=now)


def test_a_run_of_other_calls_may_be_at_work(filled):
    lakes.run(filled, lakes.made(filled, lakes.NEXT, "D-2"), "begun")
    assert erase(filled, now=dt.datetime.now(dt.UTC)).complete
    assert (Path(filled.lake.root) / "runs" / f"{lakes.NEXT}__begun").is_dir()


def test_a_call_whose_id_begins_like_another_is_told_apart(tmp_path):
    chosen = lakes.settings(tmp_path)
    day, longer = lakes.made(chosen), lakes.made(chosen, call_id=f"{CALL}-5", others=0)
    both = {
        table: [*getattr(day, table), *getattr(longer, table)] for table in ("calls", "turns", "events", "findings")
    }
    lakes.publish(chosen, dataclasses.replace(day, **both))
    assert erase(chosen).complete
    assert warehouse.query(chosen.lake, "select call_id from calls where call_id like 'C-%'")[1] == [(f"{CALL}-5",)]


@pytest.mark.parametrize(
    ("how", "words"), [("mask", "choose those that are meant: --call 2026-01-05/C-88231-x"), ("drop", "not kept")]
)
def test_nothing_is_erased_by_a_mask_or_where_numbers_are_not_kept(tmp_path, how, words):
    chosen = lakes.filled(tmp_path)
    source = chosen.source.model_copy(update={"customer_number": how})
    with pytest.raises(UsageError) as caught:
        upkeep.erase(chosen.model_copy(update={"source": source}), customer=lakes.NUMBER, **WHO)
    assert words in str(caught.value)
    assert warehouse.query(chosen.lake, "select count(*) from calls where call_id = ?", [CALL])[1] == [(1,)]


def test_all_calls_of_a_hashed_number_go(tmp_path):
    from callqa.fetch.privacy import protect

    keyed = {"customer_number": "hash", "number_key": "k"}
    chosen = lakes.settings(tmp_path, source={**keyed, "root": str(tmp_path / "source")})
    hashed = protect(lakes.NUMBER, chosen.source)
    for day, call_id in ((DAY, CALL), (lakes.NEXT, "E-1-second")):
        made = lakes.made(chosen, day, call_id)
        calls = [dataclasses.replace(c, customer_number=hashed if c.call_id == call_id else None) for c in made.calls]
        lakes.publish(chosen, dataclasses.replace(made, calls=calls))
    done = upkeep.erase(chosen, customer="+86 139-1234-5678", **WHO)
    assert done.complete
    assert len(done.request["calls"]) == 2
    assert find(chosen.lake.root, [CALL, "E-1-second", hashed, lakes.SAID]) == []


def test_what_cannot_be_removed_is_named_and_the_erasure_is_not_complete(filled, monkeypatch):
    monkeypatch.setattr("callqa.upkeep.places.units", lambda *_: {})
    made = erase(filled)
    assert not made.complete
    assert {one["file"].split("/")[0] for one in made.left} == {"exports", "listen", "quarantine", "runs", "tries"}
    assert CALL not in json.dumps(made.plain())
    assert erase(filled).complete is False


def test_a_name_and_a_reason_are_asked_for(filled):
    with pytest.raises(UsageError, match="without a name or a reason"):
        erase(filled, by=" ")
    with pytest.raises(UsageError, match="name calls, or a customer"):
        upkeep.erase(filled, [(DAY, CALL)], "139", **WHO)
