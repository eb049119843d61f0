.DEFAULT_GOAL := help
.PHONY: help setup run demo console test check fmt lint types bench gpu models eval-demo eval-safety fuzz-photos audit eval-seeing sweep index-cases faults faults-steps overload soak
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PHOTO ?=
NAME ?=
SEED ?= 1
EXECUTIONS ?= 1000000

help:          ## Show this list
	@grep -hE '^[a-z-]+: *.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ -/'

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 2; }
	@test -d .venv || $(PYTHON) -m venv .venv || { echo "Python's venv module is needed (Debian: apt install python3-venv)."; exit 2; }
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt 'torch==2.13.0' && $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bots,workers,dev]' || { echo "The packages could not be installed; see the lines above, then run make again."; exit 2; }
	@touch $(STAMP)

setup: $(STAMP)      ## Install everything into .venv

run: $(STAMP)        ## Start Redis, a worker, the local chat, and Telegram and Slack if their tokens are in .env
	@exec $(BIN)/python -m deploy.local

console: $(STAMP)    ## The same with a chat in the terminal
	@exec $(BIN)/python -m deploy.local --console

demo: $(STAMP)       ## Ask about one photo in the terminal: make demo PHOTO=path
	@exec $(BIN)/python -m deploy.local --photo "$(or $(PHOTO),docs/images/sample.jpg)"

test: $(STAMP)       ## Run the tests, in the order that SEED shuffles them to
	@$(BIN)/python -m pytest -q -p randomly --randomly-seed=$(SEED)

fmt: $(STAMP)        ## Format and autofix
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lint: $(STAMP)       ## Lint, formatting, architecture, spelling
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-logo && $(BIN)/codespell && $(BIN)/deptry . && $(BIN)/python -m core.ontology config/conditions.toml

types: $(STAMP)      ## Type check
	@$(BIN)/mypy

audit: $(STAMP)      ## Search the code and its dependencies for known weaknesses
	@$(BIN)/bandit -q -c pyproject.toml -ll -r bots config core deploy workers && $(BIN)/python -m deploy.audit

check: lint types audit test  ## Everything above, then the tests

bench: $(STAMP)      ## Run all benchmarks, or one: make bench NAME=overhead
	@$(BIN)/python -m benchmarks $(NAME)

gpu: $(STAMP)        ## Run what wants a GPU, ten minutes at most; a tiny run without one. Report: docs/reports
	@$(BIN)/python -m benchmarks._gpu

models: $(STAMP)     ## Train the demo models again (hours on two cores); goes on where it stopped
	@$(BIN)/python -m workers.demo_pack.rebuild $(if $(QUICK),--quick --root build/models)

sweep: $(STAMP)      ## Compare LoRA strategies on rendered skin (an hour on one core); keeps finished cells
	@$(BIN)/python -m workers.training.sweep

eval-demo: $(STAMP)  ## Score the demo models on fresh renders: make eval-demo SEED=1
	@$(BIN)/python -m workers.evaluation.demo --seed $(SEED)

eval-safety: $(STAMP) ## Score triage, refusals, photo gate and skin tone
	@$(BIN)/python -m workers.evaluation.safety

fuzz-photos: $(STAMP) ## Feed damaged files to the photo decoder: make fuzz-photos EXECUTIONS=1000000 SEED=1
	@$(BIN)/python -m core.photos.fuzz --executions $(EXECUTIONS) --seed $(SEED) --keep out/fuzz-photos

eval-seeing: $(STAMP) ## Score outlines, heat maps, own skin, similar cases and the closed loop
	@$(BIN)/python -m workers.evaluation.seeing --seed $(SEED)

index-cases: $(STAMP) ## Build the demo pack's indexes of cases and the reader that checks pictures again
	@$(BIN)/python -m workers.retrieval.index --data rendered:48:9000000 --out models/demo/cases --show && $(BIN)/python -m workers.retrieval.index --data pool:1000:3000000 --out models/demo/trained_on && $(BIN)/python -m workers.verifier.train

TURNS ?=
faults: $(STAMP)     ## Real processes under a seeded schedule of kills and faults: make faults TURNS=1000 SEED=1
	@$(BIN)/python -m tests.faults.harness --turns $(or $(TURNS),1000) --seed $(SEED)

faults-steps: $(STAMP) ## The same, but every process dies once at every named step
	@$(BIN)/python -m tests.faults.harness --turns $(or $(TURNS),36) --seed $(SEED) --steps

overload: $(STAMP)   ## Ten times more questions than the model can answer
	@$(BIN)/python -m tests.faults.harness.overload

soak: $(STAMP)       ## Many turns without faults, memory and connections watched: make soak TURNS=50000
	@$(BIN)/python -m tests.faults.harness.soak --turns $(or $(TURNS),50000) --seed $(SEED)
