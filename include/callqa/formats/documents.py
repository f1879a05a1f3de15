"""One JSON document a call: a line each in one file, or a file each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from callqa.formats.day import Day, Heard
from callqa.formats.folder import file_name
from callqa.formats.options import Options, Written

Document = dict[str, Any]


class LeftOut(Exception):  # noqa: N818 - a call that a format cannot hold is no fault
    """A call that a format cannot hold; its text says why."""


def write(day: Day, folder: Path, options: Options, ending: str, document: Callable[[Heard], Document]) -> Written:
    """The documents of a day's calls, one call in memory at a time.

    One line a call in `calls.<ending>.jsonl`; where a file a call is wanted, or one call, `<call id>.<ending>.json`.
    """
    left_out = {"rejected: nothing was heard": rejected} if (rejected := day.rejected()) else {}
    made = _documents(day.heard(), document, left_out)
    if options.a_file_a_call or day.call is not None:
        return Written(_a_file_each(folder, ending, made), left_out)
    return Written(_a_line_each(folder / f"calls.{ending}.jsonl", made), left_out)


def _documents(
    calls: Iterable[Heard], document: Callable[[Heard], Document], left_out: dict[str, list[str]]
) -> Iterable[tuple[str, Document]]:
    for heard in calls:
        try:
            _require_masked(heard)
            yield heard.call.call_id, document(heard)
        except LeftOut as reason:
            left_out.setdefault(str(reason), []).append(heard.call.call_id)


def _require_masked(heard: Heard) -> None:
    """Both formats say that personal data is masked; a version of callqa once did not look for it."""
    if any(turn.text_match is None for turn in heard.turns):
        raise LeftOut("published before personal data was looked for: run the day again")


def _a_line_each(path: Path, documents: Iterable[tuple[str, Document]]) -> dict[str, int]:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for count, (_, document) in enumerate(documents, start=1):  # noqa: B007 - the last number is the count
            file.write(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")
    return {path.name: count}


def _a_file_each(folder: Path, ending: str, documents: Iterable[tuple[str, Document]]) -> dict[str, int]:
    count = 0
    for count, (call_id, document) in enumerate(documents, start=1):  # noqa: B007 - the last number is the count
        # `x`: on a file system that tells no case apart, a call must not take another one's file.
        with (folder / f"{file_name(call_id)}.{ending}.json").open("x", encoding="utf-8") as file:
            file.write(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
    return {f"*.{ending}.json": count}
