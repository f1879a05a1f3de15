"""Every check of the gate, in the order in which the result lists them.

Each is an id, a table, a severity, a sentence that says what it protects (in English and Chinese), and what it expects
(`callqa.gate.check`). `blocking` keeps the day out of the warehouse, `warning` is published with it. The columns that
conditions name are those of `callqa.contracts`, and those that `callqa.gate.measuring.VIEWS` joins to them.
"""

from __future__ import annotations

from collections.abc import Iterator

from callqa import contracts
from callqa.gate.check import Check, LikeHistory, NoRow, Severity, Within, between, in_set, never
from callqa.settings import GateSettings

SLACK_SECONDS = 0.5
"""By how much a turn or event may end after its recording: decoders pad the last frame."""
HEARD_SECONDS = 1.0
"""A call with less speech than this may well have no recognisable word."""
LOUDEST_DBFS = 3.1
"""RMS of a full-scale square wave where 0 dBFS is a full-scale sine."""

SPAN = """format('{:.3f}-{:.3f}', start, "end")"""


def checks(settings: GateSettings, day: str) -> list[Check]:
    """All checks of a day, `YYYY-MM-DD`, with the thresholds of the settings."""
    return [
        *_complete(day),
        *_belongs(),
        *_masked(settings),
        *_words(),
        *_positions(),
        *_numbers(),
        *_shares(settings),
        *_versions(),
        *(_drift(settings) if settings.drift != "off" else ()),
    ]


def _rows(name: str, expects: NoRow, sentence: str, zh: str, severity: Severity = "blocking") -> Check:
    return Check(id=name, table=name.partition(".")[0], severity=severity, sentence=sentence, zh=zh, expects=expects)


def _fact(name: str, expects: Within, sentence: str, zh: str, severity: Severity = "blocking") -> Check:
    return Check(id=f"day.{name}", table="day", severity=severity, sentence=sentence, zh=zh, expects=expects)


def _complete(day: str) -> Iterator[Check]:
    yield _rows(
        "recordings.one_call_each", never("call_rows <> 1", "format('{} call rows', call_rows)"),
        "Every recording of the manifest has exactly one call row.", "清单里的每条录音恰好对应一行通话。",
    )  # fmt: skip
    yield _rows(
        "calls.in_manifest", never("not in_manifest"),
        "Every call row is of a recording of the manifest.", "每行通话都来自清单里的一条录音。",
    )  # fmt: skip
    yield _rows("calls.unique_id", never("doubled"), "No call is counted twice.", "没有通话被重复计算。")
    yield _fact(
        "call_count", Within(value="abs((select count(*) from calls) - (select count(*) from recordings))", high=0),
        "There are as many call rows as recordings.", "通话行数与录音数相等。",
    )  # fmt: skip
    yield _rows(
        "turns.unique_number", never("doubled"),
        "A turn's number names one turn of its call, so that evidence points to the right one.",
        "一个话轮编号只指通话里的一个话轮，证据因此指得准。",
    )  # fmt: skip
    yield _rows(
        "turns.number", never("turn < 0 or turn >= call_turns", "cast(turn as varchar)", of="call_there"),
        "Turns are numbered from 0 on without a gap, as evidence names them.", "话轮从 0 起连续编号，与证据所指一致。",
    )  # fmt: skip
    yield _rows(
        "calls.turn_count", never("turns_there <> turn_count", "format('{} of {} turns', turns_there, turn_count)"),
        "Every turn of a call arrived, and none that it does not know.", "通话的每个话轮都在，也没有多余的话轮。",
    )  # fmt: skip
    yield _rows(
        "findings.unique_rule", never("doubled", "rule"),
        "A rule has one outcome on a call, so that no hit is counted twice.",
        "一条规则对一通电话只有一个结果，不会重复计数。",
    )  # fmt: skip
    yield _rows(
        "calls.finding_count",
        never("findings_there <> findings_named", "format('{} of {} findings', findings_there, findings_named)"),
        "Every rule that a call says was hit, unknown or crashed has its finding.",
        "通话上记录的每条命中、未知、出错的规则都有对应的发现。",
    )  # fmt: skip
    for table in contracts.TABLES:
        yield _rows(
            f"{table}.call_date", in_set("cast(call_date as varchar)", (day,)),
            f"All rows of {table} are of the day that is published; another day's rows would be lost with it.",
            f"{table} 的所有行都属于所发布的这一天；别的日期的行会随之丢失。",
        )  # fmt: skip


