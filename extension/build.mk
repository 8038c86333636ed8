# How pg_fabric is built and installed, by PGXS. Called by the Makefile, from the top of the tree.
#
# What knows PostgreSQL is built here; CMakeLists.txt builds what does not (core, driver, unit tests). Both glob the same
# folders; neither lists files. Everything made lies in $(BUILD).

PG_CONFIG ?= pg_config
BUILD ?= build
EXTENSION_NAME := pg_fabric
EXTENSION_VERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" extension/$(EXTENSION_NAME).control)

ifeq ($(shell command -v $(PG_CONFIG)),)
$(error $(PG_CONFIG) not found: run `make deps`, or name PostgreSQL's pg_config by PG_CONFIG=...)
endif

# PGXS takes this file's folder for the source folder.
EXTENSION := $(EXTENSION_NAME)
FRESH_SCRIPT := $(BUILD)/$(EXTENSION_NAME)--$(EXTENSION_VERSION).sql
# Each version before has an upgrade script to this one: the deltas of all steps between, and api/ whole.
UPGRADES := $(patsubst extension/upgrade/%.sql,%,$(filter-out %.after.sql,$(wildcard extension/upgrade/*--*.sql)))
UPGRADE_SCRIPTS := $(foreach u,$(UPGRADES),$(BUILD)/$(EXTENSION_NAME)--$(firstword $(subst --, ,$(u)))--$(EXTENSION_VERSION).sql)
DATA_built := $(FRESH_SCRIPT) $(UPGRADE_SCRIPTS)
# The regression tests: those of wrappers need the server that MYSQL_HOST names, or the files of test/regress/files.py in the folder
# FABRIC_FILES; that of the bridge needs its module.
REGRESS := $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))
REGRESS := $(filter-out $(if $(MYSQL_HOST),,fdw_mysql_%) $(if $(FABRIC_FILES),,fdw_objectstore_%) $(if $(FABRIC_BRIDGE_TEST),,bridge),$(REGRESS))
REGRESS_OPTS := --inputdir=. --outputdir=$(BUILD)/regress --load-extension=$(EXTENSION_NAME)
REGRESS_PREP := regress-data
# What two sessions do at once.
ISOLATION := $(sort $(patsubst test/isolation/specs/%.spec,%,$(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS := --inputdir=test/isolation --outputdir=$(BUILD)/isolation --load-extension=$(EXTENSION_NAME)
ENCODING := UTF8
NO_LOCALE := 1
EXTRA_CLEAN := $(BUILD)

# clang 14, which would write bitcode, cannot read libstdc++ 12's C++20 headers.
override with_llvm := no
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

PG_VERSION_NUMBER := $(shell sed -n 's/^\#define PG_VERSION_NUM \(.*\)/\1/p' $(includedir_server)/pg_config*.h | head -1)
ifneq ($(shell test $(PG_VERSION_NUMBER) -ge 150000 -a $(PG_VERSION_NUMBER) -lt 190000 && echo yes),yes)
$(error PostgreSQL 15 to 18 are supported; $(PG_CONFIG) says $(PG_VERSION_NUMBER))
endif

CXX ?= g++
WARNINGS := -Wall -Wextra $(if $(DEV),-Werror)
COMMON_FLAGS := -std=c++20 -O2 -g -fPIC -MMD -MP $(WARNINGS) -fno-omit-frame-pointer
# The bridge: PostgreSQL's headers as system headers, so that our warnings are ours. -fwrapv as PostgreSQL itself.
BRIDGE_FLAGS := $(COMMON_FLAGS) -fwrapv -I. -Isrc -isystem $(includedir_server) -isystem $(includedir_internal) -D_GNU_SOURCE
# Core and drivers never see PostgreSQL's include path: a wrong include is a compile error.
CORE_FLAGS := $(COMMON_FLAGS) -fvisibility=hidden -Isrc
MYSQL_CONFIG ?= $(firstword $(foreach c,mariadb_config mysql_config,$(shell command -v $(c))))
DRIVER_FLAGS := $(CORE_FLAGS) -I.

# DuckDB's folder: that of DUCKDB_HOME, or what make deps has found or fetched. Without one the object store driver is left out.
DUCKDB_HOME := $(shell DUCKDB_HOME='$(DUCKDB_HOME)' test/deps/duckdb --where)
DUCKDB_LIBRARY := $(if $(DUCKDB_HOME),$(firstword $(wildcard $(addprefix $(DUCKDB_HOME)/,lib/libduckdb.so lib/*/libduckdb.so libduckdb.so))))

