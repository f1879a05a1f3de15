-- Agents over all days: calls, mean score, calls that end angry, calls with risk. Agents of few calls say little: the
-- filter on `calls` is for a chart. Compare scorecards with `callqa scores`, which gives intervals.
select
    agent_id,
    max(agent_name) as agent_name,
    count(*) as calls,
    round(avg(score), 1) as mean_score,
    round(avg(case when emotion_end = 'angry' then 1.0 else 0.0 end), 4) as ends_angry,
    round(avg(case when contains(flags, 'risk') then 1.0 else 0.0 end), 4) as risk_share
from calls
where status = 'analysed' and agent_id is not null
group by agent_id
order by calls desc, agent_id
