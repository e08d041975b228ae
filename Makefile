# make run    a practice event: the gallery, and the demo in it, on this machine
# make test   every test
# make check  format, lint, types, fast tests
# make bench  the benchmarks

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Fast tests compile without optimising, a third quicker; `make test` compiles what is served.
QUICK := XLA_FLAGS="--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
INSTALLED := .venv/installed

.PHONY: run test check bench

run: $(INSTALLED)
	$(BIN)/python -m gallery practice

test: $(INSTALLED)
	$(BIN)/python -m pytest

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(QUICK) $(BIN)/python -m pytest -m "not slow"

bench: $(INSTALLED)
	$(BIN)/python -m tests.bench

$(INSTALLED): requirements.txt
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@
