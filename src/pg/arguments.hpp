// Arguments of SQL functions.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <fmgr.h>
#include <utils/builtins.h>
#include <utils/jsonb.h>
#include <utils/timestamp.h>
}

namespace fabric::pg
{

// A name, which must be there; one that is too long is an error: as PostgreSQL cuts it, it would be another one. `what` is what messages
// call it. Palloc'd, as the others.
inline char *NameArgument(FunctionCallInfo fcinfo, int number, const char *what)
{
	if (PG_ARGISNULL(number))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("%s must not be NULL", what)));
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(number));
	if (name[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("%s must not be empty", what)));
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR, (errcode(ERRCODE_NAME_TOO_LONG), errmsg("%s is too long for a name", what),
						errdetail("A name has %d bytes at most, this one %zu.", NAMEDATALEN - 1, strlen(name))));
	return name;
}

// A text; nullptr for NULL.
inline char *TextArgument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

// A boolean; NULL is as if it were not given.
inline bool BooleanArgument(FunctionCallInfo fcinfo, int number, bool otherwise)
{
	return PG_ARGISNULL(number) ? otherwise : PG_GETARG_BOOL(number);
}

// A limit of time in milliseconds, more than nothing and a day at most; `otherwise` for NULL.
inline int64 LimitArgument(FunctionCallInfo fcinfo, int number, int64 otherwise)
{
	if (PG_ARGISNULL(number))
		return otherwise;
	const Interval *given = PG_GETARG_INTERVAL_P(number);
	int64 limit = given->time / 1000 + (given->day + given->month * INT64CONST(30)) * (USECS_PER_DAY / 1000);
	if (limit <= 0 || limit > SECS_PER_DAY * INT64CONST(1000))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("a limit of time must be more than nothing, and a day at most")));
	return limit;
}

// Milliseconds as an interval; palloc'd.
inline Datum IntervalOf(double milliseconds)
{
	Interval *interval = static_cast<Interval *>(palloc0(sizeof(Interval)));
	interval->time = static_cast<TimeOffset>(milliseconds * 1000);
	return IntervalPGetDatum(interval);
}

// JSON as text; palloc'd.
inline char *JsonText(Jsonb *json)
{
	return JsonbToCString(nullptr, &json->root, static_cast<int>(VARSIZE(json)));
}

} // namespace fabric::pg
