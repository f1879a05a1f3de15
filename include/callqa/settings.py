"""`qa.toml` and the environment as one typed, validated object.

A key of the environment is `CALLQA_<SECTION>__<KEY>`, for example `CALLQA_ENGINE__DEVICE=cuda`; it wins over the
file. Lists and tables are written there as in the file: `CALLQA_TEXT__REDACT='["phone"]'`. An unknown key is an error
with the nearest known one, never ignored: a misspelt threshold would otherwise pass every day.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from callqa.errors import SettingsError

FILE_NAME = "qa.toml"
PREFIX = "CALLQA_"
DEMO_FOLDER = Path(__file__).parent / "demo"
DEMO_MODEL = "demo"
SECRET_KEYS = frozenset({"address", "storage", "database"})
"""Keys whose wrong values are not repeated in messages: somebody may have put a secret there."""
SECRET_OPTIONS = frozenset({"key", "secret", "token", "password", "passphrase", "private_key", "headers", "access_key"})
"""Of `source.storage`: never in a file."""

Share = Annotated[float, Field(ge=0, le=1)]
Named = Annotated[str, Field(min_length=1)]
Role = Literal["agent", "customer", "unknown"]


class Section(BaseModel):
    """A table of qa.toml: its values are plain, frozen, and no other key is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RawFormat(Section):
    """How to read files that have no header."""

    codec: Literal["alaw", "mulaw", "vox", "pcm_s16le", "pcm_s16be", "g722", "g726", "g729"]
    """`vox` is Dialogic's (OKI) ADPCM; g726 is 32 kbit/s, little-endian."""
    rate: Annotated[int, Field(ge=4000, le=192_000)] = 8000
    """Hz; g722 is 16000, whatever is said here."""
    channels: Annotated[int, Field(ge=1, le=8)] = 1
    """Interleaved, sample by sample; only of alaw, mulaw and pcm."""


class CallListSettings(Section):
    """A database that says which recordings are a day's, and what is known of their calls."""

    query: str = ""
    """SQL with `:from` and `:to` (the day's midnights) or `:day` (YYYY-MM-DD); its other columns are side-car columns.
    Empty: there is none."""
    file: Named = "file"
    """Its column that has the recording's path below `source.root`, or its address."""
    connection: str = ""
    """Airflow connection of the database."""
    database: str = Field(default="", repr=False, exclude=True)
    """The database without Airflow: a SQLAlchemy URL. With a password by environment only."""

    @model_validator(mode="after")
    def _asks_for_a_day(self) -> CallListSettings:
        if self.query and not re.search(r":(from|to|day)\b", self.query):
            raise ValueError("the query asks for no day, so that each would get all calls; use :from and :to, or :day")
        return self


