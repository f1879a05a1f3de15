"""Every command of `callqa` that a page of docs/ names is one, with these options."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from callqa.cli import app
from tests.conftest import REPOSITORY

PAGES = sorted((REPOSITORY / "docs").glob("*.md"))


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each, of blocks and of the text; what a reader is to put in stands there as `…`."""
    text = page.read_text(encoding="utf-8")
    lines = [
        line
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
        for line in re.findall(r'^callqa (?:"[^"]*"|[^\n"])*', block.replace("\\\n", " "), re.MULTILINE)
    ]
    lines += re.findall(r"(?<!`)`(callqa [^`]+)`", text)
    for line in lines:
        words = shlex.split(line, comments=True)
        yield list(itertools.takewhile(lambda word: word not in ("&&", "|", ">"), words[1:]))


def understood(words: list[str]) -> None:
    """Walk down to the command and have it read its options; nothing is run."""
    command = typer.main.get_command(app)
    while isinstance(command, TyperGroup) and words:
        context = command.context_class(command)
        _, rest, _ = command.make_parser(context).parse_args(words)
        if not rest:
            return
        found = command.get_command(context, rest[0])
        assert found, f"there is no command {rest[0]}"
        command, words = found, rest[1:]
    command.make_parser(command.context_class(command)).parse_args(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_a_page_are_ones(page):
    for words in commands(page):
        try:
            understood(words)
        except Exception as error:  # noqa: BLE001 - Typer's own, which it does not export
            pytest.fail(f"{page.name}: callqa {' '.join(words)}: {error!r}")


@pytest.mark.parametrize(
    ("words", "said"),
    [("archiv plan", "archiv"), ("archive plam", "plam"), ("archive plan --form 2026-01-05", "--form")],
)
def test_a_command_that_is_none_is_noticed(words, said):
    with pytest.raises(Exception, match=said):
        understood(words.split())


def test_commands_are_found_in_blocks_and_in_the_text():
    found = {" ".join(words[:2]) for page in PAGES for words in commands(page)}
    assert {"archive plan", "warehouse backup", "warehouse restore"} <= found
