"""The certificate of an erasure: what was asked for, what went, what was looked for afterwards, what is left.

It names no call and no customer, only keyed digests of them: whoever knows the id can check that it is meant, and
nobody else learns it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callqa import storage
from callqa.upkeep import lake


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """An erasure, carried out or (`dry_run`) tried."""

    id: str
    at: dt.datetime
    by: str
    reason: str
    request: dict[str, Any]
    """`kind` (`calls` or `customer`), `days` and `calls`: keyed digests by day."""
    removed: dict[str, lake.Removed]
    """By place."""
    days: dict[str, str]
    """What became of each published day."""
    searched: dict[str, Any]
    """`files` and `bytes` looked through afterwards, `for`: how many needles of which kind."""
    left: list[dict[str, Any]] = field(default_factory=list)
    """Files in which something was found, with what."""
    not_removed: list[dict[str, str]] = field(default_factory=list)
    """What could not be removed, or was not to be: `what` and `why`."""
    dry_run: bool = False
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether nothing was found that should have gone."""
        return not self.left

    def plain(self) -> dict[str, Any]:
        """As JSON, with `sha256` over the rest of it (`storage.digest_of`)."""
        body = {**dataclasses.asdict(self), "at": self.at.isoformat(), "complete": self.complete}
        body = json.loads(json.dumps(body, ensure_ascii=False, default=str))
        return {**body, "sha256": storage.digest_of(body)}


def new_id(at: dt.datetime) -> str:
    """Of an erasure that begins."""
    return f"erasure-{at:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def write(root: str | Path, certificate: Certificate) -> list[str]:
    """Write the certificate as JSON and as text into the lake; returns the paths."""
    folder = Path(root) / lake.CERTIFICATES
    plain = certificate.plain()
    with storage.atomic(folder / f"{certificate.id}.txt") as temporary:
        temporary.write_text(text(plain), encoding="utf-8")
    return [
        storage.write_json(folder / f"{certificate.id}.json", plain),
        str(folder / f"{certificate.id}.txt"),
    ]


def check(path: str | Path) -> bool:
    """Whether a certificate's JSON is as it was written."""
    plain = storage.read_json(path)
    return bool(plain.pop("sha256", None) == storage.digest_of(plain))


def text(plain: dict[str, Any]) -> str:
    """A certificate for people."""
    lines = [
        f"Certificate of erasure {plain['id']}",
        f"at {plain['at']}, by {plain['by']}: {plain['reason']}",
        "A dry run: nothing was removed." if plain["dry_run"] else "",
        "",
        f"Asked for: {len(plain['request']['calls'])} call(s) of {', '.join(plain['request']['days'])}",
        *(f"  {call['day']} {call['digest']}" for call in plain["request"]["calls"]),
        "",
        "Would be removed:" if plain["dry_run"] else "Removed:",
        *(_removed(place, went) for place, went in plain["removed"].items()),
        *(f"  {day}: {outcome}" for day, outcome in plain["days"].items()),
        "",
        *_searched(plain),
        *([""] if plain["not_removed"] else []),
        *(f"Not removed: {one['what']}: {one['why']}" for one in plain["not_removed"]),
        "",
        ", ".join(f"{name} {version}" for name, version in plain["versions"].items()),
        f"SHA-256 of the JSON's other fields: {plain['sha256']}",
    ]
    return "\n".join(lines) + "\n"


def _removed(place: str, went: dict[str, int]) -> str:
    return f"  {place}: {went['files']:,} file(s), {went['rows']:,} row(s), {went['bytes']:,} bytes"


def _searched(plain: dict[str, Any]) -> list[str]:
    searched = plain["searched"]
    if not searched:
        return ["Nothing was searched."]
    kinds = ", ".join(f"{count} {kind}" for kind, count in searched["for"].items())
    lines = [f"Searched afterwards: {searched['files']:,} files, {searched['bytes']:,} bytes, decoded, for {kinds}."]
    if plain["complete"]:
        return [*lines, "Nothing was found."]
    return [*lines, "NOT COMPLETE. Still there:"] + [
        f"  {one['file']}: {', '.join(one['kinds'])}" for one in plain["left"]
    ]
