"""Manifests for Kubernetes and values for the official chart, read with Kubernetes' own models."""

from __future__ import annotations

import configparser
import importlib
import json
from collections.abc import Iterator

import pytest
import yaml

from callqa import settings
from callqa_airflow import pods
from tests.conftest import REPOSITORY

TEMPLATE = REPOSITORY / "deploy" / "kubernetes" / "gpu-pod.yaml"
STORAGE = list(yaml.safe_load_all((REPOSITORY / "deploy" / "kubernetes" / "storage.yaml").read_text()))
VALUES = yaml.safe_load((REPOSITORY / "deploy" / "helm" / "values.yaml").read_text())
KNOWN = {
    "fullnameOverride", "airflowVersion", "executor", "uid", "gid", "images", "postgresql", "redis", "data",
    "fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName", "extraEnvFrom", "volumes", "volumeMounts", "config",
    "dags", "logs", "createUserJob", "statsd", "scheduler", "dagProcessor", "triggerer", "apiServer", "workers",
}  # fmt: skip
"""Top-level keys of apache/airflow's chart/values.schema.json that are used here; the chart ignores what it does not
know, so that a misspelt one would be silent."""
MODELS = {"PersistentVolumeClaim": "V1PersistentVolumeClaim", "ConfigMap": "V1ConfigMap", "Pod": "V1Pod"}


@pytest.fixture(scope="module")
def client():
    from kubernetes import client

    return client


@pytest.fixture(scope="module")
def pod(client):
    """The template, as Airflow reads it."""
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator

    return PodGenerator.deserialize_model_file(str(TEMPLATE))


def unknown(client, given, kind: str, where: str = "") -> Iterator[str]:
    """Keys that Kubernetes' model of that name does not have, at any depth."""
    if kind.startswith("list["):
        for index, item in enumerate(given):
            yield from unknown(client, item, kind[5:-1], f"{where}[{index}]")
    elif (model := getattr(client, kind, None)) is not None:
        fields = {spelt: model.openapi_types[name] for name, spelt in model.attribute_map.items()}
        for key, value in given.items():
            if key in fields:
                yield from unknown(client, value, fields[key], f"{where}.{key}")
            else:
                yield f"{where}.{key}"


@pytest.mark.parametrize(
    "manifest", [yaml.safe_load(TEMPLATE.read_text()), *STORAGE], ids=lambda m: m["metadata"]["name"]
)
def test_every_key_of_a_manifest_is_one_of_kubernetes(client, manifest):
    assert list(unknown(client, manifest, MODELS[manifest["kind"]])) == []


def test_a_misspelt_key_is_noticed(client):
    manifest = yaml.safe_load(TEMPLATE.read_text().replace("tolerations:", "toleration:"))
    assert list(unknown(client, manifest, "V1Pod")) == [".spec.toleration"]


def test_the_gpu_pod_asks_for_a_gpu_and_is_let_onto_its_nodes(pod):
    [container] = pod.spec.containers
    assert container.name == "base", "Airflow puts the task into the container of this name"
    assert container.resources.limits["nvidia.com/gpu"] == "1"
    assert [(t.key, t.operator, t.effect) for t in pod.spec.tolerations] == [("nvidia.com/gpu", "Exists", "NoSchedule")]
    assert pod.spec.node_selector == {"nvidia.com/gpu.present": "true"}
    assert pod.spec.restart_policy == "Never"
    assert container.image.endswith("-cuda")


def test_the_gpu_pod_sees_the_same_settings_and_volumes_as_the_others(pod):
    [container] = pod.spec.containers
    from_chart = yaml.safe_load(VALUES["extraEnvFrom"])
    ours = [
        {"configMapRef": {"name": s.config_map_ref.name}}
        if s.config_map_ref
        else {"secretRef": {"name": s.secret_ref.name}}
        for s in container.env_from
    ]
    assert ours == from_chart
    mounts = {mount.name: mount.mount_path for mount in container.volume_mounts}
    assert {mount["name"]: mount["mountPath"] for mount in VALUES["volumeMounts"]}.items() <= mounts.items()
    claims = {v.name: v.persistent_volume_claim.claim_name for v in pod.spec.volumes if v.persistent_volume_claim}
    assert claims == {v["name"]: v["persistentVolumeClaim"]["claimName"] for v in VALUES["volumes"]}
    assert {m["metadata"]["name"] for m in STORAGE} == {*claims.values(), "callqa-settings"}
    assert pod.spec.service_account_name == VALUES["workers"]["kubernetes"]["serviceAccount"]["name"]


