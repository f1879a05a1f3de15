-- Volume and risk by day: `risk` is a call of which a rule raised the flag `risk` (risk_flag of daily_qc.json), `invalid` one
-- in which nobody was talked to (invalid_flag), `rejected` a recording that could not be read. Chart: table, or lines.
select
    call_date,
    count(*) as recordings,
    sum(case when status = 'analysed' then 1 else 0 end) as analysed,
    sum(case when status = 'invalid' then 1 else 0 end) as invalid,
    sum(case when status = 'rejected' then 1 else 0 end) as rejected,
    sum(case when contains(flags, 'risk') then 1 else 0 end) as risk,
    round(sum(case when status = 'analysed' and contains(flags, 'risk') then 1.0 else 0.0 end)
        / nullif(sum(case when status = 'analysed' then 1 else 0 end), 0), 4) as risk_share,
    round(sum(case when status <> 'rejected' then duration else 0 end) / 3600, 2) as hours,
    round(avg(score), 1) as mean_score
from calls
group by call_date
order by call_date
