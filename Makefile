# hailong: everything a developer or an office starts by hand.
#   make demo   the whole service on embedded defaults (PORT=8080)
#   make test   lint, types, tests      make bench   measurements
#   make lock   new locked requirements make format  the formatter
# Nothing but Python >= 3.11, git and make is assumed. A second run installs nothing.

PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin

# An installation is known by the checksum of all that decides it: lock, project file, place.
checksum = $(shell { cat $(1) pyproject.toml; pwd; } | git hash-object --stdin)
RUN_STAMP := $(VENV)/.installed-run-$(call checksum,requirements.lock)
DEV_STAMP := $(VENV)/.installed-dev-$(call checksum,requirements.lock requirements-dev.lock)

PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
INSTALL_PROJECT := $(PIP) install --no-deps --no-build-isolation --editable .
COMPILE := $(BIN)/uv --quiet pip compile --no-config --universal --python-version 3.11 \
	--generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.PHONY: demo test bench lock format
.DELETE_ON_ERROR:

demo: $(RUN_STAMP)
	@exec $(BIN)/hailong demo --port $(PORT)

test: $(DEV_STAMP)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

bench: $(DEV_STAMP)
	@$(BIN)/python -m bench
	@exec $(BIN)/python -m bench.reports

format: $(DEV_STAMP)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# UPGRADE=--upgrade takes newer versions; without it only what pyproject.toml asks for changes.
lock: $(DEV_STAMP)
	@$(COMPILE) $(UPGRADE) --extra build --output-file requirements.lock pyproject.toml
	@$(COMPILE) $(UPGRADE) --extra build --extra dev --constraint requirements.lock \
		--no-annotate --output-file requirements-dev.lock pyproject.toml

# The stamp is the last line: an installation that failed half-way leaves none.
$(RUN_STAMP): | $(BIN)/python
	@echo "Installing into $(VENV) (once, this takes a minute or two) ..."
	@rm -f $(VENV)/.installed-run-*
	@$(PIP) install --require-hashes -r requirements.lock
	@$(INSTALL_PROJECT)
	@touch $@

# The development lock holds the same versions and more, so the demo is installed with it.
$(DEV_STAMP): | $(BIN)/python
	@echo "Installing into $(VENV) (once, this takes a minute or two) ..."
	@rm -f $(VENV)/.installed-*
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(INSTALL_PROJECT)
	@touch $(RUN_STAMP) $@

# Made beside and moved into place: a broken .venv/bin/python would be taken for a good one.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "hailong needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make a virtual environment; install the package python3-venv" \
			"(Debian, Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@rm -rf $(VENV)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }
