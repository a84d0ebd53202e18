# Every target sets up what it needs: `make run` and `make test` work on a fresh checkout.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help
help: ## Show what there is to make
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[36mmake %-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "This needs Python 3.11 or newer as $(PYTHON): set PYTHON=/path/to/python3.11."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "This needs Python's venv: install your system's python3-venv package."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked packages into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e . \
		2> $(VENV)/install.log || { cat $(VENV)/install.log; exit 1; }
	@touch $@

.PHONY: setup
setup: $(READY) ## Install the locked packages into .venv

.PHONY: run
run: $(READY) ## Start the whole stack on this machine, until Ctrl-C
	@exec $(BIN)/python -m deploy.local

.PHONY: demo
demo: $(READY) ## Sync real issues and show what they say (LIVE=1: and see it move; KEEP=1: leave the stack up)
	@exec $(BIN)/python -m deploy.local.demo

.PHONY: test
test: $(READY) ## Run every test
	@$(BIN)/python -m pytest tests --numprocesses 3 --dist worksteal

.PHONY: coverage
coverage: $(READY) ## Run the tests and show what they do not reach
	@$(BIN)/python -m pytest tests --numprocesses 4 --dist worksteal --cov --cov-report=term
	@$(BIN)/python -m coverage report --include 'services/kernel/*,services/*/domain/*' --fail-under 90 > /dev/null
	@$(BIN)/python -m coverage report --fail-under 80 > /dev/null

.PHONY: check
check: $(READY) ## Look at the code without running it
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/buf lint gen/api.binpb --config protos/buf.yaml --path jira_analytics
	@$(BIN)/python -m tests.shape.breaking
	@$(BIN)/deptry .
	@$(BIN)/python -m pytest tests/shape

.PHONY: protos
protos: $(READY) ## Generate gen/ from protos/
	@$(BIN)/python protos/generate.py

.PHONY: docs
docs: $(READY) ## Write the pages of docs/ that come from the code
	@$(BIN)/python -m docs.pages

.PHONY: golden
golden: $(READY) ## Write the golden threads anew; read the diff
	@$(BIN)/python -m tests.golden

.PHONY: mutants
mutants: $(READY) ## Show that each promise's test turns red on code that breaks it
	@$(BIN)/python -m tests.mutants

SEEDS ?= 1000
JOBS ?= 2
.PHONY: soak
soak: $(READY) ## Live through worlds by seed and show that nothing is lost (SEEDS=1000 JOBS=2)
	@$(BIN)/python -m tests.soak --seeds $(SEEDS) --jobs $(JOBS)

.PHONY: existence
existence: $(READY) ## Show that no answer tells by its time what exists
	@$(BIN)/python -m tests.load.existence

.PHONY: bench
bench: $(READY) ## Measure, and write docs/performance.md
	@$(BIN)/python -m tests.load

.PHONY: ghz
ghz: $(READY) ## Load a stack with ghz (needs ghz on the PATH, or Go)
	@$(BIN)/python -m tests.load.ghz

.PHONY: lock
lock: ## Resolve the dependencies anew (needs uv)
	@uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet --output-file requirements.lock

.PHONY: clean
clean: ## Remove what was made here: the environment, the stack's data, caches
	@rm -rf $(VENV) .local build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
