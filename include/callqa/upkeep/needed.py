"""Folders of which something is to be erased, and that somebody still needs as they are."""

from __future__ import annotations

from collections.abc import Sequence

from callqa.errors import HeldError, RunAtWorkError
from callqa.settings import Settings
from callqa.upkeep import places
from callqa.upkeep.held import Held, held
from callqa.upkeep.needles import Needles
from callqa.upkeep.runs import Run


def refuse(settings: Settings, runs: Sequence[Run], needles: Needles) -> None:
    """Refuse to remove from these runs and refused days what has one of the needles, where somebody needs it.

    Raises:
        RunAtWorkError: a run that has one is at work, or waits for a decision.
        HeldError: so has a refused day on which a hold lies, of another call: it may be all that there is of that one.
    """
    holds = held(settings)
    for run in runs:
        if (run.state != "finished" or _is_held(run, holds)) and places.holds(run.path, needles):
            raise _error(run)


def _is_held(run: Run, holds: Held) -> bool:
    return run.path.parents[1].name == "quarantine" and holds.touches(run.day)


def _error(run: Run) -> HeldError | RunAtWorkError:
    if run.state == "finished":
        return HeldError(
            f"{run.path} has a call that is to be erased and may be all that there is of another one, on which a hold"
            " lies",
            remedy="publish the day, or have the hold released; or take the folder out of the lake for the court",
        )
    return RunAtWorkError(
        f"{run.path} has a call that is to be erased, and {run.why}",
        remedy="let it end, or decide on it (`callqa quarantine list`), and erase again; of a run that was killed"
        " remove the folder",
    )