class SourceSettings(Section):
    """Where recordings come from."""

    root: Named = str(DEMO_FOLDER / "calls")
    """Folder or address (s3://, sftp://, https:// …) below which the recordings lie."""
    layout: str = "{day:%Y-%m-%d}"
    """A day's folder below the root. A last part with `*` is the names of its files: `inbox/{day:%Y%m%d}-*`."""
    day_by: Literal["place", "time"] = "place"
    """`time`: days lie together; a call is of the day of its started_at in the side-car, else of the day on which its
    recording was written."""
    connection: str = ""
    """Airflow connection that opens the root."""
    storage: dict[str, Any] = Field(default={}, repr=False, exclude=True)
    """What opens the root without Airflow: fsspec's options of its storage. Keys and passwords by environment only."""
    calls: CallListSettings = CallListSettings()
    late_days: Annotated[int, Field(ge=0, le=60)] = 3
    """So many days back a nightly run looks for recordings that came late."""
    timezone: str = "Asia/Shanghai"
    """The contact centre's: a business day begins at its midnight; times without a zone are read in it."""
    channel_roles: dict[Annotated[int, Field(ge=0)], Role] = {0: "agent", 1: "customer"}
    """Of stereo recordings whose side-car does not say."""
    on_empty_day: Literal["refuse", "publish"] = "refuse"
    """A day without recordings: an error (the feed is broken), or a publication of no rows (nobody called)."""
    customer_number: Literal["mask", "hash", "drop"] = "mask"
    """What is kept of a customer's number: 138****5678, or a hash keyed by CALLQA_SOURCE__NUMBER_KEY, or nothing."""
    number_key: str = ""
    """Key of the hash. Set it by environment, never in the file."""
    raw: dict[Annotated[str, Field(pattern=r"^[a-z0-9]+$")], RawFormat] = {}
    """Recordings without a header, by the extension of their file's name (lower case, without the dot)."""
    max_call_seconds: Annotated[float, Field(gt=0)] = 4 * 3600.0
    """A longer recording is rejected as too_long."""

    @field_validator("root")
    @classmethod
    def _no_password(cls, value: str) -> str:
        if re.search(r"://[^/@]*:[^/@]+@", value):  # it would stand in every row of calls
            raise ValueError("an address with a password; give it as source.storage.password, or by a connection")
        return value

    @field_validator("layout")
    @classmethod
    def _a_place(cls, value: str) -> str:
        try:
            value.format(day=date(2026, 1, 5))
        except (KeyError, IndexError, ValueError, AttributeError) as error:
            raise ValueError(f"not a template such as {{day:%Y/%m/%d}}: {error}") from error
        if value.startswith("/") or ".." in value.split("/") or "*" in value.rpartition("/")[0]:
            raise ValueError("a place below the root, with * in its last part only")
        return value

    @model_validator(mode="after")
    def _days_apart(self) -> SourceSettings:
        if self.day_by == "place" and not self.calls.query and "{day" not in self.layout:
            raise ValueError(f'layout = {self.layout!r} is one place for all days; set day_by = "time" if it is meant')
        return self

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: "Asia" is a folder of zones
            raise ValueError(f"no time zone is called {value!r}; use a name like Asia/Shanghai") from error
        return value


class IntradaySettings(Section):
    """Today, published again and again while it goes on."""

    enabled: bool = False
    every_minutes: Annotated[int, Field(ge=1, le=240)] = 15
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = 30.0
    """A recording that was changed less long ago may still be written: the next look takes it."""


class ShardSettings(Section):
    """How a day is cut into pieces of work."""

    seconds: Annotated[float, Field(gt=0)] = 3600.0
    """Seconds of audio in a shard at most (a longer recording is a shard of its own)."""
    maximum: Annotated[int, Field(gt=0, le=1000)] = 200
    """Shards of a day at most: a larger day gets larger shards."""


class PrepareSettings(Section):
    """How recordings become clips."""

    silence_tolerance: Annotated[float, Field(ge=0, le=10)] = 3.0
    """Seconds of pause inside a turn that do not end it, as long as nobody else speaks in the pause. The most, where
    `adaptive_tolerance` fits it to the call."""
    adaptive_tolerance: bool = True
    """Fit the tolerance to the call's own pauses, between 1 s (or silence_tolerance, where that is less) and
    silence_tolerance."""
    max_clip_seconds: Annotated[float, Field(ge=2, le=30)] = 15.0
    """No clip is longer: what is, is cut at its longest pause."""
    min_speech_seconds: Annotated[float, Field(ge=0)] = 0.2
    """Shorter bursts of voice are dropped unless they lie beside others."""
    vad_threshold: Share = 0.5
    """Probability from which the voice activity detector calls a frame speech."""
    sound_floor_dbfs: float = -60.0
    """Below this level everything is silence, whatever the noise floor."""
    tones: Literal["cn", "hk", "tw", "jp", "kr", "us", "uk"] = "cn"
    """Whose telephone tones are looked for."""
    denoise: Literal["off", "auto", "on"] = "auto"
    """`auto` denoises the channels whose measured SNR is below `denoise_below_snr_db`."""
    denoise_below_snr_db: float = 5.0
    """Measured with the demo model (docs/accuracy.md); another model has another best value."""
    diarise: Literal["off", "auto"] = "auto"
    """Tell the speakers of a mono recording apart."""
    processes: Annotated[int, Field(ge=0, le=256)] = 0
    """Recordings read at once, each in a process of its own; 0 = as many as the cores that this process may use."""
    max_recording_seconds: Annotated[float, Field(gt=0)] = 600.0
    """Wall seconds after which a recording that is still being read is given up. What could be decoded gets half a
    second more for every second of a channel."""
    max_recording_mb: Annotated[int, Field(ge=512)] = 2000
    """Memory of the process that reads a recording."""


