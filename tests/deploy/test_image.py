"""What the image is made of: the Dockerfile's sources are there, and hadolint has nothing to say."""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

DOCKERFILE = REPOSITORY / "Dockerfile"
HADOLINT = shutil.which("hadolint", path=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]))


def instructions() -> list[tuple[str, str]]:
    """Instruction and argument, with continued lines joined and comments left out."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest) for line in joined.splitlines() if line for word, _, rest in [line.partition(" ")]]


def copied() -> list[str]:
    """What COPY takes from the checkout."""
    arguments = [rest.split() for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    return [source for given in arguments for source in given[:-1]]


def sent(path: str) -> bool:
    """Whether .dockerignore lets a path of the checkout through; its last line that fits decides."""
    answer = True
    for line in (REPOSITORY / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        parts = Path(path).parts
        heads = ["/".join(parts[: n + 1]) for n in range(len(parts))]
        if (
            line
            and not line.startswith("#")
            and any(fnmatch.fnmatch(head, pattern.removeprefix("**/")) for head in heads)
        ):
            answer = line.startswith("!")
    return answer


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not installed: it is of the development group")
def test_hadolint_has_nothing_to_say():
    done = subprocess.run([str(HADOLINT), str(DOCKERFILE)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("source", sorted(set(copied()) - {"."}))
def test_what_is_copied_is_there_and_sent_to_the_builder(source):
    assert (REPOSITORY / source).exists()
    assert sent(source.rstrip("/"))


@pytest.mark.parametrize(
    "path", ["dags/daily_call_qa.py", "deploy/kubernetes/gpu-pod.yaml", "include/callqa/errors.py"]
)
def test_what_runs_is_sent_to_the_builder(path):
    assert (REPOSITORY / path).is_file()
    assert sent(path)


@pytest.mark.parametrize("path", [".env", ".git/config", ".airflow/secrets.env", ".callqa/lake/x", "tests/rows.py"])
def test_secrets_state_and_history_are_not_sent(path):
    assert not sent(path)


def test_the_variants_differ_in_torch_alone():
    stages: dict[str, list[str]] = {}
    for word, rest in instructions():
        if word == "FROM":
            stages[rest.split(" AS ")[-1]] = []
        elif word in ("ARG", "RUN"):
            stages.setdefault(list(stages)[-1] if stages else "", []).append(f"{word} {rest}")
    cpu, cuda = (
        [line.replace(name, "") for line in stages[f"packages-{kind}"]]
        for kind, name in (("cpu", "CPU"), ("cuda", "CUDA"))
    )
    differing = [(a, b) for a, b in zip(cpu, cuda, strict=True) if a != b]
    assert differing == [('ARG TORCH_="cpu"', 'ARG TORCH_="cu130"')]
    assert next(rest for word, rest in instructions() if word == "ARG") == "VARIANT=cpu"


def test_the_image_installs_extras_that_the_project_has():
    extras = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    run = next(rest for word, rest in instructions() if "--editable" in rest)
    asked = set(re.search(r"\.\[([a-z0-9,-]+)\]", run)[1].split(","))
    assert {"airflow", "celery", "kubernetes", "postgres", "s3"} <= asked <= set(extras)


def test_the_image_does_not_run_as_root():
    users = [rest for word, rest in instructions() if word == "USER"]
    assert users == ["10001"]
    assert any("--uid 10001" in rest for _, rest in instructions())


def test_entry_commands_exist():
    commands = {word: rest for word, rest in instructions() if word in ("CMD", "ENTRYPOINT")}
    assert commands == {"ENTRYPOINT": '["tini", "--"]', "CMD": '["python", "-m", "callqa_airflow.stack", "run"]'}
    assert any("tini" in rest for word, rest in instructions() if word == "RUN" and "apt-get" in rest)
