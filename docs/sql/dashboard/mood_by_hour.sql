-- Mood through the day: calls and angry calls by the hour of their start. Change the zone to the contact centre's.
-- Chart: columns (calls) with a line (angry_share); filter on one day for a board of today.
select
    call_date,
    extract(hour from started_at at time zone 'Asia/Shanghai') as hour_of_day,
    count(*) as calls,
    sum(case when emotion_start = 'angry' or emotion_end = 'angry' then 1 else 0 end) as angry,
    round(avg(case when emotion_start = 'angry' or emotion_end = 'angry' then 1.0 else 0.0 end), 4) as angry_share
from calls
where status = 'analysed' and started_at is not null
group by call_date, extract(hour from started_at at time zone 'Asia/Shanghai')
order by call_date, hour_of_day
