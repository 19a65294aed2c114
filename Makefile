# The commands of Holter. `make help` lists them.
SHELL := /bin/bash
ARGS ?=


.PHONY: help run build setup test bench stress check format fuzz clean

help:            ## list the commands
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

run: build       ## set up, build, and start with examples/holter.yml (ARGS="--for 30s" ends by itself)
	@build/release/holter serve --config examples/holter.yml $(ARGS)

setup:
	@tools/setup.sh

# Without what only tests need: nobody who wants to run Holter wants a web server installed for it.
build:           ## set up and build build/release/holter
	@tools/setup.sh --no-tests
	@tools/build.sh release holter holter-history

test: setup      ## set up, build and run all tests
	@tools/test.sh

bench: setup build ## measure against peers; writes build/bench/report.json
	@tools/build.sh release memory_account_bench define_definitions_bench expr_expr_bench read_read_bench alert_rules_at_scale_bench incidents_storm_bench holter-faults bench_snmp_devices
	@python3 bench/run.py $(ARGS)

stress: build    ## try to break it: twelve overloads in a fixed memory budget (ARGS="--only overload")
	@build/release/holter stress --quick --out build/stress $(ARGS)

check: setup     ## format, lint, layers (before a commit)
	@tools/check.sh

format: setup    ## format all sources in place
	@git ls-files '*.cc' '*.h' | xargs clang-format-19 -i

fuzz: setup      ## run every fuzz target for a short time
	@tools/build.sh asan && python3 tools/run_tests.py build/asan --only '^fuzz/'

clean:           ## remove everything that was built (not .deps)
	@rm -rf build
