-- From which mood to which: what a call did to its customer. `turn` is better, worse or same; calls of which one mood
-- is unknown are not counted. Chart: heat map, or a pie of `turn`.
with moods as (
    select
        call_date,
        emotion_start,
        emotion_end,
        case emotion_start when 'happy' then 1 when 'neutral' then 0 when 'surprised' then 0 else -1 end as before,
        case emotion_end when 'happy' then 1 when 'neutral' then 0 when 'surprised' then 0 else -1 end as after
    from calls
    where status = 'analysed' and emotion_start <> 'unknown' and emotion_end <> 'unknown'
)

select
    call_date,
    emotion_start,
    emotion_end,
    case when after > before then 'better' when after < before then 'worse' else 'same' end as turn,
    count(*) as calls
from moods
group by call_date, emotion_start, emotion_end, before, after
order by call_date, calls desc, emotion_start, emotion_end
