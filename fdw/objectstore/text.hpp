// Text of the engine's SQL.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <lib/stringinfo.h>
}

namespace fabric::fdw::objectstore
{

// A string literal; the text is UTF-8.
void AppendString(StringInfo out, const char *text);

// A column, of the relation with that alias unless it is 0; the name is in the database's encoding.
void AppendName(StringInfo out, const char *name, int alias);

// A TIMESTAMP_NS, of the column of that name, as TIMESTAMP.
void AppendMicroseconds(StringInfo out, const char *expression, const char *column_name);

} // namespace fabric::fdw::objectstore
