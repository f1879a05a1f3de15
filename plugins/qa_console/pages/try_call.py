"""Try a call: `/try`, a recording of one's own or a shipped example, and what was heard in it at `/try/{job}`."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.requests import ClientDisconnect

from callqa.contracts import LANGUAGE_HINTS
from callqa.errors import StageError
from callqa.parse.emoji import emoji_of
from callqa.settings import DEMO_FOLDER
from callqa.upkeep.tried import Held, sweep
from qa_console import attending, tries
from qa_console.access import Role
from qa_console.pages import Entry, _transcript
from qa_console.pages._severity import RANK
from qa_console.tries import Job, OccupiedError
from qa_console.visit import Visit, Visiting, requires

router = APIRouter(dependencies=[requires(Role.REVIEWER)])
ENTRY = Entry(place=60, path="/try", title="try.entry", role=Role.REVIEWER, key="y")
MOST_BYTES = 200 * 1024 * 1024
BODIES = {"/try/upload": MOST_BYTES}
UPLOAD_SECONDS = 900.0
"""That an upload may take: who sends slower has one request open, and no place in the queue."""
EXAMPLES = ("zh", "yue", "en", "ja", "ko")
SHOWN_CHARACTERS = 80


@dataclass(frozen=True)
class Options:
    """How the recording is heard."""

    language: str
    itn: bool
    merging: str
    tolerance: float
    denoise: str

    def prepare(self) -> dict[str, Any]:
        """Values of `[prepare]`."""
        tolerance = 0.0 if self.merging == "off" else self.tolerance
        return {
            "silence_tolerance": tolerance, "adaptive_tolerance": self.merging == "fitted", "denoise": self.denoise,
        }  # fmt: skip

    def engine(self) -> dict[str, Any]:
        """Values of `[engine]`."""
        return {"language": self.language, "use_itn": self.itn}


def _options(
    language: Annotated[Literal["auto", "zh", "en", "yue", "ja", "ko"], Query()] = "auto",
    itn: Annotated[bool, Query()] = True,
    merging: Annotated[Literal["fitted", "fixed", "off"], Query()] = "fitted",
    tolerance: Annotated[float, Query(ge=0, le=10, allow_inf_nan=False)] = 3.0,
    denoise: Annotated[Literal["off", "auto", "on"], Query()] = "auto",
) -> Options:
    return Options(language, itn, merging, tolerance, denoise)


Chosen = Annotated[Options, Depends(_options)]


@dataclass(frozen=True)
class Example:
    """A shipped call."""

    language: str
    path: Path
    seconds: float
    channels: int


@functools.cache
def examples() -> dict[str, Example]:
    """By language: of the shipped calls of two channels that do not mix languages, the shortest with most moods."""
    calls = json.loads((DEMO_FOLDER / "calls" / "ground_truth.json").read_text(encoding="utf-8"))
    heard = [one for one in calls if one["status"] == "analysed" and one["channels"] == 2]
    found: dict[str, Example] = {}
    for one in sorted(heard, key=_dull):
        path = DEMO_FOLDER / "calls" / one["day"] / one["file"]
        found.setdefault(one["language"], Example(one["language"], path, one["duration"], one["channels"]))
    return found


def _dull(one: dict[str, Any]) -> tuple[bool, int, float]:
    latin = any(sign.isascii() and sign.isalpha() for turn in one["turns"] for sign in turn["text"])
    return latin and one["language"] != "en", -len({turn["emotion"] for turn in one["turns"]}), one["duration"]


@router.get("/try")
def form(visit: Visit) -> HTMLResponse:
    """What to hear, and how; one's own results of the last hour."""
    root, prepare = visit.settings.lake.root, visit.settings.prepare
    sweep(root)
    return visit.page(
        "try.html",
        hints=LANGUAGE_HINTS,
        chosen=visit.settings.engine,
        prepare=prepare,
        merging="off" if not prepare.silence_tolerance else "fitted" if prepare.adaptive_tolerance else "fixed",
        examples=[examples()[language] for language in EXAMPLES],
        jobs=[(job, job.stage(), _at(job)) for job in tries.jobs(root, visit.person.name)],
        most=MOST_BYTES,
        minutes=int(attending.AUDIO_SECONDS / 60),
    )


def _at(job: Job) -> dt.datetime:
    return dt.datetime.fromtimestamp(job.begun, dt.UTC)