def test_the_dag_gives_the_pod_to_the_tasks_of_the_gpu_queue_alone(monkeypatch):
    from airflow.dag_processing.dagbag import DagBag
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator

    monkeypatch.setenv(pods.GPU_TEMPLATE, str(TEMPLATE))
    dag = DagBag(dag_folder=str(REPOSITORY / "dags" / "daily_call_qa.py")).dags["daily_call_qa"]
    given = {task.task_id: task.executor_config for task in dag.tasks if task.executor_config}
    assert given == {"shard.transcribe": {"pod_template_file": str(TEMPLATE)}}
    assert {task.queue for task in dag.tasks if task.task_id in given} == {"gpu"}
    assert PodGenerator.from_obj(given["shard.transcribe"]) is None, "no override: the template is the whole pod"
    json.dumps(given)


def test_without_a_template_nothing_is_asked_of_the_executor(monkeypatch):
    monkeypatch.delenv(pods.GPU_TEMPLATE, raising=False)
    assert pods.gpu() == {}


def test_the_charts_values_use_keys_of_the_chart():
    assert set(VALUES) <= KNOWN
    assert VALUES["executor"] == "KubernetesExecutor"
    assert not VALUES["postgresql"]["enabled"]


def test_the_scheduler_and_the_dag_processor_know_the_template_where_the_image_has_it():
    inside = f"/opt/callqa/{TEMPLATE.relative_to(REPOSITORY)}"
    for component in ("scheduler", "dagProcessor"):
        assert {"name": pods.GPU_TEMPLATE, "value": inside} in VALUES[component]["env"]


def test_airflows_settings_in_the_chart_are_known_and_agree_with_airflow_cfg():
    from airflow.configuration import conf

    parser = configparser.ConfigParser(interpolation=None)
    parser.read(REPOSITORY / "airflow.cfg")
    chosen = [(section, key, value) for section, keys in VALUES["config"].items() for key, value in keys.items()]
    for name, value in settings_of_pods().items():
        if name.startswith("AIRFLOW__"):
            section, key = name.lower().split("__")[1:]
            chosen.append((section, key, value))
    # Places and the number of pods are not those of a checkout.
    own = {"parallelism", "max_active_tasks_per_dag", "dags_folder", "plugins_folder", "base_log_folder"}
    own |= {"simple_auth_manager_passwords_file"}
    for section, key, value in chosen:
        known = conf.configuration_description.get(section, {}).get("options", {})
        assert section == "kubernetes_executor" or key in known, f"{section}.{key}"
        if parser.has_option(section, key) and key not in own:
            assert parser.get(section, key).lower() == str(value).lower(), f"{section}.{key}"
    compared = {f"{section}.{key}" for section, key, _ in chosen if parser.has_option(section, key)} - own
    assert {"workers.min_heartbeat_interval", "scheduler.task_instance_heartbeat_timeout"} <= compared


def test_the_people_of_the_chart_are_kept_by_an_auth_manager_that_the_image_has():
    """The chart's own default is FAB's, of a provider that is not installed: no API server would start."""
    where = VALUES["config"]["core"]["auth_manager"]
    module, _, name = where.rpartition(".")
    assert hasattr(importlib.import_module(module), name)


def test_what_the_chart_runs_from_airflows_own_image_is_here_too_or_switched_off():
    """Probes call /entrypoint, and the side-cars that groom logs call /clean-logs."""
    for component in ("scheduler", "dagProcessor", "triggerer"):
        assert VALUES[component]["logGroomerSidecar"] == {"enabled": False}
    assert " > /entrypoint && chmod 0755 /entrypoint" in (REPOSITORY / "Dockerfile").read_text()


def settings_of_pods() -> dict[str, str]:
    """Environment of every pod, as far as it is no secret."""
    [config] = [manifest for manifest in STORAGE if manifest["kind"] == "ConfigMap"]
    return config["data"]


def test_the_settings_are_ones_that_callqa_takes():
    chosen = settings.load(REPOSITORY / "qa.toml", settings_of_pods())
    assert (chosen.source.root, chosen.engine.model) == ("/recordings", "iic/SenseVoiceSmall")
    assert chosen.lake.root.startswith("/var/lib/callqa")


def test_nothing_secret_is_in_the_files():
    texts = [path.read_text() for path in (REPOSITORY / "deploy").rglob("*.yaml")]
    for text in texts:
        assert "kind: Secret" not in text
        assert "PASSWORD:" not in text.upper().replace("PASSWORDS_FILE:", "")
