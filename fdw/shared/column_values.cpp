// What a remote server knows of the values of columns (histograms, common values), beside the other facts. See facts.hpp.
#include <algorithm>

#include "pg/encoding.hpp"
#include "pg/guard.hpp"
#include "pg/memory.hpp"

#include "fdw/shared/facts.hpp"
#include "fdw/shared/stream.hpp"

namespace fabric::fdw
{

namespace
{

const char **CopyTexts(const char *const *from, int count)
{
	const char **texts = pg::make_array<const char *>(static_cast<size_t>(count));
	for (int i = 0; i < count; ++i)
		texts[i] = pstrdup(from[i]);
	return texts;
}

} // namespace

const ColumnValues *CopyValues(const ColumnValues *from)
{
	if (from == nullptr)
		return nullptr;
	ColumnValues *values = pg::make_plain<ColumnValues>();
	*values = *from;
	values->common = CopyTexts(from->common, from->ncommon);
	values->bounds = CopyTexts(from->bounds, from->nbounds);
	values->shares = pg::make_array<double>(static_cast<size_t>(from->ncommon));
	std::copy_n(from->shares, from->ncommon, values->shares);
	return values;
}

namespace
{

bool IsNamed(const FabricCell &cell, const char *name)
{
	return strlen(name) == cell.size && memcmp(cell.data, name, cell.size) == 0;
}

ColumnFacts *FindColumn(List *tables, const FabricCell *cells)
{
	ListCell *cell;
	foreach (cell, tables)
	{
		const TableFacts &table = *static_cast<TableFacts *>(lfirst(cell));
		if (!IsNamed(cells[kValuesTable], pg::ToUtf8(table.name)))
			continue;
		for (int i = 0; i < table.ncolumns; ++i)
			if (IsNamed(cells[kValuesColumn], pg::ToUtf8(table.columns[i].name)))
				return &table.columns[i];
	}
	return nullptr;
}

} // namespace

namespace
{

void ReadRows(Connection *connection, const StringInfoData &sql, List *tables)
{
	const Dialect &dialect = *connection->tenant->dialect;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric values query", ALLOCSET_SMALL_SIZES);
	Stream *stream = OpenStream(connection, sql.data, static_cast<size_t>(sql.len), context);
	const FabricCell *cells;
	while (NextRow(stream, &cells))
	{
		if (cells[kValuesTable].data == nullptr || cells[kValuesColumn].data == nullptr)
			continue;
		ColumnFacts *column = FindColumn(tables, cells);
		if (column != nullptr)
			column->values = dialect.ReadValues(cells);
	}
	CloseStream(stream);
	MemoryContextDelete(context);
}

// The server's own words when it would not tell; nullptr when it has told.
const ErrorData *ReadRowsOrRefusal(Connection *connection, const StringInfoData &sql, List *tables)
{
	try
	{
		pg::call([&] { ReadRows(connection, sql, tables); });
		return nullptr;
	}
	catch (const pg::PgError &error)
	{
		if (!IsAnswer(connection, error.sqlerrcode()))
			throw;
		return pg::call([&] { return error.Release(); });
	}
}

} // namespace

void ReadColumnValues(Connection *connection, const char *schema, List *names, List *tables)
{
	bool some = false;
	ListCell *cell;
	foreach (cell, tables)
		some = some || static_cast<TableFacts *>(lfirst(cell))->has_values;
	if (!some)
		return;
	FabricServerInfo server;
	connection->driver->server_info(connection->handle, &server);
	StringInfoData sql;
	initStringInfo(&sql);
	connection->tenant->dialect->AppendValuesQuery(&sql, server, schema, names);
	const ErrorData *refusal = pg::entry([&] { return ReadRowsOrRefusal(connection, sql, tables); });
	if (refusal != nullptr)
		ereport(WARNING, (errcode(refusal->sqlerrcode),
						  errmsg("histograms of database \"%s\" are not used: %s", schema, refusal->message),
						  refusal->detail != nullptr ? errdetail_internal("%s", refusal->detail) : 0,
						  errhint("Plans are made without them; results are the same.")));
}

} // namespace fabric::fdw
