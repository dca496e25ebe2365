# The same commands for people and for CI. `make` lists them.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Checks come before tests, and cargo uses every core by itself.
.NOTPARALLEL:
.PHONY: help run test lint advisories bench soak neo4j-up neo4j-down clean rust style

# What is asked at the public edge, and so of either store; the other tests are about one store, or about none.
# `every_leaf` imports the data set many times to question the answers, not the store: `make soak` runs it there too.
ON_NEO4J := graphql_ http_ import_ kunshan trace_service --skip command --skip crash

# npm writes this file last, so that it stands for a finished install.
AUDITS := tests/js/node_modules/.package-lock.json

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 20

run: rust ## build and serve; options in ARGS, as in: make run ARGS='--listen 127.0.0.1:9000'
	cargo run --release --locked -- serve $(ARGS)

test: ## everything that must pass before a change lands
	@scripts/need.sh cargo cc node npm java mvn
	@$(MAKE) --no-print-directory style $(AUDITS)
	@scripts/neo4j.sh jars
	cargo test --locked
	HUKUN_TEST_STORE=neo4j cargo test --locked --test all -- $(ON_NEO4J) --skip every_leaf

# cargo-deny takes minutes to build, so it is no condition of `make test`. Where it is missing, this target says what it
# did not check; a machine that must not pass without it sets CI=true.
lint: style ## format, clippy, and the dependencies' licences, bans and sources
	@if cargo deny --version >/dev/null 2>&1; then \
	  cargo deny --locked check bans licenses sources; \
	else \
	  echo "NOT CHECKED: licences, bans and sources. To check them: cargo install --locked cargo-deny@0.20.2" >&2; \
	  [[ "$${CI:-}" != true ]]; \
	fi

# Apart from `lint`, for its answer changes from day to day without a change here, and it fetches the RustSec database
# (a git repository), which needs the network.
advisories: rust ## known faults of the dependencies
	cargo deny --locked check advisories

bench: rust ## micro benchmarks
	cargo bench --locked

# The same tests with more rounds: an ignored test is one that nobody misses.
soak: rust ## the tests again, in release mode and with many more rounds
	HUKUN_SOAK=1 cargo test --locked --release
	HUKUN_SOAK=1 HUKUN_TEST_STORE=neo4j cargo test --locked --release --test all -- $(ON_NEO4J)

neo4j-up: ## start a Neo4j of one's own on 127.0.0.1:7687; scripts/neo4j.sh has more
	@scripts/neo4j.sh up

neo4j-down: ## stop it; the data stays
	@scripts/neo4j.sh down

clean: ## what was built; the data stays
	cargo clean
	rm -rf tests/js/node_modules .neo4j/[0-9]*

rust:
	@scripts/need.sh cargo cc

style: rust
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings

$(AUDITS): tests/js/package-lock.json
	npm ci --prefix tests/js