class EngineSettings(Section):
    """Which model hears the clips, and on what."""

    name: Literal["auto", "onnx", "funasr"] = "auto"
    """`auto`: onnx on a CPU, funasr on a GPU."""
    precision: Literal["auto", "int8", "fp32", "bf16"] = "auto"
    """`auto`: int8 for onnx; for funasr bf16 on a GPU that computes in it, else fp32."""
    model: Named = DEMO_MODEL
    """`demo` (ships with callqa), a folder, or a hub's id such as iic/SenseVoiceSmall."""
    revision: str = "master"
    """Of a hub's model; pin it."""
    hub: Literal["ms", "hf"] = "ms"
    """ModelScope or Hugging Face."""
    device: Annotated[str, Field(pattern=r"^(auto|cpu|cuda(:\d+)?)$")] = "auto"
    """`auto` takes a GPU where there is one; `cuda` fails where there is none."""
    language: Literal["auto", "zh", "en", "yue", "ja", "ko"] = "auto"
    """Of calls whose side-car gives no hint."""
    use_itn: bool = True
    """Punctuation and numbers in written form."""
    batch_seconds: Annotated[float, Field(ge=0)] = 0.0
    """Seconds of audio in one batch on a GPU; 0 = by its free memory. On a CPU each clip goes alone."""
    threads: Annotated[int, Field(ge=0)] = 0
    """CPU threads of funasr; 0 = all cores this process may use. onnx has one thread a process."""
    processes: Annotated[int, Field(ge=0, le=256)] = 0
    """Processes of onnx; 0 = as many as the cores this process may use, and never more than there is work for."""


class RoleSettings(Section):
    """Who is the agent, where the channels do not say."""

    min_probability: Annotated[float, Field(ge=0.5, le=1)] = 0.8
    """Below it the role is unknown."""
    agent_phrases: list[Named] = []
    """What only agents of this company say, for example its greeting; added to the phrases that callqa knows."""


class TextSettings(Section):
    """What becomes of what was said."""

    redact: list[Literal["phone", "id_card", "bank_card", "plate", "email", "number"]] = [
        "phone", "id_card", "bank_card", "plate", "email", "number",
    ]  # fmt: skip
    """Kinds of personal data that are masked in text, and silenced in the audio that people listen to."""


class RuleSettings(Section):
    """Which rules judge, with what options."""

    disable: list[str] = []
    """Ids of rules, and names of packs, that do not run."""
    enable: list[str] = []
    """Ids of rules, and names of packs, that alone run; empty = all."""
    files: list[Named] = []
    """Rule files and files of word lists without a package, by patterns such as `rules/*.yaml`: the pack `local`."""
    time_limit_seconds: Annotated[float, Field(gt=0, le=3600)] = 5.0
    """That one rule may take on one call."""
    options: dict[str, dict[str, Any]] = {}
    """Options by rule id, for example `[rules.options.SA01] share = 0.25`."""


