// A remote result as rows of text cells: from the wire while it has it, from a spool once another statement took it.
//
// Lifecycle: made in a query's memory context; when that goes (also after an error) the stream lets go of its connection,
// which then gets rid of the unread rows at its next use.
#pragma once

#include "fdw/shared/chunks.hpp"
#include "fdw/shared/connection.hpp"

extern "C"
{
#include <executor/tuptable.h>
#include <utils/resowner.h>
#include <utils/tuplestore.h>
}

namespace fabric::fdw
{

struct Stream
{
	Connection *connection;
	MemoryContext context;
	const char *sql;
	int ncolumns;
	FabricColumn *columns; // as the server described them, but for their names
	ChunkReader *reader;   // of drivers that give chunks; nullptr: they give rows

	bool asking;   // the statement has been sent, its answer has not come
	bool first;	   // it is the transaction's first
	int level;	   // the nesting level of the transaction that sent it
	bool live;	   // its rows are on the wire, or will be
	bool finished; // the server said that there are no more
	bool lost;	   // the connection died under it
	bool strict;   // the statement is ours: a warning that a value was lost is an error

	// A row that was taken without waiting, until it is asked for.
	const FabricCell *peeked;
	FabricStatus wanted;	  // what to wait for when none is there
	const void *asynchronous; // the node that waits for it; else nullptr

	// The rest of the rows, raw, once another statement needed the wire.
	Tuplestorestate *spool;
	ErrorData *failure; // what the server said instead of a further row
	TupleTableSlot *spool_slot;
	ResourceOwner owner; // of the spool's temporary file: the query's, whoever makes us spool
	FabricCell *cells;	 // of the current spooled row

	// Figures for EXPLAIN ANALYZE.
	uint64 rows;
	uint64 bytes_before; // received by the connection before this stream
	uint64 bytes;		 // by the stream, once it has ended
	uint64 round_trips;
	instr_time waited;
	FabricUsage usage; // of an engine in this process, once the stream has ended

	MemoryContextCallback callback;
};

// Runs a statement and returns its rows. `size` bytes of UTF-8; `reading`: it changes nothing. Raises when it fails.
Stream *OpenStream(Connection *connection, const char *sql, size_t size, MemoryContext context, bool reading = true);

// The same without waiting: sends the statement. Its answer is waited for when it is needed.
Stream *AskStream(Connection *connection, const char *sql, size_t size, MemoryContext context);
// Waits for the answer, unless it has come.
void CompleteStream(Stream *stream);
// Whether the answer, and its next row or end, is there; never waits.
bool IsReady(Stream *stream);

// The next row's cells, valid until the next call; false after the last. Every failure is raised.
bool NextRow(Stream *stream, const FabricCell **cells);

// The bytes of its rows so far.
uint64 StreamBytes(const Stream *stream);

// What an engine in this process has read for it so far; false when there is none.
bool UsageOf(const Stream *stream, FabricUsage *usage);

// Lets go of the connection; unread rows are not read to the end.
void CloseStream(Stream *stream);

// Reads the rest into the spool, so that the connection is free for another statement. An error of the server's among the rows
// is kept for who reads them; one of our own is raised, and the stream is lost.
void SpoolRest(Stream *stream);

// The connection is gone; the stream's next row is an error. Never raises.
void LoseStream(Stream *stream);

} // namespace fabric::fdw
