"""Samples of findings to review. A sample is kept as its definition with a seed: whoever opens it gets the same
findings in the same order, and sees nobody else's verdict before giving one.

<lake>/console/samples/<id>.json
"""

from __future__ import annotations

import dataclasses
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from callqa import storage
from callqa.contracts import Review
from callqa.errors import StageError
from callqa.upkeep.samples import FOLDER
from qa_console.data.console import Page
from qa_console.data.errors import FilterError
from qa_console.data.filters import Filters
from qa_console.data.listing import SHOWN, CallLine, line
from qa_console.data.records import as_records

Kind = Literal["random", "rule", "uncertain"]
KINDS = ("random", "rule", "uncertain")
MOST = 500
"""Findings of a sample."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What is to be reviewed.

    `random`: hits of any rule; `rule`: hits of one; `uncertain`: hits and outcomes that could not be told, of the calls
    whose words are least sure first.
    """

    name: str
    kind: Kind
    size: int
    filters: Filters
    """Of the calls; both days are given, so that the sample does not grow as days are published."""
    rule: str | None = None
    seed: str = ""
    made_by: str = ""
    made_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS or (self.kind == "rule") != bool(self.rule):
            raise FilterError(
                f"a sample of the kind {self.kind!r} of rule {self.rule}",
                remedy="name a rule for the kind rule, and for it alone",
                field="kind",
            )
        if not 1 <= self.size <= MOST:
            raise FilterError(f"a sample of {self.size}", remedy=f"1 to {MOST} findings", field="size")
        if self.filters.said or self.filters.first_day is None or self.filters.last_day is None:
            raise FilterError("a sample is of days, and not of what was said", remedy="give both days", field="from")

    @property
    def id(self) -> str:
        """For addresses."""
        return self.seed


@dataclass(frozen=True)
class Sampled:
    """A finding of a sample."""

    call: CallLine
    rule: str
    outcome: str
    """`hit` or `unknown`."""
    mine: Review | None
    """The newest of the reviewer who asks."""


def keep_sample(page: Page, sample: Sample, made_by: str) -> Sample:
    """Keep a sample under a new seed; returns it with the seed.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls.
        StageError: the lake cannot be written.
    """
    page.of_everybody()
    kept = dataclasses.replace(sample, seed=secrets.token_hex(8), made_by=made_by, made_at=datetime.now(UTC))
    storage.write_json(_folder(page) / f"{kept.seed}.json", _plain(kept))
    return kept


def samples(page: Page) -> tuple[Sample, ...]:
    """The kept samples, newest first.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls.
    """
    page.of_everybody()
    found = [_read(path) for path in _folder(page).glob("*.json")]
    return tuple(sorted(found, key=lambda one: (str(one.made_at), one.seed), reverse=True))


def sample_of(page: Page, seed: str) -> Sample:
    """A kept sample.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls.
        FilterError: there is none.
    """
    page.of_everybody()
    path = _folder(page) / f"{seed}.json"
    if not (re.fullmatch(r"[0-9a-f]{16}", seed) and path.is_file()):
        raise FilterError(f"there is no sample {seed[:40]!r}", remedy="choose one of the list", field="sample")
    return _read(path)


def sampled(page: Page, sample: Sample, reviewer: str) -> tuple[Sampled, ...]:
    """A sample's findings, the same for everybody, each with the reviewer's own newest verdict and nobody else's.

    Raises:
        NotForEverybodyError: whoever asks sees one agent's calls.
    """
    session = page.of_everybody()
    where, values = sample.filters.condition()
    first = "mean_confidence nulls first, " if sample.kind == "uncertain" else ""
    said = "hit" if sample.kind != "uncertain" else None
    sql = f"""
        with judged as (
            select nr, mean_confidence, call_date, call_id, unnest(rules_hit) as rule, 'hit' as outcome
            from calls where {where}
            union all
            select nr, mean_confidence, call_date, call_id, unnest(rules_unknown), 'unknown' from calls where {where}
        ), chosen as (
            select nr, rule, outcome, row_number() over (
                order by {first}md5(concat_ws('|', ?, call_date, call_id, rule)), call_date, call_id, rule
            ) as place
            from judged where (? is null or rule = ?) and (? is null or outcome = ?)
            qualify place <= {int(sample.size)}
        )
        select {SHOWN}, rule, outcome from chosen join calls using (nr) order by place
    """
    rows = session.rows(sql, [*values, *values, sample.seed, sample.rule, sample.rule, said, said])
    mine = _own(page, reviewer)
    return tuple(
        Sampled(line(row), row["rule"], row["outcome"], mine.get((row["call_date"], row["call_id"], row["rule"])))
        for row in rows
    )


def _own(page: Page, reviewer: str) -> dict[tuple[Any, str, str], Review]:
    sql = 'select * from reviews where reviewer = ? order by "at"'
    rows = as_records(Review, page.session.table(sql, [reviewer]))
    return {(row.call_date, row.call_id, row.rule): row for row in rows}


def _folder(page: Page) -> Path:
    return Path(page.settings.lake.root) / FOLDER


def _plain(sample: Sample) -> dict[str, Any]:
    made = sample.made_at.isoformat() if sample.made_at else None
    return {**vars(sample), "filters": sample.filters.pairs(), "made_at": made}


def _read(path: Path) -> Sample:
    plain = storage.read_json(path)
    try:
        filters = Filters.of([(str(key), str(value)) for key, value in plain["filters"]])
        made = datetime.fromisoformat(plain["made_at"]) if plain["made_at"] else None
        return Sample(**{**plain, "filters": filters, "made_at": made})
    except (KeyError, TypeError, ValueError) as error:
        raise StageError(f"{path} is no sample: {error}", remedy="remove it") from error
