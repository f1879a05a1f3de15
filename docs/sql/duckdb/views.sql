-- Flat views for BI tools that know no lists and maps. DuckDB; over the tables of exported.sql.
create or replace view call_facts as
select
    call_date, call_id, started_at, direction, queue, team, agent_id, agent_name, status, reject_reason, call_state,
    duration, language, emotion_start, emotion_end, score, satisfaction,
    talk_seconds['agent'] as agent_seconds,
    talk_seconds['customer'] as customer_seconds,
    silence_seconds, overlap_seconds, turn_count, mean_confidence,
    coalesce(contains(flags, 'risk'), false) as risk,
    status = 'invalid' as invalid,
    len(rules_hit) as rules_hit
from calls;

create or replace view finding_evidence as
select
    f.call_date, f.call_id, f.rule, f.rule_version, f.pack, f.outcome, f.severity, f.score, f.message, f.reason,
    e.turn, e.start as start_seconds, e."end" as end_seconds, e.text, e.condition
from findings as f
left join lateral (select unnest(f.evidence) as e) as pieces on true;

create or replace view card_scores as
select
    call_date, call_id, agent_id, agent_name, team, queue,
    s.card, s.version, s.score, s.passed, s.coverage, s.reason
from (select *, unnest(scorecards) as s from calls);

create or replace view turn_emotions as
select call_date, call_id, turn, role, "start" as start_seconds, "end" as end_seconds, emotion, emotion_score, language
from turns;
