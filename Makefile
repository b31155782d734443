# Every command of the project. `make` lists them; the work is done by bin/bootstrap and the package stack/.

.DEFAULT_GOAL := help
.PHONY: help setup demo up down clean status logs sync sql psql cli test test-unit test-slow record breaks lint scan audit hooks fmt type \
        dbt-build docs screenshots lock bench
SHELL := /bin/sh
# Given on the command line, read by the stack and by the benchmark.
export AIRFLOW_PORT POSTGRES_PORT SANDBOX_PORT STACK_DIR AUTH_MANAGER STACK_USERS SANDBOX_SIZE REDIS_PORT EXECUTOR PYTHON Q ARGS
export QUICK ONLY ROUNDS
PY := .venv/bin/python
STACK = $(PY) -m stack
PYTEST = $(PY) -m pytest

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## make the virtual environment from the lock file
	@bin/bootstrap requirements.txt

demo: setup ## the whole thing against a local Exact Online, from nothing to figures that tie out
	@$(STACK) demo

up: setup ## the same stack, empty, for your own Exact Online
	@$(STACK) up

down: ## stop the stack
	@if [ -x $(PY) ]; then $(STACK) down; else echo "Nothing of this stack was running."; fi

clean: ## stop the stack and remove what it made
	@if [ -x $(PY) ]; then $(STACK) clean; fi
	@rm -rf .venv .stack dbt/target dbt/logs .pytest_cache .ruff_cache .mypy_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

status: setup ## say what runs
	@$(STACK) status

logs: ## follow the logs of all components
	@tail -n 20 -F $${STACK_DIR:-.stack}/logs/*.log

sync: setup ## import every administration again, wait for the marts, print what changed
	@$(STACK) sync

sql: setup ## rows of a query, tab-separated: make sql Q="select ..."
	@$(STACK) sql

psql: setup ## a shell on the warehouse
	@$(STACK) psql

cli: setup ## a command of the integration: make cli ARGS="status --json"
	@$(STACK) cli

test: ## every test but the slow ones, from nothing; at last the main job on the real stack
	@bin/bootstrap requirements-dev.txt
	@$(MAKE) --no-print-directory lint scan type
	@$(PYTEST) -n 2 --dist loadfile -m "not slow" --ignore tests/e2e
	@$(PYTEST) tests/e2e/test_demo.py

test-unit: ## the tests that need no database, in seconds
	@bin/bootstrap requirements-dev.txt
	@$(PYTEST) tests/unit

test-slow: ## end to end: the real stack, scheduled by Airflow, checked by SQL
	@bin/bootstrap requirements-dev.txt
	@$(PYTEST) -m slow

record: ## write the cassettes of tests/cassettes anew
	@bin/bootstrap requirements-dev.txt
	@PYTHONPATH=plugins $(PY) -m tests.cassettes

breaks: ## break each rule in a copy and see its tests go red: make breaks WORDS="token budget" for some of them
	@bin/bootstrap requirements-dev.txt
	@$(PY) -m tests.breaks $(WORDS)

lint: ## check style without changing anything
	@bin/bootstrap requirements-dev.txt
	@$(PY) -m ruff check . && $(PY) -m ruff format --check .
	@cd dbt && ../$(PY) -m sqlfluff lint --processes 2 models tests
	@.venv/bin/typos --format brief && .venv/bin/hadolint Dockerfile
	@.venv/bin/check-jsonschema -q --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@.venv/bin/zizmor -q --offline --no-progress .github

scan: ## look for secrets in what git knows; found ones that are none stand in .secrets.baseline
	@bin/bootstrap requirements-dev.txt
	@git ls-files -z | xargs -0 .venv/bin/detect-secrets-hook --baseline .secrets.baseline

audit: ## look for known vulnerabilities of the locked packages; one that could not be looked up fails too
	@bin/bootstrap requirements-dev.txt
	@.venv/bin/pip-audit --strict --no-deps --disable-pip -r requirements.txt

hooks: ## check before each commit what takes seconds
	@bin/bootstrap requirements-dev.txt
	@.venv/bin/pre-commit install

fmt: ## format Python and SQL
	@bin/bootstrap requirements-dev.txt
	@$(PY) -m ruff check --fix . ; $(PY) -m ruff format .
	@cd dbt && ../$(PY) -m sqlfluff fix --processes 2 models tests

type: ## check types
	@bin/bootstrap requirements-dev.txt
	@$(PY) -m mypy

dbt-build: setup ## build the marts now, outside Airflow
	@$(STACK) dbt-build

docs: setup ## build the dbt documentation with lineage and serve it
	@$(STACK) docs

screenshots: ## take the pictures in docs/ from the running demo (installs Debian's chromium where there is none)
	@bin/bootstrap requirements-dev.txt
	@$(PY) -m stack.screenshots

lock: ## write the lock files anew from requirements*.in
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements.in -o requirements.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes requirements-dev.in -o requirements-dev.txt

bench: ## measure us beside floors and peers: make bench QUICK=1 within five minutes, ONLY="loads marts" for some
	@bin/bootstrap requirements-dev.txt
	@PYTHONPATH=plugins $(PY) -m bench
