"""vCon: the IETF's container of a conversation, in the syntax of draft-ietf-vcon-vcon-core-01 (0.4.0).

Parties, the recording (referenced by name and digest, by URL where it has one), and analyses: transcript, findings,
scorecards. It is the redacted form, the only one that there is: text is masked before anything is stored.
docs/exports.md says field by field what is filled.
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import hashlib
import json
import math
import tempfile
import uuid
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from callqa import __version__
from callqa.contracts import Call, Publication, Turn
from callqa.formats import documents
from callqa.formats.day import Day, Heard
from callqa.formats.documents import LeftOut
from callqa.formats.options import Options, Written

if TYPE_CHECKING:
    from vcon import Vcon

SYNTAX = "0.4.0"
"""Of draft-ietf-vcon-vcon-core-01; the parameter `vcon` names it."""
EXTENSIONS = ["CC"]
"""draft-ietf-vcon-cc-extension: a party's `role`, a dialog's `skill` (the queue)."""
MEDIA_TYPES: Mapping[str, str] = {
    ".wav": "audio/x-wav",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/x-m4a",
    ".aac": "audio/aac",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".webm": "audio/webm",
}
"""Those that the vcon library knows, by the recording's ending; of others there is none."""
PARTY_ROLES = ("agent", "customer")


def write(day: Day, folder: Path, options: Options) -> Written:
    """`calls.vcon.jsonl`, or `<call id>.vcon.json` each."""
    make = functools.partial(document, publication=day.publication, options=options)
    return documents.write(day, folder, options, "vcon", make)


def document(heard: Heard, *, publication: Publication, options: Options) -> dict[str, Any]:
    """A call as a vCon, the same whenever it is made from this publication.

    Raises:
        LeftOut: the call has no time of start, which every vCon must have.
        SourceError: the recording is wanted and is not there, or another one.
    """
    if heard.call.started_at is None:
        raise LeftOut("no time of start is known, and a vCon must have one")
    container = _container(heard.call, publication)
    dialog = _dialog(heard.call, heard.call.started_at)
    if options.audio:
        dialog = {**dialog, **_embedded(heard, options)}
        dialog.pop("url", None)  # what is embedded is another recording than what is there
        container.vcon_dict["redacted"]["type"] += ", silent in the recording"
    container.vcon_dict["dialog"].append(dialog)
    for kind, product, body in _analyses(heard):
        container.add_analysis(
            type=kind,
            dialog=0,
            vendor="callqa",
            body=json.dumps(body, ensure_ascii=False, allow_nan=False),
            encoding="json",
            extra={"product": product, "schema": f"callqa-{kind}-1", "mediatype": "application/json"},
        )
    return dict(container.to_dict())


def _container(call: Call, publication: Publication) -> Vcon:
    with warnings.catch_warnings(record=True):  # authlib's, on import, which it shows whatever the filters say
        from vcon import Vcon
        from vcon.party import Party
    container = Vcon(
        {
            "vcon": SYNTAX,
            "uuid": identity(call, publication),
            "extensions": EXTENSIONS,
            "created_at": _date(publication.published_at),
            # Without a uuid: no less redacted form exists.
            "redacted": {"type": "personal data masked in text"},
            "parties": [],
            "dialog": [],
            "analysis": [],
        }
    )
    for role in PARTY_ROLES:
        name = call.agent_name or call.agent_id if role == "agent" else None
        container.add_party(Party(role=role, name=name))
    return container


