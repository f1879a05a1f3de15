"""`qa.toml` and the environment as one typed, validated object.

A key of the environment is `CALLQA_<SECTION>__<KEY>`, for example `CALLQA_ENGINE__DEVICE=cuda`; it wins over the
file. Lists and tables are written there as in the file: `CALLQA_TEXT__REDACT='["phone"]'`. An unknown key is an error
with the nearest known one, never ignored: a misspelt threshold would otherwise pass every day.

`load` makes the settings, and everybody imports from here. The tables of the file are in

source.py    [source], [source.calls], [source.raw]: where recordings come from
days.py      [shards], [intraday], [archive]: how a day is cut, today, and days of the past
speech.py    [prepare], [engine], [roles], [text]: clips, the model, speakers, masked text
rules.py     [rules]: which rules judge
gate.py      [gate]: thresholds of the data-quality gate
lake.py      [lake], [retention], [upkeep]: where everything is kept, and for how long
people.py    [console], [reports], [alarms]: what people may do, see and hear of
notify.py    [notify], [[notify.routes]]: who is told of what

and the rest is in section.py (what tables are built of), whole.py (`Settings`, all of them), loading.py (the file and
the environment), checking.py (what is said of wrong values), values.py and places.py.
"""

from __future__ import annotations

from callqa.errors import SettingsError
from callqa.settings.checking import SECRET_KEYS
from callqa.settings.days import ArchiveSettings, IntradaySettings, ShardSettings
from callqa.settings.gate import GateSettings
from callqa.settings.lake import LakeSettings, RetentionSettings, UpkeepSettings
from callqa.settings.loading import FILE_NAME, PREFIX, SECRET_OPTIONS, load
from callqa.settings.notify import NotifySettings, RouteSettings
from callqa.settings.people import AlarmSettings, ConsoleSettings, ReportSettings
from callqa.settings.rules import RuleSettings
from callqa.settings.section import DEMO_FOLDER, DEMO_MODEL, Named, Role, Section, Share
from callqa.settings.source import CallListSettings, RawFormat, SourceSettings
from callqa.settings.speech import EngineSettings, PrepareSettings, RoleSettings, TextSettings
from callqa.settings.values import toml_value
from callqa.settings.whole import Settings

__all__ = [
    "DEMO_FOLDER",
    "DEMO_MODEL",
    "FILE_NAME",
    "PREFIX",
    "SECRET_KEYS",
    "SECRET_OPTIONS",
    "AlarmSettings",
    "ArchiveSettings",
    "CallListSettings",
    "ConsoleSettings",
    "EngineSettings",
    "GateSettings",
    "IntradaySettings",
    "LakeSettings",
    "Named",
    "NotifySettings",
    "PrepareSettings",
    "RawFormat",
    "ReportSettings",
    "RetentionSettings",
    "Role",
    "RoleSettings",
    "RouteSettings",
    "RuleSettings",
    "Section",
    "Settings",
    "SettingsError",
    "ShardSettings",
    "Share",
    "SourceSettings",
    "TextSettings",
    "UpkeepSettings",
    "load",
    "toml_value",
]
