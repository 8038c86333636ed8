// What a MySQL server has: its databases and what is in them, as information_schema shows it to the remote user.
#include "core/parse.hpp"

#include "pg/encoding.hpp"

#include "fdw/mysql/dialect.hpp"
#include "fdw/mysql/tenant.hpp"
#include "fdw/shared/discover.hpp"
#include "fdw/shared/stream.hpp"

namespace fabric::fdw::mysql
{

namespace
{

// The server's own databases are shown to who asks for one by its name.
void AppendSchemas(StringInfo out, const char *column, const char *schema)
{
	appendStringInfo(out, " WHERE %s ", column);
	if (schema != nullptr)
	{
		appendStringInfoString(out, "= ");
		AppendString(out, schema);
	}
	else
		appendStringInfoString(out, "NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')");
}

int64 Number(const FabricCell &cell)
{
	int64 value = -1;
	if (cell.data != nullptr && core::parse_int64(cell.data, cell.size, &value) != core::ParseError::ok)
		return -1;
	return value;
}

const char *Text(const FabricCell &cell)
{
	return cell.data != nullptr ? pg::FromUtf8(pnstrdup(cell.data, cell.size)) : nullptr;
}

} // namespace

void Discover(const ServerSettings &settings, const char *schema, DiscoverSink sink, void *argument)
{
	StringInfoData sql;
	initStringInfo(&sql);
	appendStringInfoString(&sql,
						   "SELECT SCHEMA_NAME, NULL, 'schema', NULL, NULL, NULL FROM information_schema.SCHEMATA");
	AppendSchemas(&sql, "SCHEMA_NAME", schema);
	appendStringInfoString(&sql,
						   " UNION ALL SELECT TABLE_SCHEMA, TABLE_NAME, CASE TABLE_TYPE WHEN 'BASE TABLE' THEN 'table' "
						   "WHEN 'SYSTEM VERSIONED' THEN 'table' ELSE LOWER(TABLE_TYPE) END, TABLE_ROWS, "
						   "CAST(DATA_LENGTH + INDEX_LENGTH AS SIGNED), CAST(UNIX_TIMESTAMP(UPDATE_TIME) AS SIGNED) "
						   "FROM information_schema.TABLES");
	AppendSchemas(&sql, "TABLE_SCHEMA", schema);
	Stream *stream =
		OpenStream(GetConnection(settings, GetUserId()), sql.data, static_cast<size_t>(sql.len), CurrentMemoryContext);
	MemoryContext row = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric discovered", ALLOCSET_SMALL_SIZES);
	const FabricCell *cells;
	while (NextRow(stream, &cells))
	{
		MemoryContext old = MemoryContextSwitchTo(row);
		Discovered found{Text(cells[0]), Text(cells[1]), Text(cells[2]), Number(cells[3]), Number(cells[4])};
		if (int64 seconds = Number(cells[5]); seconds >= 0)
			found.modified_at = TimestampOfUnix(seconds * USECS_PER_SEC);
		sink(argument, found);
		MemoryContextSwitchTo(old);
		MemoryContextReset(row);
	}
	CloseStream(stream);
	MemoryContextDelete(row);
}

} // namespace fabric::fdw::mysql
