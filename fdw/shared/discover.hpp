// What a source has, live: schemas, tables, views, files.
#pragma once

#include "fdw/shared/options.hpp"

extern "C"
{
#include <datatype/timestamp.h>
}

namespace fabric::fdw
{

// One thing that a source has. Texts are in the database's encoding and live until the sink returns.
struct Discovered
{
	const char *schema; // or directory
	const char *object; // as a foreign table names it; nullptr: the schema itself
	const char *kind;	// schema, table, view, sequence, directory, file, ...
	int64 rows = -1;	// an estimate; -1: the source does not tell
	int64 bytes = -1;
	TimestampTz modified_at = DT_NOBEGIN; // DT_NOBEGIN: it does not tell
};

// Takes them one by one; may raise.
using DiscoverSink = void (*)(void *argument, const Discovered &found);

// The value of pg_timestamptz for microseconds since 1970.
inline TimestampTz TimestampOfUnix(int64 microseconds)
{
	return microseconds - (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

} // namespace fabric::fdw
