# "make" lists the targets. Everything needs Go alone; what else a target uses, it says.

GO ?= go
TOOL = $(GO) tool -modfile=tools/go.mod
FUZZTIME ?= 10s
export GOFLAGS ?=

.DEFAULT_GOAL := help
.PHONY: help run build test e2e check check-all format vet staticcheck race fuzz vulnerabilities bench docker clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Run the gate: a simulated model, no configuration, everything in ./sallyport-data
	$(GO) run ./cmd/sallyport serve

build: ## Build bin/sallyport, one static file
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags='-s -w' -o bin/sallyport ./cmd/sallyport

test: ## Run every test, real SDK clients and PostgreSQL included; say which were left out and why
	@.ci/run

e2e: ## Run the tests with the real SDK clients alone
	cd e2e && $(GO) test -count=1 ./...

check: format vet staticcheck ## The quick round before a commit: format, vet, staticcheck, tests
	$(GO) test -short ./...

check-all: format vet staticcheck race fuzz vulnerabilities test ## Everything: race detector, fuzzing, known vulnerabilities, all tests

format: ## Fail if a file is not formatted
	@out=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); test -z "$$out" || { echo "not formatted:"; echo "$$out"; exit 1; }

vet: ## Run go vet
	$(GO) vet ./...
	cd e2e && $(GO) vet ./...

staticcheck: ## Run staticcheck
	$(TOOL) staticcheck ./...

race: ## Run the tests with the race detector (needs a C compiler)
	$(GO) test -race -short ./...

# The go command sometimes reports its own time limit as a failure ("context deadline exceeded", without an input): it
# ran out of time while it was stopping. That one run is made again.
fuzz: ## Fuzz each target for FUZZTIME (10s)
	@list=$$(git grep -o --untracked --exclude-standard '^func Fuzz[A-Za-z0-9_]*' -- '*_test.go' | sed 's/:func /:/'); \
	test -n "$$list" || { echo "no fuzz target was found"; exit 1; }; \
	for f in $$list; do \
		dir=./$$(dirname "$${f%%:*}"); name=$${f##*:}; \
		fuzz() { $(GO) test -run='^$$' -fuzz="^$$name\$$" -fuzztime=$(FUZZTIME) "$$dir" 2>&1; }; \
		echo "fuzz $$dir $$name"; \
		out=$$(fuzz) && continue; \
		case "$$out" in \
		*"Failing input"*) ;; \
		*"context deadline exceeded"*) out=$$(fuzz) && continue ;; \
		esac; \
		echo "$$out"; exit 1; \
	done

vulnerabilities: ## Look for known vulnerabilities, where the database can be reached
	@out=$$($(TOOL) govulncheck ./... 2>&1); status=$$?; \
	case "$$status:$$out" in \
	0:*) echo "$$out" ;; \
	*"fetching vulnerabilities"*) echo "left out: the database of vulnerabilities cannot be reached from here" ;; \
	*) echo "$$out"; exit 1 ;; \
	esac

bench: ## Measure what the gate costs, as a ratio to httputil.ReverseProxy (Linux, six minutes)
	$(GO) run ./bench/run

docker: ## Build the container image
	docker build -f deploy/Dockerfile -t sallyport .

clean: ## Remove what build made; the data folder of "make run" stays
	rm -rf bin
