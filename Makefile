# The front door of pg_fabric. `make help` lists the targets; extension/build.mk says how things are built.

PG_CONFIG ?= pg_config
BUILD ?= build
MINUTES ?= 30
SEED ?=
BUILD_MAKE = $(MAKE) --no-print-directory -f extension/build.mk PG_CONFIG=$(PG_CONFIG) BUILD=$(BUILD)
# What does more than build builds with all processors, unless -j says otherwise.
STAGE = $(BUILD_MAKE) $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc)) stage
SERVERS = test/servers/with_servers

.DEFAULT_GOAL := all
.PHONY: all install uninstall installcheck stage mutants deps demo demo-stop check soak bench tpch oracle lint clean \
	help

help:
	@echo "  make deps          install what build, tests and demo need (Debian; root or sudo)"
	@echo "  make               build the extension and its drivers into $(BUILD)/"
	@echo "  make install       install them for the PostgreSQL of PG_CONFIG ($(PG_CONFIG)); DESTDIR is honoured"
	@echo "  make installcheck  the regression tests against an installed and running server"
	@echo "  make demo          the main job on real servers of its own; make demo-stop ends what a terminal left running"
	@echo "  make check         all tests, on servers of their own (minutes)"
	@echo "  make oracle        the differential test, MINUTES=30 SEED=1"
	@echo "  make soak          the long runs: oracle, mutations, faults, TPC-H, valgrind, sanitizers, sqlsmith"
	@echo "  make bench         figures beside the bare client, mysql_fdw and DuckDB"
	@echo "  make tpch          the 22 queries of TPC-H: equality, then figures"
	@echo "  make lint          format, borders, exports, house rules"
	@echo "  make clean         remove $(BUILD)/"

all install uninstall installcheck stage:
	+@$(BUILD_MAKE) $@

# The library with a switch that breaks pushdown rules on purpose, for the oracle's own test. Never installed.
mutants:
	+@$(BUILD_MAKE) BUILD=$(BUILD)/mutants MUTATIONS=1 stage

deps:
	@test/deps/install

demo: deps
	+@$(STAGE)
	@test/demo/run

demo-stop:
	@test/demo/stop

check: deps
	@test/check

soak: deps
	@test/soak

bench: deps
	+@$(STAGE)
	@test/bench/run
	@test/bench/files

tpch: deps
	+@$(STAGE)
	@test/tpch/run --check
	@test/tpch/run

oracle: deps
	+@$(STAGE)
	@$(SERVERS) --postgres --mariadb -- test/oracle/run --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

lint:
	@test/lint/run

clean:
	rm -rf $(BUILD)
