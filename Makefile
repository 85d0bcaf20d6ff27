# `make install` once, then `make up` to look at it, `make test` before handing in. Each target prints what it runs.

SHELL := /bin/sh
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.installed
JOBS ?= 2
DATA ?= ../shared/data/sentiment-dev.tsv
HAS_DATA := $(wildcard ../shared/data)
ARGS ?=

.PHONY: install browser up test test-fast test-without-redis cover check fix bench bench-growth bench-rolling haproxy bench-peers chaos faketime failpoints sentiment lock clean

install: $(READY) browser

# the lock first, by its hashes; then the project itself, which needs nothing more
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "live needs Python 3.11; name one with PYTHON=…")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv || { rm -rf .venv; echo "on Debian: apt-get install python3.11-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(READY)

# the tests drive Debian's Chromium; where it is missing and we may, it is installed
browser:
	@command -v chromium >/dev/null || { \
	  as=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
	  if command -v apt-get >/dev/null && { [ -z "$$as" ] || $$as true 2>/dev/null; }; then \
	    set -x; $$as apt-get update -q && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; \
	  else \
	    echo "the tests of the pages need a chromium on the PATH, and this user may not install it: sudo apt-get install chromium"; exit 1; \
	  fi; }

up: $(READY)
	exec $(BIN)/live up --demo $(ARGS)

test: install
	$(if $(HAS_DATA),,@echo "there is no ../shared/data: its tests (marked 'data') are left out")
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(if $(HAS_DATA),,-m "not data") $(ARGS)

test-fast: $(READY)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not slow" $(ARGS)

# the end-to-end suite with no Redis from beginning to end; tests about Redis itself (marked 'bus') are left out
test-without-redis: install
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "slow and not data" --without-redis $(ARGS)

cover: install
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -n $(JOBS) --dist worksteal $(ARGS)
	$(BIN)/coverage combine -q
	$(BIN)/coverage report

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/test_project.py

fix: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

bench: $(READY)
	$(BIN)/python -m bench $(ARGS)

# up to 1,000,000 stored sessions, 100,000 open ones, 10,000 viewers, three hubs (about 20 minutes); pictures in docs/growth
bench-growth: $(READY)
	$(BIN)/python -m bench.growth $(ARGS)

# three hubs behind HAProxy, three mongods, three Valkeys: restarted one after another under load (about 2 minutes)
bench-rolling: $(READY) haproxy
	$(BIN)/python -m bench.rolling $(ARGS)

haproxy:
	@command -v haproxy >/dev/null || { \
	  as=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
	  if command -v apt-get >/dev/null && { [ -z "$$as" ] || $$as true 2>/dev/null; }; then \
	    set -x; $$as apt-get update -q && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends haproxy; \
	  else \
	    echo "the rolling restart needs a haproxy on the PATH, and this user may not install it: sudo apt-get install haproxy"; exit 1; \
	  fi; }

# beside Node's ws and socket.io, python-socketio, Django Channels, Phoenix, which are installed in bench/peers alone
bench-peers: $(READY) bench/peers/.venv/ready bench/peers/node_modules/ready
	$(BIN)/python -m bench.peers $(ARGS)

bench/peers/.venv/ready: bench/peers/requirements.txt
	$(PYTHON) -m venv bench/peers/.venv
	bench/peers/.venv/bin/pip install -q -r $<
	touch $@

bench/peers/node_modules/ready: bench/peers/package.json
	@command -v npm >/dev/null || { echo "two of the peers need node and npm on the PATH: sudo apt-get install nodejs npm"; exit 1; }
	cd bench/peers && npm install --silent --no-package-lock
	touch $@

# servers, hubs and lines are killed, stopped and cut, and nothing may be lost; ARGS="--minutes 60 --seed 1" for longer
chaos: $(READY) faketime
	$(BIN)/python -m tests.chaos $(ARGS)

# a clock of its own for one hub of `make chaos`; without it that scenario is not run, and says so
faketime:
	@test -e "$$(ls /usr/lib*/*/faketime/libfaketime.so.1 2>/dev/null | head -1)" || { \
	  as=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
	  if command -v apt-get >/dev/null && { [ -z "$$as" ] || $$as true 2>/dev/null; }; then \
	    set -x; $$as apt-get update -q && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends faketime; \
	  else \
	    echo "one scenario needs libfaketime, and this user may not install it: sudo apt-get install faketime"; \
	  fi; }

# a hub is killed at every await between the receipt of an event and its ack (some ten minutes); ARGS=--list says where
failpoints: $(READY)
	$(BIN)/python -m tests.failpoints $(ARGS)

sentiment: $(READY)
	$(BIN)/python bench/sentiment.py $(DATA) $(ARGS)

# after a change of dependencies; needs uv (https://docs.astral.sh/uv). No address of a registry gets into the file
lock:
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --all-extras --group dev \
	  --generate-hashes --no-header --output-file requirements.lock

# what the other targets made; the data of `make up` (data/) stays
clean:
	rm -rf .venv build dist .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
