# What one does with Tallystick, each as one command. Every target sets up what it needs: python3 with venv and make are enough.

PORT ?= 8000
PYTHON3 ?= python3
PYTHON := .venv/bin/python
TESTS ?=
PROCESSES ?= 3

# What Python has compiled is kept, even where the surroundings say otherwise: programs start sooner.
unexport PYTHONDONTWRITEBYTECODE

# Whatever happens to make, its program goes with it.
TALLYSTICK = exec env TALLYSTICK_WITH_PARENT=$$PPID $(PYTHON) -m tallystick

.PHONY: help demo run test prove check bench messages chromium other_makers clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    try it: two firms, their clients, a mailbox, on http://localhost:$(PORT) (PORT= changes the port)"
	@echo "make run     an empty installation on the same address"
	@echo "make test    all tests (TESTS=tests/config for some of them, PROCESSES=0 for one after another)"
	@echo "make prove   the same at full counts; takes long"
	@echo "make check   format, lint, types, walls, migrations, documents, words"
	@echo "make bench   how fast it is, in ratios to a floor"
	@echo "make clean   remove what these targets made, but not the data (.data)"

demo: .venv/base.stamp
	@$(TALLYSTICK) demo --port $(PORT)

run: .venv/base.stamp
	@$(TALLYSTICK) run --port $(PORT)

test: .venv/dev.stamp chromium other_makers
	@$(PYTHON) -m pytest -q -n $(PROCESSES) $(TESTS)

prove: .venv/dev.stamp chromium other_makers
	@TALLYSTICK_PROVE=1 $(PYTHON) -m pytest -q --timeout 7200 $(TESTS)

check: .venv/dev.stamp
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'
	$(PYTHON) -W ignore::RuntimeWarning -m tallystick django makemigrations --check --dry-run
	$(PYTHON) -m tools.messages --check
	$(PYTHON) -m pytest -q tests/house/test_documents.py tests/house/test_requirements.py tests/house/test_reading.py tests/house/test_messages.py

bench: .venv/dev.stamp
	@$(PYTHON) -m bench

# Collects the words of all pages into the translations, and compiles them.
messages: .venv/dev.stamp
	@$(PYTHON) -m tools.messages

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

# The environment. A path file puts src/ on the way, so nothing needs to be built. The stamps make a second run cost nothing.

.venv/made.stamp:
	@$(PYTHON3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Tallystick needs Python 3.11 or later, and $(PYTHON3) is `$(PYTHON3) --version 2>&1`. Say which one: make PYTHON3=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up .venv (once)"
	@$(PYTHON3) -m venv --clear .venv || \
	  { echo "Python's venv is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -c 'import os, pathlib, sysconfig; p = pathlib.Path(sysconfig.get_path("purelib")); (p / "tallystick.pth").write_text(os.path.relpath("src", p) + "\n")'
	@touch $@

.venv/base.stamp: .venv/made.stamp requirements/base.txt
	@echo "Installing what it stands on"
	@$(PYTHON) -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/base.txt
	@touch $@

.venv/dev.stamp: .venv/made.stamp requirements/dev.txt
	@echo "Installing what it stands on, and the tools"
	@$(PYTHON) -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@touch .venv/base.stamp $@

# A browser for the journeys. Root may install it; otherwise the tests say loudly that they skip, and in CI they fail.
chromium:
	@{ command -v chromium-headless-shell || command -v chromium || [ "`id -u`" != 0 ] || ! command -v apt-get || \
	  { echo "Installing Chromium for the browser tests (once)" >&2; apt-get update -qq && \
	    export DEBIAN_FRONTEND=noninteractive && { apt-get install -y -qq --no-install-recommends chromium-headless-shell || \
	    apt-get install -y -qq --no-install-recommends chromium; }; }; } >/dev/null || true

# A sign-in server of another maker, which runs on Node.js, for the tests that try ours there. The same holds for it.
other_makers:
	@{ command -v node && command -v npm; } >/dev/null || [ "`id -u`" != 0 ] || ! command -v apt-get >/dev/null || \
	  { echo "Installing Node.js for the sign-in server of another maker (once; its npm is large)"; apt-get update -qq && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null; } || true
	@$(PYTHON) -m tests.other_makers.installing || true
