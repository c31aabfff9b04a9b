# Needs Python 3.11, 3.12 or 3.13 and nothing else: every target makes .venv when it is missing or when
# what it was installed from has changed. Another Python: make PYTHON=/path/to/python3.12 test

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Half of the tests in their order for each process, so that what neighbours share is made once; whichever
# is done first takes over some of the other's.
PYTEST := $(BIN)/pytest -n 2 --dist worksteal
PIP_INSTALL := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --progress-bar off

# The first interpreter that runs and is new enough; AutoGluon has no release for 3.14 yet.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo "$$python" && break; done)

.PHONY: help install demo check test test-all test-kernels wheel-test format clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 14

install: $(INSTALLED)  ## Make .venv with tabkit, its extras and the tools, at the pinned versions

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "no Python 3.11, 3.12 or 3.13 found: install one, or pass PYTHON=..." >&2; exit 1; }
	@echo "installing into $(VENV) (a few minutes the first time)"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(PIP_INSTALL) --constraint constraints.txt --editable '.[all,dev]'
	@touch $@

demo: $(INSTALLED)  ## Compare models on data that scikit-learn installs; prints where the report is
	@$(BIN)/python docs/examples/demo_data.py demo/breast_cancer.csv
	$(BIN)/tabkit compare demo/breast_cancer.csv --target diagnosis --positive malignant \
		--folds 5 --time-limit 210s --autogluon-preset medium_quality --out demo/results
	@echo "open demo/results/report.html in a browser"

check: $(INSTALLED)  ## Format, lint, types, floors, documentation (its code runs in make test)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy tabkit
	$(BIN)/lint-imports
	$(BIN)/pytest -q -m "not slow" -k "not blocks_run and not examples_run" tests/project

test: $(INSTALLED)  ## The fast tests, examples in docstrings included
	$(PYTEST) -m "not slow"

test-all: $(INSTALLED)  ## Every test: slow ones, real data, the built wheel, PostgreSQL, every kernel
	tests/system_packages.sh
	$(PYTEST)
	$(BIN)/python tests/kernels.py

test-kernels: $(INSTALLED)  ## The numerical tests under each kernel of OpenBLAS that the processor has
	$(BIN)/python tests/kernels.py

wheel-test: $(INSTALLED)  ## Build the wheel and use it alone in a fresh environment
	$(BIN)/pytest tests/project/test_wheel.py

format: $(INSTALLED)  ## Rewrite the files in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## Remove what the targets made, .venv included
	rm -rf $(VENV) build dist demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
