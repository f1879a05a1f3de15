"""Days, calls, agents, rules, runs and reviews, each worked out anew in plain Python over the same rows."""

from __future__ import annotations

import csv
import dataclasses
import io
import random
import statistics
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callqa import profile, publish, storage
from callqa.contracts import Call, Measure, Review
from callqa.gate import drift
from callqa.gate.check import LikeHistory
from callqa.rejudge.reviewed import RIGHT, WRONG
from callqa.settings import GateSettings, RuleSettings
from qa_console import data
from tests import rows
from tests.console.data.conftest import EVERYBODY
from tests.console.data.made import FIRST, RULES, Made, random_day, settings

SPAN = data.Span(FIRST, FIRST + timedelta(days=2))


def of_day(made: Made, day: date, *status: str) -> list[Call]:
    return [call for call in made.calls if call.call_date == day and (not status or call.status in status)]


def newest(reviews: list[Review]) -> dict[tuple[date, str, str], Review]:
    """The newest review of each rule on each call."""
    return {(r.call_date, r.call_id, r.rule): r for r in sorted(reviews, key=lambda r: (r.at, r.verdict))}


def test_the_newest_day_is_shown_unless_another_is_asked_for(page, published):
    assert data.today(page).day == published.days[-1]
    assert data.today(page, FIRST).publication == published.publications[0]
    with pytest.raises(data.FilterError, match="nearest published day is 2026-01-07"):
        data.today(page, date(2026, 5, 1))


