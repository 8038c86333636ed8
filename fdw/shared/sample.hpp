// A random sample of remote rows, as tuples: read from streams, kept within limits of rows and of memory.
//
// Lifecycle: all of it lies in the memory context that is current at MakeSample, ANALYZE's own.
#pragma once

#include "fdw/shared/convert.hpp"
#include "fdw/shared/facts.hpp"
#include "fdw/shared/stream.hpp"

extern "C"
{
#include <common/pg_prng.h>
}

namespace fabric::fdw
{

// A column of the sample.
struct SampledColumn
{
	ColumnConverter converter;
	const char *fetched;   // the remote expression
	uint64 unreadable;	   // values that count as NULL
	const char *complaint; // of the first of these
};

struct SampledRow
{
	HeapTuple tuple;
	uint64 position; // among all rows seen
};

struct Sample
{
	TupleDesc descriptor;
	int ncolumns;
	SampledColumn *columns;
	MemoryContext context;	   // of the tuples
	MemoryContext row_context; // of one row's values
	Datum *values;
	bool *nulls;

	int capacity; // rows wanted; less once they need too much memory
	int count;
	SampledRow *rows;
	size_t bytes;
	uint64 seen; // rows that came
	pg_prng_state random;

	Stream *stream;
	const FabricCell *cells;
	int cell; // the one that is being read; -1 between rows
};

// What may be kept of a sample in memory.
inline constexpr size_t kSampleBytes = 128 << 20;

// An empty sample of at most `wanted` rows; of each column all values that PostgreSQL looks at.
Sample *MakeSample(const ServerSettings &settings, const RelationInfo &info, Relation relation, int wanted);

// Forgets the rows, to begin again.
void EmptySample(Sample *sample);

// "SELECT a, b FROM `schema`.`table`", in UTF-8.
void AppendSampleSelect(StringInfo out, const Sample *sample, const char *from);

// Runs a statement that AppendSampleSelect began and takes its rows in. Stops after `most` rows of it: then the answer is
// false.
bool ReadSample(Sample *sample, Connection *connection, const StringInfoData &sql, uint64 most);

// Copies the tuples to ANALYZE's array, in the order in which they came; their number.
int TakeTuples(Sample *sample, HeapTuple *tuples);

} // namespace fabric::fdw
