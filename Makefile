# The checks, as CI runs them (.ci/run). `make check` needs Rust; `make template` needs sam and cfn-lint, whose versions
# are in .ci/run. `make build`, `make lambda`, `make deploy` and `make e2e` are in
# docs/deploying.md, `make clients` in docs/clients.md.

.PHONY: check fmt fuzz template build lambda deploy e2e clients clean
.DEFAULT_GOAL := check

# Python tools of tests/deploy, installed when a target needs them.
DEPLOY_TOOLS := $(or $(CARGO_TARGET_DIR),target)/deploy-tools

# The clients of tests/clients, likewise.
CLIENT_TOOLS := $(or $(CARGO_TARGET_DIR),target)/client-tools

# Everything about the code. --locked: a Cargo.lock that does not fit is a mistake here, not something to mend.
check:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --document-private-items
	@if cargo deny --version >/dev/null 2>&1; then \
		echo "cargo deny --locked check licenses bans sources"; \
		cargo deny --locked check --hide-inclusion-graph licenses bans sources; \
	else \
		echo "cargo-deny is not installed: its checks are left to CI"; \
	fi
	cargo test --workspace --locked --no-fail-fast

fmt:
	cargo fmt --all

# Damaged files for every reader, wrapper, charset, layout and time pattern: a minute for each of some twenty targets, or
# as long as FUZZ_SECONDS says (CI: 10), with as many targets at once as there are processors.
fuzz:
	cargo build --locked --workspace --example fuzz
	$(or $(CARGO_TARGET_DIR),target)/debug/examples/fuzz --seconds $(or $(FUZZ_SECONDS),60)

# SAM asks for a region even where it asks nobody.
template: export SAM_CLI_TELEMETRY := 0
template: export AWS_DEFAULT_REGION ?= eu-west-1
template: $(DEPLOY_TOOLS)/complete
	sam validate --lint --template template.yaml
	cfn-lint template.yaml
	$(DEPLOY_TOOLS)/bin/python -m pytest -q -n auto -p no:cacheprovider tests/deploy

# The functions as Lambda runs them, at target/lambda/FUNCTION/bootstrap: for arm64, the template's default, where its
# standard library is installed (rustup target add aarch64-unknown-linux-gnu), else for x86_64.
ARM64 = $(wildcard $(shell rustc --print sysroot 2>/dev/null)/lib/rustlib/aarch64-unknown-linux-gnu)
build:
	cargo lambda build --release --locked $(if $(ARM64),--arm64,--x86-64)

# The functions through cargo-lambda, in CI's quicker profile, for this machine: built as they are packaged, then one is
# invoked with a sample event.
lambda:
	cargo lambda build --profile ci --locked
	tests/deploy/invoke.sh $(or $(CARGO_TARGET_DIR),target)/lambda/lookup-tracking/bootstrap

# With the parameters of samconfig.toml.
deploy: export SAM_CLI_TELEMETRY := 0
deploy:
	sam build
	sam deploy

# The whole hub on an emulator of AWS, in about two minutes. MILEPOST_BINARIES names a folder of functions that were built
# already.
e2e: $(DEPLOY_TOOLS)/complete
	$(if $(MILEPOST_BINARIES),,cargo build --profile ci --locked)
	cargo build --locked --workspace --bin milepost
	$(DEPLOY_TOOLS)/bin/python tests/deploy/e2e.py

$(DEPLOY_TOOLS)/complete: tests/deploy/requirements.txt
	rm -rf $(DEPLOY_TOOLS)
	python3 -m venv $(DEPLOY_TOOLS)
	$(DEPLOY_TOOLS)/bin/pip install --quiet --disable-pip-version-check -r $<
	touch $@

# Other people's clients, unmodified, against a hub on this machine.
clients: $(CLIENT_TOOLS)/complete
	cargo build --locked --workspace --bin milepost
	$(CLIENT_TOOLS)/bin/python tests/clients/run.py --program $(or $(CARGO_TARGET_DIR),target)/debug/milepost \
		--node-modules $(CLIENT_TOOLS)/node_modules

# No install scripts: none of the clients needs one.
$(CLIENT_TOOLS)/complete: $(addprefix tests/clients/,requirements.txt package.json package-lock.json)
	rm -rf $(CLIENT_TOOLS)
	python3 -m venv $(CLIENT_TOOLS)
	$(CLIENT_TOOLS)/bin/pip install --quiet --disable-pip-version-check -r $<
	cp $(filter %.json,$^) $(CLIENT_TOOLS)
	npm ci --prefix $(CLIENT_TOOLS) --ignore-scripts --no-audit --no-fund --loglevel error
	touch $@

clean:
	cargo clean
	rm -rf .aws-sam