def identity(call: Call, publication: Publication) -> str:
    """A version 8 UUID (RFC 9562) of the call as this publication has it."""
    named = json.dumps([publication.call_date.isoformat(), call.call_id, publication.content_digest])
    digest = bytearray(hashlib.sha256(f"callqa vCon {named}".encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def _dialog(call: Call, started_at: datetime) -> dict[str, Any]:
    media_type = MEDIA_TYPES.get(PurePosixPath(call.file_name).suffix.lower())
    known = {
        "type": "recording",
        "start": _date(started_at),
        "duration": call.duration,
        "parties": _parties(call),
        "originator": {"outbound": 0, "inbound": 1}.get(call.direction),
        "mediatype": media_type,
        "mimetype": media_type,  # its name in older drafts, by which the vcon library goes
        "filename": call.file_name,
        "content_hash": _content_hash("sha256", bytes.fromhex(call.sha256)) if call.sha256 else None,
        "url": call.uri if call.uri.startswith("https://") else None,
        "skill": call.queue or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def _parties(call: Call) -> list[Any]:
    """Who is on each channel; on one channel, and on one whose role nobody knows, both."""
    both = list(range(len(PARTY_ROLES)))
    if call.channels is None or call.channels < 2:
        return both
    roles = [call.channel_roles.get(channel, "unknown") for channel in range(call.channels)]
    return [PARTY_ROLES.index(role) if role in PARTY_ROLES else both for role in roles]


def _content_hash(algorithm: str, digest: bytes) -> str:
    return f"{algorithm}-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _embedded(heard: Heard, options: Options) -> dict[str, Any]:
    """The recording as people may hear it: personal data is silent."""
    from callqa import listen

    call = heard.call
    with tempfile.TemporaryDirectory(prefix="callqa-vcon-") as folder:
        copied = listen.copy(
            call.uri, _silent(heard.turns), Path(folder) / "copy.wav", sha256=call.sha256, source=options.source
        )
        sound = Path(copied.path).read_bytes()
    return {
        "mediatype": "audio/x-wav",
        "mimetype": "audio/x-wav",
        "filename": f"{PurePosixPath(call.file_name).stem}.wav",
        "body": base64.urlsafe_b64encode(sound).decode(),
        "encoding": "base64url",
        "content_hash": _content_hash("sha512", hashlib.sha512(sound).digest()),
    }


def _silent(turns: Sequence[Turn]) -> dict[int, list[tuple[float, float]]]:
    spans: dict[int, list[tuple[float, float]]] = {}
    for turn in turns:
        spans.setdefault(turn.channel, []).extend((r.audio_start, r.audio_end) for r in turn.redactions)
    if not all(math.isfinite(end - start) and start < end for several in spans.values() for start, end in several):
        raise LeftOut("its personal data is said at an unknown time: its recording cannot be silenced")
    return spans


def _analyses(heard: Heard) -> list[tuple[str, str, Any]]:
    """Type, product and body of each analysis; those without content are left out."""
    call = heard.call
    of_rules = ", ".join(call.rule_packs) or "no rules"
    made = [
        ("transcript", call.asr_model, {"language": call.language, "turns": [_turn(turn) for turn in heard.turns]}),
        ("findings", of_rules, [_finding(dataclasses.asdict(finding)) for finding in heard.findings]),
        ("scorecard", of_rules, [dataclasses.asdict(card) for card in call.scorecards]),
    ]
    return [(kind, f"callqa {__version__}: {product}", _finite(body)) for kind, product, body in made if body]


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "turn": turn.turn,
        "party": PARTY_ROLES.index(turn.role) if turn.role in PARTY_ROLES else None,
        "channel": turn.channel,
        "role": "system" if turn.announcement else turn.role,
        "start": turn.start,
        "end": turn.end,
        "text": turn.text,
        "language": turn.language,
        "emotion": turn.emotion,
        "confidence": turn.confidence,
        "words": [dataclasses.asdict(word) for word in turn.words],
        "redactions": [dataclasses.asdict(redaction) for redaction in turn.redactions],
    }


def _finding(finding: dict[str, Any]) -> dict[str, Any]:
    """A finding; day and call are the vCon's own."""
    return {name: value for name, value in finding.items() if name not in ("call_date", "call_id", "asr_model")}


def _finite(value: Any) -> Any:
    """JSON has no NaN and no infinity."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _date(moment: datetime) -> str:
    """RFC 3339, in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