CORE_SOURCES := $(sort $(wildcard src/core/*.cpp))
BRIDGE_SOURCES := $(sort $(wildcard src/*.cpp fdw/shared/*.cpp) $(filter-out src/core/%,$(wildcard src/*/*.cpp)) \
	$(filter-out $(wildcard fdw/*/client*.cpp fdw/*/engine*.cpp),$(wildcard fdw/mysql/*.cpp fdw/objectstore/*.cpp)))
MYSQL_DRIVER_SOURCES := $(sort $(wildcard fdw/mysql/client*.cpp))
OBJECTSTORE_DRIVER_SOURCES := $(sort $(wildcard fdw/objectstore/engine*.cpp))

objects = $(patsubst %.cpp,$(BUILD)/obj$(1)/%.o,$(2))
CORE_OBJECTS := $(call objects,,$(CORE_SOURCES))
BRIDGE_OBJECTS := $(call objects,,$(BRIDGE_SOURCES))
# What a library does not use of core is not in it.
CORE := $(BUILD)/libfabric_core.a
MYSQL_DRIVER_OBJECTS := $(call objects,,$(MYSQL_DRIVER_SOURCES))
OBJECTSTORE_DRIVER_OBJECTS := $(call objects,,$(OBJECTSTORE_DRIVER_SOURCES))

LINK := $(CXX) -shared -Wl,-z,defs -Wl,--as-needed
# PostgreSQL's own symbols are found in the server that loads the library.
LINK_MODULE := $(CXX) -shared -Wl,--as-needed -Wl,--version-script=extension/exports.map

# The engine is a private copy under a name of its own, so that another extension's DuckDB in the same backend is another one.
ENGINE := $(BUILD)/libfabric_duckdb.so

LIBRARIES := $(BUILD)/$(EXTENSION_NAME).so $(if $(MYSQL_CONFIG),$(BUILD)/$(EXTENSION_NAME)_mysql.so) \
	$(if $(DUCKDB_LIBRARY),$(BUILD)/$(EXTENSION_NAME)_objectstore.so $(ENGINE))

all: $(LIBRARIES) $(DATA_built)

$(BUILD)/obj/src/core/%.o: src/core/%.cpp
	@mkdir -p $(@D)
	$(CXX) $(CORE_FLAGS) -c $< -o $@

$(MYSQL_DRIVER_OBJECTS): $(BUILD)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	$(CXX) $(DRIVER_FLAGS) $(shell $(MYSQL_CONFIG) --include) -c $< -o $@

$(BRIDGE_OBJECTS): $(BUILD)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	$(CXX) $(BRIDGE_FLAGS) -c $< -o $@

$(CORE): $(CORE_OBJECTS)
	rm -f $@
	ar rc $@ $(CORE_OBJECTS)

$(BUILD)/$(EXTENSION_NAME).so: $(BRIDGE_OBJECTS) $(CORE) extension/exports.map
	$(LINK_MODULE) -o $@ $(BRIDGE_OBJECTS) $(CORE) -lcrypto -lanl -ldl

$(BUILD)/$(EXTENSION_NAME)_mysql.so: $(MYSQL_DRIVER_OBJECTS) extension/driver_exports.map
	$(LINK) -Wl,--version-script=extension/driver_exports.map -o $@ $(MYSQL_DRIVER_OBJECTS) $(shell $(MYSQL_CONFIG) --libs)

$(OBJECTSTORE_DRIVER_OBJECTS): $(BUILD)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	$(CXX) $(DRIVER_FLAGS) -isystem $(DUCKDB_HOME)/include -c $< -o $@

$(ENGINE): $(DUCKDB_LIBRARY) extension/build.mk
	@mkdir -p $(@D)
	cp $< $@.new
	patchelf --set-soname $(@F) $@.new
	mv $@.new $@

$(BUILD)/$(EXTENSION_NAME)_objectstore.so: $(OBJECTSTORE_DRIVER_OBJECTS) $(CORE) $(ENGINE) extension/driver_exports.map
	$(LINK) -Wl,--version-script=extension/driver_exports.map -Wl,--exclude-libs,ALL -Wl,-rpath,'$$ORIGIN' -o $@ \
		$(OBJECTSTORE_DRIVER_OBJECTS) $(CORE) $(ENGINE) -lz -lzstd -lsimdjson -lpthread

# The install script: the parts in their order, CREATE OR REPLACE (which upgrades need) made plain CREATE.
PARTS := $(addprefix extension/,$(shell grep -v '^\#' extension/parts.list))
SCRIPT_SOURCES := $(PARTS) $(wildcard extension/upgrade/*.sql) extension/parts.list extension/$(EXTENSION_NAME).control extension/build.mk
GUARD := \echo Use "CREATE EXTENSION $(EXTENSION_NAME)" to load this file. \quit
$(FRESH_SCRIPT): $(SCRIPT_SOURCES)
	@mkdir -p $(@D)
	@{ printf '%s\n' '$(GUARD)'; \
	   for part in $(PARTS); do echo; echo "-- $$part"; sed 's/^CREATE OR REPLACE /CREATE /' $$part; done; } > $@

# "-- include PART" in a delta is a part of schema/ that this version has brought.
$(UPGRADE_SCRIPTS): $(BUILD)/$(EXTENSION_NAME)--%--$(EXTENSION_VERSION).sql: $(SCRIPT_SOURCES) extension/upgrade/assemble
	@mkdir -p $(@D)
	@{ printf '%s\n' '$(GUARD)'; extension/upgrade/assemble $* $(EXTENSION_VERSION); } > $@

install: install-libraries
.PHONY: install-libraries uninstall-libraries
install-libraries: all
	$(MKDIR_P) '$(DESTDIR)$(pkglibdir)'
	$(INSTALL_SHLIB) $(LIBRARIES) '$(DESTDIR)$(pkglibdir)/'
uninstall: uninstall-libraries
uninstall-libraries:
	rm -f $(patsubst $(BUILD)/%,'$(DESTDIR)$(pkglibdir)/%',$(LIBRARIES))

# What the tests run: an install apart from the machine's own.
.PHONY: stage
stage: all
	@rm -rf $(BUILD)/stage
	@$(MAKE) --no-print-directory -s -f extension/build.mk install DESTDIR=$(CURDIR)/$(BUILD)/stage

.PHONY: regress-data
regress-data:
	@mkdir -p $(BUILD)/regress $(BUILD)/isolation
	$(if $(MYSQL_HOST),@test/regress/load)

# A module for the bridge's own tests (sql/bridge.sql), found by FABRIC_BRIDGE_TEST; neither installed nor staged.
BRIDGE_TEST := $(BUILD)/test/fabric_bridge_test.so
BRIDGE_TEST_OBJECTS := $(call objects,,$(sort $(wildcard test/bridge/*.cpp)))
.PHONY: bridge-test
bridge-test: $(BRIDGE_TEST)
$(BRIDGE_TEST_OBJECTS): $(BUILD)/obj/%.o: %.cpp
	@mkdir -p $(@D)
	$(CXX) $(BRIDGE_FLAGS) -c $< -o $@
$(BRIDGE_TEST): $(BRIDGE_TEST_OBJECTS) $(filter $(BUILD)/obj/src/pg/error.o $(BUILD)/obj/src/pg/guard.o,$(BRIDGE_OBJECTS)) \
		extension/exports.map
	@mkdir -p $(@D)
	$(LINK_MODULE) -o $@ $(filter %.o,$^)

ifdef MUTATIONS
BRIDGE_FLAGS += -DFABRIC_MUTATIONS
endif

-include $(CORE_OBJECTS:.o=.d) $(BRIDGE_OBJECTS:.o=.d) $(BRIDGE_TEST_OBJECTS:.o=.d) $(MYSQL_DRIVER_OBJECTS:.o=.d) \
	$(OBJECTSTORE_DRIVER_OBJECTS:.o=.d)