def _belongs() -> Iterator[Check]:
    for table in ("turns", "events", "findings"):
        yield _rows(
            f"{table}.call_exists", never("not call_there"),
            f"Every row of {table} belongs to a call of the day.", f"{table} 的每一行都属于当天的一通电话。",
        )  # fmt: skip


def _masked(settings: GateSettings) -> Iterator[Check]:
    severity: Severity = "blocking" if settings.personal_data == "refuse" else "warning"
    yield _rows(
        "turns.personal_data_masked", never("unmasked"),
        "No mobile number, identity card or bank card can be read in what was said.",
        "话轮文字里读不出手机号、身份证号或银行卡号。", severity,
    )  # fmt: skip
    yield _rows(
        "findings.personal_data_masked", never("unmasked", "rule"),
        "No mobile number, identity card or bank card can be read in what findings quote.",
        "发现所引用的文字里读不出手机号、身份证号或银行卡号。", severity,
    )  # fmt: skip
    number = "regexp_matches(customer_number, '[0-9]{8}') and not regexp_full_match(customer_number, '[0-9a-f]{64}')"
    yield _rows(
        "calls.customer_number_masked", never(number, of="customer_number is not null"),
        "A customer's number is masked or hashed, never as dialled.", "客户号码已打码或已哈希，绝不是原号。", severity,
    )  # fmt: skip


def _words() -> Iterator[Check]:
    yield _rows(
        "calls.status", in_set("status", contracts.STATUSES),
        "A call is analysed, invalid or rejected.", "通话状态只有已分析、无效、已拒收三种。",
    )  # fmt: skip
    reasons = ", ".join(f"'{reason}'" for reason in contracts.REJECT_REASONS)
    yield _rows(
        "calls.reject_reason",
        never(
            f"(status = 'rejected' and (reject_reason is null or reject_reason not in ({reasons})))"
            " or (status <> 'rejected' and reject_reason is not null)",
            "reject_reason",
        ),
        "A rejected call says why, by a reason that we know, and no other call has a reason.",
        "被拒收的通话写明已知的原因，其他通话没有拒收原因。",
    )  # fmt: skip
    yield _rows(
        "calls.direction", in_set("direction", contracts.DIRECTIONS),
        "A call's direction is one that reports know.", "通话方向是报表认识的取值。",
    )  # fmt: skip
    yield _rows(
        "calls.call_state", in_set("call_state", contracts.CALL_STATES),
        "What tones and announcements say is a state that rules know.", "提示音与播报得出的状态是规则认识的取值。",
    )  # fmt: skip
    yield _rows(
        "calls.language", in_set("language", contracts.LANGUAGES),
        "A call's language is one that reports know.", "通话语言是报表认识的取值。",
    )  # fmt: skip
    for column, zh in (("emotion_start", "开头情绪"), ("emotion_end", "结尾情绪")):
        yield _rows(
            f"calls.{column}", in_set(column, contracts.EMOTIONS),
            f"A call's {column} is one that reports know.", f"通话的{zh}是报表认识的取值。",
        )  # fmt: skip
    yield _rows(
        "turns.language", in_set("language", contracts.LANGUAGES),
        "A turn's language is one that rules know.", "话轮语言是规则认识的取值。",
    )  # fmt: skip
    yield _rows(
        "turns.emotion", in_set("emotion", contracts.EMOTIONS),
        "A turn's emotion is one that rules know.", "话轮情绪是规则认识的取值。",
    )  # fmt: skip
    yield _rows(
        "turns.role", in_set("role", contracts.ROLES),
        "A turn is the agent's, the customer's or nobody's we know.", "话轮属于坐席、客户或身份未知者。",
    )  # fmt: skip
    ours = ", ".join(f"'{name}'" for name in contracts.EVENT_CLASSES)
    yield _rows(
        "events.class",
        never(f"not (class in ({ours}) or coalesce(call_event_classes[class], false))", "left(class, 40)"),
        "An event is of a class that callqa reports, or that a rule pack's detector listened for in the call.",
        "声音事件的类别是系统会报的，或是规则包的检测器在这通电话里听过的。",
    )  # fmt: skip
    yield _rows(
        "findings.outcome", in_set("outcome", contracts.OUTCOMES),
        "A finding is a hit, unknown or a crash.", "发现只有命中、未知、出错三种。",
    )  # fmt: skip
    yield _rows(
        "findings.severity", in_set("severity", contracts.SEVERITIES),
        "A finding's severity is one that routes know.", "发现的严重程度是通知路由认识的取值。",
    )  # fmt: skip


