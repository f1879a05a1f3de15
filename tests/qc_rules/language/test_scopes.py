"""Scope keys, and scopes in words."""

from __future__ import annotations

import pytest

from qc_rules.conditions import Anchor, Extent, Point, Scope
from qc_rules.language.faults import Fault
from qc_rules.language.scopes import SCOPE_KEYS, in_words, scope_of


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, Scope()),
        ({"keyword": ["x"], "when_missing": "pass"}, Scope()),
        ({"role": "customer"}, Scope(role="customer")),
        ({"role": "any"}, Scope()),
        ({"first": {"turns": 3}}, Scope(first=Extent(turns=3))),
        ({"last": {"seconds": 30}}, Scope(last=Extent(seconds=30.0))),
        ({"first": {"seconds": 0.5}, "last": {"turns": 1}}, Scope(first=Extent(seconds=0.5), last=Extent(turns=1))),
        ({"span": {"from": "0%", "to": "50%"}}, Scope(span=(Point(0.0, True), Point(0.5, True)))),
        ({"span": {"from": 10, "to": 30.5}}, Scope(span=(Point(10.0), Point(30.5)))),
        ({"span": {"from": "12.5%"}}, Scope(span=(Point(0.125, True), Point(1.0, True)))),
        ({"span": {"to": 20}}, Scope(span=(Point(0.0, True), Point(20.0)))),
        ({"span": {"from": 60, "to": "50%"}}, Scope(span=(Point(60.0), Point(0.5, True)))),
        ({"after": "hold"}, Scope(anchors=(Anchor("after", "hold"),))),
        ({"after": {"condition": "hold"}}, Scope(anchors=(Anchor("after", "hold"),))),
        (
            {"before": {"condition": "hold", "within": {"turns": 4, "seconds": 9}, "which": "last"}},
            Scope(anchors=(Anchor("before", "hold", 4, 9.0, "last"),)),
        ),
        ({"around": {"condition": "hold", "which": 2}}, Scope(anchors=(Anchor("around", "hold", which=2),))),
        (
            {"around": "c", "before": "b", "after": "a"},
            Scope(anchors=(Anchor("after", "a"), Anchor("before", "b"), Anchor("around", "c"))),
        ),
        ({"min_confidence": 1}, Scope(min_confidence=1.0)),
        ({"min_confidence": 0.6}, Scope(min_confidence=0.6)),
        ({"exclude_announcements": True}, Scope(exclude_announcements=True)),
    ],
)
def test_keys_make_a_scope(keys, expected):
    assert scope_of(keys, ()) == expected


