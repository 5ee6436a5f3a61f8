# Two commands do everything a newcomer needs: `make demo` and `make test`. Both set up .venv themselves.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
NEXT   := .venv-next
PYTEST_ARGS ?=
BENCH_ARGS ?=

.PHONY: demo test check bench soak test-next clean

demo: $(STAMP)  ## a replica portal, two nights, and the archive at http://127.0.0.1:8001
	$(BIN)/gongkai demo

test: check  ## what must hold: check, then the tests with 90 % branch coverage over sites and archive
	$(BIN)/pytest -n 2 --dist loadfile --cov --cov-branch --cov-report=term:skip-covered --cov-fail-under=90 $(PYTEST_ARGS)

check: $(STAMP)  ## format, lint, types, directions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) $(VENV)/.bench  ## measurements; see benchmarks/README.md
	$(BIN)/python benchmarks/run.py $(BENCH_ARGS)

soak: $(STAMP)  ## the long runs, their counts printed: kills, full disks, torn WARCs, a hundred thousand mutated pages
	$(BIN)/pytest -m soak -s --timeout=7200 $(PYTEST_ARGS)

test-next:  ## the web tests on the newest Datasette 1.0 alpha, in an environment of its own; informs, never blocks
	# pip says that the alpha breaks gongkai's own pin: so it is meant
	test -x $(NEXT)/bin/python || $(PYTHON) -m venv $(NEXT)
	rm -f $(NEXT)/results.xml
	-$(NEXT)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,ocr]'
	-$(NEXT)/bin/python -m pip install --quiet --disable-pip-version-check --upgrade --pre 'datasette>=1.0a0,<2'
	-$(NEXT)/bin/python -m pytest tests/archive/web tests/e2e -o filterwarnings= --tb=short --show-capture=no --junitxml=$(NEXT)/results.xml $(PYTEST_ARGS)
	-@$(NEXT)/bin/python -m tests.told $(NEXT)/results.xml

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "gongkai needs Python 3.11 or newer; set PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,ocr]'
	touch $@

$(VENV)/.bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	touch $@

clean:  ## remove what make made (never data/)
	rm -rf $(VENV) $(NEXT) .pywb build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov
