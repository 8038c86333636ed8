// Text between the database's encoding and UTF-8, which everything outside PostgreSQL speaks.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
}

namespace fabric::pg
{

// A C string of the database as UTF-8: itself, or a palloc'd copy where the encodings differ. nullptr stays nullptr.
inline const char *ToUtf8(const char *text)
{
	return text != nullptr ? pg_server_to_any(text, static_cast<int>(strlen(text)), PG_UTF8) : nullptr;
}

} // namespace fabric::pg
