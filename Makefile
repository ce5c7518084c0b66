# What can be made of readnext; `make help` lists it.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules
# Where Debian keeps haproxy and nginx, which tests run.
export PATH := $(PATH):/usr/sbin:/sbin

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GOBUILD := go build -trimpath -buildvcs=false -ldflags '-X main.buildVersion=$(VERSION)'

# How long `make fuzz` stays with each decoder.
FUZZTIME ?= 5m
# How many rounds of faults `make soak` goes through.
SOAK ?= 100
# How long all rounds of one package may take.
SOAKTIME ?= 2h
# Packages that compute for long, whose goroutines share nothing: the race
# detector would take ten minutes more and find what it finds elsewhere.
SERIAL := ./internal/simulate ./internal/evaluate

# What is only checked is compiled as without cmd/readnext/default.pgo, by which all
# of it would be compiled once more.
test lint soak fuzz: export GOFLAGS := $(GOFLAGS) -pgo=off

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/readnext and bin/client
	$(GOBUILD) -o bin/ ./cmd/readnext ./cmd/client

.PHONY: run
run: build ## Serve from ./data, with an invented newsroom and its readers in it
	bin/readnext serve --store pebble:./data --demo

.PHONY: test
test: setup lint ## Check everything: format, vet, staticcheck, the contract, tests with -race
	go test $(SERIAL)
	CGO_ENABLED=1 go test -race $$(go list ./... | grep -vxF $(SERIAL:./%=-e readnext/%))

.PHONY: setup
setup:
	@scripts/setup

.PHONY: lint
lint: ## Check format, vet, staticcheck, the proto's style, and that generated code is fresh
	scripts/check-format
	go vet ./...
	go tool staticcheck ./...
	go tool buf lint
	scripts/check-generated

.PHONY: generate
generate: ## Generate the Go code of rpc/ from its proto
	go tool buf generate

.PHONY: breaking
breaking: ## Check that the proto breaks no client of the main branch's proto
	scripts/check-breaking

.PHONY: fuzz
fuzz: ## Fuzz every decoder, FUZZTIME=5m each
	scripts/fuzz $(FUZZTIME)

.PHONY: soak
soak: setup ## Run the longest fault tests, SOAK=100 rounds of them
	READNEXT_SOAK=$(SOAK) CGO_ENABLED=1 go test -race -count=1 -timeout $(SOAKTIME) -run '^TestSoak' -v ./...

.PHONY: bench
bench: build ## Measure what a server does and costs, into bin/bench, in some 10 minutes
	bin/readnext bench --out bin/bench

.PHONY: bench-growth
bench-growth: build ## Compare 1,000,000 articles and 2,000,000 readers with 10,000 of both, into bin/bench-growth
	bin/readnext bench --growth both --out bin/bench-growth

# What `make profile` serves a copy of: a store's directory; the newsroom if empty.
PROFILE_STORE ?=

.PHONY: profile
profile: build ## Profile a server under load into ./profiles, PROFILE_STORE=directory
	scripts/profile profiles $(PROFILE_STORE)

.PHONY: pgo
pgo: profile ## Refresh the profile that the compiler goes by
	cp profiles/cpu.pprof cmd/readnext/default.pgo

.PHONY: clean
clean: ## Remove what was built; the store in ./data stays
	rm -rf bin profiles
