// What columns files have: fabric.object_schema, and the columns of a foreign table that was made without any.
#include "pg/encoding.hpp"

#include "fdw/objectstore/dialect.hpp"
#include "fdw/objectstore/tenant.hpp"
#include "fdw/objectstore/text.hpp"
#include "fdw/shared/facts.hpp"

extern "C"
{
#include <catalog/pg_class.h>
#include <catalog/pg_foreign_table.h>
#include <funcapi.h>
#include <nodes/makefuncs.h>
#include <utils/builtins.h>
#include <utils/lsyscache.h>
#include <utils/tuplestore.h>

PG_FUNCTION_INFO_V1(fabric_object_schema);
PG_FUNCTION_INFO_V1(fabric_foreign_columns);
}

namespace fabric::fdw::objectstore
{

namespace
{

// Puts the columns of a scan into a function's result: ordinal, column, type, source_type, nullable, and, if that is wanted, the
// format that the table must be given.
void PutColumns(const ServerSettings &settings, const char *scan, ReturnSetInfo *result)
{
	Connection *connection = GetConnection(settings, GetUserId());
	char *guessing = psprintf("%.*s, guess := true)", static_cast<int>(strlen(scan)) - 1, scan);
	List *tables = ReadTableFacts(connection, "", list_make1(makeString(guessing)), false);
	if (tables == NIL)
		return;
	const TableFacts &table = *static_cast<TableFacts *>(linitial(tables));
	for (int i = 0; i < table.ncolumns; ++i)
	{
		const ColumnFacts &column = table.columns[i];
		const char *type = Instance().ImportType(column, ImportChoices{});
		const char *name = column.own_name != nullptr ? column.own_name : column.name;
		Datum values[] = {Int32GetDatum(i + 1),
						  CStringGetTextDatum(name),
						  CStringGetTextDatum(type != nullptr ? type : "text"),
						  CStringGetTextDatum(column.remote_type),
						  BoolGetDatum(column.nullable),
						  CStringGetTextDatum(table.format != nullptr ? table.format : "")};
		bool nulls[lengthof(values)] = {false, false, false, false, false, table.format == nullptr};
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

void RequireFiles(const ServerSettings &settings)
{
	if (settings.tenant != &ObjectStoreTenant())
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("server \"%s\" is not one of fabric_objectstore", settings.server->servername)));
}

Datum ObjectSchema(FunctionCallInfo fcinfo)
{
	for (int i = 0; i < 3; ++i)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("source, location and format must not be NULL")));
	ServerSettings *settings = UsableServer(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	RequireFiles(*settings);
	// As if a table had these options.
	ForeignTable table{};
	table.options =
		list_make2(makeDefElem(pstrdup("location"),
							   reinterpret_cast<Node *>(makeString(text_to_cstring(PG_GETARG_TEXT_PP(1)))), -1),
				   makeDefElem(pstrdup("format"),
							   reinterpret_cast<Node *>(makeString(text_to_cstring(PG_GETARG_TEXT_PP(2)))), -1));
	ValidateOptions(ObjectStoreTenant(), table.options, ForeignTableRelationId);
	const char *schema;
	const char *scan;
	RemoteName(*settings, &table, "object_schema", &schema, &scan);
	InitMaterializedSRF(fcinfo, 0);
	PutColumns(*settings, scan, reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo));
	return static_cast<Datum>(0);
}

Datum ForeignColumns(FunctionCallInfo fcinfo)
{
	Oid relid = PG_GETARG_OID(0);
	InitMaterializedSRF(fcinfo, 0);
	if (get_rel_relkind(relid) != RELKIND_FOREIGN_TABLE)
		return static_cast<Datum>(0);
	ForeignTable *table = GetForeignTable(relid);
	const ServerSettings *settings = UsableServer(GetForeignServer(table->serverid)->servername);
	if (settings->tenant != &ObjectStoreTenant())
		return static_cast<Datum>(0);
	const char *schema;
	const char *scan;
	RemoteName(*settings, table, get_rel_name(relid), &schema, &scan);
	PutColumns(*settings, scan, reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo));
	return static_cast<Datum>(0);
}

} // namespace

} // namespace fabric::fdw::objectstore

extern "C" Datum fabric_object_schema(PG_FUNCTION_ARGS)
{
	return fabric::fdw::objectstore::ObjectSchema(fcinfo);
}

extern "C" Datum fabric_foreign_columns(PG_FUNCTION_ARGS)
{
	return fabric::fdw::objectstore::ForeignColumns(fcinfo);
}
