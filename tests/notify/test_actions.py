"""Rule packs' own actions, which get the findings that their rules name them for."""

from __future__ import annotations

import dataclasses
import sys
import textwrap

import pytest

from tests import rows
from tests.notify.conftest import route
from tests.rejudge.packs import Acme
from tests.rows import finding

PACK = """
import json, os, time
from dataclasses import dataclass
from qc_rules import Rule, hookimpl

@dataclass(frozen=True)
class Ticket(Rule):
    '''Opens a ticket.'''
    id = "AC01"
    name = {"en": "A ticket"}
    actions = ("acme_ticket",)

    def check(self, call):
        return []

def ticket(findings):
    with open(os.environ["TICKETS"], "a") as file:
        file.write(json.dumps([f["call_id"] for f in findings]) + chr(10))
    if os.environ.get("TICKETS_FAIL"):
        raise RuntimeError("closed")

@hookimpl
def register_rules():
    return [Ticket]

@hookimpl
def register_actions():
    return {"acme_ticket": ticket}
"""


@pytest.fixture
def tickets(tmp_path, monkeypatch, world):
    """A pack with a rule whose hits go to the pack's own action; two calls were hit."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("TICKETS", str(tmp_path / "tickets"))
    Acme(folder).install()
    (folder / "pack_acme.py").write_text(textwrap.dedent(PACK))
    sys.modules.pop("pack_acme", None)
    found = [finding(call_id, rule="AC01", pack="acme") for call_id in ("c-000", "c-001")]
    world.publish(dataclasses.replace(rows.clean(), findings=found))
    world.with_routes(route())
    yield tmp_path / "tickets"
    sys.modules.pop("pack_acme", None)


def test_an_action_is_called_once_with_the_findings_that_name_it(world, tickets, receiver):
    world.send()
    world.send()
    assert tickets.read_text() == '["c-000", "c-001"]\n'
    assert world.states() == [("acme_ticket", "sent")]


def test_an_action_that_fails_is_tried_again_and_keeps_nobody_from_a_message(world, tickets, receiver, monkeypatch):
    monkeypatch.setenv("TICKETS_FAIL", "1")
    world.with_routes(route(rules=["AC01"]))
    sent = world.send()
    assert sorted(world.states()) == [("acme_ticket", "pending"), ("people", "sent")]
    assert any("RuntimeError" in warning for warning in sent.warnings)
    monkeypatch.delenv("TICKETS_FAIL")
    world.send()
    assert sorted(world.states()) == [("acme_ticket", "sent"), ("people", "sent")]


def test_a_route_may_lead_other_rules_to_an_action(world, tickets, receiver):
    world.publish(dataclasses.replace(rows.clean(marker=" again"), findings=[finding("c-003")]))
    world.with_routes(route("to_tickets", address="action:acme_ticket"))
    world.send()
    assert tickets.read_text() == '["c-003"]\n'


def test_an_action_that_no_pack_has_is_a_warning(world, tickets, receiver):
    world.with_routes(route("to_tickets", rules=["AC01"], address="action:acme_tickets"), route("also", rules=["AC01"]))
    sent = world.send()
    assert any("did you mean acme_ticket?" in warning for warning in sent.warnings)
    assert ("also", "sent") in world.states()
    assert ("to_tickets", "pending") in world.states()
