# What people run while they work; `just --list` shows it with its words.

# The portal, with what is configured
serve *options:
    cargo run -- serve {{options}}

# A portal with sample data
demo *options:
    cargo run -- demo {{options}}

# All tests on SQLite, or those that are named
test *names:
    cargo test --workspace {{names}}

# All tests on PostgreSQL, in a cluster of their own
test-pg *names:
    #!/usr/bin/env bash
    set -euo pipefail
    ENTENTE_TEST_POSTGRES_URL=$(script/pg start) cargo test --workspace {{names}}

# Everything that has to hold, as on a fresh machine
check:
    script/test

# Format and lints
lint:
    cargo fmt --check
    cargo clippy --workspace --all-targets -- -D warnings

# schema.graphql as the code has it
schema:
    cargo run -- schema > schema.graphql

# .env.example as src/config.rs has it
env:
    ENTENTE_TEST_UPDATE=1 cargo test --test it env_example

# The read mechanism beside hand-written SQL
bench *options:
    cargo run --release --manifest-path bench/Cargo.toml -- {{options}}

# The search over 20,000 documents beside LIKE: on SQLite and, where its URL is given, PostgreSQL
bench-search *options:
    cargo run --release --manifest-path bench/Cargo.toml -- search {{options}}

# Where a partner with 10,000 facts stands, beside reading them with plain SQL
bench-program:
    cargo run --release --manifest-path bench/Cargo.toml -- program

# What a night's review of 5,000 partners with 5,000,000 facts costs
bench-review *options:
    cargo run --release --manifest-path bench/Cargo.toml -- review {{options}}

# Fuzzing of what reads strangers' bytes: document, cursor or token; needs cargo-fuzz and nightly
fuzz target *options:
    cd fuzz && cargo +nightly fuzz run -s none {{target}} {{options}}

# Takes each cure of a known fault out and sees its test fail
cures *words:
    script/cures {{words}}

# The story and a siege under faults, so many seconds on each database
torture seconds='600':
    script/torture {{seconds}}

# Every letter with its sample, as pages in preview/
letters:
    cargo run -- mail preview preview
