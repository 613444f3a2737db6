# The checks, as CI runs them (.ci/run). `make check` needs Rust; `make template` needs sam and cfn-lint, whose versions
# are in .ci/run.

.PHONY: check fmt template clean
.DEFAULT_GOAL := check

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

# SAM asks for a region even where it asks nobody.
template: export SAM_CLI_TELEMETRY := 0
template: export AWS_DEFAULT_REGION ?= eu-west-1
template:
	sam validate --lint --template template.yaml
	cfn-lint template.yaml

clean:
	cargo clean
	rm -rf .aws-sam
