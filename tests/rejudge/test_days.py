"""Rules run again over published days: what readers see afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from callqa import rejudge, storage, turns, warehouse
from callqa.contracts import INCOMPLETE
from callqa.errors import RulePackError, RunAtWorkError, StageError, StalePublicationError, UsageError
from callqa.rejudge import Choice, steps
from tests.rejudge.packs import word_rule
from tests.rejudge.published import DAY, call_row, calls, hits, publish, rows_of

ALL = Choice()
ACME = Choice(packs=("acme",))
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def a_day(acme, settings, tmp_path):
    """Three calls judged by AC01 (投诉) and AC02 (退款), and a recording that nobody heard."""
    acme.install(word_rule("AC01", "投诉", flags=("risk",)), word_rule("AC02", "退款"))
    day = calls(c1="我要投诉", c2="我要退款", c3="谢谢", c4=None)
    publish(settings, day, tmp_path)
    return day


def run(settings, choice=ALL, first=DAY, last=DAY, **more):
    return rejudge.rejudge(settings, first, last, choice, **more)


def outcomes(result) -> list[str]:
    return [
        entry["outcome"] + "".join(f": {reason}" for reason in entry.get("reasons", ())) for entry in result["days"]
    ]


def test_the_same_rules_change_nothing_and_publish_nothing(a_day, settings):
    before = {table: rows_of(settings, table) for table in ("calls", "findings", "publications")}
    result = run(settings)
    assert outcomes(result) == ["unchanged"]
    assert result["changes"]["calls"] == 4
    assert {table: rows_of(settings, table) for table in before} == before


def test_a_changed_rule_gives_new_findings_scores_and_flags_and_the_turns_stay(a_day, acme, settings):
    before = {table: rows_of(settings, table) for table in ("turns", "events")}
    score = call_row(settings, "c3")["score"]
    acme.install(word_rule("AC01", "谢谢", version=2, flags=("polite",)), word_rule("AC02", "退款"))
    assert outcomes(run(settings)) == ["published"]
    assert hits(settings) == [("c2", "AC02", 1, "hit"), ("c3", "AC01", 2, "hit")]
    row = call_row(settings, "c3")
    assert ("polite" in row["flags"], row["score"]) == (True, score - 10)
    assert "AC01" not in call_row(settings, "c1")["rules_hit"]
    assert {table: rows_of(settings, table) for table in before} == before


def test_the_ledger_says_what_made_the_publication_and_a_second_run_adds_none(a_day, acme, settings):
    acme.install(word_rule("AC01", "谢谢", version=2), word_rule("AC02", "退款"), version="1.1")
    first, second = run(settings, Choice(rules=("AC01",))), run(settings, Choice(rules=("AC01",)))
    assert (outcomes(first), outcomes(second)) == (["published"], ["unchanged"])
    assert [(p.sequence, p.origin) for p in warehouse.publications(settings.lake, DAY)] == [
        (1, None),
        (2, "rejudge of sequence 1: AC01"),
    ]


def test_the_days_file_for_older_tools_is_published_with_it(a_day, acme, settings):
    acme.install(word_rule("AC01", "谢谢", flags=("risk",)), word_rule("AC02", "退款"))
    run(settings, ACME)
    entries = storage.read_json(Path(settings.lake.root) / "warehouse" / "daily_qc" / f"{DAY}.json")
    assert {e["call_id"]: e["text"] for e in entries} == {"c1": "我要投诉", "c2": "我要退款", "c3": "谢谢"}
    assert next(e for e in entries if e["call_id"] == "c3")["risk_flag"]


def test_a_dry_run_publishes_nothing_and_leaves_the_difference_in_the_runs_folder(a_day, acme, settings):
    before = rows_of(settings, "publications")
    acme.install(word_rule("AC01", "谢谢", version=2), word_rule("AC02", "退", "退款"))
    result = run(settings, dry_run=True)
    assert outcomes(result) == ["difference"]
    assert rows_of(settings, "publications") == before
    written = storage.read_json(result["days"][0]["difference"])
    assert (written["day"], written["sequence"], written["changed_calls"]) == (str(DAY), 1, 3)
    assert written["rules"]["AC01"] | {"new_hits": 1, "gone_hits": 1, "changed_evidence": 0} == written["rules"]["AC01"]
    assert written["rules"]["AC02"]["changed_evidence"] == 1
    changed = {change["call_id"]: change for change in written["listed"]}
    assert changed["c3"]["findings"]["AC01"]["after"]["evidence"][0]["text"] == "谢谢"
    assert changed["c1"]["columns"]["flags"]["after"] != changed["c1"]["columns"]["flags"]["before"]
    assert not (Path(result["days"][0]["difference"]).parent / "export").exists()


def test_days_that_were_never_published_are_skipped_with_the_reason(a_day, settings):
    result = run(settings, last=NEXT)
    assert outcomes(result) == ["unchanged", "skipped"]
    assert result["days"][1] == {
        "day": str(NEXT),
        "outcome": "skipped",
        "reason": "nothing was ever published for this day",
    }


def test_each_day_of_a_range_is_published_by_itself(a_day, acme, settings, tmp_path):
    publish(settings, a_day.on(NEXT), tmp_path)
    acme.install(word_rule("AC01", "谢谢", version=2), word_rule("AC02", "退款"))
    result = run(settings, ACME, last=NEXT)
    assert outcomes(result) == ["published", "published"]
    assert result["changes"]["rules"]["AC01"]["new_hits"] == 2
    assert warehouse.latest_sequence(settings.lake, DAY) == warehouse.latest_sequence(settings.lake, NEXT) == 2


def test_a_day_is_judged_in_shards_as_it_would_be_in_one(a_day, acme, settings, tmp_path, monkeypatch):
    publish(settings, a_day.on(NEXT), tmp_path)
    acme.install(word_rule("AC01", "谢谢", version=2), word_rule("AC02", "退款"))
    run(settings, ACME)
    monkeypatch.setattr("callqa.rejudge.archive.Day.shards.__defaults__", (1, 1))
    run(settings, ACME, first=NEXT, last=NEXT)
    found = "select * exclude (call_date) from {} where call_date = ? order by all"
    for table in ("calls", "findings"):
        one, other = (warehouse.query(settings.lake, found.format(table), [day])[1] for day in (DAY, NEXT))
        assert one == other
    assert len(list(Path(settings.lake.root).glob(f"runs/{NEXT}*/judge/*.calls.parquet"))) == 4


def test_a_day_that_the_gate_refuses_stays_as_it_is(a_day, acme, settings):
    before = rows_of(settings, "findings")
    crashing = word_rule("AC01", "谢谢").replace("for turn in call.turns", "for turn in call.nothing")
    acme.install(crashing, word_rule("AC02", "退款"))
    result = run(settings, ACME)
    [entry] = result["days"]
    assert (entry["outcome"], entry["blocking"]) == ("refused", ["day.crash_share"])
    assert (Path(entry["quarantine"]) / "findings.parquet").is_file()
    assert rows_of(settings, "findings") == before
    assert warehouse.latest_sequence(settings.lake, DAY) == 1


def test_a_day_published_again_meanwhile_is_begun_anew(a_day, acme, settings, tmp_path, monkeypatch):
    acme.install(word_rule("AC01", "谢谢", version=2), word_rule("AC02", "退款"))
    later = calls(c1="我要投诉", c5="谢谢")
    export, others = steps.export, [1]

    def overtaken(*arguments):
        if others:
            publish(settings, later, tmp_path, run=f"other{others.pop()}")
        return export(*arguments)

    monkeypatch.setattr(steps, "export", overtaken)
    assert outcomes(run(settings, Choice(rules=("AC02",)))) == ["unchanged"]
    assert {call_id for call_id, *_ in hits(settings)} == {"c5"}
    assert warehouse.latest_sequence(settings.lake, DAY) == 2


def test_a_day_that_others_publish_again_and_again_is_refused_and_theirs_stays(
    a_day, acme, settings, tmp_path, monkeypatch
):
    acme.install(word_rule("AC01", "谢谢", version=2), word_rule("AC02", "退款"))
    export, count = steps.export, iter(range(9))

    def overtaken(*arguments):
        number = next(count)
        publish(settings, calls(c9=f"谢谢{number}"), tmp_path, run=f"other{number}")
        return export(*arguments)

    monkeypatch.setattr(steps, "export", overtaken)
    monkeypatch.setattr(steps, "judge", lambda *arguments, judge=steps.judge: {**judge(*arguments), "same": False})
    with pytest.raises(StalePublicationError):
        run(settings)
    assert [p.run_id for p in warehouse.publications(settings.lake, DAY)] == ["run", "other0", "other1", "other2"]


def test_a_rule_or_pack_that_is_nowhere_is_refused_with_what_is_close(a_day, settings):
    with pytest.raises(UsageError, match="no rule ACO1") as caught:
        run(settings, Choice(rules=("ACO1",)))
    assert "did you mean AC0" in caught.value.remedy
    with pytest.raises(UsageError, match="no rule pack acne") as caught:
        run(settings, Choice(packs=("acne",)))
    assert "acme" in caught.value.remedy


def test_a_range_that_is_none_is_refused(settings):
    with pytest.raises(UsageError, match="there is no day"):
        run(settings, first=NEXT, last=DAY)
    with pytest.raises(UsageError, match="days"):
        run(settings, first=date(26, 1, 1), last=DAY)


def test_a_pack_that_cannot_be_loaded_stops_everything_before_anything_is_judged(a_day, acme, settings):
    acme.install(word_rule("AC01", "谢谢").replace("version = 1", 'version = "x"'))
    with pytest.raises(RulePackError, match="acme"):
        run(settings)
    assert not list(Path(settings.lake.root).glob("runs/*rejudge*"))


def test_a_day_from_before_a_column_was_known_is_judged_or_says_that_it_cannot_be(
    a_day, acme, settings, tmp_path, monkeypatch
):
    """`announcement` has a default; `text_match` has none and could not be told without the recording."""
    from callqa.rejudge import archive

    at = warehouse.publications(settings.lake, DAY)[0]
    table = warehouse.Reading.table

    def without(column):
        def answer(self, sql, parameters=()):
            found = table(self, sql, parameters)
            if column not in found.column_names or "from turns" not in sql:
                return found
            place = found.column_names.index(column)
            import pyarrow as pa

            return found.set_column(place, column, pa.nulls(found.num_rows, found.schema.field(column).type))

        return answer

    def read():
        with archive.opened(settings.lake, at) as day:
            return [turn for shard in day.shards() for call in day.calls(shard) for turn in call.turns]

    monkeypatch.setattr(warehouse.Reading, "table", without("interrupts"))
    assert {turn.interrupts for turn in read()} == {False}
    monkeypatch.setattr(warehouse.Reading, "table", without("text_match"))
    with pytest.raises(StageError, match="before callqa knew the column text_match"):
        read()


def test_a_day_that_a_run_is_at_work_on_is_left_to_it_and_the_others_are_done(a_day, acme, settings, tmp_path):
    """Published in the middle of that run, the day would have that run refused when it ends, hours later."""
    publish(settings, a_day.on(NEXT), tmp_path)
    acme.install(word_rule("AC01", "谢谢", version=2), word_rule("AC02", "退款"))
    turns.take(settings.lake.root, DAY, run_id="scheduled__1", by="daily_call_qa")
    result = run(settings, ACME, last=NEXT)
    assert [entry["outcome"] for entry in result["days"]] == ["at_work", "published"]
    assert "run scheduled__1 (daily_call_qa) is at work" in result["days"][0]["reason"]
    assert warehouse.latest_sequence(settings.lake, DAY) == 1
    assert outcomes(run(settings, ACME, dry_run=True)) == ["difference"]


def test_nobody_else_gets_a_day_while_it_is_judged_again(a_day, acme, settings, monkeypatch):
    acme.install(word_rule("AC01", "谢谢", version=2), word_rule("AC02", "退款"))
    told, gate = [], steps.gate

    def meanwhile(*arguments):
        with pytest.raises(RunAtWorkError) as caught:
            turns.take(settings.lake.root, DAY, run_id="scheduled__1", by="daily_call_qa")
        told.append(caught.value.message)
        return gate(*arguments)

    monkeypatch.setattr(steps, "gate", meanwhile)
    assert outcomes(run(settings, ACME, run_id="again")) == ["published"]
    assert "run again (callqa rejudge) is at work" in told[0]
    assert turns.last(settings.lake.root, DAY).ended


def test_a_day_without_a_publication_gets_no_turn_by_which_it_would_look_begun(a_day, settings):
    run(settings, last=NEXT)
    assert turns.last(settings.lake.root, NEXT) is None


def test_half_a_day_that_is_judged_again_is_half_a_day_still(acme, settings, tmp_path):
    """Else its report would go out at noon, and the night's run with the same rows would not be published."""
    acme.install(word_rule("AC01", "投诉"))
    publish(
        settings, calls(c1="我要投诉", c2="谢谢"), tmp_path, origin=f"{INCOMPLETE}, incomplete: recordings until 12:00"
    )
    acme.install(word_rule("AC01", "谢谢", version=2))
    assert outcomes(run(settings)) == ["published"]
    origin = warehouse.publications(settings.lake, DAY)[-1].origin
    assert origin == "intraday, incomplete: recordings until 12:00; rejudge of sequence 1: all rules"
