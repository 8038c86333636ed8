// The remote optimizer's estimates. See estimate.hpp.
#include "pg/memory.hpp"

#include "fdw/shared/estimate.hpp"
#include "fdw/shared/stream.hpp"

namespace fabric::fdw
{

bool EstimateRemotely(Connection *connection, const char *sql, RemoteEstimate *estimate)
{
	const Dialect &dialect = *connection->tenant->dialect;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric estimate", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	FabricServerInfo server;
	connection->driver->server_info(connection->handle, &server);
	StringInfoData explain;
	initStringInfo(&explain);
	dialect.AppendExplain(&explain, server, sql);
	Stream *stream = OpenStream(connection, explain.data, static_cast<size_t>(explain.len), context);
	size_t count = static_cast<size_t>(stream->ncolumns);
	FabricColumn *columns = pg::make_array<FabricColumn>(count);
	for (size_t i = 0; i < count; ++i)
		connection->driver->column(connection->handle, static_cast<uint32_t>(i), &columns[i]);
	*estimate = RemoteEstimate{};
	int rows = 0;
	const FabricCell *cells;
	for (; NextRow(stream, &cells); ++rows)
		dialect.ReadExplain({columns, count}, cells, estimate);
	CloseStream(stream);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return rows > 0 && estimate->rows >= 0;
}

} // namespace fabric::fdw
