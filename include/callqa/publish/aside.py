"""A refused day's files, kept aside for whoever has to find out why."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from callqa import contracts, storage
from callqa.errors import StageError

ABOUT = "run.json"
"""Of which run the files are, and from which publication of the day it started."""


def put(
    exported: Mapping[str, Any],
    results: Sequence[str],
    audited: Mapping[str, Any],
    about: Mapping[str, Any],
    *,
    lake: str,
) -> Path:
    """Copy the day's files, the files of the gate's result and the reasons into the run's folder of the quarantine.

    `about` goes into ABOUT, with the day; its `run_id` names the folder.
    """
    day, run_id = str(exported["day"]), str(about["run_id"])
    target = Path(lake) / "quarantine" / day / storage.run_folder(lake, run_id).name
    sources = [str(exported[table]) for table in contracts.TABLES] + [str(exported["daily_qc"])]
    try:
        _put(target, [*sources, *results], reasons(audited, run_id), {"day": day, **about})
    except OSError as error:
        raise StageError(
            f"cannot put the refused day into {target}: {error}", remedy="check that the lake is writable and has space"
        ) from error
    return target


def _put(target: Path, sources: list[str], text: str, about: Mapping[str, Any]) -> None:
    from callqa import warehouse

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.tmp-", dir=target.parent) as temporary:
        made = Path(temporary) / "made"
        made.mkdir()
        for source in sources:
            warehouse.link_or_copy(source, made / Path(source).name)
        (made / "reasons.txt").write_text(text, encoding="utf-8")
        storage.write_json(made / ABOUT, about)
        # A folder cannot be renamed onto one that has files: what an earlier attempt left is moved away first.
        with contextlib.suppress(FileNotFoundError):
            target.rename(Path(temporary) / "earlier")
        made.rename(target)


def failed(audited: Mapping[str, Any], severity: str) -> list[dict[str, Any]]:
    """The checks of a severity that did not succeed."""
    return [check for check in audited["checks"] if not check["success"] and check["severity"] == severity]


def reason(check: Mapping[str, Any]) -> str:
    """A failed check in a line: what it protects, what was found, what is asked for."""
    return f"{check['id']}: not so: {check['sentence']} Found {_found(check)}, wanted {_wanted(check['threshold'])}."


def reasons(audited: Mapping[str, Any], run_id: str) -> str:
    """`reasons.txt`: every failed check with samples of the rows at fault."""
    lines = [f"{audited['day']} was not published: the data-quality gate refused run {run_id}."]
    lines += ["Nothing of the day changed in the warehouse.", ""]
    for title, severity in (("Refused because:", "blocking"), ("Also noticed:", "warning")):
        checks = failed(audited, severity)
        lines += [title] if checks else []
        for check in checks:
            lines += [f"* {reason(check)}"] + [f"    {json.dumps(s, ensure_ascii=False)}" for s in check["samples"]]
    return "\n".join([*lines, "", "All checks: page.html, and audit.json. The day's files lie beside them.", ""])


def _found(check: Mapping[str, Any]) -> str:
    observed = check["observed"]
    if observed is None:
        return str(check.get("note", "nothing"))
    if isinstance(observed, dict):
        return f"{observed['wrong']} of {observed['rows']} rows at fault"
    return f"{observed:.4g}" if isinstance(observed, float) else str(observed)


def _wanted(threshold: Mapping[str, Any]) -> str:
    low, high = threshold.get("min_value"), threshold.get("max_value")
    if "value_set" in threshold:
        return "none" if threshold["value_set"] == [True] else f"one of {', '.join(map(str, threshold['value_set']))}"
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if low is not None else "none"
