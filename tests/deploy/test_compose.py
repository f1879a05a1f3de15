"""compose.yaml, read as Docker Compose reads it: every service complete, nothing open, no secret in the file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version

import pytest
import yaml

from callqa import settings
from callqa_airflow import workers
from callqa_airflow.processes import COMPONENTS
from tests.conftest import REPOSITORY

SOURCE = (REPOSITORY / "compose.yaml").read_text()
SECRETS = {line.partition("=")[0]: line.partition("=")[2] for line in subprocess.run(
    [sys.executable, str(REPOSITORY / "deploy" / "make_env.py")], capture_output=True, text=True, check=True
).stdout.splitlines()}  # fmt: skip
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_]+)(?:(:[-?])([^}]*))?\}")
OURS = ("setup", "api-server", "scheduler", "dag-processor", "triggerer", "worker-default", "worker-cpu", "worker-gpu")
SERVERS = ("postgres", "redis", "store")
SERVICE_KEYS = {
    "image", "build", "restart", "stop_grace_period", "environment", "volumes", "depends_on", "command", "healthcheck",
    "ports", "profiles", "shm_size", "deploy",
}  # fmt: skip
"""Those of the Compose specification that are used here."""


def filled(text: str, environment: dict[str, str]) -> str:
    """The text with its variables, as the Compose specification puts them in."""

    def value(match: re.Match[str]) -> str:
        name, operator, word = match.groups()
        if environment.get(name):
            return environment[name]
        assert operator == ":-", f"{name}: {word}"
        return word

    return VARIABLE.sub(value, text).replace("$$", "$")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load(filled(SOURCE, SECRETS))


def test_without_secrets_it_does_not_start_and_says_what_makes_them():
    needed = {match[1]: match[3] for match in VARIABLE.finditer(SOURCE) if match[2] == ":?"}
    assert set(needed) == set(SECRETS) - {"COMPOSE_PROFILES"}
    assert set(needed.values()) == {"run deploy/make_env.py"}


def test_secrets_are_made_anew_each_time_and_fit():
    from cryptography.fernet import Fernet

    again = subprocess.run(
        [sys.executable, "deploy/make_env.py"], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert not set(again.stdout.splitlines()[1:]) & {f"{name}={value}" for name, value in SECRETS.items()}
    assert Fernet(SECRETS["AIRFLOW_FERNET_KEY"]).decrypt(Fernet(SECRETS["AIRFLOW_FERNET_KEY"]).encrypt(b"x")) == b"x"
    assert len(SECRETS["AIRFLOW_JWT_SECRET"]) >= 64
    assert "+" not in (joined := "".join(SECRETS.values()))
    assert "@" not in joined


def test_the_example_names_every_variable_of_the_file_and_has_no_secret():
    example = (REPOSITORY / "deploy" / "env.example").read_text()
    named = set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    used = {match[1] for match in VARIABLE.finditer(SOURCE)}
    assert used - named <= {"CALLQA_VERSION", "CALLQA_SHARDS__SECONDS"}
    assert set(re.findall(r"^([A-Z_]+)=(?:.+)$", example, re.MULTILINE)) == {"COMPOSE_PROFILES"}


def test_the_services_are_those_of_a_whole_stack(compose):
    assert set(compose["services"]) == {*OURS, *SERVERS}
    assert set(COMPONENTS) < set(compose["services"])
    for name, service in compose["services"].items():
        assert set(service) <= SERVICE_KEYS, name


@pytest.mark.parametrize("name", [*OURS, *SERVERS])
def test_every_service_that_stays_says_how_it_is(compose, name):
    service = compose["services"][name]
    if name == "setup":
        assert service["restart"] == "no"
    else:
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["restart"] == "unless-stopped"


def test_only_the_console_is_reachable_and_only_from_this_machine(compose):
    ports = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert ports == {"api-server": ["127.0.0.1:8080:8080"]}


def test_volumes_and_files_that_are_mounted_exist(compose):
    for name, service in compose["services"].items():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            known = (REPOSITORY / source).exists() if source.startswith(".") else source in compose["volumes"]
            assert known, f"{name}: {mount}"


def test_what_a_service_waits_for_can_tell_that_it_is_ready(compose):
    for service in compose["services"].values():
        for other, condition in service.get("depends_on", {}).items():
            wanted = condition["condition"]
            assert wanted == ("service_completed_successfully" if other == "setup" else "service_healthy")
            assert other == "setup" or "healthcheck" in compose["services"][other]


def test_the_database_is_ready_only_once_it_listens_to_others(compose):
    """While it is made, a server that ends again answers on its socket; set-up would meet it, and fail for good."""
    assert "--host" in compose["services"]["postgres"]["healthcheck"]["test"]


@pytest.mark.parametrize("name", OURS)
def test_entry_commands_are_those_of_the_stack(compose, name):
    python, flag, module, *arguments = compose["services"][name]["command"]
    assert [python, flag, module] == ["python", "-m", "callqa_airflow.stack"]
    match arguments:
        case ["setup"]:
            assert name == "setup"
        case ["airflow", *rest]:
            assert rest == COMPONENTS[name]
        case ["worker", text]:
            (worker,) = workers.parse(text)
            checked = compose["services"][name]["healthcheck"]["test"][-2:]
            assert checked == ["ping", worker.queue], "the worker that is asked is the one that runs"
        case _:
            pytest.fail(f"{arguments}")


def test_exactly_one_service_serves_each_queue_under_either_profile(compose):
    for profile in ("cpu", "gpu"):
        there = [s for s in compose["services"].values() if profile in s.get("profiles", [profile])]
        queues = [s["command"][-1].split(":")[0] for s in there if "worker" in s["command"]]
        assert sorted(queues) == ["default", "gpu"], profile


def test_the_gpu_worker_has_a_gpu_and_the_image_for_it(compose):
    service = compose["services"]["worker-gpu"]
    [device] = service["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "device_ids": ["0"], "capabilities": ["gpu"]}
    assert service["build"]["args"] == {"VARIANT": "cuda"}
    assert service["image"].endswith("-cuda")
    assert service["environment"]["CALLQA_ENGINE__DEVICE"] == "cuda"


def test_the_settings_are_ones_that_callqa_takes(compose):
    environment = compose["services"]["worker-default"]["environment"]
    chosen = settings.load(REPOSITORY / "qa.toml", {name: str(value) for name, value in environment.items()})
    assert chosen.lake.warehouse == "s3://callqa/warehouse"
    assert chosen.lake.properties["s3.endpoint"] == "http://store:8333"
    assert chosen.lake.catalog_uri.startswith("postgresql+psycopg://callqa:")


def test_airflows_settings_are_ones_that_airflow_knows(compose):
    from airflow.configuration import conf

    given = compose["x-callqa"]["environment"]
    keys = [name.split("__")[1:] for name in given if name.startswith("AIRFLOW__")]
    assert len(keys) >= 10
    for section, key in keys:
        known = conf.configuration_description.get(section.lower(), {}).get("options", {})
        assert key.lower() in known or section == "CELERY", f"{section}.{key}"


def test_the_images_version_is_the_projects(compose):
    assert compose["services"]["scheduler"]["image"] == f"callqa:{version('callqa')}-cpu"


@pytest.mark.skipif(
    subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode != 0
    if any(os.access(f"{folder}/docker", os.X_OK) for folder in os.get_exec_path())
    else True,
    reason="no docker compose",
)
def test_docker_compose_reads_it():
    done = subprocess.run(
        ["docker", "compose", "config", "--quiet"],
        cwd=REPOSITORY,
        env={**os.environ, **SECRETS},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