def _positions() -> Iterator[Check]:
    yield _rows(
        "calls.duration", between("duration", 0, None),
        "A recording's duration is a number of seconds.", "录音时长是一个秒数。",
    )  # fmt: skip
    yield _rows(
        "calls.audio_known",
        never("duration is null or channels is null or channels < 1 or sha256 is null", of="status <> 'rejected'"),
        "Of every call that was heard, duration, channels and digest of the audio are known.",
        "每通听过的电话都知道时长、声道数与音频摘要。",
    )  # fmt: skip
    for table, zh in (("turns", "话轮"), ("events", "事件")):
        yield _rows(
            f"{table}.within_call",
            never(
                f"""not (start >= 0 and start < "end" and "end" <= call_duration + {SLACK_SECONDS})""",
                SPAN, of="call_there",
            ),
            f"What {table} point to can be played: 0 <= start < end <= duration, to {SLACK_SECONDS} s.",
            f"{zh}所指的位置可以播放：0 <= 开始 < 结束 <= 时长，容差 {SLACK_SECONDS} 秒。",
        )  # fmt: skip
        yield _rows(
            f"{table}.channel",
            never("channel < 0 or channel >= call_channels", "cast(channel as varchar)", of="call_there"),
            f"The channel of {table} is one of the recording's.", f"{zh}所在声道是录音里有的。",
        )  # fmt: skip
    played = f"""e.start >= 0 and e.start <= e."end" and e."end" <= call_duration + {SLACK_SECONDS}"""
    named = "(e.turn is null or (e.turn >= 0 and e.turn < call_turns))"
    yield _rows(
        "findings.evidence",
        never(
            f"len(list_filter(evidence, lambda e: not coalesce({played} and {named}, false))) > 0",
            "rule", of="call_there",
        ),
        "The evidence of a finding is a turn of its call, or a stretch that can be played.",
        "发现的证据是该通电话里的话轮，或可以播放的一段。",
    )  # fmt: skip


