// The dialect of files: PostgreSQL's constants and parameters as literals.
#include <cmath>

#include "core/sql_literal.hpp"

#include "pg/encoding.hpp"

#include "fdw/shared/text.hpp"

#include "fdw/objectstore/dialect.hpp"
#include "fdw/objectstore/text.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
#include <utils/builtins.h>
#include <utils/date.h>
#include <utils/datetime.h>
#include <utils/numeric.h>
#include <utils/timestamp.h>
#include <utils/uuid.h>
}

namespace fabric::fdw::objectstore
{

namespace
{

// A pattern that ends in its escape character is an error in PostgreSQL. `escapes`: it has such characters.
bool PatternIsSound(const char *pattern, bool *escapes)
{
	*escapes = false;
	for (; *pattern != '\0'; ++pattern)
	{
		if (*pattern != '\\')
			continue;
		*escapes = true;
		if (*++pattern == '\0')
			return Mutated("pattern_end_unchecked");
	}
	return true;
}

bool AppendText(StringInfo out, Datum value, Form form)
{
	const char *utf8 = pg::ToUtf8(TextDatumGetCString(value));
	bool escapes = false;
	if (form == Form::pattern && !PatternIsSound(utf8, &escapes))
		return false;
	AppendString(out, utf8);
	// Without it the backslash would stand for itself.
	if (escapes && !Mutated("escape_dropped"))
		appendStringInfoString(out, " ESCAPE '\\'");
	return true;
}

// As a decimal of just its digits.
bool AppendNumeric(StringInfo out, Datum value)
{
	value = DirectFunctionCall1(numeric_trim_scale, value);
	const char *text = DatumGetCString(DirectFunctionCall1(numeric_out, value));
	const char *digits = text[0] == '-' ? text + 1 : text;
	if (*digits < '0' || *digits > '9')
		return false; // NaN, Infinity
	const char *point = strchr(digits, '.');
	int fraction = point != nullptr ? static_cast<int>(strlen(point + 1)) : 0;
	int whole = static_cast<int>(strcspn(digits, "."));
	if (whole + fraction > Instance().DecimalDigits())
		return false;
	if (Mutated("numeric_via_double"))
		appendStringInfo(out, "CAST('%s' AS DOUBLE)", text);
	else
		appendStringInfo(out, "CAST('%s' AS DECIMAL(%d,%d))", text, whole + fraction, fraction);
	return true;
}

void AppendDouble(StringInfo out, double value)
{
	Sink sink{out};
	if (std::isnan(value))
		appendStringInfoString(out, "CAST('NaN' AS DOUBLE)");
	else if (std::isinf(value))
		appendStringInfo(out, "CAST('%sInfinity' AS DOUBLE)", value < 0 ? "-" : "");
	else
	{
		appendStringInfoString(out, std::signbit(value) ? "(" : "");
		(void)core::append_double(sink, value);
		appendStringInfoString(out, std::signbit(value) ? ")" : "");
	}
}

void AppendInteger(StringInfo out, int64 number)
{
	if (number == PG_INT64_MIN)
		appendStringInfo(out, "CAST('" INT64_FORMAT "' AS BIGINT)", number);
	else
		appendStringInfo(out, number < 0 ? "(" INT64_FORMAT ")" : INT64_FORMAT, number);
}

// Before the year 1 they are counted backwards.
void AppendDay(StringInfo out, int year, int month, int day)
{
	appendStringInfo(out, "%04d-%02d-%02d%s", year > 0 ? year : 1 - year, month, day, year > 0 ? "" : " (BC)");
}

void AppendDate(StringInfo out, DateADT date)
{
	if (DATE_NOT_FINITE(date))
	{
		appendStringInfo(out, "DATE'%sinfinity'", DATE_IS_NOBEGIN(date) ? "-" : "");
		return;
	}
	int year, month, day;
	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	appendStringInfoString(out, "DATE'");
	AppendDay(out, year, month, day);
	appendStringInfoChar(out, '\'');
}

void AppendInfiniteMoment(StringInfo out, bool past, bool zoned)
{
	// The engine would make a date of it where it is compared with one, and fail: of a function it does not.
	if (zoned)
		appendStringInfo(out, "TIMESTAMPTZ'%sinfinity'", past ? "-" : "");
	else
		appendStringInfo(out, "fabric_infinity(%s)", past ? "true" : "false");
}

bool AppendMoment(StringInfo out, Timestamp moment, bool zoned)
{
	if (TIMESTAMP_NOT_FINITE(moment))
	{
		AppendInfiniteMoment(out, TIMESTAMP_IS_NOBEGIN(moment), zoned);
		return true;
	}
	if (zoned && Mutated("timestamptz_session_zone"))
		moment += 5 * USECS_PER_HOUR + 30 * USECS_PER_MINUTE;
	if (Mutated("datetime_without_microseconds"))
		moment -= moment % USECS_PER_SEC;
	// The engine's moments are 64-bit numbers from 1970, so that they end before PostgreSQL's, and so do those of files.
	constexpr Timestamp kFrom1970 = static_cast<Timestamp>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	Timestamp ignored;
	struct pg_tm parts = {};
	fsec_t microseconds = 0;
	if (__builtin_add_overflow(moment, kFrom1970, &ignored) ||
		timestamp2tm(moment, nullptr, &parts, &microseconds, nullptr, nullptr) != 0)
		return false;
	appendStringInfoString(out, zoned ? "TIMESTAMPTZ'" : "TIMESTAMP'");
	AppendDay(out, parts.tm_year, parts.tm_mon, parts.tm_mday);
	appendStringInfo(out, " %02d:%02d:%02d", parts.tm_hour, parts.tm_min, parts.tm_sec);
	if (microseconds != 0)
		appendStringInfo(out, ".%06d", static_cast<int>(microseconds));
	appendStringInfoString(out, zoned ? "+00'" : "'");
	return true;
}

} // namespace

Kind ObjectStoreDialect::LiteralKind(Oid type) const
{
	switch (type)
	{
		case BOOLOID:
			return Kind::boolean;
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return Kind::integer;
		case NUMERICOID:
			return Kind::decimal;
		case FLOAT4OID:
			return Kind::float4;
		case FLOAT8OID:
			return Kind::float8;
		case TEXTOID:
		case VARCHAROID:
			return Kind::text;
		case BYTEAOID:
			return Kind::bytes;
		case DATEOID:
			return Kind::date;
		case TIMESTAMPOID:
			return Kind::timestamp;
		case TIMESTAMPTZOID:
			return Kind::timestamptz;
		case TIMEOID:
			return Kind::time;
		case UUIDOID:
			return Kind::uuid;
		default:
			return Kind::none;
	}
}

bool ObjectStoreDialect::AppendLiteral(StringInfo out, Datum value, Oid type, Form form) const
{
	Sink sink{out};
	switch (type)
	{
		case BOOLOID:
			appendStringInfoString(out, DatumGetBool(value) ? "TRUE" : "FALSE");
			return true;
		case INT2OID:
			AppendInteger(out, DatumGetInt16(value));
			return true;
		case INT4OID:
			AppendInteger(out, DatumGetInt32(value));
			return true;
		case INT8OID:
			AppendInteger(out, DatumGetInt64(value));
			return true;
		case NUMERICOID:
			return AppendNumeric(out, value);
		case FLOAT4OID:
			appendStringInfoString(out, "CAST(");
			AppendDouble(out, static_cast<double>(DatumGetFloat4(value)));
			appendStringInfoString(out, " AS FLOAT)");
			return true;
		case FLOAT8OID:
			AppendDouble(out, DatumGetFloat8(value));
			return true;
		case TEXTOID:
		case VARCHAROID:
			return AppendText(out, value, form);
		case BYTEAOID:
		{
			const bytea *bytes = DatumGetByteaPP(value);
			appendStringInfoString(out, "from_hex('");
			for (size_t i = 0; i < VARSIZE_ANY_EXHDR(bytes); ++i)
				appendStringInfo(out, "%02x", static_cast<unsigned char>(VARDATA_ANY(bytes)[i]));
			appendStringInfoString(out, "')");
			return true;
		}
		case DATEOID:
			AppendDate(out, DatumGetDateADT(value));
			return true;
		case TIMESTAMPOID:
			return AppendMoment(out, DatumGetTimestamp(value), false);
		case TIMESTAMPTZOID:
			return AppendMoment(out, DatumGetTimestampTz(value), true);
		case TIMEOID:
			return core::append_time_literal(sink, DatumGetTimeADT(value));
		case UUIDOID:
			appendStringInfo(out, "UUID'%s'", DatumGetCString(DirectFunctionCall1(uuid_out, value)));
			return true;
		default:
			return false;
	}
}

// A bare one is an integer, which goes with numbers, but makes one of what is asked of it.
const char *ObjectStoreDialect::NullOf(Oid type) const
{
	switch (type)
	{
		case BOOLOID:
			return "CAST(NULL AS BOOLEAN)";
		case FLOAT4OID:
			return "CAST(NULL AS FLOAT)";
		case FLOAT8OID:
			return "CAST(NULL AS DOUBLE)";
		case TEXTOID:
		case VARCHAROID:
			return "CAST(NULL AS VARCHAR)";
		case BYTEAOID:
			return "CAST(NULL AS BLOB)";
		case DATEOID:
			return "CAST(NULL AS DATE)";
		case TIMESTAMPOID:
			return "CAST(NULL AS TIMESTAMP)";
		case TIMESTAMPTZOID:
			return "CAST(NULL AS TIMESTAMP WITH TIME ZONE)";
		case TIMEOID:
			return "CAST(NULL AS TIME)";
		case UUIDOID:
			return "CAST(NULL AS UUID)";
		default:
			return "NULL";
	}
}

bool ObjectStoreDialect::CanSayAll(Oid type) const
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case TEXTOID:
		case VARCHAROID:
		case BYTEAOID:
		case DATEOID:
		case TIMEOID:
		case UUIDOID:
			return true;
		default:
			return false;
	}
}

// So that they have a type in common with decimal(38,9) and decimal(38,18), which other engines make most.
bool ObjectStoreDialect::MostDigitsSent(Bounds *bounds) const
{
	*bounds = Bounds{};
	bounds->known = true;
	bounds->whole_digits = 20;
	bounds->fraction_digits = 9;
	return true;
}

} // namespace fabric::fdw::objectstore
