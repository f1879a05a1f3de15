"""What becomes of a day that the gate has audited: published, or kept in quarantine until somebody decides."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from callqa import observed, publish
from callqa.settings import Settings


def conclude(
    settings: Settings,
    run: Mapping[str, Any],
    exported: dict[str, Any],
    gated: dict[str, Any],
    attempt: int = 1,
    origin: str | None = None,
) -> dict[str, Any]:
    """Publish what passed the gate; put what did not into quarantine.

    `origin` is what the ledger says of where the rows come from, where that is no run over recordings.
    """
    work = functools.partial(_conclude, settings, run, exported, gated, attempt, origin)
    return observed.stage("publish", run["run_dir"], work)


def _conclude(
    settings: Settings,
    run: Mapping[str, Any],
    exported: dict[str, Any],
    gated: dict[str, Any],
    attempt: int,
    origin: str | None,
) -> dict[str, Any]:
    if not gated["passed"]:
        return publish.quarantine(
            exported,
            gated,
            run_id=run["run_id"],
            lake=settings.lake.root,
            based_on=run["based_on"],
            origin=origin,
        )
    return publish.run(
        exported,
        gated,
        run_id=run["run_id"],
        attempt=attempt,
        lake=settings.lake.root,
        settings=settings.lake,
        based_on=run["based_on"],
        origin=origin,
    )


def decide(settings: Settings, refused: publish.Quarantined, decision: publish.Decision) -> dict[str, Any]:
    """Publish a day out of the quarantine, or leave it there, as a person decided; returns what `conclude` returns.

    The decision is kept beside the files; an approval only once the day is published, so that what could not be
    published can be approved again. Of two who decide at once the second waits, and is refused.

    Raises:
        DecidedError: somebody else decided before.
        StalePublicationError: the day was published after the refused run began.
        StageError: a file in the quarantine is not the one that the gate audited.
    """
    with publish.deciding(settings.lake.root):
        entry = publish.open_to(refused.folder, decision)
        if decision.approved:
            answer = publish.approve(entry, decision, lake=settings.lake.root, settings=settings.lake)
        else:
            answer = entry.outcome()
        return {**answer, "decision": publish.decide(entry.folder, decision).plain()}
