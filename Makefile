# The same commands for people and for CI. `make` lists them.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Checks come before tests, and cargo uses every core by itself.
.NOTPARALLEL:
.PHONY: help run test web images lint advisories bench soak neo4j-up neo4j-down clean rust style style-web page

# What is asked at the public edge, and so of either store; the other tests are about one store, or about none.
# `schemathesis` questions the edge, and takes longer there than it may. `every_leaf` imports the data set many times
# to question the answers, not the store: `make soak` runs it there too.
ON_NEO4J := graphql_ http_ import_ kunshan trace_service --skip command --skip crash --skip schemathesis

# What times a server, or loads it to its limits: nothing else may run beside it, or it would measure that.
ALONE := work::served hostile:: neo4j_faults::

# npm writes this file last, so that it stands for a finished install.
AUDITS := tests/js/node_modules/.package-lock.json
PAGES := web/node_modules/.package-lock.json
# What the pages are made of; vite writes the second page last.
PAGE := web/dist/graphiql.html
PAGE_PARTS := $(shell find web/src web/build seed/queries -type f) $(wildcard web/*.html web/*.ts web/*.json web/*.js) schema.graphql vocabulary.json

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST) | expand -t 20

run: rust page ## build and serve; options in ARGS, as in: make run ARGS='--listen 127.0.0.1:9000'
	cargo run --release --locked -- serve $(ARGS)

test: ## everything that must pass before a change lands
	@scripts/need.sh cargo cc node npm python3 java mvn chromium strace unshare prlimit curl
	@$(MAKE) --no-print-directory style web $(AUDITS)
	npm test --prefix web
	@scripts/neo4j.sh jars
	@scripts/schemathesis.sh
	cargo test --locked -- $(addprefix --skip ,$(ALONE))
	cargo test --locked --test all -- --test-threads=1 $(ALONE)
	HUKUN_TEST_STORE=neo4j cargo test --locked --test all -- $(ON_NEO4J) --skip every_leaf

web: $(PAGE) ## the explorer and GraphiQL, for the program to carry (Node.js 20 or newer)

images: web $(AUDITS) ## pictures of the explorer's views, to docs/images
	HUKUN_IMAGES=$(CURDIR)/docs/images cargo test --locked --test all -- explorer::

# cargo-deny takes minutes to build, so it is no condition of `make test`. Where it is missing, this target says what it
# did not check; a machine that must not pass without it sets CI=true.
lint: style ## format, clippy, eslint, and the dependencies' licences, bans and sources
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
	HUKUN_SOAK=1 cargo test --locked --release -- $(addprefix --skip ,$(ALONE))
	HUKUN_SOAK=1 cargo test --locked --release --test all -- --test-threads=1 $(ALONE)
	HUKUN_SOAK=1 HUKUN_TEST_STORE=neo4j cargo test --locked --release --test all -- $(ON_NEO4J)

neo4j-up: ## start a Neo4j of one's own on 127.0.0.1:7687; scripts/neo4j.sh has more
	@scripts/neo4j.sh up

neo4j-down: ## stop it; the data stays
	@scripts/neo4j.sh down

clean: ## what was built; the data stays
	cargo clean
	rm -rf tests/js/node_modules web/node_modules web/dist .neo4j/[0-9]*

rust:
	@scripts/need.sh cargo cc

# The page's style is checked where Node is. Where it is not, this target says what it did not check; a machine that
# must not pass without it sets CI=true.
style: rust
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	@if [[ "$${CI:-}" == true ]] || scripts/need.sh --there node npm; then \
	  $(MAKE) --no-print-directory style-web; \
	else \
	  echo "NOT CHECKED: the explorer's style, for there is no Node.js 20 or newer" >&2; \
	fi

style-web: $(PAGES)
	@scripts/need.sh node npm
	npm run style --prefix web

# The pages are built where Node is. Where it is not the program says how to get them; a machine that must not go without
# sets CI=true.
page:
	@if [[ "$${CI:-}" == true ]] || scripts/need.sh --there node npm; then \
	  scripts/need.sh node npm; \
	  $(MAKE) --no-print-directory web; \
	else \
	  echo "NOT BUILT: the explorer, for there is no Node.js 20 or newer; the API needs none" >&2; \
	fi

$(PAGE): $(PAGES) $(PAGE_PARTS)
	npm run build --prefix web

$(PAGES): web/package-lock.json
	@scripts/need.sh node npm
	npm ci --prefix web

$(AUDITS): tests/js/package-lock.json
	npm ci --prefix tests/js
