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

// What another server says, as well as it can be shown: bytes that are no UTF-8 become question marks, and so does in other encodings all
// that is not ASCII. Palloc'd; never raises but for want of memory.
inline char *FromForeign(const char *text)
{
	char *copy = pstrdup(text);
	size_t size = strlen(copy);
	size_t good = 0;
	while ((good += static_cast<size_t>(pg_encoding_verifymbstr(PG_UTF8, copy + good, static_cast<int>(size - good)))) <
		   size)
		copy[good] = '?';
	for (char *at = copy; GetDatabaseEncoding() != PG_UTF8 && *at != '\0'; ++at)
		if (IS_HIGHBIT_SET(*at))
			*at = '?';
	return copy;
}

} // namespace fabric::pg
