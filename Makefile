# Every target installs what it needs: a .venv from the lock file, with uv if available, else with venv and pip.
PYTHON ?= python3
BIN := .venv/bin
export TF_CPP_MIN_LOG_LEVEL ?= 3
.PHONY: run test test-spark lint check bench load soak lock artifacts docs pictures clean

run: .venv/run  ## serve the app on http://localhost:8501
	$(BIN)/python -m streamlit run explorer/webapp/server.py

test: lint  ## run all tests, including the pages in Chromium (installed if missing)
	CHROMIUM="$$($(BIN)/python -m tests.browser.chromium)" $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder -p tests.again

test-spark: .venv/dev .venv/spark  ## test training on a local Spark cluster; needs Java 17
	$(BIN)/python -m pytest -p tests.again tests/spark

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint  ## run the fast checks: lint, types, import rules, unit tests
	$(BIN)/python -m pytest -m "not browser and not slow"

bench: .venv/bench  ## run the benchmarks; all take hours, so choose one: make bench ONE=first_visit
	for file in benchmarks/$(or $(ONE),*).py; do echo "== $$file" && PYTHONPATH=. $(BIN)/python $$file || exit 1; done

load: .venv/dev  ## simulate 50 visitors for 5 minutes, then 1,000 short sessions; shorter: make load MINUTES=1
	CHROMIUM="$$($(BIN)/python -m tests.browser.chromium)" $(BIN)/python benchmarks/load.py --minutes $(or $(MINUTES),5) --workers $(or $(WORKERS),1)

soak: .venv/dev  ## visitors for an hour, with faults on the way; shorter: make soak MINUTES=5
	$(BIN)/python benchmarks/soak.py --minutes $(or $(MINUTES),60)

DATA = $${EXPLORER_DATA:-data}
TRAIN = $(BIN)/python -m explorer train movielens --data $(DATA)/movielens/pool --layouts tsne umap pca
artifacts: .venv/run  ## train the shipped embeddings; needs the data (EXPLORER_DATA)
	$(TRAIN) --model hybrid --out artifacts/movielens
	$(TRAIN) --model deep --out artifacts/movielens-deep
	$(BIN)/python -m explorer train sequences --order set --data $(DATA)/movielens/pool --layouts tsne umap pca --out artifacts/movielens-item2vec
	$(BIN)/python -m explorer train books --data $(DATA)/books/p15_books.ndjson --layouts tsne umap pca --out artifacts/books
	for name in movielens movielens-deep movielens-item2vec books; do for method in tsne umap; do \
	  $(BIN)/python -m explorer project $$name --method $$method --steady || exit 1; done; done

docs: .venv/dev  ## write the API reference from the docstrings to docs/api
	PYTHONPATH=. $(BIN)/python docs/reference.py docs/api

pictures: .venv/dev  ## take the screenshots of the README
	$(BIN)/python -m tests.browser.pictures docs

lock: .venv/dev  ## pin all dependencies of requirements*.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header -o requirements.lock requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-annotate --no-header -o requirements-dev.lock requirements-dev.txt

INSTALL = $(if $(shell command -v uv),uv pip install -q --python $(BIN)/python,$(BIN)/python -m pip install -q)
.venv/%: requirements.lock requirements-dev.lock
	$(PYTHON) -c 'import sys; v = sys.version_info; v >= (3, 11) or sys.exit(f"Python 3.11 or newer is needed; {sys.executable} is {v[0]}.{v[1]}. Set PYTHON.")'
	test -x $(BIN)/python || (command -v uv >/dev/null && uv venv -q --python $(PYTHON) .venv) || $(PYTHON) -m venv .venv
	$(INSTALL) -r requirements$(if $(filter dev bench,$*),-dev).lock
	$(if $(filter bench login mcp milvus notebook spark,$*),$(INSTALL) -r requirements-$*.txt)
	touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
