"""Which pod a task gets where Airflow runs each in one of its own (KubernetesExecutor); other executors look away."""

from __future__ import annotations

import os

GPU_TEMPLATE = "CALLQA_GPU_POD_TEMPLATE"
"""Path of a pod template in the scheduler's image: `deploy/kubernetes/gpu-pod.yaml` of this repository."""


def gpu() -> dict[str, str]:
    """`executor_config` of the tasks that want a GPU: their pod template, where the environment names one."""
    template = os.environ.get(GPU_TEMPLATE, "")
    return {"pod_template_file": template} if template else {}
