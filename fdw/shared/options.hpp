// Options of servers, user mappings, foreign tables and columns: their names, checks and typed values.
// Everything returned is palloc'd in the current memory context.
#pragma once

#include <span>

#include "fdw/shared/translate.hpp"

extern "C"
{
#include <foreign/foreign.h>
}

namespace fabric::fdw
{

enum OptionScope : uint8_t
{
	kServerOption = 1,
	kMappingOption = 2,
	kTableOption = 4,
	kColumnOption = 8,
};

enum class OptionKind : uint8_t
{
	text,
	boolean,
	integer,  // 0 or more
	cost,	  // a number, 0 or more, in the planner's units
	duration, // with a unit; milliseconds without one
	choice,
	rules,	  // a list of functions and nodes (pushdown_exclude, pushdown_include)
	obsolete, // accepted for the sake of definitions written for another wrapper; without effect
};

struct OptionSpec
{
	const char *name;
	uint8_t scopes;
	OptionKind kind;
	const char *meaning;			 // one line for the documentation
	const char *choices = nullptr;	 // comma-separated, for OptionKind::choice
	const char *canonical = nullptr; // the option this is an alias of
	bool superuser = false;			 // only superusers may set it: it reads files of this machine or widens pushdown
	bool secret = false;			 // never shown
};

// ---- options that the tenants have in common ----

inline constexpr OptionSpec kPushdownOption{"pushdown", kServerOption, OptionKind::boolean,
											"Whether conditions are shipped; true if not given."};
inline constexpr OptionSpec kPushdownExcludeOption{
	"pushdown_exclude", kServerOption, OptionKind::rules,
	"Functions, operators and expressions kept local: signatures separated by semicolons."};
inline constexpr OptionSpec kPushdownIncludeOption{
	"pushdown_include",
	kServerOption,
	OptionKind::rules,
	"Functions shipped although pg_fabric cannot prove them exact: \"signature => remote form\", separated by "
	"semicolons.",
	nullptr,
	nullptr,
	true};
inline constexpr OptionSpec kLookupBatchSizeOption{
	"lookup_batch_size", kServerOption, OptionKind::integer,
	"Most keys that a lookup join asks for in one statement; 1000 if not given, 0 for no lookup joins."};
inline constexpr OptionSpec kTupleCostOption{"fdw_tuple_cost", kServerOption, OptionKind::cost,
											 "What a fetched row costs; by its width if not given."};
inline constexpr OptionSpec kAsyncCapableOption{
	"async_capable", kServerOption, OptionKind::boolean,
	"Whether scans of this server and of others below an Append run at once; true if not given."};

struct ServerSettings;
struct Discovered;

// One foreign data wrapper of the house: a dialect, a driver and the options.
struct Tenant
{
	const char *wrapper;		// "fabric_mysql"
	const char *handler_symbol; // the handler's C symbol, by which a server's tenant is found
	const char *driver_library; // "pg_fabric_mysql"
	const char *scheme;			// how messages call the remote side: "MySQL"
	uint32_t default_port;
	const Dialect *dialect;
	std::span<const OptionSpec> options;
	// Whether a user needs a mapping, with a password.
	bool needs_mapping = true;
	// Whether users may send statements of their own to its servers.
	bool takes_statements = true;
	// Of an engine in this process: the resolved directory that a server's files lie below; raises when it must not be read. Asked
	// at every use.
	const char *(*admitted_root)(const ServerSettings &settings) = nullptr;
	// And what it may take in this transaction.
	void (*read_limits)(FabricLimits *limits) = nullptr;
	// Where it can be told what a value is of: writes the statement whose rows are `fetch` (of Dialect::AppendFetch) over a table, with the
	// file as text and the number of the row in it, from 1, as bigint.
	void (*ask_places)(StringInfo out, const ServerSettings &settings, const ForeignTable *table, const char *relname,
					   const char *fetch) = nullptr;
	// What a foreign table is called remotely, where that is not said by the options dbname and table_name.
	void (*name_table)(const ServerSettings &settings, const ForeignTable *table, const char *relname,
					   const char **schema, const char **name) = nullptr;
	// What a probe finds out of what its user may read: by a statement with one text, NULL when it is nothing; or here, which raises then.
	const char *rights_query = nullptr;
	const char *(*look)(const ServerSettings &settings) = nullptr;
	// Puts into the sink all that a server has, or a schema of it: see discover.hpp. Raises.
	void (*discover)(const ServerSettings &settings, const char *schema,
					 void (*sink)(void *argument, const Discovered &found), void *argument) = nullptr;
	// Whether what it discovers are files: locations of foreign tables, which find out their columns themselves.
	bool has_files = false;
	// The step of a probe that the error of a failed connect belongs to: network, tls or login.
	const char *(*step_of)(const FabricErrorInfo &error) = nullptr;
};

// The tenant behind a server; raises when the server belongs to another wrapper.
const Tenant &TenantOfServer(Oid server_id);
// The tenant of a wrapper; nullptr when it is none of ours.
const Tenant *TenantOfWrapper(const ForeignDataWrapper *wrapper);
// The tenant of a foreign data wrapper's handler; nullptr when it is none of ours.
const Tenant *TenantOfHandler(const char *symbol);
std::span<const Tenant *const> Tenants();

// Checks a definition's options as PostgreSQL's validator contract asks; raises with the list of the right names.
void ValidateOptions(const Tenant &tenant, List *options, Oid catalog);

// The value of an option, by its canonical name; nullptr when it is not set.
const char *OptionValue(const Tenant &tenant, List *options, const char *name);
bool BooleanOption(const Tenant &tenant, List *options, const char *name, bool otherwise);
int64 IntegerOption(const Tenant &tenant, List *options, const char *name, int64 otherwise);
double CostOption(const Tenant &tenant, List *options, const char *name, double otherwise);
int64 DurationOption(const Tenant &tenant, List *options, const char *name, int64 otherwise_ms);

// A server's settings that planning and scanning need.
struct ServerSettings
{
	const Tenant *tenant;
	ForeignServer *server;
	bool pushdown;
	ZeroDates zero_dates;
	int64 connect_timeout_ms;
	int64 read_timeout_ms;		// longest silence of the server while we wait for it; 0 = none
	int64 statement_timeout_ms; // longest remote statement; 0 = none
	double startup_cost;		// of a statement; -1: by experience
	double tuple_cost;			// of a row; -1: by its width
	bool remote_estimate;		// the remote optimizer is asked for its estimates
	bool async;					// scans of several servers below an Append run at once
	int64 lookup_batch_size;	// keys in a statement of a lookup join; 0 = there are none
	int64 max_connections;		// of all sessions of the database; 0 = as many as there are
	int64 connection_wait_ms;	// how long to wait for one of them
	int64 idle_timeout_ms;		// a connection idle for longer is closed; 0 = none is
	int64 ping_after_ms;		// a connection idle for longer is asked whether it lives
};
ServerSettings *LoadServerSettings(Oid server_id);
// Those of a server named by a user, who must have the right to use it.
ServerSettings *UsableServer(const char *name);

// The allow-list as the server's options leave it.
PushRules *LoadPushRules(const ServerSettings &settings);

} // namespace fabric::fdw
