"""Who is what, who sees what, tokens, the audit trail: without Airflow."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import resource
from types import SimpleNamespace

import pytest

from callqa.errors import StageError
from callqa.settings import ConsoleSettings
from qa_console.access import Person, Role, Visible, person_of, visible
from qa_console.audit import Trail
from qa_console.tokens import Tokens


def user(name="lin", role=None, roles=None):
    return SimpleNamespace(get_name=lambda: name, role=role, roles=roles)


@pytest.mark.parametrize(
    ("airflow", "role"),
    [("VIEWER", Role.AGENT), ("user", Role.REVIEWER), ("op", Role.MANAGER), ("admin", Role.ADMIN)],
)
def test_airflows_roles_are_roles_here(airflow, role):
    assert person_of(user(role=airflow), ConsoleSettings()) == Person("lin", role)


def test_the_highest_of_several_roles_counts():
    roles = [SimpleNamespace(name="Viewer"), SimpleNamespace(name="Op"), SimpleNamespace(name="Something else")]
    assert person_of(user(roles=roles), ConsoleSettings()) == Person("lin", Role.MANAGER)


def test_the_settings_win_over_airflows_role_in_both_directions():
    given = ConsoleSettings(roles={"lin": "manager", "ada": "agent"}, agents={"ada": "A7"})
    assert person_of(user("lin", "viewer"), given) == Person("lin", Role.MANAGER)
    assert person_of(user("ada", "admin"), given) == Person("ada", Role.AGENT, "A7")


@pytest.mark.parametrize("role", [None, "public", "manager"])
def test_a_role_of_airflows_that_nobody_knows_is_none_here(role):
    assert person_of(user(role=role), ConsoleSettings()) is None


def test_an_agent_sees_own_calls_and_reviewers_see_all():
    assert visible(Person("lin", Role.AGENT, "A1")) == Visible(False, "A1")
    assert visible(Person("lin", Role.AGENT)) == Visible(False, None)
    assert visible(Person("rui", Role.REVIEWER, "A1")) == Visible(True)


def test_a_call_without_an_agent_is_nobodys_own():
    assert not Visible(False, None).allows(None)
    assert not Visible(False, "A1").allows(None)
    assert not Visible(False, "A1").allows("A2")
    assert Visible(False, "A1").allows("A1")
    assert Visible(True).allows(None)


class TestTokens:
    def test_one_is_good_for_its_person_and_purpose_while_it_lives(self):
        now = [1000.0]
        tokens = Tokens("secret", clock=lambda: now[0])
        made = tokens.make("lin", "listen c1", 60)
        assert tokens.good(made, "lin", "listen c1")
        assert not tokens.good(made, "rui", "listen c1")
        assert not tokens.good(made, "lin", "listen c2")
        assert not tokens.good(made, "lin")
        assert not Tokens("another secret", clock=lambda: now[0]).good(made, "lin", "listen c1")
        now[0] = 1061
        assert not tokens.good(made, "lin", "listen c1")

    def test_two_are_never_the_same(self):
        tokens = Tokens("secret")
        assert tokens.make("lin") != tokens.make("lin")

    @pytest.mark.parametrize(
        "text", ["", ".", "..", "a.9999999999.b", "a.99999999999999999999.b", "a.-1.b", "ä.9999999999.ü", "a.٣.b"]
    )
    def test_what_is_none_is_none(self, text):
        assert not Tokens("secret").good(text, "lin")

    def test_a_longer_life_cannot_be_written_into_one(self):
        salt, until, signed = Tokens("secret", clock=lambda: 0).make("lin").split(".")
        assert not Tokens("secret", clock=lambda: 0).good(f"{salt}.{int(until) + 999}.{signed}", "lin")


DAY = dt.date(2026, 1, 5)


class TestTrail:
    def test_entries_come_back_newest_first_and_follow_from_one_another(self, tmp_path):
        trail = Trail(str(tmp_path))
        trail.add("lin", "open", call_date=DAY, call_id="c1")
        trail.add("rui", "review", call_date=DAY, call_id="c1", rule="HR01", verdict="confirmed")
        newest, first = trail.newest(10)
        assert (newest.person, newest.action, newest.call_id, newest.detail) == (
            "rui",
            "review",
            "c1",
            {"rule": "HR01", "verdict": "confirmed"},
        )
        assert (first.person, first.call_date) == ("lin", "2026-01-05")
        assert trail.newest(1) == [newest]
        assert list(trail.broken()) == []

    def test_months_are_files_and_newest_goes_back_over_them(self, tmp_path):
        trail = Trail(str(tmp_path))
        for month in (1, 2, 3):
            trail.add("lin", "open", at=dt.datetime(2026, month, 1, tzinfo=dt.UTC))
        assert [entry.at[:7] for entry in trail.newest(2)] == ["2026-03", "2026-02"]

    def test_a_changed_and_a_removed_line_show(self, tmp_path):
        trail = Trail(str(tmp_path))
        for number in range(4):
            trail.add("lin", "listen", call_date=DAY, call_id=f"c{number}")
        (file,) = trail.folder.iterdir()
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join([lines[0], lines[1].replace("lin", "rui"), *lines[2:]]))
        assert list(trail.broken()) == [f"{file.name}:3"]
        file.write_text("".join([lines[0], *lines[2:]]))
        assert list(trail.broken()) == [f"{file.name}:2"]

    def test_half_a_line_that_a_crash_left_is_taken_out(self, tmp_path):
        trail = Trail(str(tmp_path))
        trail.add("lin", "open")
        (file,) = trail.folder.iterdir()
        with file.open("a") as half:
            half.write('{"at": "2026')
        assert len(trail.newest(5)) == 1
        trail.add("rui", "open")
        assert [entry.person for entry in trail.newest(5)] == ["rui", "lin"]
        assert list(trail.broken()) == []

    def test_writers_at_once_lose_nothing(self, tmp_path):
        with multiprocessing.get_context("spawn").Pool(3) as pool:
            pool.map(_add_twenty, [str(tmp_path)] * 3)
        trail = Trail(str(tmp_path))
        assert len(trail.newest(100)) == 60
        assert list(trail.broken()) == []

    def test_a_full_disk_is_an_error_and_leaves_whole_lines(self, tmp_path):
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            error, lines = pool.apply(_fill, [str(tmp_path)])
        assert "cannot be written" in error
        assert lines
        assert list(Trail(str(tmp_path)).broken()) == []

    def test_an_action_that_nobody_knows_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="peek"):
            Trail(str(tmp_path)).add("lin", "peek")
        with pytest.raises(ValueError, match="audit entry"):
            Trail(str(tmp_path)).add("lin", "review", note="x" * 40_000)

    def test_only_its_owner_reads_it(self, tmp_path):
        trail = Trail(str(tmp_path))
        trail.add("lin", "open")
        (file,) = trail.folder.iterdir()
        assert file.stat().st_mode & 0o077 == 0
        assert trail.folder.stat().st_mode & 0o077 == 0


def _add_twenty(lake):
    for number in range(20):
        Trail(lake).add("lin", "listen", call_date=DAY, call_id=f"c{number}")


def _fill(lake):
    """The error at a limit of the file's size, and the whole lines that were written before."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
    trail = Trail(lake)
    try:
        while True:
            trail.add("lin", "listen", call_date=DAY, call_id="c1")
    except StageError as error:
        (file,) = trail.folder.iterdir()
        assert file.read_bytes().endswith(b"\n")
        return str(error), [json.loads(line) for line in file.read_text().splitlines()]