def test_a_days_numbers(page, published):
    for day in published.days:
        found, calls = data.today(page, day), of_day(published, day)
        heard, analysed = of_day(published, day, "analysed", "invalid"), of_day(published, day, "analysed")
        scores = [call.score for call in calls if call.score is not None]
        assert found.totals == data.Totals(
            day=day, made=len(calls), analysed=len(analysed), invalid=len(heard) - len(analysed), rejected=len(calls) - len(heard),
            risk=sum("risk" in call.flags for call in calls), angry_at_end=sum(call.emotion_end == "angry" for call in analysed),
            mean_score=pytest.approx(statistics.fmean(scores)), median_score=pytest.approx(statistics.median(scores)), scored=len(scores),
            seconds=pytest.approx(sum(call.duration or 0 for call in calls)), mean_seconds=pytest.approx(statistics.fmean(c.duration for c in analysed)),
        )  # fmt: skip
        assert found.totals.coverage == len(heard) / len(calls)
        assert found.scores == tuple(sum(min(int(score // 10), 9) == tens for score in scores) for tens in range(10))
        assert found.invalid == dict(Counter(call.call_state or "" for call in of_day(published, day, "invalid")))
        assert found.rejected == dict(Counter(call.reject_reason for call in of_day(published, day, "rejected")))
        assert list(found.rejected.values()) == sorted(found.rejected.values(), reverse=True)
        assert [check.check for check in found.gate] == ["calls.unique_id", "day.emotion", "history.duration"]


def test_moods_are_by_the_hour_of_the_contact_centre(page, published):
    """India's is half an hour off the hours of UTC."""
    zone = ZoneInfo("Asia/Kolkata")
    for day in published.days:
        timed = [
            (call.started_at.astimezone(zone).hour, call)
            for call in of_day(published, day, "analysed")
            if call.started_at
        ]
        assert data.today(page, day).hours == tuple(
            data.Hour(
                hour=hour,
                calls=sum(h == hour for h, _ in timed),
                start=dict(Counter(call.emotion_start for h, call in timed if h == hour)),
                end=dict(Counter(call.emotion_end for h, call in timed if h == hour)),
            )
            for hour in sorted({h for h, _ in timed})
        )


def test_a_day_stands_beside_the_day_before_and_the_same_weekday(tmp_path):
    made = Made(settings(tmp_path), tmp_path)
    for day in (FIRST, FIRST + timedelta(days=5), FIRST + timedelta(days=7)):
        made.publish(random_day(random.Random(day.day), day, 10), f"run-{day}")
    with data.Console(made.settings).page(EVERYBODY) as page:
        found = data.today(page)
        assert found.day_before == data.today(page, FIRST + timedelta(days=5)).totals
        assert found.week_before == data.today(page, FIRST).totals
        first = data.today(page, FIRST)
        assert (first.day_before, first.week_before) == (None, None)


def test_rules_of_a_day_are_counted_by_call(page, published):
    for day in published.days:
        heard = len(of_day(published, day, "analysed", "invalid"))
        findings = [f for f in published.findings if f.call_date == day]
        found = {line.rule: line for line in data.rule_days(page, day)}
        for rule in {f.rule for f in findings}:
            count = Counter(f.outcome for f in findings if f.rule == rule)
            line = found[rule]
            assert (line.hits, line.unknown, line.crashed) == (count["hit"], count["unknown"], count["crash"])
            assert (line.rate, line.rule_version, line.pack) == (data.share(count["hit"], heard), 1, "standard 1.0.0")
            assert line.drifted is None  # three days are no history


def test_drift_is_what_the_gate_would_say(tmp_path):
    """Twelve like days, then one on which a rule stops hitting and another hits everything."""
    made, rng = Made(settings(tmp_path), tmp_path), random.Random(3)
    for number in range(13):
        day, last = FIRST + timedelta(days=number), number == 12
        usual = random_day(rng, day, 60)
        calls = [
            dataclasses.replace(call, rules_hit=["SA01"] if last else sorted(rng.sample(["HR01", "LT01"], rng.randint(0, 2))), rules_unknown=[])
            if call.status != "rejected" else call
            for call in usual.calls
        ]  # fmt: skip
        findings = [rows.finding(call.call_id, rule, day) for call in calls for rule in call.rules_hit]
        made.publish(dataclasses.replace(usual, calls=calls, findings=findings), f"run-{day}")
    from callqa import warehouse

    history = storage.read_rows(
        warehouse.days_before(made.settings.lake, day, 28, tmp_path / "history.parquet"), Measure
    )
    today = next(p for p in made.publications if p.call_date == day)
    with warehouse.reading(made.settings.lake, today) as reading:
        history += profile.rows(day, reading.table)
    expects = LikeHistory(measure="hit_rate", kind="share", least_change=GateSettings().drift_rule_change)
    parts = {part.part: part for part in drift.compare(expects, day, history, GateSettings()).parts}
    with data.Console(made.settings).page(EVERYBODY) as page:
        found = {line.rule: line for line in data.rule_days(page, day)}
    assert found.keys() == {"HR01", "LT01", "SA01"}
    for rule, part in parts.items():
        line = found[rule]
        assert (line.rate.value or 0.0, line.usual, line.low, line.high) == pytest.approx(
            (part.value, part.usual, part.low, part.high)
        )
        assert line.drifted == part.drifted
    assert {rule for rule, line in found.items() if line.drifted} == {"HR01", "LT01", "SA01"} & {
        r for r, p in parts.items() if p.drifted
    }
    assert found["HR01"].drifted
    assert found["HR01"].hits == 0


def test_a_call_is_all_its_published_rows(page, published):
    for call in published.calls[::3]:
        name = {"call_date": call.call_date, "call_id": call.call_id}

        def of(table: list, name=name) -> list:
            return [row for row in table if (row.call_date, row.call_id) == tuple(name.values())]

        found = data.call(page, **{"day": call.call_date, "call_id": call.call_id})
        assert found.row == call
        assert list(found.turns) == of(published.turns)
        assert list(found.events) == of(published.events)
        assert sorted(found.findings, key=lambda f: f.rule) == sorted(of(published.findings), key=lambda f: f.rule)
        assert [f.outcome for f in found.findings] == sorted(
            (f.outcome for f in found.findings), key=lambda o: o != "hit"
        )
        assert list(found.reviews) == sorted(of(published.reviews), key=lambda r: (r.at, r.rule, r.reviewer))
        assert found.publication in published.publications
        assert [check.check for check in found.gate] == ["day.emotion"]


def test_an_unknown_call_names_the_nearest(page, published):
    call = published.calls[0]
    with pytest.raises(data.UnknownCallError, match=f"did you mean {call.call_id} of") as caught:
        data.call(page, call.call_date, f"{call.call_id}x")
    assert caught.value.near[0] == (call.call_date, call.call_id)
    assert len(caught.value.near) == 3
    with pytest.raises(data.UnknownCallError) as caught:
        data.call(page, date(1999, 1, 1), call.call_id)
    assert caught.value.near[0][1] == call.call_id
    with pytest.raises(data.UnknownCallError, match="look for it in the list of calls"):
        data.find(page, "zzz")


def test_a_call_is_found_on_every_day_that_has_its_id(page, published):
    for call in published.calls[::5]:
        days = sorted({c.call_date for c in published.calls if c.call_id == call.call_id}, reverse=True)
        assert data.find(page, call.call_id) == days


@pytest.mark.parametrize(("by", "attribute"), [("agent", "agent_id"), ("team", "team")])
def test_agents_and_teams_are_compared_with_how_sure_that_is(page, published, by, attribute):
    found = data.compare(page, SPAN, by)
    assert [line.who for line in found.lines] == sorted({getattr(call, attribute) for call in published.calls} - {None})
    for line in found.lines:
        calls = [call for call in published.calls if getattr(call, attribute) == line.who]
        assert line.figures == figures(calls)
        cards = [card for call in calls for card in call.scorecards]
        scores = [card.score for card in cards if card.score is not None]
        passed = [card.passed for card in cards if card.passed is not None]
        assert line.cards[0].score.value == pytest.approx(statistics.fmean(scores))
        expected = data.mean(statistics.fmean(scores), statistics.stdev(scores), len(scores))
        assert (line.cards[0].score.low, line.cards[0].score.high) == pytest.approx((expected.low, expected.high))
        assert line.cards[0].passed == data.share(sum(passed), len(passed))
        others = [other.figures.score for other in found.lines]
        assert line.better == sum(other.low > line.figures.score.high for other in others)
        assert line.worse == sum(other.high < line.figures.score.low for other in others)
    assert found.all == figures(published.calls)
    means = sorted(line.figures.score.value for line in found.lines if line.figures.score.n >= 20)
    assert (found.distribution.count, found.distribution.least, found.distribution.most) == (
        len(means),
        means[0],
        means[-1],
    )
    assert found.distribution.middle == pytest.approx(statistics.median(means))


def figures(calls: list[Call]) -> data.Figures:
    analysed = [call for call in calls if call.status == "analysed"]
    heard = [call for call in calls if call.status != "rejected"]
    scores = [call.score for call in calls if call.score is not None]
    mean = (
        data.mean(statistics.fmean(scores), statistics.stdev(scores), len(scores))
        if len(scores) > 1
        else data.mean(*scores, None, len(scores))
    )
    near = {
        name: pytest.approx(value) if value is not None else None for name, value in vars(mean).items() if name != "n"
    }
    return data.Figures(
        calls=len(calls), analysed=len(analysed), score=data.Estimate(**near, n=mean.n), risk=data.share(sum("risk" in c.flags for c in calls), len(heard)),
        angry_at_end=data.share(sum(c.emotion_end == "angry" for c in analysed), len(analysed)),
        mean_seconds=pytest.approx(statistics.fmean(c.duration for c in analysed)),
    )  # fmt: skip


def test_a_clearly_better_agent_is_told_from_the_others_and_a_lucky_one_is_not(tmp_path):
    made = Made(settings(tmp_path), tmp_path)
    scores = {"good": [95.0, 96.0, 97.0] * 10, "poor": [40.0, 45.0, 50.0] * 10, "lucky": [100.0]}
    calls = [
        rows.call(f"{who}-{n}", agent_id=who, score=score)
        for who, some in scores.items()
        for n, score in enumerate(some)
    ]
    made.publish(rows.Day(calls, [], [], [], [rows.recording(c.call_id) for c in calls], {}, FIRST), "run")
    with data.Console(made.settings).page(EVERYBODY) as page:
        found = {line.who: line for line in data.compare(page, data.Span(FIRST, FIRST)).lines}
    assert {who: (line.better, line.worse) for who, line in found.items()} == {
        "good": (0, 1),
        "poor": (1, 0),
        "lucky": (0, 0),
    }
    assert found["lucky"].figures.score == data.Estimate(100.0, None, None, 1)


def test_trends_are_by_day_and_by_the_monday_of_a_week(page, published):
    for agent, team in ((None, None), ("a1", None), (None, "north")):
        chosen = [c for c in published.calls if agent in (None, c.agent_id) and team in (None, c.team)]
        by_day = data.trend(page, SPAN, "day", agent=agent, team=team)
        assert by_day == tuple(
            data.Period(start=day, figures=figures([c for c in chosen if c.call_date == day])) for day in published.days
        )
        assert data.trend(page, SPAN, "week", agent=agent, team=team) == (
            data.Period(start=date(2026, 1, 5), figures=figures(chosen)),
        )


def test_coaching_takes_the_worst_and_the_best_calls_with_reasons(page, published):
    found = data.coaching(page, "a1", SPAN, count=4)
    there = {
        (c.call_date, c.call_id): c
        for c in published.calls
        if c.agent_id == "a1" and c.status == "analysed" and c.duration >= 30
    }
    worst = [there[e.call.call_date, e.call.call_id] for e in found.worst]
    best = [there[e.call.call_date, e.call.call_id] for e in found.best]
    assert [c.score for c in worst] == sorted(c.score for c in worst)
    assert [c.score for c in best] == sorted((c.score for c in best), reverse=True)
    assert not {c.call_id for c in worst} & {c.call_id for c in best}
    for example, call in zip(found.worst, worst, strict=True):
        codes = Counter(reason.code for reason in example.reasons)
        assert [r.value for r in example.reasons if r.code == "rule"] == call.rules_hit
        assert codes["risk"] == ("risk" in call.flags)
        assert codes["angry_at_end"] == (call.emotion_end == "angry")
    for example, call in zip(found.best, best, strict=True):
        assert "risk" not in call.flags
        assert any(r.code == "no_hits" for r in example.reasons) == (not call.rules_hit)
        assert example.reasons


def test_every_installed_rule_and_every_rule_that_was_seen_has_a_line(page, published):
    lines = {line.rule: line for line in data.rules(page, SPAN)}
    assert list(lines) == sorted(lines)
    assert set(RULES) < set(lines)
    assert lines["ZZ99"].installed is None
    assert lines["HR01"].installed.running
    heard = sum(call.status != "rejected" for call in published.calls)
    decided = newest(published.reviews)
    for rule in RULES:
        count = Counter(f.outcome for f in published.findings if f.rule == rule)
        line = lines[rule]
        assert (line.hits, line.unknown, line.crashed, line.versions) == (
            count["hit"],
            count["unknown"],
            count["crash"],
            (1,),
        )
        assert line.rate == data.share(count["hit"], heard)
        verdicts = [r.verdict for r in decided.values() if r.rule == rule]
        right, wrong = sum(v in RIGHT for v in verdicts), sum(v in WRONG for v in verdicts)
        assert line.precision == data.share(right, right + wrong)
        assert line.precision_by_version == ((1, data.share(right, right + wrong)),)


def test_a_rule_that_is_switched_off_is_installed_and_does_not_run():
    found = {one.rule: one for one in data.installed(RuleSettings(disable=["HR01"]))}
    assert (found["HR01"].running, found["SA01"].running) == (False, True)


def test_a_missed_call_and_an_appeal_do_not_count_as_precision(tmp_path):
    made = Made(settings(tmp_path), tmp_path)
    made.publish(rows.clean(FIRST), "run")
    known = {"call_date": FIRST, "rule": "HR01", "reviewer": "r", "at": datetime(2026, 2, 1, tzinfo=UTC)}
    made.review(
        Review(**known, call_id="c-000", rule_version=1, verdict="confirmed"), Review(**known, call_id="c-001", rule_version=2, verdict="rejected"),
        Review(**known, call_id="c-002", rule_version=2, verdict="appealed"), Review(**known, call_id="c-003", rule_version=2, outcome="clear", verdict="rejected"),
    )  # fmt: skip
    with data.Console(made.settings).page(EVERYBODY) as page:
        line = next(line for line in data.rules(page, data.Span(FIRST, FIRST)) if line.rule == "HR01")
        assert line.precision == data.share(1, 2)
        assert line.precision_by_version == ((1, data.share(1, 1)), (2, data.share(0, 1)))
        assert line.missed == 1
        (appeal,) = data.appeals(page)
        assert (appeal.call.call_id, appeal.rule, appeal.reviews[-1].verdict) == ("c-002", "HR01", "appealed")


def test_each_version_is_measured_on_the_days_that_it_judged_last(page, published, tmp_path):
    for rule in RULES:
        (one,) = data.rule_versions(page, rule, SPAN)
        count = Counter(f.outcome for f in published.findings if f.rule == rule)
        days = {f.call_date for f in published.findings if f.rule == rule}
        heard = sum(call.status != "rejected" and call.call_date in days for call in published.calls)
        line = next(line for line in data.rules(page, SPAN) if line.rule == rule)
        assert (one.version, one.days, one.heard, one.hits, one.unknown, one.crashed) == (
            1, len(days), heard, count["hit"], count["unknown"], count["crash"],
        )  # fmt: skip
        assert (one.rate, one.precision) == (data.share(count["hit"], heard), line.precision)
    made = Made(settings(tmp_path), tmp_path)
    for number, version in enumerate((1, 2)):
        day = rows.clean(FIRST + timedelta(days=number))
        day.findings[:] = [dataclasses.replace(finding, rule_version=version) for finding in day.findings]
        made.publish(day, f"run-{number}")
    with data.Console(made.settings).page(EVERYBODY) as both:
        rule = made.findings[0].rule
        found = data.rule_versions(both, rule, data.Span(FIRST, FIRST + timedelta(days=1)))
    assert [(one.version, one.first, one.days) for one in found] == [(2, FIRST + timedelta(days=1), 1), (1, FIRST, 1)]


def test_a_rules_trend(page, published):
    for rule in RULES:
        assert data.rule_trend(page, rule, SPAN) == tuple(
            data.RulePeriod(day, hits, data.share(hits, len(of_day(published, day, "analysed", "invalid"))))
            for day in published.days
            for hits in [sum(rule in call.rules_hit for call in of_day(published, day))]
        )


def test_open_appeals_are_those_that_nobody_decided_oldest_first(page, published):
    wanted = {name: r for name, r in newest(published.reviews).items() if r.verdict == "appealed"}
    found = data.appeals(page)
    assert {(a.call.call_date, a.call.call_id, a.rule) for a in found} == set(wanted)
    assert [a.reviews[-1].at for a in found] == sorted(r.at for r in wanted.values())
    assert len(found) > 2


def test_agreement_is_of_first_verdicts_of_any_two_reviewers(page, published):
    first: dict[tuple, Review] = {}
    for review in sorted(published.reviews, key=lambda r: r.at, reverse=True):
        if review.verdict in ("confirmed", "rejected"):
            first[review.call_date, review.call_id, review.rule, review.reviewer] = review
    tables: dict[tuple[str, str], Counter] = {}
    for key, one in first.items():
        for other_key, other in first.items():
            if key[:3] == other_key[:3] and one.reviewer < other.reviewer:
                tables.setdefault((one.reviewer, other.reviewer), Counter())[one.verdict, other.verdict] += 1
    found = data.agreement(page, SPAN)
    assert {(p.first, p.second): p.kappa for p in found.pairs} == {
        pair: data.kappa(table) for pair, table in tables.items()
    }
    assert found.both == sum(sum(table.values()) for table in tables.values())
    assert found.same == sum(n for table in tables.values() for (a, b), n in table.items() if a == b)
    assert data.agreement(page, SPAN, "nobody's").pairs == ()


def test_kappa_and_its_interval_are_those_of_the_textbook():
    """Two raters of 50 proposals. The standard error, 0.1270, is also that of 100,000 drawn tables."""
    found = data.kappa({("yes", "yes"): 20, ("yes", "no"): 5, ("no", "yes"): 10, ("no", "no"): 15})
    assert found.value == pytest.approx(0.4)
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(0.1270, abs=0.0001)
    assert data.kappa({("yes", "yes"): 9}) == data.Estimate(None, None, None, 9)
    assert data.kappa({}).n == 0
    perfect = data.kappa({("yes", "yes"): 5, ("no", "no"): 5})
    assert (perfect.value, perfect.low, perfect.high) == (1.0, 1.0, 1.0)


def test_a_mean_without_spread_or_of_one_call_says_how_little_is_known():
    assert data.mean(None, None, 0) == data.Estimate(None, None, None, 0)
    assert data.mean(80.0, None, 1) == data.Estimate(80.0, None, None, 1)
    same = data.mean(100.0, 0.0, 3)
    assert same.low < 50
    assert same.high == 100.0
    assert data.share(0, 0).value is None


SAMPLE = data.Sample(
    name="January", kind="random", size=20, filters=data.Filters(first_day=FIRST, last_day=FIRST + timedelta(days=2))
)


def test_a_sample_is_the_same_for_everybody_and_shows_only_ones_own_verdict(page, published):
    kept = data.keep_sample(page, SAMPLE, "boss")
    assert (kept.made_by, len(kept.seed), kept.name) == ("boss", 16, "January")
    assert data.sample_of(page, kept.seed) == kept
    assert kept in data.samples(page)
    one, other = data.sampled(page, kept, "r1"), data.sampled(page, data.sample_of(page, kept.seed), "r2")
    assert [(s.call, s.rule) for s in one] == [(s.call, s.rule) for s in other]
    assert len(one) == 20
    assert all(s.rule in s.call.rules_hit for s in one)
    for reviewer, found in (("r1", one), ("r2", other)):
        own = newest([r for r in published.reviews if r.reviewer == reviewer])
        assert [s.mine for s in found] == [own.get((s.call.call_date, s.call.call_id, s.rule)) for s in found]
    again = data.keep_sample(page, SAMPLE, "boss")
    assert [(s.call, s.rule) for s in data.sampled(page, again, "r1")] != [(s.call, s.rule) for s in one]


def test_a_sample_by_rule_and_one_by_uncertainty(page, published):
    by_rule = data.sampled(page, dataclasses.replace(SAMPLE, kind="rule", rule="SA01", size=500, seed="1"), "r1")
    assert {(s.call.call_date, s.call.call_id) for s in by_rule} == {
        (c.call_date, c.call_id) for c in published.calls if "SA01" in c.rules_hit
    }
    unsure = data.sampled(page, dataclasses.replace(SAMPLE, kind="uncertain", size=500, seed="1"), "r1")
    assert len(unsure) == sum(len(c.rules_hit) + len(c.rules_unknown) for c in published.calls)
    assert {s.outcome for s in unsure} == {"hit", "unknown"}
    confidence = [s.call.mean_confidence if s.call.mean_confidence is not None else -1.0 for s in unsure]
    assert confidence == sorted(confidence)


def test_every_finding_has_the_same_chance_to_be_sampled(page, published):
    hits = sum(len(call.rules_hit) for call in published.calls)
    drawn = Counter(
        (s.call.call_date, s.call.call_id, s.rule)
        for n in range(60)
        for s in data.sampled(page, dataclasses.replace(SAMPLE, seed=f"{n:x}"), "r1")
    )
    assert len(drawn) == hits
    assert max(drawn.values()) < 60 * 20 / hits * 3


@pytest.mark.parametrize(
    "changes",
    [{"kind": "all"}, {"kind": "rule"}, {"rule": "HR01"}, {"size": 0}, {"size": 501}, {"filters": data.Filters()}],
)
def test_a_sample_that_is_none_is_refused(changes):
    with pytest.raises(data.FilterError):
        dataclasses.replace(SAMPLE, **changes)


@pytest.mark.parametrize("seed", ["", "x", "../../../etc/passwd", "0" * 16, "..%2f", "0123456789abcdef\n"])
def test_a_sample_that_was_never_kept_is_refused(page, seed):
    with pytest.raises(data.FilterError, match="there is no sample"):
        data.sample_of(page, seed)


def test_the_calendar_has_every_day_and_what_became_of_it(page, published):
    days = data.calendar(page, data.Span(FIRST - timedelta(days=1), FIRST + timedelta(days=3)))
    assert [d.publication and d.publication.run_id for d in days] == [None, *(f"run-{d}" for d in published.days), None]
    for entry in days[1:-1]:
        assert (entry.calls, entry.rejected) == (40, len(of_day(published, entry.day, "rejected")))
        assert (entry.passed, entry.warnings, entry.blocking, entry.publications) == (1, 1, 0, 1)
    assert (days[0].calls, days[0].passed, days[0].refused) == (0, 0, ())
    with pytest.raises(data.FilterError, match="ten years"):
        data.calendar(page, data.Span(date(1900, 1, 1), FIRST))
    with pytest.raises(data.FilterError, match="exchange them"):
        data.Span(FIRST, FIRST - timedelta(days=1))


def test_a_days_runs_name_the_recordings_that_could_not_be_read(page, published):
    found = data.day_runs(page, FIRST)
    assert [(r.call_id, r.reason) for r in found.rejected] == sorted(
        (c.call_id, c.reject_reason) for c in of_day(published, FIRST, "rejected")
    )
    assert all(r.file_name and r.detail for r in found.rejected)
    assert [run.publication.run_id for run in found.runs] == [f"run-{FIRST}"]
    nothing = data.day_runs(page, date(1999, 1, 1))
    assert (nothing.runs, nothing.rejected, nothing.refused) == ((), (), ())


def test_refused_days_wait_until_somebody_decides(tmp_path):
    made = Made(settings(tmp_path), tmp_path)
    day = rows.clean(FIRST)
    exported = day.exported(tmp_path / "run")
    audited = {
        "id": "x", "day": FIRST.isoformat(), "passed": False,
        "checks": [{"id": "calls.unique_id", "severity": "blocking", "success": False, "sentence": "Once.", "observed": {"wrong": 2, "rows": 4}, "threshold": {"value_set": [True]}, "samples": []}],
    }  # fmt: skip
    result = storage.write_json(tmp_path / "audit.json", audited)
    gated = {"passed": False, "result": result, "result_id": "x", "blocking": ["calls.unique_id"]}
    publish.quarantine(exported, gated, run_id="run-1", lake=made.settings.lake.root, based_on=0)
    (tmp_path / "lake/quarantine/2026-01-06/half").mkdir(parents=True)
    (tmp_path / "lake/quarantine/2026-01-06/half/run.json").write_text("{")
    console = data.Console(made.settings)
    with console.page(EVERYBODY) as page:
        (waits,) = data.waiting(page)
        assert (waits.day, waits.run_id, waits.blocking, waits.waits, waits.approved) == (
            FIRST,
            "run-1",
            ("calls.unique_id",),
            True,
            None,
        )
        assert "2 of 4 rows" in waits.reasons[0]
        assert data.calendar(page, data.Span(FIRST, FIRST))[0].refused == (waits,)
        assert data.day_runs(page, FIRST).refused == (waits,)
    folder = tmp_path / "lake/quarantine" / FIRST.isoformat() / waits.folder
    publish.decide(folder, publish.Decision(approved=False, by="boss", reason="wrong feed", at=datetime.now(UTC)))
    with console.page(EVERYBODY) as page:
        assert data.waiting(page) == ()
        (decided,) = data.quarantined(page)
        assert (decided.approved, decided.by, decided.reason) == (False, "boss", "wrong feed")


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("agent", lambda c: [c.agent_id]),
        ("team", lambda c: [c.team]),
        ("queue", lambda c: [c.queue]),
        ("flag", lambda c: c.flags),
        ("rule", lambda c: c.rules_hit),
    ],
)
def test_what_there_is_to_choose_is_what_calls_have_the_most_frequent_first(page, published, key, values):
    day = data.Filters(first_day=FIRST, last_day=FIRST)
    count = Counter(value for call in of_day(published, FIRST) for value in values(call) if value is not None)
    found = data.choices(page, key, day)
    assert [(one.value, one.calls) for one in found] == sorted(count.items(), key=lambda item: (-item[1], item[0]))
    assert [one.value for one in data.choices(page, key, day, "zzz", frozenset(list(count)[:1]))] == list(count)[:1]


def test_an_agent_is_chosen_by_name_too(page):
    assert [(one.value, one.name) for one in data.choices(page, "agent", data.Filters(), "AGENT A2")] == [
        ("a2", "Agent a2")
    ]
    with pytest.raises(data.FilterError, match="nothing to choose"):
        data.choices(page, "said", data.Filters())


def lines_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_export_is_the_list_row_by_row(console, published, monkeypatch):
    from qa_console.data import exporting

    monkeypatch.setattr(exporting, "AT_ONCE", 7)
    filters, sort = data.Filters(status=("analysed",)), data.Sort.of("-score")
    pieces = list(data.export_csv(console, EVERYBODY, filters, sort))
    with console.page(EVERYBODY) as page:
        listing = data.calls(page, filters, sort, limit=200)
    assert len(pieces) == 1 + -(-listing.total // 7)
    found = lines_of("".join(pieces))
    assert [(line["call_date"], line["call_id"]) for line in found] == [
        (line.call_date.isoformat(), line.call_id) for line in listing.lines
    ]
    for row, line in zip(found, listing.lines, strict=True):
        assert row["rules_hit"] == "; ".join(line.rules_hit)
        assert row["score"] == ("" if line.score is None else str(line.score))
        assert row["started_at"] == ("" if line.started_at is None else line.started_at.isoformat(sep=" "))


def test_the_export_by_what_was_said_and_under_other_names(console, published):
    found = lines_of("".join(data.export_csv(console, EVERYBODY, data.Filters(said="退款"), heads={"call_id": "通话"})))
    assert {line["通话"] for line in found} == {turn.call_id for turn in published.turns if "退款" in turn.text}


def test_nothing_in_an_export_is_a_formula(tmp_path):
    made = Made(settings(tmp_path), tmp_path)
    hostile = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", 'a,b"c\nd']
    calls = [
        rows.call(f"c-{n}", agent_id=text, agent_name=text, queue=text, flags=[text]) for n, text in enumerate(hostile)
    ]
    made.publish(rows.Day(calls, [], [], [], [rows.recording(c.call_id) for c in calls], {}, FIRST), "run")
    found = lines_of(
        "".join(data.export_csv(data.Console(made.settings), EVERYBODY, data.Filters(), data.Sort.of("call")))
    )
    assert [line["agent_id"] for line in found] == [*(f"'{text}" for text in hostile[:-1]), hostile[-1]]
    assert [line["flags"] for line in found] == [line["agent_id"] for line in found]


def test_an_export_that_is_not_read_to_its_end_gives_its_place_back(console):
    for _ in range(3):
        pieces = data.export_csv(console, EVERYBODY, data.Filters())
        assert next(pieces).startswith("\ufeffcall_date,call_id")
        del pieces
