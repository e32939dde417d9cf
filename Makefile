# venuesync: every command a developer needs. `make` alone lists them.
# Another Python beside the first one: make test PYTHON=python3.13 VENV=.venv313
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)

# what is imported once is compiled once, wherever this runs: a third of an agent's start
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: systemd month rest audit man hostile monitor-bench help setup dev demo test test-all check crash disk faults session soak bench latency faces galleries bench-faces screenshots format lock wheel clean bench-sources bench-changes outages profile bench-uploads bench-compare bench-cluster hurry

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# ---- set-up: the exact versions of the lock files; dlib-bin serves as dlib, so nothing is compiled
define install
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if [ -n "$(UV)" ]; then $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --no-deps --require-hashes -r $(1); \
	 else $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(1); fi
endef

$(VENV)/.run: requirements.lock pyproject.toml
	$(call install,requirements.lock)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	$(call install,requirements-dev.lock)
	@touch $@

setup: $(VENV)/.run  ## make .venv with everything that runs venuesync
	@echo "Ready: $(BIN)/venuesync --help"

dev: $(VENV)/.dev  ## the same, and everything that tests it

# ---- what it is for
demo: $(VENV)/.run  ## a whole venue in a temporary folder, to look at
	@$(BIN)/venuesync demo

test: check  ## lint, types, import rules, and the tests; the long ones among them are for test-all
	$(BIN)/python -m pytest -n 8 -m "not slow"  # most of the time they wait for an agent

test-all: check  ## the same with every test there is: before anything is given out
	$(BIN)/python -m pytest -n 8

check: $(VENV)/.dev  ## lint, types and import rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-cache

crash: $(VENV)/.dev  ## an evening of verbs, the agent killed N times (200) at named moments and at random (SEED=…)
	$(BIN)/python -m tests.crash.campaign --kills $(or $(N),200) $(if $(SEED),--seed $(SEED))

hurry: $(VENV)/.dev  ## N verbs (400) said one upon the other, there and back, while photos come; nobody dies (SEED=…)
	$(BIN)/python -m tests.crash.hurry --verbs $(or $(N),400) $(if $(SEED),--seed $(SEED))

faults: $(VENV)/.dev  ## each way of failing at each endpoint of Drive, then all at once (N=cases, SEED=…)
	$(BIN)/python -m tests.faults.campaign $(if $(N),--cases $(N)) $(if $(SEED),--seed $(SEED))

disk: $(VENV)/.dev  ## disks full, read-only, gone, led elsewhere, clocks set: N times (100) at named moments (SEED=…)
	$(shell test $$(id -u) = 0 || ! unshare -rm true 2>/dev/null || echo unshare -rm) $(BIN)/python -m tests.disk.campaign --blows $(or $(N),100) $(if $(SEED),--seed $(SEED))

hostile: $(VENV)/.dev  ## names, pictures, settings and API bodies that nobody means well with (N=times as many, SEED=…)
	VENUESYNC_EXAMPLES=$(or $(N),20) VENUESYNC_SEED=$(or $(SEED),1) $(BIN)/python -m pytest tests/hostile tests/faces/test_worker_limits.py --timeout 3600

month: $(VENV)/.dev  ## 30 days of a clock of its own, 40 starts, 200,000 photos (N=, DAYS=, SEED=); what grows, by day
	$(BIN)/python -m tests.month.month --photos $(or $(N),200000) --days $(or $(DAYS),30) $(if $(SEED),--seed $(SEED))

soak: $(VENV)/.dev  ## an hour of random faults, restarts and quotas, for each soak (VENUESYNC_SOAK=seconds)
	$(BIN)/python -m tests.venue.soak

bench: $(VENV)/.dev  ## all that is promised of speed in one table, each figure beside its yardstick (BENCH="some of them", N=times each)
	$(BIN)/python -m tests.venue.bench $(BENCH) --times $(or $(N),3)

bench-uploads: $(VENV)/.dev  ## how fast and with how many requests photos get to Drive, with and without faults
	$(BIN)/python -m tests.venue.bench_uploads

bench-compare: $(VENV)/.dev  ## REV=commit beside HEAD, in turns, N times each (3): BENCH=one of make bench's
	$(BIN)/python -m tests.venue.bench_compare "$(REV)" --bench $(or $(BENCH),uploads) --times $(or $(N),3) $(WITH)