@router.post("/try/upload")
async def upload(
    visit: Visit,
    request: Request,
    options: Chosen,
    name: Annotated[str, Header(alias="x-file-name", max_length=1000)] = "",
) -> Response:
    """Hear the body, whatever it is: nothing of it is read before it is known who sends it, and that they may."""
    await run_in_threadpool(visit.audit, "upload", tried=True, language=options.language)
    begun = await run_in_threadpool(_begun, visit, shown(name))
    if begun is None:
        return _occupied(visit)
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            await _store(request, begun[0].recording)
        await run_in_threadpool(
            attending.start, *begun, attending.of_job(begun[0], visit.settings, options.prepare(), options.engine())
        )
    except BaseException as error:
        await run_in_threadpool(tries.discard, *begun)
        if isinstance(error, TimeoutError | ClientDisconnect):
            return JSONResponse({"detail": visit.t("try.cut")}, status_code=400)
        raise
    return _place(visit, begun[0])


async def _store(request: Request, path: Path) -> None:
    try:
        with path.open("xb") as file:
            async for chunk in request.stream():
                await run_in_threadpool(file.write, chunk)
    except OSError as error:
        raise StageError(f"the upload cannot be kept: {error.strerror}", remedy="free space in the lake") from error


@router.post("/try/example")
def example(visit: Visit, options: Chosen, of: Annotated[Literal["zh", "yue", "en", "ja", "ko"], Query()]) -> Response:
    """Hear a shipped call."""
    chosen = examples()[of]
    visit.audit("run", tried=True, example=chosen.path.name)
    begun = _begun(visit, chosen.path.name)
    if begun is None:
        return _occupied(visit)
    try:
        shutil.copyfile(chosen.path, begun[0].recording)
    except OSError as error:
        tries.discard(*begun)
        raise StageError(
            f"{chosen.path.name} cannot be copied: {error.strerror}", remedy="free space in the lake"
        ) from error
    attending.start(*begun, attending.of_job(begun[0], visit.settings, options.prepare(), options.engine()))
    return _place(visit, begun[0])


def shown(name: str) -> str:
    """What people see of the name that a browser gave a file: its last part, without what cannot be printed."""
    last = unquote(name).replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in last if one.isprintable())[:SHOWN_CHARACTERS].strip()


def _begun(visit: Visiting, name: str) -> tuple[Job, Held] | None:
    try:
        return tries.begin(visit.settings.lake.root, visit.person.name, name)
    except OccupiedError:
        return None


def _occupied(visit: Visiting) -> JSONResponse:
    return JSONResponse({"detail": visit.t("try.occupied")}, status_code=409)


def _place(visit: Visiting, job: Job) -> JSONResponse:
    return JSONResponse({"at": visit.url(f"/try/{job.name}")})


def _own(visit: Visiting, name: str) -> Job:
    """A job of this person's; of another one it is neither said nor shown that it is there."""
    job = tries.find(visit.settings.lake.root, name)
    if job is None or job.person != visit.person.name:
        if job is not None:
            visit.audit("refused", tried=True)
        raise HTTPException(404)
    return job


@router.get("/try/{job}")
def result(visit: Visit, job: str) -> HTMLResponse:
    """How far it is, and then what was heard."""
    return visit.page("try_job.html", **_told(_own(visit, job)))


@router.get("/try/{job}/state")
def state(visit: Visit, job: str) -> HTMLResponse:
    """The part of the page that asks again until it is done."""
    return visit.page("try_state.html", **_told(_own(visit, job)))


@router.delete("/try/{job}")
def forget(visit: Visit, job: str) -> Response:
    """Stop it, and remove all that is kept of it."""
    tries.remove(_own(visit, job))
    return Response(headers={"HX-Redirect": visit.url("/try")})


def _told(job: Job) -> dict[str, Any]:
    stage = job.stage()
    told: dict[str, Any] = {"job": job, "stage": stage, "stages": tries.STAGES, "heard": None, "wrong": None}
    if stage == "failed":
        told["wrong"] = job.answer()
    elif stage == "done":
        told["heard"] = _heard(job)
    return told


def _heard(job: Job) -> dict[str, Any]:
    rows = job.rows()
    call, turns, findings = rows["calls"][0], rows["turns"], rows["findings"]
    hits = [one for one in findings if one.outcome == "hit"]
    detail = (call.reject_detail or "").replace(str(job.folder), "…")
    return {
        "call": call,
        "detail": detail,
        "seconds": job.answer()["seconds"],
        "lines": _transcript.lines(turns, rows["events"], findings),
        "turns": len(turns),
        "hits": sorted(hits, key=lambda one: (-RANK[one.severity], one.rule)),
        "untold": [one for one in findings if one.outcome != "hit"],
        "places": {one.rule: _transcript.places(one, turns) for one in hits},
        "emoji": _emoji([*(turn.emotion for turn in turns), *(tag for turn in turns for tag in turn.event_tags),
                         *(event.class_ for event in rows["events"])]),
    }  # fmt: skip


def _emoji(names: Sequence[str]) -> dict[str, str]:
    return {name: emoji_of(name) for name in names}
