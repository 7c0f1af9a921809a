# One command each; every one of them sets up what it needs first. See README.md.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
LOCKED := $(VENV)/.locked
UV := $(BIN)/uv
GENERATOR := benchmarks/build/generator
SIDE_BY_SIDE := tests/unit tests/contracts
# A folder for reports, or nothing.
JUNIT ?=
CLIENTS := tests/clients/node_modules
INSTALLED := $(CLIENTS)/.installed

# Ray: no telemetry, no packaging of the working directory, workers at normal priority.
export RAY_USAGE_STATS_ENABLED := 0
export RAY_ENABLE_UV_RUN_RUNTIME_ENV := 0
export RAY_worker_niceness := 0

.PHONY: help setup serve test test-long check imports format bench bench-quick lock clean

help:
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 14

setup: $(STAMP) ## install everything into .venv

# What the locks say, and nothing else; needs the network only when they changed.
$(LOCKED): requirements.lock requirements-uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "EventRay needs Python 3.11 or newer: make PYTHON=...")'
	@{ test -x $(BIN)/python && test -x $(BIN)/pip; } || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-uv.lock requirements.lock
	@touch $@

# The four packages where they stand, so that an edit needs no new set-up.
$(STAMP): $(LOCKED) pyproject.toml
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline --editable .
	@touch $@

# exec: the server is make's own child, to which make hands on SIGTERM and for which it then waits.
serve: $(STAMP) ## start the server in the foreground (options: make serve ARGS="--port 9000")
	@exec $(BIN)/eventray serve $(ARGS)

# The published clients that the tests run; needs the network only when their lock changed.
$(INSTALLED): tests/clients/package.json tests/clients/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo "The tests need Node 20 or newer." >&2; exit 1; }
	@npm ci --prefix $(dir $(CLIENTS)) --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel error >/dev/null
	@touch $@

# The programs that the tests drive: a browser, for one. Does nothing where they are.
.PHONY: programs
programs:
	@tests/install_programs.sh

# Those without Ray and browsers side by side, the rest one by one. With ARGS, one run that takes them.
test: $(STAMP) $(INSTALLED) programs ## the tests, under 15 minutes
ifdef ARGS
	@$(BIN)/python -m pytest -m "not long" $(ARGS)
else
	@$(BIN)/python -m pytest -m "not long" -n 2 --dist loadfile $(SIDE_BY_SIDE) $(JUNIT:%=--junitxml=%/test-1.xml)
	@$(BIN)/python -m pytest -m "not long" $(SIDE_BY_SIDE:%=--ignore=%) $(JUNIT:%=--junitxml=%/test-2.xml)
endif

test-long: $(STAMP) $(INSTALLED) programs ## the longer tests: soak, faults, heavy property runs
	@$(BIN)/python -m pytest -m long $(ARGS) $(JUNIT:%=--junitxml=%/test-long.xml) || { code=$$?; \
	if [ $$code -ne 5 ] || grep -rqs --include='test_*.py' 'mark\.long' tests; then exit $$code; fi; \
	echo "There are no long tests in this version."; }

check: $(STAMP) ## lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

imports: $(STAMP) ## import rules only
	@$(BIN)/lint-imports

format: $(STAMP) ## mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(STAMP) $(GENERATOR) ## the benchmarks: tables, and plots in benchmarks/results (15 minutes)
	@benchmarks/install_peers.sh || true
	@$(BIN)/python -m benchmarks $(ARGS)

bench-quick: $(STAMP) $(GENERATOR) ## the same in 2 minutes
	@benchmarks/install_peers.sh || true
	@$(BIN)/python -m benchmarks --quick $(ARGS)

$(GENERATOR): $(wildcard benchmarks/generator/*.[ch])
	@mkdir -p $(@D)
	@$(CC) -O2 -std=gnu11 -Wall -Wextra -o $@ $(filter %.c,$^)

lock: $(STAMP) ## renew requirements.lock
	@$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --group dev pyproject.toml -o requirements.lock

clean: ## remove what setup and tests made
	@rm -rf $(VENV) $(CLIENTS) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build
