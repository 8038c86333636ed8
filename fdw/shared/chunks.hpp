// Rows out of chunks: what a driver gives as Arrow vectors is read as cells that point at the values as they lie there.
//
// Lifecycle: a ChunkReader lives in its stream's context and releases its chunk with it. Nothing here raises while a chunk is
// held but what is said; the schema's own errors come before the first row.
#pragma once

#include "fdw/shared/driver.h"

#include "pg/postgres.hpp"

namespace fabric::fdw
{

// A text that becomes a date or a timestamp by a pattern comes as mark, pattern, mark, value.
inline constexpr char kFormatMark = '\x1f';

// What the bytes of a cell are. Numbers are little-endian as Arrow has them, not aligned; texts are UTF-8.
enum class Wire : uint8_t
{
	text, // also all cells of drivers that give rows
	nothing,
	boolean, // one byte
	int8,
	int16,
	int32,
	int64,
	uint8,
	uint16,
	uint32,
	uint64,
	float4,
	float8,
	decimal, // 128 bits, with a scale
	bytes,
	date,		 // days since 1970, 32 bits
	time,		 // since midnight, 64 bits, in a unit
	timestamp,	 // since 1970, 64 bits, in a unit
	timestamptz, // the same in UTC
	interval,	 // months and days, 32 bits each, nanoseconds, 64 bits
	list,		 // elements as cells: see ReadListElement
	unknown,
};

// A column of a chunk, or the elements of a list in it.
struct WireColumn
{
	const char *format; // Arrow's
	Wire wire;
	int precision; // of decimals
	int scale;
	int64 units_per_second;	   // of times
	const WireColumn *element; // of lists
	const WireColumn *values;  // of dictionaries, whose cells are their values
	int64 key_width;
};

struct ChunkReader
{
	int ncolumns;
	WireColumn *columns;
	ArrowArray chunk; // release == nullptr: none
	int64 row;		  // the next one
	FabricCell *cells;
	StringInfoData scratch; // lists of the current row
	MemoryContextCallback callback;
};

// A reader for the current result of a connection, in a context with which it goes.
ChunkReader *MakeChunkReader(const FabricDriver *driver, const FabricConnection *handle, MemoryContext context);

// The cells of the next row of the chunk; false when it holds no more (it is released then).
bool NextChunkRow(ChunkReader *reader, const FabricCell **cells);

// Whether the chunk holds further rows.
bool HasRows(const ChunkReader *reader);

// Takes a chunk out of a driver's hands; the reader's own must have been read.
void TakeChunk(ChunkReader *reader, const ArrowArray &chunk);

// The next element of a list's cell: begins with *at at its first byte. False after the last.
bool ReadListElement(const FabricCell &list, const char **at, FabricCell *element);

} // namespace fabric::fdw
