"""Every command of the README is one that works."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = [line.split("   #")[0].strip() for block in BLOCKS for line in block.splitlines() if line.strip()]


def test_make_has_every_target_that_the_readme_names():
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(), flags=re.MULTILINE))
    named = {word for line in COMMANDS if line.startswith("make") for word in line.split()[1:]}
    named |= set(re.findall(r"`make ([a-z]+)`", README))
    assert {"demo", "test", "up", "down"} <= named <= targets


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("callqa")])
def test_the_readmes_commands_run(command, demo_settings, demo_runs):
    lake = demo_settings.lake.root
    arguments = shlex.split(command.replace(".callqa/demo/lake", lake).replace(".callqa/lake", lake))[1:]
    done = subprocess.run(
        [sys.executable, "-m", "callqa", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_every_page_and_picture_that_is_linked_is_there():
    for page in [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links {target}"


def test_every_page_is_reachable_from_the_readme():
    linked = set(re.findall(r"\(docs/([^)]+\.md)\)", README))
    assert linked == {page.name for page in Path(REPOSITORY / "docs").glob("*.md")}
