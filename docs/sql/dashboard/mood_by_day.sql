-- Mood by day: how customers' calls begin and end, in shares of the calls that were heard.
-- Chart: stacked columns by day, or two lines (angry at start, angry at end).
select
    call_date,
    count(*) as calls,
    round(avg(case when emotion_start = 'happy' then 1.0 else 0.0 end), 4) as happy_at_start,
    round(avg(case when emotion_start = 'neutral' then 1.0 else 0.0 end), 4) as neutral_at_start,
    round(avg(case when emotion_start = 'angry' then 1.0 else 0.0 end), 4) as angry_at_start,
    round(avg(case when emotion_start = 'sad' then 1.0 else 0.0 end), 4) as sad_at_start,
    round(avg(case when emotion_start in ('fearful', 'disgusted', 'surprised') then 1.0 else 0.0 end), 4)
        as other_at_start,
    round(avg(case when emotion_start = 'unknown' then 1.0 else 0.0 end), 4) as unknown_at_start,
    round(avg(case when emotion_end = 'happy' then 1.0 else 0.0 end), 4) as happy_at_end,
    round(avg(case when emotion_end = 'neutral' then 1.0 else 0.0 end), 4) as neutral_at_end,
    round(avg(case when emotion_end = 'angry' then 1.0 else 0.0 end), 4) as angry_at_end,
    round(avg(case when emotion_end = 'sad' then 1.0 else 0.0 end), 4) as sad_at_end,
    round(avg(case when emotion_end in ('fearful', 'disgusted', 'surprised') then 1.0 else 0.0 end), 4)
        as other_at_end,
    round(avg(case when emotion_end = 'unknown' then 1.0 else 0.0 end), 4) as unknown_at_end
from calls
where status = 'analysed'
group by call_date
order by call_date
