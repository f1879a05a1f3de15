"""The entries of the caches that are of a recording: named by digests of everything that they depend on, so found so.

An entry does not say whose it is. Three ways lead to it: the paths that runs' clips name; the keys made of the
recording's digest and every version, model, language and setting that the lake has ever seen; and its content, for
what was made by a version whose runs and publications are gone. To remove one too many costs its making and no more.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from callqa import storage, warehouse
from callqa.contracts import LANGUAGE_HINTS, Clip
from callqa.errors import CallQAError
from callqa.parse.tags import parse
from callqa.prepare.sounds import installed
from callqa.prepare.versions import audio_versions
from callqa.settings import Settings
from callqa.transcribe.choice import Kind
from callqa.transcribe.engine import ModelIdentity
from callqa.transcribe.models import model_store
from callqa.transcribe.recordings import HeardCache, RecordingClips
from callqa.upkeep.known import Known

KINDS = tuple(Kind(*pair) for pair in (("onnx", "int8"), ("onnx", "fp32"), ("funasr", "fp32"), ("funasr", "bf16")))
ALIKE = 0.8
"""Of two texts: the same recording heard by another model."""
COMPARED = 600
"""Characters of a call that are compared."""
SHORT = 8
"""Characters below which a text says nothing of whose it is."""


@dataclass(frozen=True)
class Seen:
    """Versions, models and languages that entries of the caches may have been made with."""

    audio: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ()


@dataclass
class Entries:
    """Files of the caches that are of a call."""

    sound: set[Path] = field(default_factory=set)
    """Samples of clips, and copies for listening with their outlines."""
    facts: set[Path] = field(default_factory=set)
    """Where the clips lie and what was measured."""
    heard: set[Path] = field(default_factory=set)
    """What the models wrote."""


def seen(settings: Settings) -> Seen:
    """What is published was made with, and what would be used now."""
    audio: set[str] = set()
    with contextlib.suppress(CallQAError, ImportError):
        audio |= set(audio_versions(settings.source, settings.prepare, installed.identities()).values())
    models: set[str] = set()
    with contextlib.suppress(CallQAError, OSError):
        models.add(model_store.identify(settings.engine).digest)
    for version, digest in warehouse.query(settings.lake, "select distinct audio_version, asr_digest from calls")[1]:
        audio.add(str(version))
        models.add(str(digest))
    return Seen(frozenset(audio), frozenset(models), LANGUAGE_HINTS)


def entries(settings: Settings, known: Known, versions: Seen) -> Entries:
    """The entries that the keys lead to; those that are not there are left out.

    `versions` are tried besides the call's own.
    """
    found = Entries()
    cache = storage.Cache(settings.lake.root, "prepare", "json")
    found.sound = {Path(path) for path in known.clip_files if _is_in(settings, path)}
    named = {(digest, version) for digest in known.digests for version in versions.audio | known.audio_versions}
    facts = {cache.path(cache.key(*pair)): pair for pair in named}
    for path in found.sound:  # of a version that nobody knows any more: its facts lie beside it
        facts.setdefault(path.with_suffix(".json"), (_any(known.digests), _any(known.audio_versions)))
    for path, (digest, version) in facts.items():
        clips = _clips(path, digest, version)
        found.heard |= set(_heard(settings, known, versions, digest, version, clips)) if clips else set()
    found.facts = set(facts)
    found.sound |= {path.with_suffix(".parquet") for path in facts} | copies(settings, known.digests)
    return _there(found)


def copies(settings: Settings, digests: Iterable[str]) -> set[Path]:
    """The copies for listening that the console keeps, with their outlines: their names begin with the recording's
    digest."""
    folder = storage.Cache(settings.lake.root, "listen", "wav").folder
    return {path for digest in digests for path in (folder / digest[:2]).glob(f"{digest}-*")}


def _any(values: Iterable[str]) -> str:
    return next(iter(sorted(values)), "")


def _is_in(settings: Settings, path: str) -> bool:
    return Path(path).is_relative_to(Path(settings.lake.root) / "cache")


def _there(found: Entries) -> Entries:
    return Entries(*({path for path in paths if path.exists()} for paths in (found.sound, found.facts, found.heard)))


def _clips(path: Path, sha256: str, version: str) -> list[Clip]:
    """The clips of a recording, by the entry of its facts."""
    content = _content(path)
    of: dict[str, Any] = {"call_id": "", "sha256": sha256, "language_hint": "", "audio": "", "audio_version": version}
    with contextlib.suppress(TypeError):  # of an older version, that knew fewer columns
        return [Clip(clip=number, **one, **of) for number, one in enumerate(content.get("clips", []))]
    return []


def _content(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _heard(
    settings: Settings, known: Known, versions: Seen, sha256: str, version: str, clips: Sequence[Clip]
) -> Iterator[Path]:
    cache = storage.Cache(settings.lake.root, "transcribe")
    languages = sorted({*versions.languages, *known.languages, settings.engine.language})
    engines = [settings.engine.model_copy(update={"use_itn": itn}) for itn in (True, False)]
    for digest, engine in itertools.product(sorted(versions.models | known.models), engines):
        heard = HeardCache(settings.lake.root, engine, ModelIdentity("", "", digest))
        for kind, language in itertools.product(KINDS, languages):
            with contextlib.suppress(PackageNotFoundError):
                yield cache.path(heard.key(RecordingClips(sha256, version, language, list(clips)), kind))


def alike(settings: Settings, calls: Sequence[Known]) -> set[Path]:
    """The entries that are, by their content, of one of the calls; reads the whole of both caches."""
    root = Path(settings.lake.root) / "cache"
    durations = {pair for known in calls for pair in known.durations}
    found: set[Path] = set()
    for path in (root / "prepare").glob("*/*.json"):
        facts = _content(path).get("facts", {})
        if (facts.get("duration"), facts.get("channels")) in durations:
            found |= {path, path.with_suffix(".parquet")}
    said = [(text, joined) for known in calls for text, joined in [_said(known)] if len(joined) >= SHORT]
    for path in (root / "transcribe").glob("*/*.parquet"):
        if any(_is_alike(heard, texts, joined) for texts, joined in said for heard in [_texts(path)]):
            found.add(path)
    return {path for path in found if path.exists()}


def _said(known: Known) -> tuple[frozenset[str], str]:
    plain = {_plain(text) for text in known.texts}
    return frozenset(text for text in plain if len(text) >= SHORT), "".join(sorted(plain))[:COMPARED]


def _texts(path: Path) -> list[str]:
    try:
        return [_plain(str(text)) for text in pq.read_table(path, columns=["text_raw"])["text_raw"].to_pylist()]
    except (OSError, pa.ArrowException, KeyError):
        return []


def _plain(text: str) -> str:
    """What was said, without tags and punctuation."""
    return "".join(c for c in parse(text).text if c.isalnum())


def _is_alike(heard: Sequence[str], texts: frozenset[str], joined: str) -> bool:
    """Whether most of what was heard is what the call says, word for word or nearly."""
    long = [text for text in heard if len(text) >= SHORT]
    if long and sum(text in texts for text in long) * 2 > len(long):
        return True
    other = "".join(sorted(set(heard)))[:COMPARED]
    if min(len(other), len(joined)) < SHORT:
        return False
    matcher = SequenceMatcher(None, joined, other, autojunk=False)
    return matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