def _numbers() -> Iterator[Check]:
    yield _rows(
        "turns.confidence", between("confidence", 0, 1),
        "A turn's confidence is a probability.", "话轮置信度是一个概率。",
    )  # fmt: skip
    yield _rows(
        "turns.emotion_score", between("emotion_score", 0, 1),
        "A turn's emotion score is a probability, where there is one.", "话轮情绪得分（若有）是一个概率。",
    )  # fmt: skip
    yield _rows(
        "turns.role_probability", between("role_probability", 0, 1),
        "That a role is right is a probability, where there is one.", "角色判断的把握（若有）是一个概率。",
    )  # fmt: skip
    yield _rows(
        "turns.loudness", between("loudness", -1000, LOUDEST_DBFS),
        "A turn's loudness is a level in dBFS.", "话轮响度是以 dBFS 计的电平。",
    )  # fmt: skip
    yield _rows(
        "events.score", between("score", 0, 1),
        "An event's score is a probability, where there is one.", "事件得分（若有）是一个概率。",
    )  # fmt: skip
    yield _rows(
        "findings.score", between("score", -1e6, 1e6),
        "What a hit costs is a number of points.", "一次命中扣的分是一个数。",
    )  # fmt: skip
    yield _rows(
        "calls.mean_confidence", between("mean_confidence", 0, 1),
        "A call's mean confidence is a probability, where there is one.", "通话平均置信度（若有）是一个概率。",
    )  # fmt: skip
    yield _rows(
        "calls.score", between("score", 0, 100),
        "A call's score is 0 to 100 points, where it is scored.", "通话得分（若评分）在 0 到 100 之间。",
    )  # fmt: skip
    card = "lambda s: not (coalesce(s.score, 0) between 0 and 100 and s.coverage between 0 and 1)"
    yield _rows(
        "calls.scorecards", never(f"len(list_filter(scorecards, {card})) > 0"),
        "Scores on scorecards are 0 to 100 points, of a share that could be told.",
        "评分卡得分在 0 到 100 之间，可判断的部分是一个占比。",
    )  # fmt: skip
    parts = "speech_seconds, sound_seconds, silence_seconds, longest_silence_seconds"
    yield _rows(
        "calls.seconds",
        never(
            f"least({parts}) < 0 or not (greatest({parts}) <= duration + {SLACK_SECONDS})",
            "cast(duration as varchar)", of="status <> 'rejected' and duration is not null",
        ),
        "Speech, sound and silence of a call last no longer than the call.",
        "通话中的说话、有声、静默时长都不超过通话时长。",
    )  # fmt: skip


def _shares(settings: GateSettings) -> Iterator[Check]:
    yield _fact(
        "rejected_share", Within(value=_share("calls", "status = 'rejected'"), low=0, high=settings.max_rejected_share),
        "So many unreadable recordings mean that the feed is broken.", "不可读的录音过多，说明录音来源出了问题。",
    )  # fmt: skip
    yield _fact(
        "empty_transcript_share",
        Within(
            value=_share("calls", "text_chars = 0", f"speech_seconds >= {HEARD_SECONDS}"),
            low=0, high=settings.max_empty_transcript_share,
        ),
        "So many calls with a voice and without a word mean that the model or the decoding is broken.",
        "有人声却没有文字的通话过多，说明模型或解码出了问题。",
    )  # fmt: skip
    yield _fact(
        "crash_share", Within(value=_outcome("crash"), low=0, high=settings.max_crash_share),
        "So many crashed rules mean that the findings cannot be relied on.", "规则出错过多，发现就不可信。",
    )  # fmt: skip
    mean = "(select exact_mean(confidence) from turns)"
    yield _fact(
        "mean_confidence", Within(value=mean, low=settings.min_mean_confidence),
        "The model recognises these recordings at all.", "模型基本上能听懂这些录音。",
    )  # fmt: skip
    yield _fact(
        "mean_confidence_low", Within(value=mean, low=settings.warn_mean_confidence),
        "The model is as sure of its words as it should be.", "模型对文字的把握达到应有水平。", "warning",
    )  # fmt: skip
    yield _fact(
        "emotion_unknown_share",
        Within(value=_share("turns", "emotion = 'unknown'"), low=0, high=settings.warn_emotion_unknown_share),
        "Rules about emotions hear most turns.", "关于情绪的规则听得到大多数话轮。", "warning",
    )  # fmt: skip
    yield _fact(
        "unknown_share", Within(value=_outcome("unknown"), low=0, high=settings.warn_unknown_share),
        "Most rules can say hit or clear of most calls.", "大多数规则对大多数通话能给出命中或未命中。", "warning",
    )  # fmt: skip


def _share(table: str, part: str, of: str = "true") -> str:
    return f"(select count(*) filter (where {part}) / nullif(count(*), 0) from {table} where {of})"


