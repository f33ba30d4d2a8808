# `make run` serves the portal, `make test` checks everything; both do all set-up on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: install run test check bench coverage fuzz mutation lock translations clean

install: $(VENV)/.run

$(VENV)/.run: requirements/run.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	$(PIP) install --require-hashes -r requirements/test.txt
	touch $@

run: install
	@exec $(BIN)/portal run

test: $(VENV)/.test
	sh tests/browser/ensure_browser.sh $(BIN)
	$(MAKE) --no-print-directory check
	$(BIN)/pytest -n 2 --dist loadgroup

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(VENV)/.test
	$(BIN)/python -m bench

# Evidence beside the tests (docs/evidence.md): what they run, what they withstand, what they would miss.
$(VENV)/.evidence: requirements/evidence.txt $(VENV)/.test
	$(PIP) install --require-hashes -r requirements/evidence.txt
	touch $@

coverage: $(VENV)/.evidence
	PORTAL_TEST_ENGINES=sqlite $(BIN)/coverage run -m pytest --ignore tests/browser
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --sort=cover | head -40
	$(BIN)/coverage report --format=total

fuzz: $(VENV)/.test
	HYPOTHESIS_PROFILE=fuzz PORTAL_TEST_ENGINES=sqlite $(BIN)/pytest tests/fuzzing

mutation: $(VENV)/.evidence
	PORTAL_TEST_ENGINES=sqlite $(BIN)/mutmut run
	$(BIN)/mutmut results

# Writes the locked requirements anew from pyproject.toml; needs a package registry.
LOCK := $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-header
lock: $(VENV)/.test
	$(LOCK) --output-file requirements/run.txt pyproject.toml
	$(LOCK) --extra test --constraint requirements/run.txt --output-file requirements/test.txt pyproject.toml
	$(LOCK) --extra test --extra evidence --constraint requirements/test.txt --output-file requirements/evidence.txt pyproject.toml

# Collects the sentences of code and templates, and compiles the translations.
translations: $(VENV)/.test
	$(BIN)/pybabel --quiet extract -F translations/babel.cfg -k _l -k lazy_gettext --no-location --sort-output --omit-header -o translations/messages.pot .
	$(BIN)/pybabel --quiet update -i translations/messages.pot -d translations --no-fuzzy-matching --ignore-obsolete --omit-header
	$(BIN)/pybabel --quiet compile -d translations

clean:
	rm -rf $(VENV) instance
