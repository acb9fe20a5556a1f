# Everything a clone needs: environments are made when a target asks for them and kept until their lists change.
# PYTHON=… names another interpreter, ARGS="…" is handed to the program that runs.

.DEFAULT_GOAL := help
.PHONY: run test test-fast test-lowest check bench bench-1m train-context e2e-env clean help
SHELL := /bin/sh

PYTHON ?=
ARGS ?=
NEWEST := python3.13 python3.12 python3.11 python3
FITS := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
FIND = for each in $(or $(PYTHON),$(NEWEST)); do \
	if "$$each" -c '$(FITS)' 2>/dev/null; then command -v "$$each"; exit 0; fi; \
	done; \
	echo "leeward needs Python 3.11 or newer with its venv module, and found none$(if $(PYTHON), in $(PYTHON))." >&2; \
	echo "Debian and Ubuntu: apt install python3-venv. Elsewhere: https://www.python.org/downloads/. Or: make PYTHON=/path/to/python" >&2; \
	exit 1
# Where tests write: in memory where there is room. A thousand small stores wait for a disk a fifth of the time.
ROOMY = if [ -w /dev/shm ] && [ "$$(df -Pk /dev/shm | awk 'NR == 2 { print $$4 }')" -gt 500000 ]; then echo /dev/shm; \
	else echo "$${TMPDIR:-/tmp}"; fi
FAST := -m pytest -n 2 -m "not e2e" --ignore=tests/e2e
PIP := -m pip install --quiet --disable-pip-version-check
VENV := .venv/bin/python
LOWEST := .venv-lowest/bin/python

run: .venv/.run ## open leeward; ARGS="demo" shows a sample team
	@.venv/bin/leeward $(ARGS)

test: test-fast e2e-env ## all tests, those against real servers too
	@.e2e/venv/bin/python -m pytest tests/e2e -m e2e $(ARGS)

test-fast: .venv/.dev ## the tests that need no server
	@TMPDIR="$$($(ROOMY))" $(VENV) $(FAST) $(ARGS)

test-lowest: .venv-lowest/.dev ## the same with the lowest versions that pyproject.toml allows
	@TMPDIR="$$($(ROOMY))" $(LOWEST) $(FAST) $(ARGS)

check: .venv/.dev ## what can be judged without running it: style, types, imports, docs
	@$(VENV) -m ruff check .
	@$(VENV) -m ruff format --check .
	@$(VENV) -m mypy
	@.venv/bin/lint-imports
	@$(VENV) -m pytest -q tests/arch

bench: .venv/.dev ## measure speed against bench/README.md
	@$(VENV) -m bench $(ARGS)

bench-1m: .venv/.dev ## the same with a million threads and messages; takes long
	@$(VENV) -m bench --size 1m $(ARGS)

train-context: .venv-train/.made ## learn the weights of the context again; reads the annotated rooms (LEEWARD_SHARED), one core
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 nice -n 10 .venv-train/bin/python -m tools.train_context $(ARGS)

e2e-env: .venv/.dev ## the environment with real servers
	@LEEWARD_E2E_PYTHON=$(VENV) sh tests/e2e/env.sh

clean: ## remove what was built
	@rm -rf .venv .venv-lowest .venv-train .e2e .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist bench/data bench/results.json
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

.venv/bin/python:
	@python=$$($(FIND)) && "$$python" -m venv .venv

.venv/.run: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing leeward …" >&2
	@$(VENV) $(PIP) --constraint constraints.txt --editable .
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing leeward and what its tests need …" >&2
	@$(VENV) $(PIP) --constraint constraints.txt --editable '.[dev]'
	@touch $@ .venv/.run

.venv-lowest/bin/python:
	@python=$$($(FIND)) && "$$python" -m venv .venv-lowest

.venv-lowest/.dev: pyproject.toml constraints-lowest.txt | .venv-lowest/bin/python
	@echo "Installing the lowest versions …" >&2
	@$(LOWEST) $(PIP) --constraint constraints-lowest.txt --editable '.[dev]'
	@touch $@

.venv-train/bin/python:
	@python=$$($(FIND)) && "$$python" -m venv .venv-train

.venv-train/.made: pyproject.toml constraints.txt | .venv-train/bin/python
	@echo "Installing what learns the weights of the context …" >&2
	@.venv-train/bin/python $(PIP) --constraint constraints.txt --editable '.[train]'
	@touch $@
