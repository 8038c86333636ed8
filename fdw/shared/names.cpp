// What things are called remotely: the names of foreign tables and columns, those that a server lists. See facts.hpp.
#include "fdw/shared/facts.hpp"
#include "fdw/shared/stream.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
}

namespace fabric::fdw
{

char *CellText(const FabricCell &cell)
{
	if (cell.data == nullptr)
		return nullptr;
	char *copy = pnstrdup(cell.data, cell.size);
	return pg_any_to_server(copy, static_cast<int>(cell.size), PG_UTF8);
}

List *ReadTableNames(Connection *connection, const char *schema, List *tables, bool except, List **reasons)
{
	StringInfoData sql;
	initStringInfo(&sql);
	connection->tenant->dialect->AppendNamesQuery(&sql, schema, tables, except);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric names query", ALLOCSET_SMALL_SIZES);
	Stream *stream = OpenStream(connection, sql.data, static_cast<size_t>(sql.len), context);
	List *names = NIL;
	const FabricCell *cells;
	while (stream->ncolumns > 0 && NextRow(stream, &cells))
	{
		if (cells[0].data == nullptr)
			continue;
		names = lappend(names, makeString(CellText(cells[0])));
		char *reason = stream->ncolumns > 1 ? CellText(cells[1]) : nullptr;
		*reasons = lappend(*reasons, makeString(reason));
	}
	CloseStream(stream);
	MemoryContextDelete(context);
	return names;
}

bool RemoteSchemaExists(Connection *connection, const char *schema)
{
	StringInfoData sql;
	initStringInfo(&sql);
	connection->tenant->dialect->AppendSchemaQuery(&sql, schema);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric schema query", ALLOCSET_SMALL_SIZES);
	Stream *stream = OpenStream(connection, sql.data, static_cast<size_t>(sql.len), context);
	const FabricCell *cells;
	bool found = NextRow(stream, &cells);
	CloseStream(stream);
	MemoryContextDelete(context);
	return found;
}

void RemoteName(const ServerSettings &settings, ForeignTable *table, const char *relname, const char **schema,
				const char **name)
{
	const Tenant &tenant = *settings.tenant;
	if (tenant.name_table != nullptr)
		return tenant.name_table(settings, table, relname, schema, name);
	*schema = OptionValue(tenant, table->options, "dbname");
	if (*schema == nullptr)
		*schema = OptionValue(tenant, settings.server->options, "dbname");
	if (*schema == nullptr)
		ereport(ERROR, (errcode(ERRCODE_FDW_DYNAMIC_PARAMETER_VALUE_NEEDED),
						errmsg("foreign table \"%s\" does not say in which remote database its table is", relname),
						errhint("Give the table, or its server, the option dbname.")));
	*name = OptionValue(tenant, table->options, "table_name");
	if (*name == nullptr)
		*name = pstrdup(relname);
}

const char *RemoteColumnName(const Tenant &tenant, Oid relid, const FormData_pg_attribute *attribute)
{
	const char *name = OptionValue(tenant, GetForeignColumnOptions(relid, attribute->attnum), "column_name");
	return name != nullptr ? name : pstrdup(NameStr(attribute->attname));
}

} // namespace fabric::fdw
