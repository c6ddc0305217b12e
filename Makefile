# The targets are what CI runs: see .ci/run and .github/workflows/ci.yml.

# Every Go module of the repository. `./...` skips nested modules silently, so
# each one is named here (and in go.work), and every target walks this list.
MODULES := . drivers/odbc examples/webapp/browser internal/adaptertest internal/frameworks internal/peers internal/testbed scoped/scopedgrpc

# Modules that hold no code of ours, only the versions of tools.
TOOL_MODULES := internal/tools internal/tools/sqlc

# Databases without which `make test` fails instead of skipping tests.
SQLSCOPE_REQUIRE ?= postgres mysql
export SQLSCOPE_REQUIRE

# No version control data in what is built: reading it fails in a checkout that
# belongs to another user, which is what a container of CI often sees.
export GOFLAGS := $(GOFLAGS) -buildvcs=false

# Patterns for all packages of all modules, as the workspace sees them.
PACKAGES := $(foreach m,$(MODULES),./$(if $(filter .,$(m)),,$(m)/)...)

BIN      := bin
TESTBED  := $(BIN)/testbed
LINTER   := $(CURDIR)/$(BIN)/golangci-lint
SETUP    := testdata/setup.sh

# each COMMAND: run the command in every module's folder, without the workspace,
# which is how users get the modules.
each = @set -e; for m in $(MODULES); do echo "$$m: $(1)"; (cd $$m && GOWORK=off $(1)); done

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install what the tests need and this machine lacks (Debian; root or sudo)
	@bash $(SETUP)

.PHONY: build
build: ## Build and vet every module as users get it, outside the workspace
	$(call each,go build ./...)
	$(call each,go vet ./...)

.PHONY: test
test: setup build race ## Run everything: set up, build each module, every test with -race

.PHONY: race
race: $(TESTBED) ## Run the tests of every module with -race, on the databases that the testbed brings up
	$(TESTBED) -- go test -race -count=1 -timeout 30m $(PACKAGES)

.PHONY: bench
bench: $(TESTBED) ## Run the benchmarks; tests never measure time
	$(TESTBED) -- go test -run '^$$' -bench . -benchmem $(PACKAGES)

# How long the soak goes on. Without the race detector, whose own memory grows
# with time; `make race` has a shorter soak with it.
SQLSCOPE_SOAK ?= 10m

.PHONY: soak
soak: $(TESTBED) ## Work on all databases at once for SQLSCOPE_SOAK (10m), and look for what is left behind
	SQLSCOPE_SOAK=$(SQLSCOPE_SOAK) $(TESTBED) -- go test -count=1 -v -timeout 60m -run 'TestSixTargets' ./drivers/odbc/

.PHONY: lint
lint: lint-format lint-vet lint-tidy lint-static lint-arch ## Check format, vet, go.mod files, static analysis and architecture

.PHONY: lint-format lint-vet lint-tidy lint-static lint-arch
lint-format:
	@bad=$$(gofmt -l .); test -z "$$bad" || { echo "gofmt -w these files:"; echo "$$bad"; exit 1; }

lint-vet:
	$(call each,go vet ./...)

lint-tidy:
	@set -e; for m in $(MODULES) $(TOOL_MODULES); do \
		echo "$$m: go mod tidy -diff"; (cd $$m && GOWORK=off go mod tidy -diff); done

lint-static: $(LINTER)
	@bad=0; for m in $(MODULES); do \
		echo "$$m: golangci-lint run"; (cd $$m && GOWORK=off $(LINTER) run ./...) || bad=1; done; exit $$bad

lint-arch:
	@test ! -d internal/archtest || go test -count=1 ./internal/archtest/

.PHONY: tidy
tidy: ## Tidy every go.mod
	@set -e; for m in $(MODULES) $(TOOL_MODULES); do (cd $$m && GOWORK=off go mod tidy); done

.PHONY: generate
generate: ## Have sqlc make its packages again (builds sqlc once, some minutes)
	cd internal/adaptertest && go generate ./...

.PHONY: clean
clean: ## Remove what make has built
	rm -rf $(BIN)

# Built rather than `go run`, which turns every exit code into 1 and does not
# pass SIGTERM on. Go decides what has to be rebuilt.
.PHONY: $(TESTBED)
$(TESTBED):
	@go build -o $@ ./internal/testbed

# Not a dependency of anybody: the linter's version is pinned by a module of its own.
$(LINTER): $(wildcard internal/tools/go.*)
	@echo "building golangci-lint (once per version, a minute or two)"
	@cd internal/tools && GOWORK=off go build -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@touch $@