@pytest.mark.parametrize(
    ("keys", "path", "what"),
    [
        ({"role": "agnet"}, ("role",), "'agnet' is no role; did you mean agent?"),
        ({"role": "unknown"}, ("role",), "'unknown' is no role"),
        ({"role": ["agent"]}, ("role",), "is no role"),
        ({"first": 3}, ("first",), "3 is not a number of turns or of seconds"),
        ({"first": {}}, ("first",), "is not a number of turns or of seconds"),
        ({"first": None}, ("first",), "nothing is not a number of turns or of seconds"),
        ({"first": {"turns": 3, "seconds": 3}}, ("first",), "is not a number of turns or of seconds"),
        ({"first": {"turn": 3}}, ("first", "turn"), "unknown key turn; did you mean turns?"),
        ({"first": {"turns": 0}}, ("first", "turns"), "0 is not a number of turns from 1"),
        ({"first": {"turns": 1.5}}, ("first", "turns"), "1.5 is not a number of turns from 1"),
        ({"first": {"turns": True}}, ("first", "turns"), "true is not a number of turns from 1"),
        ({"last": {"seconds": 0}}, ("last", "seconds"), "0 is not a number of seconds above 0"),
        ({"last": {"seconds": "30"}}, ("last", "seconds"), "'30' is not a number of seconds above 0"),
        ({"last": {"seconds": None}}, ("last", "seconds"), "nothing is not a number of seconds above 0"),
        ({"span": "50%"}, ("span",), "'50%' is not a stretch of the call"),
        ({"span": {}}, ("span",), "is not a stretch of the call"),
        ({"span": {"form": 3}}, ("span", "form"), "unknown key form; did you mean from?"),
        ({"span": {"to": "101%"}}, ("span", "to"), "'101%' is no moment of a call"),
        ({"span": {"from": "-1%"}}, ("span", "from"), "'-1%' is no moment of a call"),
        ({"span": {"from": "half%"}}, ("span", "from"), "'half%' is no moment of a call"),
        ({"span": {"from": -1}}, ("span", "from"), "-1 is no moment of a call"),
        ({"span": {"from": True}}, ("span", "from"), "true is no moment of a call"),
        ({"span": {"from": "50%", "to": "50%"}}, ("span",), "it ends at 50%, not after its start"),
        ({"span": {"from": 30, "to": 10}}, ("span",), "it ends at 10, not after its start"),
        ({"after": {"within": {"turns": 1}}}, ("after",), "names no condition"),
        ({"after": {"condition": 3}}, ("after",), "names no condition"),
        ({"after": ["hold"]}, ("after",), "names no condition"),
        ({"after": {"condition": "a", "witin": 1}}, ("after", "witin"), "unknown key witin; did you mean within?"),
        ({"after": {"condition": "a", "within": 4}}, ("after", "within"), "4 is not a distance"),
        ({"after": {"condition": "a", "within": {}}}, ("after", "within"), "is not a distance"),
        ({"after": {"condition": "a", "within": {"turns": 0}}}, ("after", "within", "turns"), "from 1"),
        ({"after": {"condition": "a", "which": "frist"}}, ("after", "which"), "names no match; did you mean first?"),
        ({"after": {"condition": "a", "which": 0}}, ("after", "which"), "0 names no match; known: any, each"),
        ({"after": {"condition": "a", "which": True}}, ("after", "which"), "true names no match"),
        ({"min_confidence": 1.1}, ("min_confidence",), "1.1 is not a confidence from 0 to 1"),
        ({"min_confidence": -0.1}, ("min_confidence",), "-0.1 is not a confidence from 0 to 1"),
        ({"min_confidence": True}, ("min_confidence",), "true is not a confidence"),
        ({"exclude_announcements": "yes"}, ("exclude_announcements",), "'yes' is not true or false"),
    ],
)
def test_what_is_no_scope_is_refused_with_its_place(keys, path, what):
    with pytest.raises(Fault) as raised:
        scope_of(keys, ("conditions", "x"))
    assert raised.value.path == ("conditions", "x", *path)
    assert what in raised.value.message


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, ""),
        ({"role": "agent", "first": {"turns": 3}}, "the agent's turns; the first 3 turns"),
        ({"last": {"turns": 1}}, "the last 1 turn"),
        ({"last": {"seconds": 30}}, "the last 30 seconds"),
        ({"span": {"from": 0, "to": "50%"}}, "from 0 s to 50 % of the call"),
        ({"after": "hold"}, "after any match of hold"),
        (
            {"before": {"condition": "hold", "within": {"turns": 4, "seconds": 5}, "which": "last"}},
            "within 4 turns and 5 seconds before the last match of hold",
        ),
        ({"around": {"condition": "hold", "which": 2}}, "around match 2 of hold"),
        ({"min_confidence": 0.5}, "turns recognised with a confidence under 0.5 prove nothing"),
        ({"exclude_announcements": True}, "without announcements"),
    ],
)
def test_a_scope_in_words(keys, words):
    assert in_words(scope_of(keys, ())) == words


def test_every_part_of_a_scope_has_its_key():
    assert {"anchors" if key in ("after", "before", "around") else key for key in SCOPE_KEYS} == set(vars(Scope()))
