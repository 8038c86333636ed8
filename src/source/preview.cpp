// The first rows of what a source has: by its connector's function, else through a temporary foreign table that is as the wrapper describes
// it, and is gone when it is over. Nothing is kept.
#include "pg/arguments.hpp"
#include "pg/attempt.hpp"
#include "pg/spi.hpp"

#include "fdw/shared/options.hpp"

#include "source/connector.hpp"
#include "source/registry.hpp"

extern "C"
{
#include <access/xact.h>
#include <catalog/pg_type.h>
#include <foreign/fdwapi.h>
#include <funcapi.h>
#include <nodes/makefuncs.h>
#include <tcop/tcopprot.h>
#include <tcop/utility.h>
#include <utils/builtins.h>

PG_FUNCTION_INFO_V1(fabric_preview);
}

namespace fabric::source
{

namespace
{

struct Wanted
{
	const ForeignServer *server;
	const char *schema; // nullptr: none
	const char *object;
};

// The most rows that are shown: as many as are asked for, if the setting allows that.
int64 RowsArgument(FunctionCallInfo fcinfo, int number, const char *source)
{
	MemoryContext context = CurrentMemoryContext;
	Oid types[] = {TEXTOID};
	Datum values[] = {CStringGetTextDatum(source)};
	const char *setting = pg::query("SELECT fabric.setting('preview_max_rows', $1)", lengthof(types), types, values,
									nullptr, [&] { return pg::FirstText(context); });
	int64 most = DatumGetInt64(DirectFunctionCall1(int8in, CStringGetDatum(setting)));
	if (PG_ARGISNULL(number))
		return most;
	int64 rows = PG_GETARG_INT64(number);
	if (rows < 0 || rows > most)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a preview of source \"%s\" has " INT64_FORMAT " rows at most", source, most),
						errhint("The setting preview_max_rows says so.")));
	return rows;
}

// ---- the foreign table ----

// The wrapper's own words for the object, nullptr when it knows of none.
CreateForeignTableStmt *Describe(const Wanted &wanted)
{
	const ForeignServer &server = *wanted.server;
	const FdwRoutine *routine = GetFdwRoutineByServerId(server.serverid);
	if (routine->ImportForeignSchema == nullptr)
		ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						errmsg("the foreign-data wrapper \"%s\" cannot describe tables",
							   GetForeignDataWrapper(server.fdwid)->fdwname),
						errhint("Its connector needs a function for previews: see fabric.add_connector.")));
	if (wanted.schema == nullptr)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("schema must not be NULL")));
	ImportForeignSchemaStmt *import = makeNode(ImportForeignSchemaStmt);
	import->server_name = server.servername;
	import->remote_schema = pstrdup(wanted.schema);
	import->local_schema = pstrdup("pg_temp");
	import->list_type = FDW_IMPORT_SCHEMA_LIMIT_TO;
	import->table_list = list_make1(makeRangeVar(nullptr, pstrdup(wanted.object), -1));
	ListCell *command;
	foreach (command, routine->ImportForeignSchema(import, server.serverid))
	{
		ListCell *raw;
		foreach (raw, pg_parse_query(static_cast<const char *>(lfirst(command))))
		{
			Node *statement = lfirst_node(RawStmt, raw)->stmt;
			if (!IsA(statement, CreateForeignTableStmt))
				continue;
			CreateForeignTableStmt *table = reinterpret_cast<CreateForeignTableStmt *>(statement);
			if (strcmp(table->base.relation->relname, wanted.object) == 0)
				return table;
		}
	}
	return nullptr;
}

// As IMPORT FOREIGN SCHEMA does, but for its name, and for what rows that are only shown do not need, which may not be there.
void MakeDescribed(CreateForeignTableStmt *table)
{
	table->base.relation = makeRangeVar(pstrdup("pg_temp"), pstrdup("fabric_preview"), -1);
	ListCell *cell;
	foreach (cell, table->base.tableElts)
	{
		ColumnDef *column = lfirst_node(ColumnDef, cell);
		column->collClause = nullptr;
		column->constraints = NIL;
	}
	PlannedStmt *planned = makeNode(PlannedStmt);
	planned->commandType = CMD_UTILITY;
	planned->utilityStmt = reinterpret_cast<Node *>(table);
	planned->stmt_location = -1;
	ProcessUtility(planned, "CREATE FOREIGN TABLE", false, PROCESS_UTILITY_SUBCOMMAND, nullptr, nullptr, None_Receiver,
				   nullptr);
	CommandCounterIncrement();
}

void MakeTable(const Connector &connector, const Wanted &wanted)
{
	if (connector.tenant != nullptr && connector.tenant->has_files)
	{
		const char *sql = psprintf("CREATE FOREIGN TABLE pg_temp.fabric_preview () SERVER %s OPTIONS (location %s)",
								   quote_identifier(wanted.server->servername), quote_literal_cstr(wanted.object));
		(void)pg::query(sql, 0, nullptr, nullptr, nullptr, [] { return true; });
		return;
	}
	CreateForeignTableStmt *table = Describe(wanted);
	if (table == nullptr)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
						errmsg("source \"%s\" has no object \"%s\" in schema \"%s\" that its user may see",
							   wanted.server->servername, wanted.object, wanted.schema),
						errhint("SELECT object FROM fabric.discover(%s, %s) lists those that there are.",
								quote_literal_cstr(wanted.server->servername), quote_literal_cstr(wanted.schema))));
	MakeDescribed(table);
}

} // namespace

} // namespace fabric::source

using namespace fabric;

Datum fabric_preview(PG_FUNCTION_ARGS)
{
	const char *source = pg::NameArgument(fcinfo, 0, "source");
	const char *schema = pg::TextArgument(fcinfo, 1);
	const char *object = pg::TextArgument(fcinfo, 2);
	if (object == nullptr)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("object must not be NULL")));
	const source::Connector &connector = *source::FindConnector(source::UsableSource(source));
	int64 rows = source::RowsArgument(fcinfo, 3, source);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	if (connector.preview_function != nullptr)
	{
		const char *query = source::CallOf(connector, connector.preview_function,
										   "SELECT t.shown::jsonb FROM %I.%I($1, $2, $3, $4) AS t(shown) LIMIT $4");
		Oid types[] = {TEXTOID, TEXTOID, TEXTOID, INT8OID};
		Datum arguments[] = {CStringGetTextDatum(source),
							 schema != nullptr ? CStringGetTextDatum(schema) : static_cast<Datum>(0),
							 CStringGetTextDatum(object), Int64GetDatum(rows)};
		char nulls[] = {' ', schema != nullptr ? ' ' : 'n', ' ', ' ', '\0'};
		pg::PutRows(query, lengthof(types), types, arguments, nulls, result);
		return static_cast<Datum>(0);
	}
	const source::Wanted wanted = {GetForeignServerByName(source, false), schema, object};
	pg::undone(
		[&]
		{
			source::MakeTable(connector, wanted);
			const char *query =
				psprintf("SELECT pg_catalog.to_jsonb(t.*) FROM pg_temp.fabric_preview t LIMIT " INT64_FORMAT, rows);
			pg::PutRows(query, 0, nullptr, nullptr, nullptr, result);
		});
	return static_cast<Datum>(0);
}
