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

// UTF-8 as a palloc'd C string of the database; raises where it has no such characters.
inline char *FromUtf8(const char *text)
{
	char *copy = pstrdup(text);
	return pg_any_to_server(copy, static_cast<int>(strlen(copy)), PG_UTF8);
}

} // namespace fabric::pg