def _outcome(name: str) -> str:
    return f'(select "{name}" / nullif(hit + clear + "unknown" + crash, 0) from outcomes)'


def _versions() -> Iterator[Check]:
    # A call that nothing was transcribed of names no model.
    done = "from calls where status <> 'rejected'"
    audio = "split_part(audio_version, '+', 1)"  # after a `+`: how a file without a header was read
    for name, value, what, zh in (
        ("asr_digests", f"(select count(distinct asr_digest) {done} and asr_digest <> '')", "model", "模型"),
        ("audio_versions", f"(select count(distinct {audio}) {done} and {audio} <> '')", "audio pipeline", "音频流程"),
        ("rule_packs", f"(select count(distinct list_sort(rule_packs)) {done} and len(rule_packs) > 0)", "rules",
         "规则"),
    ):  # fmt: skip
        yield _fact(
            name, Within(value=value, low=0, high=1),
            f"One version of the {what} made the whole day, so that its numbers can be compared.",
            f"全天由同一版本的{zh}得出，数字才可比较。",
        )  # fmt: skip
    yield _fact(
        "rule_versions",
        Within(value=_most_versions("findings", "rule", "(rule_version, pack, pack_version)"), low=0, high=1),
        "Each rule judged the whole day in one version.", "每条规则全天只用一个版本。",
    )  # fmt: skip
    yield _fact(
        "detector_versions", Within(value=_most_versions("events", "detector", "version"), low=0, high=1),
        "Each detector of sounds listened to the whole day in one version.", "每个声音检测器全天只用一个版本。",
    )  # fmt: skip


def _most_versions(table: str, of: str, version: str) -> str:
    return f"(select max(n) from (select count(distinct {version}) as n from {table} group by {of}))"


def _drift(settings: GateSettings) -> Iterator[Check]:
    amount, middle = settings.drift_volume_change, settings.drift_median_change
    mix, rule = settings.drift_mix_change, settings.drift_rule_change
    severity: Severity = "blocking" if settings.drift == "refuse" else "warning"
    for name, expects, sentence, zh in (
        (
            "call_volume",
            LikeHistory(
                measure="volume",
                kind="amount",
                least_change=amount,
                same_weekday=settings.drift_same_weekday,
                counted=True,
            ),
            "As many calls as is usual: recordings that never arrived leave no other trace.",
            "通话量与往常相当：没送来的录音不会留下别的痕迹。",
        ),
        (
            "duration",
            LikeHistory(measure="duration", kind="amount", least_change=middle),
            "Calls are as long as usual: recordings that are cut short or run together show here.",
            "通话时长与往常相当：被截断或连在一起的录音会在这里露出来。",
        ),
        (
            "characters_a_minute",
            LikeHistory(measure="characters_a_minute", kind="amount", least_change=middle),
            "As much is written of a minute of speech as usual: a model that skips or invents words shows here.",
            "每分钟说话得到的字数与往常相当：漏字或编字的模型会在这里露出来。",
        ),
        (
            "languages",
            LikeHistory(measure="language", kind="share", least_change=mix),
            "Languages are spoken as often as usual: a wrong language is recognised fluently.",
            "各语言的占比与往常相当：听错语言时文字仍然通顺。",
        ),
        (
            "emotions",
            LikeHistory(measure="emotion", kind="share", least_change=mix),
            "Emotions are heard as often as usual.",
            "各情绪的占比与往常相当。",
        ),
        (
            "hit_rates",
            LikeHistory(measure="hit_rate", kind="share", least_change=rule),
            "Each rule hits as often as usual: a rule that stops hitting, or hits everything, looks like news.",
            "每条规则的命中率与往常相当：忽然不命中或忽然全命中的规则看上去像新闻。",
        ),
    ):
        yield Check(id=f"history.{name}", table="history", severity=severity, sentence=sentence, zh=zh, expects=expects)