class GateSettings(Section):
    """Thresholds of the data-quality gate; shares of a day's recordings unless said otherwise."""

    max_rejected_share: Share = 0.3
    max_empty_transcript_share: Share = 0.1
    """Of the calls with speech: calls without a single recognised character."""
    warn_emotion_unknown_share: Share = 0.5
    """Of the turns."""
    max_crash_share: Share = 0.01
    """Of rule outcomes."""
    warn_unknown_share: Share = 0.5
    """Of rule outcomes."""
    warn_mean_confidence: Share = 0.5
    """Mean confidence of the day's turns."""
    min_mean_confidence: Share = 0.2
    personal_data: Literal["refuse", "warn"] = "refuse"
    """A mobile number, identity card or bank card that can still be read in a turn; `warn` where text.redact leaves
    some of them unmasked on purpose."""
    decision_hours: Annotated[float, Field(ge=0, le=720)] = 48.0
    """How long a refused day waits in Airflow for somebody to approve or reject it; then it is rejected. 0: at once."""
    approvers: list[Named] = []
    """Users of Airflow who may decide; empty = whoever may answer required actions there."""
    drift: Literal["warn", "refuse", "off"] = "warn"
    """What becomes of a day that is unlike the days published before it."""
    drift_days: Annotated[int, Field(ge=3, le=365)] = 28
    """Published days before this one that it is compared with."""
    drift_min_days: Annotated[int, Field(ge=3, le=365)] = 5
    """With fewer there is no history; neither pass nor fail."""
    drift_same_weekday: bool = True
    """Call volume is compared with the same weekday's; three of them are a history."""
    drift_limit: Annotated[float, Field(gt=0)] = 5.0
    """Robust standard deviations from the median of those days."""
    drift_volume_change: Annotated[float, Field(ge=0)] = 0.3
    """Number of calls: a smaller change is none. Of the usual number."""
    drift_median_change: Annotated[float, Field(ge=0)] = 0.2
    """The same of the median duration and of characters a minute."""
    drift_mix_change: Share = 0.05
    """The same of shares of languages and emotions; a difference of shares."""
    drift_rule_change: Share = 0.03
    """The same of a rule's hit rate."""


class LakeSettings(Section):
    """Where everything is kept."""

    root: Named = ".callqa/lake"
    """Folder of runs, caches, quarantine and, unless `warehouse` says otherwise, the warehouse."""
    catalog_uri: str = ""
    """Of the Iceberg catalog: a SQLAlchemy URI, or a REST catalog's https://…; empty = SQLite in the lake."""
    warehouse: str = ""
    """Folder or address (s3://bucket/prefix) of the published files; empty = in the lake."""
    properties: dict[str, str] = Field(default={}, repr=False)
    """Of the catalog and the object store, by PyIceberg's names: `"s3.region"`, `"s3.endpoint"`, `"token"`. Keys and
    tokens belong into the environment."""

    @field_validator("root")
    @classmethod
    def _on_a_disk(cls, value: str) -> str:
        if "://" in value:
            raise ValueError("a lake is a folder of this machine; mount the storage and give its folder")
        return value


class RetentionSettings(Section):
    """How long what is kept of a call: days after its business day; 0 = for ever. docs/retention.md has each class."""

    audio_days: Annotated[int, Field(ge=0)] = 0
    """Clips in the caches and copies for listening; recordings in the source too where `recordings` says so."""
    text_days: Annotated[int, Field(ge=0)] = 0
    """What was said: text, words, evidence. Times, emotions, roles and numbers stay."""
    findings_days: Annotated[int, Field(ge=0)] = 0
    """Everything else that is published of a day."""
    runs_days: Annotated[int, Field(ge=0)] = 30
    """Folders of finished runs, since their last change."""
    quarantine_days: Annotated[int, Field(ge=0)] = 90
    """Refused days that nobody waits for any more, since they were refused."""
    cache_days: Annotated[int, Field(ge=0)] = 0
    """Entries of the caches, since they were last used."""
    recordings: Literal["keep", "delete"] = "keep"
    """Whether `audio_days` is also of the recordings in the source, which are then deleted."""

    @model_validator(mode="after")
    def _in_order(self) -> RetentionSettings:
        """Sound says all that text does, and text what findings do: none may outlive what it can be made from."""
        limits = {name: getattr(self, name) for name in ("audio_days", "text_days", "findings_days")}
        there = [(name, days) for name, days in limits.items() if days]
        for (earlier, low), (later, high) in pairwise(there):
            if low > high:
                raise ValueError(f"{earlier} = {low} is longer than {later} = {high}: what says more goes first")
        return self


