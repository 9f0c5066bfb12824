# Needs Python 3.11, make and the package registries; everything else is installed into .venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
CONSOLE := services/console
DIST := $(CONSOLE)/dist/index.html
CONSOLE_SOURCES := $(shell find $(CONSOLE) -path '*/node_modules' -prune -o -path '*/dist' -prune -o -type f \
	\( -name '*.ts' -o -name '*.tsx' -o -name '*.svelte' -o -name '*.css' -o -name '*.html' -o -name '*.json' -o -name '*.svg' \) -print)

# Node comes from the machine if it has one that is new enough, else from a Python package in .venv.
NODE_OK := $(shell node -e 'process.exit(+process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null && echo yes)
NPM := $(if $(NODE_OK),npm,$(abspath $(BIN))/npm)
NODE_PATH := $(if $(NODE_OK),,$(abspath $(BIN)):)

.PHONY: help run test check bench console clean
.DEFAULT_GOAL := help

help: ## Show what there is to do
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: $(VENV)/.installed $(DIST) ## A whole city on this machine: make run ARGS="--for 60 --http 0"
	@$(BIN)/nakhon demo $(ARGS)

test: $(VENV)/.installed-dev $(DIST) ## The whole suite
	@$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.installed-dev $(CONSOLE)/node_modules/.installed ## Lint, formatting, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cd $(CONSOLE) && PATH="$(NODE_PATH)$$PATH" "$(NPM)" run --silent check

bench: $(VENV)/.installed-dev ## Throughput and latency, as ratios inside one run
	@$(BIN)/python -m tests.bench $(ARGS)

console: $(DIST) ## Build the operators' page

clean: ## Remove what was installed and built (not the data of the demo)
	rm -rf $(VENV) $(CONSOLE)/node_modules $(CONSOLE)/dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Nakhon needs Python 3.11: install it, or name one: make PYTHON=/path/to/python3.11 run"; exit 2; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Nakhon needs (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.node$(NODE_OK): | $(VENV)/.installed
	@$(if $(NODE_OK),true,echo "Installing Node.js into $(VENV) ..." && $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.lock)
	@touch $@

$(CONSOLE)/node_modules/.installed: $(CONSOLE)/package-lock.json $(VENV)/.node$(NODE_OK)
	@echo "Installing what the console is built with ..."
	@cd $(CONSOLE) && PATH="$(NODE_PATH)$$PATH" "$(NPM)" ci --silent --no-audit --no-fund
	@touch $@

$(DIST): $(CONSOLE)/node_modules/.installed $(CONSOLE_SOURCES)
	@echo "Building the console ..."
	@cd $(CONSOLE) && PATH="$(NODE_PATH)$$PATH" "$(NPM)" run --silent build
	@touch $@
