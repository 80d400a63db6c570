# make crawl    set everything up, then crawl the demo site (or CONFIG=configs/site.yaml, ARGS=--fresh)
# make test     set everything up, then lint, types, architecture and all tests (or TESTS=tests/unit)
# make bench    what it costs beside what others cost (or BENCH="compare --rounds 5", BENCH=frontier, …)
# make docs     write the generated pages and configuration files again
# make docs-tests   count what the tests show by standard, in docs/conformance.md
# make lock     pin the versions that are installed now in constraints.txt
# make clean    remove everything that make and the tests have left
.DEFAULT_GOAL := help
.PHONY: help crawl test check bench docs docs-tests lock clean
SHELL := /bin/bash

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
TESTS ?= tests
JOBS ?= 2

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

crawl: $(VENV)/.ready
	@$(BIN)/crawl $(if $(CONFIG),"$(CONFIG)",demo) $(ARGS)

test: check
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal $(TESTS)

check: $(VENV)/.ready-to-test
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet . && echo "ruff: clean"
	@$(BIN)/mypy --strict crawler

bench: $(VENV)/.ready-to-test
	@$(BIN)/python -m compileall -q crawler
	@$(BIN)/python -m benchmarks $(BENCH)

docs: $(VENV)/.ready
	@$(BIN)/crawl schema --format markdown > docs/reference.md
	@$(BIN)/crawl schema --format yaml > configs/every-option.yaml
	@$(BIN)/crawl schema --format json > configs/schema.json

docs-tests: $(VENV)/.ready-to-test
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal -m standard --write-conformance tests

# Python 3.11 or newer, under whichever name it is installed
$(VENV)/bin/python:
	@found=; for name in python3.11 python3.12 python3.13 python3.14 python3; do \
	  if command -v $$name >/dev/null && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then \
	    found=$$name; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo "make: needs Python 3.11 or newer; found: $$(python3 --version 2>/dev/null || echo none)" >&2; exit 1; fi; \
	echo "setting up $(VENV) with $$($$found --version)"; \
	$$found -m venv --clear $(VENV) || { rm -rf $(VENV); \
	  echo "make: $$found cannot make a virtual environment (on Debian: apt install python3-venv)" >&2; exit 1; }

$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "installing the crawler and what it needs (once)"
	@$(PIP) install -qq --upgrade "pip>=25.1"
	@$(PIP) install -qq --constraint constraints.txt --editable '.[all]'
	@$(BIN)/python -m compileall -q crawler  # pip does so for all packages but this one
	@touch $@

$(VENV)/.ready-to-test: $(VENV)/.ready
	@echo "installing what the tests need (once)"
	@$(PIP) install -qq --constraint constraints.txt --group dev
	@touch $@

# pins what is installed now, after an upgrade by hand in $(VENV)
lock: | $(VENV)/bin/python
	@{ echo "# written by: make lock"; \
	  $(PIP) freeze --exclude-editable --exclude pip --exclude setuptools; } > constraints.txt

clean:
	rm -rf $(VENV) .bench .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
