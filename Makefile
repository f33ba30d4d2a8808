# `make run` serves the portal, `make test` checks everything; both do all set-up on a fresh machine.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: install run test check bench coverage fuzz mutation lock update sbom licences translations clean

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

# The tests start the portal some hundred times, and two processes collect them: where Python was told to keep no
# bytecode, each would compile everything anew.
test: export PYTHONDONTWRITEBYTECODE =
test: $(VENV)/.test
	sh tests/browser/ensure_browser.sh $(BIN)
	$(MAKE) --no-print-directory check
	$(BIN)/pytest -n 3 --dist loadgroup

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
	$(LOCK) --extra sbom --constraint requirements/run.txt --output-file requirements/sbom.txt pyproject.toml

# Newer versions of everything, then all tests; docs/operations.md says what to read before it is committed.
update: $(VENV)/.test
	$(MAKE) --no-print-directory lock LOCK="$(LOCK) --upgrade"
	git --no-pager diff --stat requirements
	$(MAKE) --no-print-directory test licences sbom

# What the portal runs on, as CycloneDX, from the lock; the tool has an environment of its own.
sbom: sbom.json
sbom.json: requirements/run.txt requirements/sbom.txt requirements/tidy_sbom.py
	$(PYTHON) -m venv $(VENV)-sbom
	$(VENV)-sbom/bin/pip --disable-pip-version-check --quiet install --require-hashes -r requirements/sbom.txt
	$(VENV)-sbom/bin/cyclonedx-py requirements requirements/run.txt --pyproject pyproject.toml --output-reproducible -o $@.new
	$(VENV)-sbom/bin/python requirements/tidy_sbom.py < $@.new > $@
	rm $@.new

licences: $(VENV)/.test
	$(BIN)/python docs/licences.py

# Collects the sentences of code and templates, and compiles the translations.
translations: $(VENV)/.test
	$(BIN)/pybabel --quiet extract -F translations/babel.cfg -k _l -k lazy_gettext --no-location --sort-output --omit-header -o translations/messages.pot .
	$(BIN)/pybabel --quiet update -i translations/messages.pot -d translations --no-fuzzy-matching --ignore-obsolete --omit-header
	$(BIN)/pybabel --quiet compile -d translations

clean:
	rm -rf $(VENV) $(VENV)-sbom instance sbom.json
