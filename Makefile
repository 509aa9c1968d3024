# Two commands do all the set-up: `make demo` and `make test`. Everything they need is installed by them.

PYTHON ?= python3
VENV := .venv
# The older DuckDB major that is supported too; the main environment has the newest.
VENV_DUCKDB1 := .venv-duckdb1
DEMO := demo
PERIOD := 2026-10
EXAMPLES := examples
# 2 November 2026, 09:30 UTC: the reports bear this time, so that they change only when they do.
EXAMPLES_TIME := 1793611800

.PHONY: help demo examples test test-duckdb1 lint torture bench docs clean

help:
	@echo "make demo     a lifelike month of calls, audited, as PDF reports"
	@echo "make examples the sample reports in examples/, made again from that month"
	@echo "make test     the whole test suite, on both DuckDB majors"
	@echo "make lint     style, types and the import contract"
	@echo "make torture  the long forms of the property and fuzz tests"
	@echo "make bench    seconds and memory for a million rows, pages a second of the reports"
	@echo "make docs     what the docs take from the code"

demo: $(VENV)/.installed
	rm -rf $(DEMO)
	$(VENV)/bin/auditor example $(DEMO)
	@# The month has breaches, as planted: exit 1 is what the job should end with.
	$(VENV)/bin/auditor --workspace $(DEMO) run $(PERIOD) || test $$? -eq 1
	@echo
	@echo "The reports:"
	@ls -1 $(CURDIR)/$(DEMO)/reports/$(PERIOD)/*.pdf

examples: export SOURCE_DATE_EPOCH := $(EXAMPLES_TIME)
examples: demo
	rm -rf $(EXAMPLES)
	$(VENV)/bin/auditor --workspace $(DEMO) report $(PERIOD) --to $(EXAMPLES) --format pdf --format html --format xlsx
	rm $(EXAMPLES)/partner-brightcall.* $(EXAMPLES)/partner-northgate.*

test: $(VENV)/.installed-dev test-duckdb1
	$(VENV)/bin/python -m pytest --cov --cov-report=term:skip-covered
	$(VENV)/bin/python tools/full_coverage.py auditor/audit auditor/rulebook

# What touches DuckDB, once more on the older major.
test-duckdb1: $(VENV_DUCKDB1)/.installed
	$(VENV_DUCKDB1)/bin/python -m pytest -m "not slow"

lint: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

torture: $(VENV)/.installed-dev
	HYPOTHESIS_PROFILE=torture $(VENV)/bin/python -m pytest

bench: $(VENV)/.installed-dev
	$(VENV)/bin/python benchmarks/million.py
	$(VENV)/bin/python benchmarks/one_scan.py
	$(VENV)/bin/python benchmarks/formats.py
	$(VENV)/bin/python benchmarks/reports.py

docs: $(VENV)/.installed
	$(VENV)/bin/python tools/write_schema.py docs
	$(VENV)/bin/python tools/write_formats.py docs/formats.md
	$(VENV)/bin/python tools/write_settings.py docs/gate-settings.md

$(VENV)/.installed: pyproject.toml
	sh tools/system_libraries.sh $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@# The HTML report is tried in a browser.
	sh tools/system_libraries.sh $(PYTHON) chromium chromium chromium-driver chromedriver
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $@

$(VENV_DUCKDB1)/.installed: pyproject.toml
	sh tools/system_libraries.sh $(PYTHON)
	$(PYTHON) -m venv $(VENV_DUCKDB1)
	$(VENV_DUCKDB1)/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]" "duckdb<2"
	touch $@

clean:
	rm -rf $(VENV) $(VENV_DUCKDB1) $(DEMO) build dist *.egg-info .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
