// A remote result as rows. See stream.hpp.
#include "fdw/shared/progress.hpp"
#include "fdw/shared/stream.hpp"

#include "pg/guard.hpp"

extern "C"
{
#include <access/tupdesc.h>
#include <access/xact.h>
#include <catalog/pg_type.h>
#include <executor/executor.h>
#include <mb/pg_wchar.h>
}

namespace fabric::fdw
{

namespace
{

void ReleaseOnReset(void *argument) noexcept
{
	Stream *stream = static_cast<Stream *>(argument);
	if (stream->live && stream->connection->active == stream)
	{
		stream->connection->active = nullptr;
		(stream->asking ? stream->connection->orphaned : stream->connection->stale) = true;
	}
}

// The figures of the driver and of our waiting so far, to take differences from.
uint64 BytesReceived(const Connection *connection)
{
	FabricTraffic traffic;
	connection->driver->traffic(connection->handle, &traffic);
	return traffic.bytes_received;
}

// Before the connection forgets them.
void TakeFigures(Stream *stream)
{
	stream->bytes = StreamBytes(stream);
	(void)UsageOf(stream, &stream->usage);
	EndProgress();
}

void Finish(Stream *stream)
{
	stream->live = false;
	stream->finished = true;
	stream->connection->stale = false;
	if (stream->connection->active == stream)
		stream->connection->active = nullptr;
}

[[noreturn]] void RaiseLost(const Stream *stream)
{
	if (stream->connection->handle != nullptr)
		ereport(ERROR, (errcode(ERRCODE_FDW_ERROR),
						errmsg("the rows that were still to come from server \"%s\" are lost",
							   NameStr(stream->connection->server_name)),
						errdetail("Putting them aside for another statement has failed.")));
	ereport(ERROR, (errcode(ERRCODE_CONNECTION_FAILURE),
					errmsg("the connection to server \"%s\" was lost while rows were being read",
						   NameStr(stream->connection->server_name))));
	pg_unreachable();
}

// The statement was made to be exact. A warning says that it was not, because the table is no longer what it was or because
// some limit of the server stood in the way: NULL or something else came instead of an error.
void CheckWarnings(Stream *stream)
{
	Connection *connection = stream->connection;
	FabricOutcome outcome;
	connection->driver->outcome(connection->handle, &outcome);
	if (outcome.warnings == 0)
		return;
	const Dialect &dialect = *connection->tenant->dialect;
	const char *sql = dialect.WarningsQuery();
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric warnings", ALLOCSET_SMALL_SIZES);
	// They are those of the last statement: nothing may be sent before, also no ROLLBACK TO that is due.
	int due = connection->roll_back_to;
	connection->roll_back_to = 0;
	Stream *warnings = nullptr;
	pg::entry(
		[&]
		{
			try
			{
				pg::call([&] { warnings = OpenStream(connection, sql, strlen(sql), context); });
				connection->roll_back_to = due;
			}
			catch (...)
			{
				connection->roll_back_to = due;
				throw;
			}
		});
	const FabricCell *cells;
	while (warnings->ncolumns == 3 && NextRow(warnings, &cells))
	{
		if (cells[1].data == nullptr || cells[2].data == nullptr)
			continue;
		int code = atoi(pnstrdup(cells[1].data, cells[1].size));
		if (!dialect.WarningIsLoss(code))
			continue;
		char *message = pnstrdup(cells[2].data, cells[2].size);
		message = pg_any_to_server(message, static_cast<int>(strlen(message)), PG_UTF8);
		CloseStream(warnings);
		ereport(ERROR,
				(errcode(ERRCODE_DATA_EXCEPTION),
				 errmsg("%s server \"%s\": %s", connection->tenant->scheme, NameStr(connection->server_name), message),
				 errdetail("%s warning %d: the remote statement would have given something else than its exact "
						   "result.",
						   connection->tenant->scheme, code),
				 errhint("If the remote table was changed, adapt the foreign table or import it again."),
				 errcontext("remote SQL: %s", ShowMarkers(stream->sql))));
	}
	CloseStream(warnings);
	MemoryContextDelete(context);
}

// What the server said instead of another row.
void EndOfRows(Stream *stream, FabricStatus status)
{
	Connection *connection = stream->connection;
	TakeFigures(stream);
	Finish(stream);
	if (status == FABRIC_ERROR)
		RaiseRemoteError(connection, stream->sql);
	if (stream->strict)
		CheckWarnings(stream);
}

// Takes the next chunk without waiting.
FabricStatus NextChunk(Stream *stream)
{
	Connection *connection = stream->connection;
	ArrowArray chunk;
	FabricStatus status = connection->driver->next_chunk(connection->handle, &chunk);
	if (status == FABRIC_DONE)
	{
		TakeChunk(stream->reader, chunk);
		TellProgress(connection);
	}
	return status;
}

bool NextFromChunks(Stream *stream, const FabricCell **cells)
{
	while (!NextChunkRow(stream->reader, cells))
	{
		FabricStatus status = NextChunk(stream);
		if (status == FABRIC_WANT_READ || status == FABRIC_WANT_WRITE)
		{
			instr_time before = stream->connection->waited;
			DriverCall call = [](Connection *, void *argument) { return NextChunk(static_cast<Stream *>(argument)); };
			status = Drive(stream->connection, call, stream);
			INSTR_TIME_ACCUM_DIFF(stream->waited, stream->connection->waited, before);
		}
		if (status != FABRIC_DONE)
		{
			EndOfRows(stream, status);
			return false;
		}
	}
	++stream->rows;
	return true;
}

// One row from the wire; false at the end.
bool NextFromWire(Stream *stream, const FabricCell **cells)
{
	Connection *connection = stream->connection;
	if (stream->reader != nullptr)
		return NextFromChunks(stream, cells);
	if (unlikely(stream->peeked != nullptr))
	{
		*cells = stream->peeked;
		stream->peeked = nullptr;
		++stream->rows;
		return true;
	}
	FabricStatus status = connection->driver->next_row(connection->handle, cells);
	if (status == FABRIC_WANT_READ || status == FABRIC_WANT_WRITE)
	{
		instr_time before = connection->waited;
		status = DriveNextRow(connection, cells);
		INSTR_TIME_ACCUM_DIFF(stream->waited, connection->waited, before);
	}
	if (status == FABRIC_DONE)
	{
		++stream->rows;
		return true;
	}
	EndOfRows(stream, status);
	return false;
}

bool NextFromSpool(Stream *stream, const FabricCell **cells)
{
	// A row that comes from disk is allocated here and freed when the slot takes the next one: it must outlive the
	// caller's context, which is reset with every row.
	MemoryContext old = MemoryContextSwitchTo(stream->context);
	bool found = tuplestore_gettupleslot(stream->spool, true, false, stream->spool_slot);
	MemoryContextSwitchTo(old);
	if (!found)
	{
		if (stream->failure != nullptr)
			ThrowErrorData(stream->failure);
		return false;
	}
	slot_getallattrs(stream->spool_slot);
	for (int i = 0; i < stream->ncolumns; ++i)
	{
		if (stream->spool_slot->tts_isnull[i])
		{
			stream->cells[i] = {nullptr, 0};
			continue;
		}
		const struct varlena *value =
			reinterpret_cast<struct varlena *>(DatumGetPointer(stream->spool_slot->tts_values[i]));
		stream->cells[i] = {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
	}
	*cells = stream->cells;
	return true;
}

} // namespace

namespace
{

Stream *MakeStream(Connection *connection, const char *sql, size_t size, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	Stream *stream = static_cast<Stream *>(palloc0(sizeof(Stream)));
	stream->connection = connection;
	stream->context = context;
	stream->sql = pnstrdup(sql, size);
	stream->owner = CurrentResourceOwner;
	MemoryContextSwitchTo(old);
	return stream;
}

// The answer's head is there.
void Describe(Stream *stream)
{
	Connection *connection = stream->connection;
	stream->asking = false;
	stream->bytes_before = BytesReceived(connection);
	stream->ncolumns = static_cast<int>(connection->driver->column_count(connection->handle));
	stream->columns = static_cast<FabricColumn *>(
		MemoryContextAlloc(stream->context, sizeof(FabricColumn) * static_cast<size_t>(stream->ncolumns + 1)));
	for (int i = 0; i < stream->ncolumns; ++i)
	{
		connection->driver->column(connection->handle, static_cast<uint32_t>(i), &stream->columns[i]);
		stream->columns[i].name = nullptr;
	}
	if (connection->driver->next_chunk != nullptr && stream->ncolumns > 0)
		stream->reader = MakeChunkReader(connection->driver, connection->handle, stream->context);
	stream->live = stream->ncolumns > 0;
	stream->finished = !stream->live;
	connection->active = stream->live ? stream : nullptr;
}

void ReleaseWithContext(Stream *stream)
{
	stream->callback.func = ReleaseOnReset;
	stream->callback.arg = stream;
	MemoryContextRegisterResetCallback(stream->context, &stream->callback);
}

} // namespace

Stream *OpenStream(Connection *connection, const char *sql, size_t size, MemoryContext context, bool reading)
{
	Stream *stream = MakeStream(connection, sql, size, context);
	uint64 trips = connection->round_trips;
	instr_time before = connection->waited;
	Execute(connection, stream->sql, size, reading);
	stream->round_trips = connection->round_trips - trips;
	INSTR_TIME_ACCUM_DIFF(stream->waited, connection->waited, before);
	ReleaseWithContext(stream);
	Describe(stream);
	return stream;
}

Stream *AskStream(Connection *connection, const char *sql, size_t size, MemoryContext context)
{
	Stream *stream = MakeStream(connection, sql, size, context);
	uint64 trips = connection->round_trips;
	bool answered = StartExecute(connection, stream->sql, size, &stream->first);
	stream->round_trips = connection->round_trips - trips;
	ReleaseWithContext(stream);
	if (answered)
	{
		Describe(stream);
		return stream;
	}
	stream->asking = stream->live = true;
	stream->level = GetCurrentTransactionNestLevel();
	stream->wanted = FABRIC_WANT_READ;
	connection->active = stream;
	return stream;
}

void CompleteStream(Stream *stream)
{
	if (!stream->asking)
		return;
	if (!stream->live)
		RaiseLost(stream);
	Connection *connection = stream->connection;
	instr_time before = connection->waited;
	connection->active = nullptr;
	stream->live = false;
	stream->lost = true; // should it not come
	WaitExecute(connection, stream->first);
	stream->lost = false;
	INSTR_TIME_ACCUM_DIFF(stream->waited, connection->waited, before);
	Describe(stream);
}

bool IsReady(Stream *stream)
{
	Connection *connection = stream->connection;
	if (stream->spool != nullptr || !stream->live || stream->peeked != nullptr)
		return true;
	if (stream->asking)
	{
		connection->active = nullptr;
		if (!ContinueExecute(connection, stream->first, &stream->wanted))
		{
			connection->active = stream;
			return false;
		}
		Describe(stream);
		if (!stream->live)
			return true;
	}
	const FabricCell *cells = nullptr;
	FabricStatus status = FABRIC_DONE;
	if (stream->reader == nullptr)
		status = connection->driver->next_row(connection->handle, &cells);
	else if (!HasRows(stream->reader))
		status = NextChunk(stream);
	if (status == FABRIC_WANT_READ || status == FABRIC_WANT_WRITE)
	{
		stream->wanted = status;
		return false;
	}
	if (status == FABRIC_DONE)
		stream->peeked = cells;
	else
		EndOfRows(stream, status);
	return true;
}

bool NextRow(Stream *stream, const FabricCell **cells)
{
	if (stream->spool != nullptr)
		return NextFromSpool(stream, cells);
	if (unlikely(stream->asking))
		CompleteStream(stream);
	if (stream->live)
		return NextFromWire(stream, cells);
	if (stream->lost)
		RaiseLost(stream);
	return false;
}

uint64 StreamBytes(const Stream *stream)
{
	return stream->live ? BytesReceived(stream->connection) - stream->bytes_before : stream->bytes;
}

bool UsageOf(const Stream *stream, FabricUsage *usage)
{
	const Connection *connection = stream->connection;
	if (connection->driver->usage == nullptr)
		return false;
	if (stream->live && !stream->asking && connection->handle != nullptr)
		connection->driver->usage(connection->handle, usage);
	else
		*usage = stream->usage;
	return true;
}

void CloseStream(Stream *stream)
{
	if (stream->asking && stream->live && stream->connection->active == stream)
	{
		stream->connection->active = nullptr;
		stream->asking = stream->live = false;
		CancelExecute(stream->connection);
	}
	else if (stream->live && stream->connection->active == stream)
	{
		stream->connection->active = nullptr;
		TakeFigures(stream);
		stream->live = false;
		Abandon(stream->connection);
	}
	stream->live = false;
	stream->finished = true;
	if (stream->spool != nullptr)
	{
		tuplestore_end(stream->spool);
		stream->spool = nullptr;
	}
}

namespace
{

// Puts the rows that are still to come into a spool.
void FillSpool(Stream *stream, TupleDesc descriptor, Tuplestorestate *spool)
{
	MemoryContextSwitchTo(stream->context);
	size_t columns = static_cast<size_t>(stream->ncolumns);
	Datum *values = static_cast<Datum *>(palloc(sizeof(Datum) * columns));
	bool *nulls = static_cast<bool *>(palloc(sizeof(bool) * columns));
	MemoryContext row_context = AllocSetContextCreate(stream->context, "pg_fabric spooled row", ALLOCSET_DEFAULT_SIZES);
	const FabricCell *cells;
	while (NextFromWire(stream, &cells))
	{
		MemoryContextReset(row_context);
		MemoryContextSwitchTo(row_context);
		for (int i = 0; i < stream->ncolumns; ++i)
		{
			nulls[i] = cells[i].data == nullptr;
			if (!nulls[i])
				values[i] = PointerGetDatum(cstring_to_text_with_len(cells[i].data, static_cast<int>(cells[i].size)));
		}
		MemoryContextSwitchTo(stream->context);
		tuplestore_putvalues(spool, descriptor, values, nulls);
	}
	MemoryContextDelete(row_context);
}

// What the server said instead of a further row; nullptr when all came. Errors of our own are thrown.
ErrorData *FillSpoolOrFail(Stream *stream, TupleDesc descriptor, Tuplestorestate *spool)
{
	try
	{
		pg::call([&] { FillSpool(stream, descriptor, spool); });
		return nullptr;
	}
	catch (const pg::PgError &error)
	{
		if (stream->finished && IsAnswer(stream->connection, error.sqlerrcode()))
			return pg::call(
				[&]
				{
					// Its context is that of whom we read for.
					MemoryContextSwitchTo(stream->context);
					ErrorData *failure = error.Release();
					failure->context = psprintf("remote SQL: %s", ShowMarkers(stream->sql));
					return failure;
				});
		pg::call([&] { tuplestore_end(spool); });
		throw;
	}
}

} // namespace

void SpoolRest(Stream *stream)
{
	CompleteStream(stream);
	if (!stream->live)
		return;
	Connection *connection = stream->connection;
	MemoryContext old = MemoryContextSwitchTo(stream->context);
	ResourceOwner owner = CurrentResourceOwner;
	TupleDesc descriptor = CreateTemplateTupleDesc(stream->ncolumns);
	for (int i = 0; i < stream->ncolumns; ++i)
		TupleDescInitEntry(descriptor, static_cast<AttrNumber>(i + 1), "cell", BYTEAOID, -1, 0);
	stream->cells = static_cast<FabricCell *>(palloc(sizeof(FabricCell) * static_cast<size_t>(stream->ncolumns)));

	// The file that the spool may need belongs to the query that reads it, not to the one that makes us spool.
	CurrentResourceOwner = stream->owner;
	Tuplestorestate *spool = tuplestore_begin_heap(false, false, work_mem);
	CurrentResourceOwner = owner;
	// Should it end in the middle, the rows that were taken from the wire are gone.
	stream->live = false;
	stream->lost = true;
	connection->active = nullptr;
	connection->stale = true;
	stream->failure = pg::entry([&] { return FillSpoolOrFail(stream, descriptor, spool); });
	stream->lost = false;
	stream->spool_slot = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
	stream->spool = spool;
	MemoryContextSwitchTo(old);
}

void LoseStream(Stream *stream)
{
	if (stream->live)
	{
		stream->live = false;
		stream->lost = true;
	}
}

} // namespace fabric::fdw
