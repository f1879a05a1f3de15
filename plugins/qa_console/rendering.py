"""Templates: Jinja2 with everything escaped, nothing undefined, and what every page needs at hand."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import jinja2
from starlette.requests import Request

from qa_console import language
from qa_console.access import Role
from qa_console.saying import Saying

if TYPE_CHECKING:
    from qa_console.visit import Visiting

HERE = Path(__file__).parent
STATIC = HERE / "static"


@functools.cache
def environment() -> jinja2.Environment:
    """The templates of `templates/`."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["spec"] = spec
    made.globals["Role"] = Role
    return made


def spec(value: Any) -> str:
    """A value as JSON for an attribute that a script of ours reads; Jinja escapes it like any text."""
    return json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))


def render(visiting: Visiting, template: str, values: Mapping[str, Any]) -> str:
    """A template's text, with what every page may name: `person`, `lang`, `t`, `term`, `url`, `static`, `token` …"""
    request, lang = visiting.request, visiting.language
    shared = {
        "visit": visiting,
        "person": visiting.person,
        "lang": lang,
        "languages": language.NAMES,
        "language_tags": language.TAGS,
        "theme": visiting.theme,
        "t": lang.t,
        "term": lang.term,
        "rule_name": visiting.rule_name,
        "says": Saying(lang, visiting.settings),
        "url": functools.partial(url, request),
        "static": functools.partial(static, request),
        "nonce": request.state.nonce,
        "token": functools.cache(lambda: visiting.tokens.make(visiting.person.name)),
        "entries": request.app.state.entries,
        "here": request.scope["path"].removeprefix(request.scope.get("root_path", "")),
        "airflow_url": request.scope.get("root_path", "").removesuffix(request.app.state.prefix) + "/",
    }
    return environment().get_template(template).render({**shared, **values})


def url(request: Request, path: str, **query: Any) -> str:
    """The address of a path below the console; query values that are None are left out."""
    root = str(request.scope.get("root_path", ""))
    given = {name: value for name, value in query.items() if value is not None}
    return f"{root}{quote(path)}" + (f"?{urlencode(given, doseq=True)}" if given else "")


def static(request: Request, file: str) -> str:
    """The address of a static file; it changes with the file, which browsers may then keep for ever."""
    return url(request, f"/static/{file}", v=_digest(file))


@functools.cache
def _digest(file: str) -> str:
    return hashlib.sha256((STATIC / file).read_bytes()).hexdigest()[:12]
