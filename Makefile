# make run    a practice event: the gallery, and the demo in it, on this machine
# make test   every test
# make check  format, lint, types, fast tests
# make lint   format, lint, types
# make bench  the benchmarks

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Fast tests compile without optimising, a third quicker; `make test` compiles what is served.
QUICK := XLA_FLAGS="--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
# Whole files go to each process, in order: those that drive Chromium come last (tests/conftest.py).
PARALLEL := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
INSTALLED := .venv/installed

.PHONY: run test check lint bench

run: $(INSTALLED)
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

$(INSTALLED): requirements.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@