class UpkeepSettings(Section):
    """What the nightly upkeep leaves in place."""

    superseded_days: Annotated[int, Field(ge=0)] = 90
    """For so long a day can be rolled back to a publication that another one replaced."""
    orphan_grace_hours: Annotated[float, Field(ge=24)] = 48.0
    """Files that nothing names are removed when they are older: longer than the longest run takes."""
    compact_files: Annotated[int, Field(ge=2)] = 32
    """A table to which rows are only added is rewritten as one file when it has more."""


class ConsoleSettings(Section):
    """Who may do what in the console; who may log in at all is Airflow's."""

    roles: dict[Named, Literal["agent", "reviewer", "manager", "admin"]] = {}
    """By name of Airflow's user; of the others Airflow's own role decides (viewer, user, op, admin, in this order)."""
    agents: dict[Named, Named] = {}
    """The agent_id of the recordings, by name of Airflow's user: whose calls are a person's own."""


class ArchiveSettings(Section):
    """Days of the past, in an Airflow backfill (docs/backfill.md)."""

    days_at_once: Annotated[int, Field(ge=1, le=16)] = 2
    """Of a backfill that the console starts."""
    published: Literal["skip", "again"] = "skip"
    """What a backfill does with a published day: nothing, without reading its recordings, or all of it again."""
    on_empty_day: Literal["skip", "publish", "refuse"] = "skip"
    """A day of an archive without recordings: nothing to do, a publication of no rows, or an error."""
    look_seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    """That a plan may look at the source; what it has not seen by then is estimated from what it has."""


