"""Who is asking, and what they may do: Airflow's logged-in user, with a role in the console."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from callqa.settings import ConsoleSettings


class Role(enum.IntEnum):
    """What somebody may do; each role may do all that the ones below it may."""

    AGENT = 1
    """Sees own calls, listens to them, appeals findings."""
    REVIEWER = 2
    """Sees all calls, reviews findings, tries recordings and rules."""
    MANAGER = 3
    """Compares agents and teams, decides appeals, starts runs, approves days."""
    ADMIN = 4
    """Reads the audit trail."""


OF_AIRFLOW = {"viewer": Role.AGENT, "user": Role.REVIEWER, "op": Role.MANAGER, "admin": Role.ADMIN}
"""Role by the name of Airflow's, in lower case; the same names in its simple and in its FAB auth manager."""


@dataclass(frozen=True)
class Visible:
    """Whose calls a person may see. Every question about calls is asked with it."""

    everybody: bool
    agent_id: str | None = None
    """The one agent whose calls are seen, where not everybody's are; None: nobody's."""

    def allows(self, agent_id: str | None) -> bool:
        """Whether a call of this agent may be seen; a call that names no agent is nobody's own."""
        return self.everybody or (self.agent_id is not None and agent_id == self.agent_id)


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in and has a role here."""

    name: str
    role: Role
    agent_id: str | None = None
    """As recordings name the agent; None where the settings give this person none."""

    def may(self, role: Role) -> bool:
        """Whether this person has the role or one above it."""
        return self.role >= role


def person_of(user: Any, settings: ConsoleSettings) -> Person | None:
    """The person that a user of Airflow is here, by `[console]` of qa.toml or by the role in Airflow; else None."""
    name = str(user.get_name())
    named = settings.roles.get(name)
    role = Role[named.upper()] if named else _highest(_names(user))
    return Person(name, role, settings.agents.get(name)) if role else None


def visible(person: Person) -> Visible:
    """Whose calls this person may see: an agent's own, everybody's from reviewer on."""
    return Visible(everybody=True) if person.may(Role.REVIEWER) else Visible(False, person.agent_id)


def _names(user: Any) -> Iterable[str]:
    """Names of the roles that a user has in Airflow: the simple auth manager's `role`, FAB's `roles`."""
    one = getattr(user, "role", None)
    many = getattr(user, "roles", None) or []
    return [str(getattr(role, "name", role)).lower() for role in [one, *many] if role]


def _highest(names: Iterable[str]) -> Role | None:
    return max((OF_AIRFLOW[name] for name in names if name in OF_AIRFLOW), default=None)
