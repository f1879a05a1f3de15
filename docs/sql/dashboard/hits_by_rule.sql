-- What the rules find: calls that each rule hit, by day, and the share of the calls that were analysed.
-- Chart: bars by rule; a line a rule over the days shows drift.
with heard as (
    select call_date, count(*) as calls
    from calls
    where status = 'analysed'
    group by call_date
)

select
    f.call_date,
    f.rule,
    f.severity,
    count(distinct f.call_id) as calls_hit,
    round(cast(count(distinct f.call_id) as double) / nullif(max(h.calls), 0), 4) as share_of_analysed
from findings f
left join heard h on h.call_date = f.call_date
where f.outcome = 'hit'
group by f.call_date, f.rule, f.severity
order by f.call_date, calls_hit desc, f.rule
