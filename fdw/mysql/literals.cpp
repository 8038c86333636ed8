// The MySQL dialect: PostgreSQL's constants and parameters as literals. The rules R0 to R30 named here are those of
// docs/fdw_mysql.md.
#include "core/sql_mysql.hpp"

#include "fdw/mysql/dialect.hpp"
#include "fdw/shared/text.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
#include <utils/date.h>
#include <utils/numeric.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw::mysql
{

namespace
{

// Text in the database's encoding as a quoted literal in UTF-8.
void AppendText(StringInfo out, const char *text, int size)
{
	char *utf8 = pg_server_to_any(text, size, PG_UTF8);
	size_t length = utf8 == text ? static_cast<size_t>(size) : strlen(utf8);
	Sink sink{out};
	if (Mutated("backslash_unescaped"))
	{
		appendStringInfoChar(out, '\'');
		for (size_t i = 0; i < length; ++i)
		{
			if (utf8[i] == '\'')
				appendStringInfoChar(out, '\'');
			appendStringInfoChar(out, utf8[i]);
		}
		appendStringInfoChar(out, '\'');
		return;
	}
	core::append_string_literal(sink, {utf8, length});
}

// PostgreSQL raises an error for a pattern that ends in its escape character, the remote server takes it literally.
bool PatternIsSound(const char *pattern, int size)
{
	for (int i = 0; i < size; ++i)
	{
		if (pattern[i] != '\\')
			continue;
		if (++i == size)
			return Mutated("pattern_end_unchecked");
	}
	return true;
}

// As an operand a whole number has a point after it: without one it would be an integer, whose arithmetic ends at 64 bits.
bool AppendNumeric(StringInfo out, Datum value, Form form)
{
	const char *text = DatumGetCString(DirectFunctionCall1(numeric_out, value));
	bool negative = text[0] == '-';
	const char *digits = negative ? text + 1 : text;
	if (*digits < '0' || *digits > '9')
		return false; // NaN, Infinity
	const char *point = strchr(digits, '.');
	size_t fraction = point != nullptr ? strlen(point + 1) : 0;
	size_t whole = point != nullptr ? static_cast<size_t>(point - digits) : strlen(digits);
	if (whole + fraction > 65 || fraction > 30)
		return false;
	// Beyond bigint it would be an unsigned integer: MySQL takes 18446744073709551615 for -1 in CEILING(x) IN (0., ...).
	bool unsigned_whole = point == nullptr && whole > 18;
	bool pointed = unsigned_whole || (point == nullptr && form == Form::value);
	if (Mutated("numeric_via_double"))
		appendStringInfo(out, "%s%se0%s", negative ? "(" : "", text, negative ? ")" : "");
	else
		appendStringInfo(out, "%s%s%s%s", negative ? "(" : "", text, pointed ? "." : "", negative ? ")" : "");
	return true;
}

bool AppendFloat(StringInfo out, double value)
{
	StringInfoData text;
	initStringInfo(&text);
	Sink sink{&text};
	if (!core::append_double(sink, value))
		return false;
	appendStringInfo(out, text.data[0] == '-' ? "(%s)" : "%s", text.data);
	return true;
}

bool AppendInterval(StringInfo out, const Interval *interval)
{
	// Compared as PostgreSQL compares: a month is 30 days, a day 24 hours.
	__int128 span = static_cast<__int128>(interval->time) +
					(static_cast<__int128>(interval->month) * 30 + interval->day) * USECS_PER_DAY;
	constexpr __int128 kMost = static_cast<__int128>(839) * USECS_PER_HOUR;
	if (span <= -kMost || span >= kMost)
		return false;
	Sink sink{out};
	return core::append_time_literal(sink, static_cast<int64>(span));
}

} // namespace

Kind MysqlDialect::LiteralKind(Oid type) const
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
		case BPCHAROID:
			return Kind::bpchar;
		case BYTEAOID:
			return Kind::bytes;
		case DATEOID:
			return Kind::date;
		case TIMESTAMPOID:
			return Kind::timestamp;
		case TIMESTAMPTZOID:
			return Kind::timestamptz;
		case TIMEOID:
		case INTERVALOID:
			return Kind::time;
		default:
			return type_is_enum(type) ? Kind::text : Kind::none;
	}
}

bool MysqlDialect::AppendLiteral(StringInfo out, Datum value, Oid type, Form form) const
{
	Sink sink{out};
	switch (type)
	{
		case BOOLOID:
			appendStringInfoString(out, DatumGetBool(value) ? "TRUE" : "FALSE");
			return true;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		{
			int64 number = type == INT2OID	 ? DatumGetInt16(value)
						   : type == INT4OID ? DatumGetInt32(value)
											 : DatumGetInt64(value);
			appendStringInfo(out, number < 0 ? "(" INT64_FORMAT ")" : INT64_FORMAT, number);
			return true;
		}
		case NUMERICOID:
			return AppendNumeric(out, value, form);
		case FLOAT4OID:
			// R12: the single value widened, with all its digits; a short decimal would equal nothing.
			if (Mutated("float4_short_literal"))
			{
				appendStringInfo(out, "%ge0", static_cast<double>(DatumGetFloat4(value)));
				return true;
			}
			return AppendFloat(out, static_cast<double>(DatumGetFloat4(value)));
		case FLOAT8OID:
			return AppendFloat(out, DatumGetFloat8(value));
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		{
			text *string = DatumGetTextPP(value);
			const char *data = VARDATA_ANY(string);
			int size = static_cast<int>(VARSIZE_ANY_EXHDR(string));
			if (form == Form::pattern && !PatternIsSound(data, size))
				return false;
			// R7: char(n) arrives without its trailing blanks and is compared without them.
			if (type == BPCHAROID && !Mutated("char_trailing_blanks"))
				while (size > 0 && data[size - 1] == ' ')
					--size;
			AppendText(out, data, size);
			return true;
		}
		case BYTEAOID:
		{
			bytea *bytes = DatumGetByteaPP(value);
			core::append_hex_literal(sink, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
			return true;
		}
		case DATEOID:
		{
			DateADT date = DatumGetDateADT(value);
			return !DATE_NOT_FINITE(date) && core::append_date_literal(sink, date);
		}
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		{
			// R17: the session's time zone is UTC, so a moment is written in UTC without a suffix.
			Timestamp moment = DatumGetTimestamp(value);
			if (TIMESTAMP_NOT_FINITE(moment))
				return false;
			if (type == TIMESTAMPTZOID && Mutated("timestamptz_session_zone"))
				moment += 5 * USECS_PER_HOUR + 30 * USECS_PER_MINUTE;
			if (Mutated("datetime_without_microseconds"))
				moment -= moment % USECS_PER_SEC;
			return core::append_datetime_literal(sink, moment);
		}
		case TIMEOID:
			return core::append_time_literal(sink, DatumGetTimeADT(value));
		case INTERVALOID:
		{
			// As long, but not the same text: a month is 30 days, and a day 24 hours, only where they are compared.
			const Interval *interval = DatumGetIntervalP(value);
			if (form == Form::value && (interval->month != 0 || interval->day != 0) && !Mutated("interval_as_long"))
				return false;
			return AppendInterval(out, interval);
		}
		default:
			if (type_is_enum(type))
			{
				Oid output;
				bool varlena;
				getTypeOutputInfo(type, &output, &varlena);
				const char *label = OidOutputFunctionCall(output, value);
				AppendText(out, label, static_cast<int>(strlen(label)));
				return true;
			}
			return false;
	}
}

} // namespace fabric::fdw::mysql