class ReportSettings(Section):
    """What is on the reports of a day, and for how long they are kept."""

    languages: Annotated[list[Literal["zh", "en"]], Field(min_length=1)] = ["zh", "en"]
    """Each report is one page in each of them."""
    periods: list[Literal["day", "week", "month"]] = ["day"]
    """Reports that are made by themselves: of a day, and of the week or month that ends with it."""
    console_url: str = ""
    """Address of the console (https://host/callqa), for links to calls; empty: no links."""
    keep_days: Annotated[int, Field(ge=0)] = 0
    """Days after their last day for which reports are kept; 0 = for as long as what is on them (`[retention]`)."""
    min_calls: Annotated[int, Field(ge=2, le=10_000)] = 20
    """Who has fewer calls is counted, and compared with nobody."""
    call_back_flags: list[Named] = ["risk", "self_harm", "regulator", "legal", "media", "fraud"]
    """Calls with one of these flags are to be called back, those of the first flags first."""
    conduct_flags: list[Named] = ["forbidden_words", "secret_asked", "promise"]
    """Calls with one of these flags are about what the agent said."""
    angry_share: Share = 0.1
    """Of a customer's speech: who sounds angry in so much of it is an angry customer."""
    break_minutes: Annotated[float, Field(ge=0, le=120)] = 5.0
    """A shorter pause between two calls of an agent is no break."""
    long_call_minutes: Annotated[float, Field(gt=0)] = 10.0
    """From so many minutes on a call is a long one."""
    clips: Annotated[int, Field(ge=0, le=200)] = 10
    """Turns of a customer's mood that can be heard on a day's report, at most."""
    clip_seconds: Annotated[float, Field(ge=5, le=300)] = 30.0
    """Of sound before such a turn, and after it."""

    @field_validator("console_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value and not re.match(r"https?://[^/\s]+", value):
            raise ValueError(f"{value!r} is no address; write https://host/callqa")
        return value.rstrip("/")


class RouteSettings(Section):
    """One way to tell somebody: what of, in which form, and where to."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    """Rules whose `actions` have this name are told of here."""
    address: Annotated[str, Field(pattern=r"^(env|connection|action):[A-Za-z0-9_.-]+$")]
    """Where the address is: `env:NAME` of an environment variable, `connection:ID` of an Airflow connection. Or
    `action:NAME`: a rule pack's own function. The address itself is a secret and never stands here."""
    audience: str = ""
    """For whom, as the message names them."""
    language: Literal["zh", "en"] = "zh"
    send: Literal["digest", "single"] = "digest"
    """One message for all calls of a day, or one for each."""
    rules: list[Named] = []
    packs: list[Named] = []
    flags: list[Named] = []
    actions: list[Named] = []
    """Any of these takes a hit; actions, besides the route's own name."""
    severities: list[Literal["info", "minor", "major", "critical"]] = []
    """With the above: only of these. Alone: every hit of these."""
    teams: list[Named] = []
    queues: list[Named] = []
    """Only calls of these; empty: all."""
    events: list[Literal["published", "refused", "failed", "deadline", "backfill"]] = []
    """What is told of a day as a whole."""
    quotes: bool = False
    """Whether what was said is quoted, numbers masked whatever `[text]` says."""
    per_minute: Annotated[float, Field(gt=0, le=6000)] = 20.0
    """Messages, at most: what WeCom and DingTalk take of a robot."""
    max_messages: Annotated[int, Field(ge=1, le=1000)] = 20
    """Of a day and run; the last of them says how many more calls there are."""
    when_unsure: Literal["tell", "repeat"] = "tell"
    """Of a message that may have arrived (no answer in time, a kill): `tell` sends a short note that it may not have,
    and never the message twice; `repeat` sends it again, with the same number."""


class NotifySettings(Section):
    """Who is told of what."""

    routes: list[RouteSettings] = []
    max_age_days: Annotated[int, Field(ge=0)] = 7
    """Nobody is told of older days unless they are asked to be; 0 = of any day."""
    keep_trying_hours: Annotated[float, Field(gt=0)] = 48.0
    """A message that could not be sent is tried again by each run for so long."""
    attempts: Annotated[int, Field(ge=1, le=20)] = 4
    """In one run."""
    backoff_seconds: Annotated[float, Field(ge=0, le=600)] = 2.0
    """Before the second attempt; doubled before each further one."""
    timeout_seconds: Annotated[float, Field(gt=0, le=120)] = 15.0
    """That a service has to answer."""
    time_limit_seconds: Annotated[float, Field(gt=0, le=7200)] = 600.0
    """For all messages of a run; what is left is sent by the next one."""

    @field_validator("routes")
    @classmethod
    def _named_once(cls, value: list[RouteSettings]) -> list[RouteSettings]:
        names = [route.name for route in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two routes are called {name}")
        return value


class AlarmSettings(Section):
    """When people are to be told that something did not happen."""

    published_by: Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")] = ""
    """Hour (HH:MM, the centre's time) of the next day by which a business day has to be published; empty = no alarm."""


class Settings(Section):
    """All of qa.toml."""

    source: SourceSettings = SourceSettings()
    shards: ShardSettings = ShardSettings()
    prepare: PrepareSettings = PrepareSettings()
    engine: EngineSettings = EngineSettings()
    roles: RoleSettings = RoleSettings()
    text: TextSettings = TextSettings()
    rules: RuleSettings = RuleSettings()
    gate: GateSettings = GateSettings()
    lake: LakeSettings = LakeSettings()
    console: ConsoleSettings = ConsoleSettings()
    retention: RetentionSettings = RetentionSettings()
    upkeep: UpkeepSettings = UpkeepSettings()
    alarms: AlarmSettings = AlarmSettings()
    notify: NotifySettings = NotifySettings()
    reports: ReportSettings = ReportSettings()
    archive: ArchiveSettings = ArchiveSettings()
    intraday: IntradaySettings = IntradaySettings()

    def with_folders(self, *, source: str | None = None, lake: str | None = None) -> Settings:
        """The same settings with another source or lake; relative folders are relative to the working folder.

        Raises:
            SettingsError: one is empty (a script's unset variable must not mean the default), or the lake is a URL.
        """
        given = {"source": source, "lake": lake}
        values = {section: {"root": root} for section, root in given.items() if root is not None}
        _validate(values, "the command line")
        changes = {
            section: getattr(self, section).model_copy(update={"root": _absolute(value["root"], Path.cwd())})
            for section, value in values.items()
        }
        if source is not None and _scheme(source) != _scheme(self.source.root):
            # What opens the one storage is nothing to another.
            changes["source"] = changes["source"].model_copy(update={"connection": "", "storage": {}})
        return self.model_copy(update=changes)

    def with_model(self, model: str | None, *, revision: str | None = None, hub: str | None = None) -> Settings:
        """The same settings with another model.

        Raises:
            SettingsError: the hub is neither ms nor hf.
        """
        given = {"model": model, "revision": revision, "hub": hub}
        values = {**self.engine.model_dump(), **{name: value for name, value in given.items() if value}}
        return self.model_copy(update={"engine": _validate({"engine": values}, "the command line").engine})

    def with_value(self, assignment: str) -> Settings:
        """The same settings with one value changed: `section.key=value`, the value as in qa.toml (quotes may go).

        Raises:
            SettingsError: it is no assignment, or the key or the value is none.
        """
        place, equals, value = (part.strip() for part in assignment.partition("="))
        section, dot, key = place.partition(".")
        if not (equals and dot and key):
            raise SettingsError(f"{assignment!r} is no assignment", remedy="write section.key=value: engine.name=onnx")
        if section not in Settings.model_fields:
            raise _explain("extra_forbidden", [section], "", value, "the command line")
        # Not `model_dump`: it leaves out what is secret.
        values = {**dict(getattr(self, section)), key: toml_value(value)}
        changed = getattr(_validate({section: values}, "the command line"), section)
        return self.model_copy(update={section: changed})


def toml_value(text: str) -> Any:
    """A value as it stands in qa.toml; a bare word is a text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:  # a bare word, which TOML would have in quotes
        return text


def load(path: str | Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of `path`, else of the file that CALLQA_CONFIG names, else of ./qa.toml, else the defaults.

    Relative folders in the file are relative to the file.

    Raises:
        SettingsError: the file named is not there or not TOML, or a key or value is not one.
    """
    environ = os.environ if environ is None else environ
    file = _find(path, environ)
    values = _read(file) if file else {}
    if file:
        _refuse_secrets(values, file)
    where = f"{file}" if file else "the environment"
    from_environment = _from_environment(environ)
    for section, keys in from_environment.items():
        table = values.setdefault(section, {})
        if not isinstance(table, dict):
            raise SettingsError(f"{where}: {section} is not a table", remedy=f"write [{section}]")
        _merge(table, keys)
    variables = {(s, key): f"{PREFIX}{s}__{key}".upper() for s, keys in from_environment.items() for key in keys}
    settings = _validate(values, where, variables)
    return _anchor(settings, file.parent.resolve() if file else Path.cwd())


def _find(path: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    named = path or environ.get(f"{PREFIX}CONFIG")
    if named:
        if not Path(named).is_file():
            raise SettingsError(f"no settings file {named}", remedy="give the path of a qa.toml, or none for defaults")
        return Path(named)
    return Path(FILE_NAME) if Path(FILE_NAME).is_file() else None


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file} is not TOML: {error}", remedy="correct the line that the message names") from error


def _from_environment(environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, value in environ.items():
        match = re.fullmatch(rf"{PREFIX}([A-Z]+)__(.+?)(?:__(.+))?", name)
        if match and match[3]:
            table = found.setdefault(match[1].lower(), {}).setdefault(match[2].lower(), {})
            if isinstance(table, dict):  # else the whole of it is given, and as what it is is said below
                table[match[3].lower()] = _value(value)
        elif match:
            found.setdefault(match[1].lower(), {})[match[2].lower()] = _value(value)
    return found


def _merge(table: dict[str, Any], more: Mapping[str, Any]) -> None:
    """Put keys into a table; a table in it keeps the keys that the other one does not have."""
    for key, value in more.items():
        there = table.get(key)
        if isinstance(there, dict) and isinstance(value, dict):
            _merge(there, value)
        else:
            table[key] = value


def _refuse_secrets(values: Mapping[str, Any], file: Path) -> None:
    """A settings file is read by many and kept in repositories."""
    source = values.get("source", {})
    storage = source.get("storage", {}) if isinstance(source, dict) else {}
    secret = sorted(SECRET_OPTIONS.intersection(storage)) if isinstance(storage, dict) else []
    if secret:
        raise SettingsError(
            f"{file}: source.storage.{secret[0]} is a secret",
            remedy=f"take it out of the file and set {PREFIX}SOURCE__STORAGE__{secret[0].upper()}, or use"
            " source.connection",
        )
    for place, value in _addresses(source):
        if re.search(r"://[^/@]*:[^/@]+@", value):
            raise SettingsError(
                f"{file}: {place} holds a password",
                remedy=f"take it out of the file: {PREFIX}{place.upper().replace('.', '__')}, or an Airflow connection",
            )


def _addresses(source: Any) -> list[tuple[str, str]]:
    if not isinstance(source, dict):
        return []
    calls = source.get("calls", {})
    database = calls.get("database", "") if isinstance(calls, dict) else ""
    return [("source.root", str(source.get("root", ""))), ("source.calls.database", str(database))]


def _value(text: str) -> Any:
    """A list or a table where the text is one of TOML's, else the text, which the settings make a number of."""
    if text.startswith(("[", "{")):
        with contextlib.suppress(tomllib.TOMLDecodeError):
            return tomllib.loads(f"value = {text}")["value"]
    return text


def _validate(values: dict[str, Any], where: str, variables: Mapping[tuple[str, str], str] | None = None) -> Settings:
    """Settings of plain values, which come from `where`; of `variables`, by section and key, from the environment."""
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = [str(part) for part in first["loc"]]
        if variables and len(place) > 1:
            where = variables.get((place[0], place[1]), where)
        raise _explain(first["type"], place, first["msg"], first["input"], where) from error


def _explain(kind: str, place: list[str], message: str, value: Any, where: str) -> SettingsError:
    dotted = ".".join(place)
    if kind != "extra_forbidden":
        # A whole table may have a secret in it.
        hidden = SECRET_KEYS.intersection(place) or isinstance(value, Mapping)
        shown = "…" if hidden else re.sub(r"(://[^/@:]*):[^/@]*@", r"\1:…@", repr(value))
        return SettingsError(f"{where}: {dotted} = {shown}: {message}", remedy="see the comments in qa.toml")
    known = _keys(place[:-1])
    near = difflib.get_close_matches(place[-1], known, n=1)
    remedy = f"did you mean {'.'.join([*place[:-1], near[0]])}?" if near else f"known here: {', '.join(known)}"
    return SettingsError(f"{where}: unknown key {dotted}", remedy=remedy)


def _keys(place: list[str]) -> list[str]:
    model: Any = Settings
    for name in place:
        # A list of tables has positions where a table has keys.
        model = get_args(model)[0] if name.isdecimal() else model.model_fields[name].annotation
    return list(model.model_fields)


def _anchor(settings: Settings, base: Path) -> Settings:
    """Relative folders made absolute, so that stages mean the same file whatever folder they run in."""
    return settings.model_copy(
        update={
            "source": settings.source.model_copy(update={"root": _absolute(settings.source.root, base)}),
            "engine": settings.engine.model_copy(update={"model": _model_folder(settings.engine.model, base)}),
            "rules": settings.rules.model_copy(update={"files": [_absolute(f, base) for f in settings.rules.files]}),
            "lake": settings.lake.model_copy(
                update={
                    "root": _absolute(settings.lake.root, base),
                    "warehouse": settings.lake.warehouse and _absolute(settings.lake.warehouse, base),
                }
            ),
        }
    )


def _model_folder(model: str, base: Path) -> str:
    """A folder made absolute; `demo` and a hub's id as they are."""
    folder = base / Path(model).expanduser()
    return str(folder.resolve()) if model != DEMO_MODEL and folder.is_dir() else model


def _scheme(root: str) -> str:
    return root.partition("://")[0] if "://" in root else ""


def _absolute(path: str, base: Path) -> str:
    return path if "://" in path else str((base / Path(path).expanduser()).resolve())
