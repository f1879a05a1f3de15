"""`Settings`: all tables of qa.toml, and the same with something changed, as the command line asks for it."""

from __future__ import annotations

from pathlib import Path

from callqa.errors import SettingsError
from callqa.settings.checking import explain, validate
from callqa.settings.days import ArchiveSettings, IntradaySettings, ShardSettings
from callqa.settings.gate import GateSettings
from callqa.settings.lake import LakeSettings, RetentionSettings, UpkeepSettings
from callqa.settings.notify import NotifySettings
from callqa.settings.people import AlarmSettings, ConsoleSettings, ReportSettings
from callqa.settings.places import absolute, scheme
from callqa.settings.rules import RuleSettings
from callqa.settings.section import Section
from callqa.settings.source import SourceSettings
from callqa.settings.speech import EngineSettings, PrepareSettings, RoleSettings, TextSettings
from callqa.settings.values import toml_value


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
        validate(Settings, values, "the command line")
        changes = {
            section: getattr(self, section).model_copy(update={"root": absolute(value["root"], Path.cwd())})
            for section, value in values.items()
        }
        if source is not None and scheme(source) != scheme(self.source.root):
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
        return self.model_copy(update={"engine": validate(Settings, {"engine": values}, "the command line").engine})

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
            raise explain(Settings, "extra_forbidden", [section], "", value, "the command line")
        # Not `model_dump`: it leaves out what is secret.
        values = {**dict(getattr(self, section)), key: toml_value(value)}
        changed = getattr(validate(Settings, {section: values}, "the command line"), section)
        return self.model_copy(update={section: changed})
