"""One request of one person: what a page's function is given, and how it answers.

@router.get("/calls")
def calls(visit: Visit) -> HTMLResponse:
    return visit.page("calls.html", rows=...)
"""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from airflow.api_fastapi.core_api.security import bearer_scheme, get_user
from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse

from callqa.errors import CallQAError
from callqa.settings import Settings
from qa_console import guard, rendering
from qa_console.access import Person, Role, Visible, person_of, visible
from qa_console.audit import Trail
from qa_console.config import console_data, settings
from qa_console.data.console import Page
from qa_console.language import Language, choose
from qa_console.rulebook import name_of
from qa_console.tokens import Tokens

TOKEN_HEADER = "x-callqa-token"  # noqa: S105 - a header's name
THEMES = ("auto", "light", "dark")


class Visiting:
    """A request, who makes it, and in which language and colours the answer is wanted."""

    def __init__(self, request: Request, person: Person, current: Settings) -> None:
        self.request = request
        self.person = person
        self.settings = current
        accepted = request.headers.get("accept-language", "")
        code = choose(request.cookies.get("callqa_language"), accepted)
        self.language = Language(code, _zone(current.source.timezone))
        theme = request.cookies.get("callqa_theme", "auto")
        self.theme = theme if theme in THEMES else "auto"

    @property
    def visible(self) -> Visible:
        """Whose calls may be in the answer."""
        return visible(self.person)

    @property
    def tokens(self) -> Tokens:
        """Makes and checks tokens; for an address that lives for minutes: `tokens.make(name, purpose, seconds)`."""
        tokens: Tokens = self.request.app.state.tokens
        return tokens

    @property
    def by_htmx(self) -> bool:
        """Whether a page of ours asks for a part of itself."""
        return self.request.headers.get("hx-request") == "true"

    def url(self, path: str, **query: Any) -> str:
        """The address of a path below the console, such as `/calls`; query values that are None are left out."""
        return rendering.url(self.request, path, **query)

    def t(self, key: str, **values: Any) -> str:
        """A text in the person's language."""
        return self.language.t(key, **values)

    def rule_name(self, rule: str) -> str:
        """What a rule is called in the person's language."""
        return name_of(rule, self.language.code, self.settings.rules)

    def page(self, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """A whole page, or a part of one where the template extends nothing."""
        return HTMLResponse(rendering.render(self, template, values), status_code=status)

    def audit(self, action: str, call: Any = None, **detail: Any) -> None:
        """Add to the audit trail, before the thing is done. `call` has a `call_date` and a `call_id`, if it is of one.

        Raises:
            StageError: it cannot be written; the error page says so, and the thing is not done.
        """
        about = {"call_date": call.call_date, "call_id": call.call_id} if call is not None else {}
        Trail(self.settings.lake.root).add(self.person.name, action, **about, **detail)

    def data(self, *, export: bool = False) -> AbstractContextManager[Page]:
        """What is published, as this person may see it: all questions of the request see one state.

            with visit.data() as page:
                day = today(page)

        Close it before the answer is made where that can be. `export` is for whole lists, streamed.
        """
        return console_data(self.settings).page(self.visible, export=export)

    def require_sight(self, call: Any) -> None:
        """Refuse what may not be seen as if it were not there; that it was asked for is kept.

        `call` has an `agent_id`, a `call_date` and a `call_id`.

        Raises:
            HTTPException: 404.
        """
        if not self.visible.allows(call.agent_id):
            self.audit("refused", call)
            raise HTTPException(404)


def _visiting(request: Request, user: Annotated[Any, Depends(get_user)]) -> Visiting:
    current = settings()
    person = person_of(user, current.console)
    if person is None:
        raise HTTPException(403, "no_role")
    visiting = Visiting(request, person, current)
    if request.method not in guard.SAFE:
        _require_own_page(visiting)
    return visiting


def _require_own_page(visiting: Visiting) -> None:
    request = visiting.request
    token = request.headers.get(TOKEN_HEADER, "")
    if not guard.from_our_pages(request, request.app.state.origins):
        raise HTTPException(403, "other_site")
    if not visiting.tokens.good(token, visiting.person.name):
        raise HTTPException(403, "old_page")


Visit = Annotated[Visiting, Depends(_visiting)]
"""The parameter of every page's function. The app depends on it too, so that no route can forget it."""

EVERY_ROUTE = Depends(_visiting)


def requires(role: Role) -> Any:
    """A dependency: only for people of this role or one above it; others get 403."""

    def check(visit: Visit) -> None:
        if not visit.person.may(role):
            raise HTTPException(403, "role")

    return Depends(check)


async def for_fault(request: Request) -> Visiting | None:
    """Who is to be told of a fault; None where nobody is logged in, or the settings cannot be read."""
    try:
        user = await get_user(request, None, await bearer_scheme(request))
        current = settings()
    except (HTTPException, CallQAError):
        return None
    person = person_of(user, current.console) or Person(str(user.get_name()), Role.AGENT)
    return Visiting(request, person, current)


@functools.lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
