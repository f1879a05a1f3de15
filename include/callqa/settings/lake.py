"""`[lake]`, `[retention]` and `[upkeep]`: where everything is kept, for how long, and what is cleared away."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from callqa.settings.section import Named, Section


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