rest: $(VENV)/.dev  ## an agent with 1,000 photos and with 100,000: rest, memory, start, a new photo, a rename, a search
	VENUESYNC_PHOTOS="$${VENUESYNC_PHOTOS:-1000 100000}" VENUESYNC_REST="$${VENUESYNC_REST:-120}" $(BIN)/python -m tests.venue.bench_flat

bench-sources: $(VENV)/.dev  ## 1,000 events, 20,000 photos listed, how soon a photo from Drive is filed
	$(BIN)/python -m tests.venue.bench_sources

systemd: $(VENV)/.dev  ## the service with systemd itself: installed, reloaded, killed, hung, stopped, removed
	VENUESYNC_SYSTEMD=1 $(BIN)/python -m pytest tests/venue/test_under_systemd.py

session: $(VENV)/.dev  ## an operator's session and a whole evening in tmux, typed in bursts; disk and Drive exact after each step
	$(BIN)/python -m tests.venue.operators_session
	$(BIN)/python -m tests.venue.whole_evening

latency: $(VENV)/.dev  ## from a photo's rename into Incoming to verified, and from enrol to both folders
	$(BIN)/python -m tests.venue.latency

outages: $(VENV)/.dev  ## 8 and 60 s without Drive, 20 times each in two ways: how soon the first photo moves again
	$(BIN)/python -m tests.venue.outages

bench-changes: $(VENV)/.dev  ## 1,000 photos renamed, merged, denied, withdrawn, moved and taken back: until disk has followed
	$(BIN)/python -m tests.venue.bench_changes

faces: $(VENV)/.dev  ## labelled photos (VENUESYNC_FACES): faces found, told apart, filed; compared with the last time
	$(BIN)/python -m tests.venue.labelled

galleries: $(VENV)/.dev  ## rules of names where 12 to 600 are enrolled: recall, wrong names, questions (N=events, SEED=, HALF=1|2 of the people, GATED=1, APART=1: small and turned faces told, too)
	$(BIN)/python -m tests.faces.galleries --events $(or $(N),30) $(if $(SEED),--seed $(SEED)) $(if $(HALF),--half $(HALF)) $(if $(GATED),--gated) $(if $(APART),--apart)

bench-faces: $(VENV)/.dev  ## photos of 24 megapixels with 6 faces, on one core, beside face_recognition's defaults
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.faces.bench

bench-cluster: $(VENV)/.dev  ## photos looked at by this machine and by a Dask worker, each on a core of its own (N=times)
	$(BIN)/python -m tests.venue.bench_cluster --times $(or $(N),3)

monitor-bench: $(VENV)/.dev  ## the monitor on 20,000 photos: first paint, key to paint, CPU, memory, bytes to the terminal
	$(BIN)/python -m tests.tui.monitor_bench

profile: $(VENV)/.dev  ## a look, a photo's way to Drive and the status, line by line: time and memory, into build/profile (OUT=)
	$(BIN)/python -m tests.venue.profile $(OUT)

screenshots: $(VENV)/.dev  ## the pictures in screenshots/, from the real monitor on the demo
	$(BIN)/python -m tests.tui.screenshots

format: $(VENV)/.dev  ## lay the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# ---- the lock files: names, versions and hashes for every platform, no addresses
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links --overrides $(VENV)/overrides.txt

lock:  ## make requirements.lock and requirements-dev.lock anew (needs uv)
	@mkdir -p $(VENV) && echo "dlib ; python_version < '0'" > $(VENV)/overrides.txt
	$(COMPILE) --extra face-recognition pyproject.toml -o requirements.lock $(LOCKFLAGS)
	$(COMPILE) --extra face-recognition --extra dask --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock $(LOCKFLAGS)

wheel: $(VENV)/.run  ## the package that pip, pipx and uv install
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

man: $(VENV)/.run  ## build/venuesync.1, the manual page, made of the commands
	@mkdir -p build && $(BIN)/python -m tui.cli.man > build/venuesync.1 && echo "Look at it: man -l build/venuesync.1"

audit: $(VENV)/.dev  ## known weaknesses of the locked libraries, as PyPI tells them (needs the network)
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --progress-spinner off -r requirements.lock

clean:  ## remove what was made here
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache
