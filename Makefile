# make run    a practice event: the gallery, and a dozen demos in it, on this machine
# make test   every test
# make check  format, lint, types, fast tests
# make lint   format, lint, types
# make bench  the benchmarks
# make smoke  what make run installs, tried; VENV and PYTHON say where and with which interpreter

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
# The first that starts and is of a supported version.
PYTHON ?= $(firstword $(foreach each,python3.11 python3.12 python3.13 python3,$(shell $(each) -c "$(SUPPORTED)" 2>/dev/null && echo $(each))))
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Fast tests compile without optimising, a third quicker; `make test` compiles what is served.
QUICK := XLA_FLAGS="--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
# Whole files go to each process, in order: those that drive Chromium come last (tests/conftest.py).
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
# Two marks: what serving needs is there, and the rest is there as well (PyTorch is most of it).
LEAN := $(VENV)/lean
INSTALLED := $(VENV)/installed

.PHONY: run test check lint bench smoke
.DELETE_ON_ERROR:

run: $(LEAN)
	$(BIN)/python -m gallery practice

test: $(INSTALLED)
	$(BIN)/python -m pytest $(PARALLEL)

check: lint
	$(QUICK) $(BIN)/python -m pytest $(PARALLEL) -m "not slow"

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

bench: $(INSTALLED)
	$(BIN)/python -m tests.bench

smoke: $(LEAN)
	$(BIN)/python -m tests.smoke

# Neither byte code made ahead nor downloads are kept: a third less on the disk.
$(LEAN): requirements.txt | $(BIN)/python
	sed '/^# The rest$$/,$$d' requirements.txt | $(PIP) --no-cache-dir --no-compile -r /dev/stdin
	touch $@

$(INSTALLED): requirements.txt | $(BIN)/python
	$(PIP) -r requirements.txt
	touch $(LEAN) $@

$(BIN)/python:
	@$(or $(PYTHON),false) -c "$(SUPPORTED)" || { echo "Python must be 3.11, 3.12 or 3.13, got $(or $(PYTHON),none of them); install one, or name one: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
