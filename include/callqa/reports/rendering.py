"""Pages of HTML that need nothing else: styles and scripts stand in them, and nothing is ever fetched."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import callqa
from callqa.contracts import EMOTIONS, LANGUAGE_HINTS
from callqa.reports import charts
from callqa.reports.language import NOTHING, Language
from callqa.reports.rulebook import name_of
from callqa.settings import Settings

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def page(name: str, language: str, settings: Settings, context: dict[str, Any]) -> str:
    """The HTML of a page (`overview`, `training`, …) in a language.

    What is untrusted stays text: templates escape everything, and no value is ever marked as safe.
    """
    lang = Language(language, ZoneInfo(settings.source.timezone))
    about = {
        "lang": lang, "t": lang.t, "term": lang.term, "page": name, "charts": charts, "emotions": EMOTIONS,
        "rule_name": lambda rule: name_of(rule, language, settings.rules), "policy": policy(), "nothing": NOTHING,
        "link": lambda *path: console(settings.reports.console_url, *path), "version": callqa.__version__,
        "chosen": settings.reports, "tongue": lambda code: code if code in LANGUAGE_HINTS[1:] else "und",
    }  # fmt: skip
    return str(_environment().get_template(f"{name}.html").render({**about, **context}))


def console(base: str, *path: Any) -> str:
    """The address of a page of the console, "" where the settings name none."""
    return "/".join([base, *(quote(str(part), safe="") for part in path)]) if base else ""


@functools.cache
def policy() -> str:
    """The content security policy: only our own style and script, sound from beside the page, nothing else."""
    script, style = (f"'sha256-{_digest(name)}'" for name in ("report.js", "report.css"))
    return (
        f"default-src 'none'; script-src {script}; style-src {style}; media-src 'self' file:; base-uri 'none'; "
        "form-action 'none'"
    )


def _digest(name: str) -> str:
    text = _environment().get_template(name).render()
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
