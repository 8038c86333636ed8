// What a collation's order is, from the catalogue. (utils/pg_locale.h is no header for C++: it brings ICU's along.)
#pragma once

#include "pg/postgres.hpp"

namespace fabric::pg
{

// Whether text in this collation is ordered by its bytes ("C", "POSIX") or, in a UTF8 database, by code point, which is the same
// (C.UTF-8 of glibc 2.35 and newer, the builtin provider of PostgreSQL 17 and newer).
bool OrdersByBytes(Oid collation);

} // namespace fabric::pg
