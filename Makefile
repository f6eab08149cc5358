# Needs Python 3.11 or newer and make; everything else comes with the first target that is called.
PYTHON ?= python3
ARGS ?=
PYTEST = $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(if $(CI),--durations=25)
PY := .venv/bin/python
TEMPLATES = $(shell find . -path ./.venv -prune -o -path ./var -prune -o -path '*/templates/*' -name '*.html' -print)

# Compiled once, not by each of the many processes that tests and products start.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help .venv up test test-long check bench pictures hooks

help:
	@echo 'make up      start everything; prints the address to open'
	@echo 'make test    run the tests, in five minutes; ARGS="tests/clayops/up -k link" for some of them'
	@echo 'make test-long   those that take long, and PostgreSQL'
	@echo 'make check   style, types, templates, migrations, settings'
	@echo 'make bench   measure'
	@echo 'make pictures  the pictures of the guide, anew, from the running pages (needs Chromium)'
	@echo 'make hooks   run the checks before each commit'
	@echo 'make .venv   only make the Python environment (the others do so when it is needed)'

.venv: .venv/made-from-lock

.venv/made-from-lock: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	  'ClayOps needs Python 3.11 or newer, and "$(PYTHON)" is not. Name one that is: make PYTHON=python3.12 $(MAKECMDGOALS)' >&2; exit 2; }
	@echo 'Making .venv from requirements.lock (once, about a minute) …'
	@$(PYTHON) -m venv --clear .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

up: .venv
	@$(PY) manage.py up $(ARGS)

test: .venv
	$(PYTEST) -m "not long" $(ARGS)

# What takes long: whole products whose processes are killed, every page by browser, more Hypothesis examples,
# the benchmarks small; then what touches the database on PostgreSQL.
test-long: .venv
	EXAMPLES=many $(PYTEST) -m "long or hypothesis" $(ARGS)
	.ci/postgres $(PYTEST) -m "not long and not browser" --ignore tests/jobs/reading --ignore tests/jobs/mapping $(or $(ARGS),tests/jobs tests/budget tests/providers tests/promises tests/pages)

check: .venv
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/lint-imports --no-logo --no-cache
	.venv/bin/mypy .
	@$(if $(TEMPLATES),echo djade --check && .venv/bin/djade --check --target-version 5.2 $(TEMPLATES))
	@$(if $(TEMPLATES),echo djlint --lint && .venv/bin/djlint --lint --quiet $(TEMPLATES))
	@data=$$(mktemp -d) && trap 'rm -rf "$$data"' EXIT && export DATA_DIR="$$data" && set -e && echo 'manage.py makemigrations --check, check --deploy' && \
	  $(PY) manage.py makemigrations --check --dry-run && \
	  ALLOWED_HOSTS=clayops.example SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))')" \
	    $(PY) manage.py check --deploy --fail-level WARNING

bench: .venv
	@if [ -d tests/bench ]; then $(PY) -m pytest tests/bench -s $(ARGS); else echo 'There is nothing to measure yet.'; fi

pictures: .venv
	$(PY) -m pytest tests/pictures/pictures.py -q $(ARGS)

hooks:
	@hook=$$(git rev-parse --git-path hooks/pre-commit) && mkdir -p "$$(dirname "$$hook")" && set -e && \
	  if [ -e "$$hook" ] && ! grep -q 'make check' "$$hook"; then \
	    echo "$$hook is there already: add \"make check\" to it yourself" >&2; exit 1; fi && \
	  printf '%s\n' '#!/bin/sh' '# Made by `make hooks`. For one commit without it: git commit --no-verify' 'exec make check' >"$$hook" && \
	  chmod +x "$$hook" && echo "Before each commit: make check ($$hook)"
