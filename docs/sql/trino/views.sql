-- The flat views of duckdb/views.sql for Trino, over the Iceberg tables: `use iceberg.qa` (your catalog's name) first.
-- A view cannot read each day at the snapshot that the ledger names; between two commits of a publication one table may be
-- a moment ahead of the others. `published` says which days are complete, and by which snapshots.
create or replace view published as
select p.*
from publications p
join (
    select call_date, max(sequence) as sequence
    from publications
    group by call_date
) newest on newest.call_date = p.call_date and newest.sequence = p.sequence;

create or replace view call_facts as
select
    call_date, call_id, started_at, direction, queue, team, agent_id, agent_name, status, reject_reason, call_state,
    duration, language, emotion_start, emotion_end, score, satisfaction,
    element_at(talk_seconds, 'agent') as agent_seconds,
    element_at(talk_seconds, 'customer') as customer_seconds,
    silence_seconds, overlap_seconds, turn_count, mean_confidence,
    coalesce(contains(flags, 'risk'), false) as risk,
    status = 'invalid' as invalid,
    cardinality(rules_hit) as rules_hit
from calls;

create or replace view finding_evidence as
select
    f.call_date, f.call_id, f.rule, f.rule_version, f.pack, f.outcome, f.severity, f.score, f.message, f.reason,
    e.turn, e.start as start_seconds, e."end" as end_seconds, e.text, e.condition
from findings f
left join unnest(f.evidence) as e (turn, start, "end", text, condition) on true;

create or replace view card_scores as
select
    c.call_date, c.call_id, c.agent_id, c.agent_name, c.team, c.queue,
    s.card, s.version, s.score, s.passed, s.coverage, s.reason
from calls c
cross join unnest(c.scorecards) as s (
    card, version, score, passed, coverage, sections, critical_failures,
    rules_passed, rules_failed, rules_unknown, rules_not_applicable, reason
);

create or replace view turn_emotions as
select call_date, call_id, turn, role, start as start_seconds, "end" as end_seconds, emotion, emotion_score, language
from turns;
