// The MySQL dialect: sessions and errors. What a server's configuration could change in an answer is set at connect.
#include <string_view>

#include "core/server_version.hpp"
#include "core/sqlstate.hpp"

#include "fdw/mysql/dialect.hpp"

namespace fabric::fdw::mysql
{

namespace
{

// Server and client error numbers that are told apart here; the names are those of mysqld_error.h and errmsg.h.
enum NativeError
{
	kErDbaccessDenied = 1044,
	kErAccessDenied = 1045,
	kErBadDb = 1049,
	kErTooManyConnections = 1040,
	kErServerShutdown = 1053,
	kErDuplicateEntry = 1062,
	kErNetPacketTooLarge = 1153,
	kErRecordChanged = 1020,
	kErLockWaitTimeout = 1205,
	kErLockTableFull = 1206,
	kErDeadlock = 1213,
	kErLockNowait = 3572,
	kErNoReferencedRow = 1216,
	kErRowIsReferenced = 1217,
	kErWarnDataOutOfRange = 1264,
	kErTruncatedValue = 1292,
	kErQueryInterrupted = 1317,
	kErIncorrectValue = 1366,
	kErDataTooLong = 1406,
	kErRowIsReferenced2 = 1451,
	kErNoReferencedRow2 = 1452,
	kErDuplicateEntryWithKey = 1586,
	kErDataOutOfRange = 1690,
	kErAccessDeniedNoPassword = 1698,
	kErConnectionKilled = 1927,
	kErStatementTimeout = 1969,
	kErQueryTimeout = 3024,
	kErBadNull = 1048,
	kErTableAccessDenied = 1142,
	kErColumnAccessDenied = 1143,
	kErSpecificAccessDenied = 1227,
	kErReadOnly = 1290,
	kErMustChangePassword = 1820,
	kErMustChangePasswordLogin = 1862,
	kErAccountLocked = 3118,
	kErAccountLockedMariadb = 4151,
	kErParse = 1064,
	kErNoSuchTable = 1146,
	kErBadField = 1054,
};

struct StateOfError
{
	int native_code;
	const char *sqlstate;
};

constexpr StateOfError kStates[] = {
	{kErDbaccessDenied, "42501"},
	{kErAccessDenied, "28P01"},
	{kErAccessDeniedNoPassword, "28000"},
	{kErBadDb, "3D000"},
	{kErTooManyConnections, "53300"},
	{kErServerShutdown, "08006"},
	{kErConnectionKilled, "08006"},
	{kErDuplicateEntry, "23505"},
	{kErDuplicateEntryWithKey, "23505"},
	{kErNoReferencedRow, "23503"},
	{kErRowIsReferenced, "23503"},
	{kErRowIsReferenced2, "23503"},
	{kErNoReferencedRow2, "23503"},
	{kErBadNull, "23502"},
	{kErNetPacketTooLarge, "54000"},
	{kErLockWaitTimeout, "55P03"},
	{kErLockNowait, "55P03"},
	{kErDeadlock, "40P01"},
	{kErWarnDataOutOfRange, "22003"},
	{kErDataOutOfRange, "22003"},
	{kErTruncatedValue, "22007"},
	{kErIncorrectValue, "22P02"},
	{kErDataTooLong, "22001"},
	{kErQueryInterrupted, "57014"},
	{kErStatementTimeout, "57014"},
	{kErQueryTimeout, "57014"},
	{kErTableAccessDenied, "42501"},
	{kErColumnAccessDenied, "42501"},
	{kErSpecificAccessDenied, "42501"},
	{kErReadOnly, "25006"},
	{kErParse, "42601"},
	{kErMustChangePassword, "28000"},
	{kErMustChangePasswordLogin, "28000"},
	{kErAccountLocked, "28000"},
	{kErAccountLockedMariadb, "28000"},
	{kErNoSuchTable, "42P01"},
	{kErBadField, "42703"},
};

// One assignment of the session's SET statement.
struct Setting
{
	const char *assignment;
	bool mysql;
	bool mariadb;
	unsigned major = 0; // of the first MariaDB that knows it
	unsigned minor = 0;
};

// Why each is here: it changes what a value, a comparison or a function means, or how many rows come.
constexpr Setting kSettings[] = {
	// R26: strings, quotes and errors mean one thing.
	{"sql_mode = 'STRICT_ALL_TABLES,NO_UNSIGNED_SUBTRACTION'", true, true},
	// R27: UTF-8 on the wire in both directions, also where the server overrides the handshake.
	{"character_set_client = utf8mb4", true, true},
	{"character_set_results = utf8mb4", true, true},
	{"character_set_connection = utf8mb4", true, true},
	{"collation_connection = utf8mb4_general_ci", true, true},
	// R17: a moment is written and read in UTC.
	{"time_zone = '+00:00'", true, true},
	// One view of the data: a transaction begins with the first statement and ends with ours.
	{"autocommit = 0", true, true},
	{"completion_type = 'NO_CHAIN'", true, true},
	// R18 and the like: no value found because it was the last one inserted.
	{"sql_auto_is_null = 0", true, true},
	// No row or statement is left out because of a limit.
	{"sql_select_limit = 18446744073709551615", true, true},
	{"sql_big_selects = 1", true, true},
	{"sql_safe_updates = 0", true, true},
	// R4: texts are sorted by so many bytes.
	{"max_sort_length = 1024", true, true},
	// As much as PostgreSQL's text can hold; a server that allows less refuses a larger value under some sql_modes.
	{"group_concat_max_len = 1073741824", true, true},
	// R1: a key of an Aria table does not hold a text as it was stored, so no exact condition is to be checked against it. And the
	// results of a subquery are remembered by the outer columns' values under their collation: 'a' has those of 'A'.
	{"optimizer_switch = 'index_condition_pushdown=off,subquery_cache=off'", false, true},
	// An equality on the first column of an index, a list of rows on its second and that of another index: MariaDB 10.11.19 dies of
	// a null pointer in JOIN::save_explain_data_intern when it considers a filter of row ids. The later assignment is what holds.
	{"optimizer_switch = 'index_condition_pushdown=off,subquery_cache=off,rowid_filter=off'", false, true, 10, 4},
	// A long IN list stays a list: as a subquery its values would be compared under the types of a derived table.
	{"in_predicate_conversion_threshold = 0", false, true, 10, 5},
	// Digits, weeks and names of functions' results.
	{"div_precision_increment = 4", true, true},
	{"default_week_format = 0", true, true},
	{"lc_time_names = 'en_US'", true, true},
	// A cursor may pause: the server must not take that for a dead client.
	{"net_write_timeout = 86400", true, true},
	{"net_read_timeout = 86400", true, true},
	// Flavours.
	{"old_mode = ''", false, true},
	{"system_versioning_asof = DEFAULT", false, true, 10, 3},
};

} // namespace

List *MysqlDialect::SessionSetup(const FabricServerInfo &server, int64 statement_timeout_ms) const
{
	core::ServerVersion version;
	bool known = core::parse_server_version(std::string_view(server.version), &version);
	bool mariadb = known && version.flavour == core::Flavour::mariadb;
	StringInfoData set;
	initStringInfo(&set);
	for (const Setting &setting : kSettings)
	{
		if (mariadb ? !setting.mariadb || !version.at_least(core::Flavour::mariadb, setting.major, setting.minor)
					: !setting.mysql)
			continue;
		if (Mutated("subquery_cache_left_on") && strncmp(setting.assignment, "optimizer_switch", 16) == 0)
			continue;
		if (Mutated("session_inherited") && strncmp(setting.assignment, "sql_mode", 8) == 0)
			continue;
		if (Mutated("time_zone_inherited") && strncmp(setting.assignment, "time_zone", 9) == 0)
			continue;
		appendStringInfo(&set, "%s%s", set.len == 0 ? "SET SESSION " : ", SESSION ", setting.assignment);
	}
	if (Mutated("wire_latin1"))
		appendStringInfoString(&set, ", SESSION character_set_client = latin1");
	if (statement_timeout_ms > 0)
	{
		if (mariadb)
			appendStringInfo(&set, ", SESSION max_statement_time = " INT64_FORMAT ".%03d", statement_timeout_ms / 1000,
							 static_cast<int>(statement_timeout_ms % 1000));
		else
			appendStringInfo(&set, ", SESSION max_execution_time = " INT64_FORMAT, statement_timeout_ms);
	}
	return list_make2(makeString(const_cast<char *>("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")),
					  makeString(set.data));
}

void MysqlDialect::AppendKill(StringInfo out, uint64 connection_id) const
{
	appendStringInfo(out, "KILL QUERY " UINT64_FORMAT, connection_id);
}

const char *MysqlDialect::SqlState(const FabricErrorInfo &error, bool connecting) const
{
	for (const StateOfError &entry : kStates)
		if (entry.native_code == error.native_code && !error.from_client)
			return entry.sqlstate;
	if (connecting)
		return core::sqlstate::unable_to_establish_connection;
	if (error.connection_lost)
		return core::sqlstate::connection_failure;
	if (strncmp(error.sqlstate, "HY", 2) == 0 || strcmp(error.sqlstate, "00000") == 0)
		return core::sqlstate::fdw_error;
	return error.sqlstate;
}

// As InnoDB does it (row_mysql_handle_errors). After kErLockWaitTimeout only where innodb_rollback_on_timeout is on, which it is
// not by default.
bool MysqlDialect::EndsTransaction(const FabricErrorInfo &error) const
{
	return !error.from_client && (error.native_code == kErDeadlock || error.native_code == kErLockTableFull ||
								  error.native_code == kErRecordChanged);
}

bool MysqlDialect::WarningIsLoss(int code) const
{
	// Out of range, cut, not a number or date, longer than a packet, division by zero, no such date: what is NULL or something
	// else instead of an error. Notes and deprecations are none of these.
	for (int loss : {1260, 1264, 1265, 1292, 1300, 1301, 1365, 1366, 1406, 1411, 1441, 1918})
		if (code == loss)
			return true;
	return false;
}

const char *MysqlDialect::Hint(const FabricErrorInfo &error, bool connecting) const
{
	switch (error.native_code)
	{
		case kErAccessDenied:
		case kErAccessDeniedNoPassword:
			return "Check username and password of the user mapping, and from which hosts the remote server lets "
				   "that user in.";
		case kErNoSuchTable:
		case kErBadField:
			return "If the remote table was renamed, dropped or changed, adapt the foreign table or import it again.";
		case kErTooManyConnections:
			return "The remote server has reached its max_connections.";
		case kErNetPacketTooLarge:
			return "Raise max_allowed_packet on the remote server.";
		default:
			return connecting && error.from_client
					   ? "Check host, port and TLS options of the server and that the remote server is running."
					   : nullptr;
	}
}

} // namespace fabric::fdw::mysql
