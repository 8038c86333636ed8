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

} // namespace fabric::fdw::objectstore
