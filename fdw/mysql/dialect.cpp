// The MySQL dialect: names and columns. The rules R0 to R30 named here are those of docs/fdw_mysql.md.
#include <string_view>

#include "core/server_version.hpp"
#include "core/sql_mysql.hpp"

#include "pg/encoding.hpp"

#include "fdw/shared/translate.hpp"

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

bool IsTextType(const char *type)
{
	return IsOneOf(type, {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"});
}

bool IsDateKind(Kind kind)
{
	return kind == Kind::date || kind == Kind::timestamp || kind == Kind::timestamptz;
}

void AppendQualifier(StringInfo out, int alias)
{
	if (alias == 0)
		return;
	AppendAlias(out, alias);
	appendStringInfoChar(out, '.');
}

void AppendName(StringInfo out, const ColumnReference &column)
{
	AppendQualifier(out, column.alias);
	Instance().AppendIdentifier(out, pg::ToUtf8(column.facts->name));
}

char *NameOf(const ColumnReference &column)
{
	StringInfoData name;
	initStringInfo(&name);
	AppendName(&name, column);
	return name.data;
}

} // namespace

const MysqlDialect &Instance()
{
	static const MysqlDialect instance;
	return instance;
}

void MysqlDialect::AppendIdentifier(StringInfo out, const char *name) const
{
	Sink sink{out};
	if (!core::append_identifier(sink, name))
		elog(ERROR, "an identifier holds a NUL byte");
}

namespace
{

// The most characters a varchar(n) or char(n) of PostgreSQL holds; -1 without a limit.
int64 CharacterLimit(int32 typmod)
{
	return typmod >= static_cast<int32>(VARHDRSZ) ? typmod - static_cast<int32>(VARHDRSZ) : -1;
}

Kind IntegerColumn(Oid type, const ColumnFacts &facts, const char **reason)
{
	// Bytes that hold the remote range, signed.
	int bytes = Is(facts.data_type, "tinyint")	   ? 1
				: Is(facts.data_type, "smallint")  ? 2
				: Is(facts.data_type, "mediumint") ? 3
				: Is(facts.data_type, "int")	   ? 4
												   : 8;
	if (facts.is_unsigned)
		++bytes;
	switch (type)
	{
		case BOOLOID:
			return Kind::boolean;
		case INT2OID:
			if (bytes <= 2)
				return Kind::integer;
			break;
		case INT4OID:
			if (bytes <= 4)
				return Kind::integer;
			break;
		case INT8OID:
			if (bytes <= 8)
				return Kind::integer;
			break;
		case NUMERICOID:
			return Kind::decimal;
		default:
			*reason = psprintf("the local type does not go with the remote type %s", facts.remote_type);
			return Kind::none;
	}
	*reason = psprintf("the remote type %s has values that the local type has not", facts.remote_type);
	return Kind::none;
}

Kind DecimalColumn(Oid type, int32 typmod, const ColumnFacts &facts, const char **reason)
{
	if (type != NUMERICOID)
	{
		*reason = psprintf("the local type does not go with the remote type %s", facts.remote_type);
		return Kind::none;
	}
	if (typmod >= static_cast<int32>(VARHDRSZ))
	{
		int precision = ((typmod - static_cast<int32>(VARHDRSZ)) >> 16) & 0xffff;
		int scale = ((((typmod - static_cast<int32>(VARHDRSZ)) & 0x7ff) ^ 1024) - 1024);
		if (scale < facts.scale || precision - scale < facts.precision - facts.scale)
		{
			*reason =
				psprintf("numeric(%d,%d) has fewer digits than the remote %s", precision, scale, facts.remote_type);
			return Kind::none;
		}
	}
	return Kind::decimal;
}

Kind TextColumn(Oid type, int32 typmod, const ColumnFacts &facts, const char **reason)
{
	if (facts.is_json)
	{
		*reason = "json is compared locally";
		return Kind::none;
	}
	if (type_is_enum(type) && Is(facts.data_type, "enum"))
		return Kind::text;
	if (type != TEXTOID && type != VARCHAROID && type != BPCHAROID)
	{
		*reason = psprintf("the local type does not go with the remote type %s", facts.remote_type);
		return Kind::none;
	}
	int64 limit = CharacterLimit(typmod);
	if (limit >= 0 && !IsOneOf(facts.data_type, {"enum", "set"}) && (facts.length < 0 || facts.length > limit))
	{
		*reason = psprintf("the remote type %s holds longer values than the local type", facts.remote_type);
		return Kind::none;
	}
	if (type == BPCHAROID)
	{
		if (!Is(facts.data_type, "char"))
		{
			*reason = psprintf("char(n) over the remote type %s keeps trailing blanks there", facts.remote_type);
			return Kind::none;
		}
		return Kind::bpchar;
	}
	return Kind::text;
}

Kind TimeColumn(Oid type, int32 typmod, const ColumnFacts &facts, const char **reason)
{
	// A local type with fewer fraction digits than the remote one would round what it reads.
	int local_digits = type == DATEOID || typmod < 0 ? 6 : type == INTERVALOID ? (typmod & 0xffff) : typmod;
	if (!Is(facts.data_type, "date") && local_digits < facts.precision)
	{
		*reason = psprintf("the local type has fewer digits of the fraction than the remote %s", facts.remote_type);
		return Kind::none;
	}
	if (type == DATEOID && Is(facts.data_type, "date"))
		return Kind::date;
	if (type == TIMESTAMPOID && Is(facts.data_type, "datetime"))
		return Kind::timestamp;
	if (type == TIMESTAMPTZOID && Is(facts.data_type, "timestamp"))
		return Kind::timestamptz;
	if ((type == INTERVALOID || type == TIMEOID) && Is(facts.data_type, "time"))
	{
		if (type == TIMEOID)
		{
			*reason = "the remote time is a span up to 838 hours, the local one a time of day";
			return Kind::none;
		}
		return Kind::time;
	}
	*reason = psprintf("the local type does not go with the remote type %s", facts.remote_type);
	return Kind::none;
}

} // namespace

Kind MysqlDialect::ColumnKind(Oid type, int32 typmod, const ColumnFacts &facts, ZeroDates zero_dates,
							  const char **reason) const
{
	const char *remote = facts.data_type;
	if (IsIntegerType(remote))
		return IntegerColumn(type, facts, reason);
	if (Is(remote, "decimal"))
		return DecimalColumn(type, typmod, facts, reason);
	if (Is(remote, "float") && (type == FLOAT4OID || type == FLOAT8OID))
		return type == FLOAT4OID ? Kind::float4 : Kind::float8;
	if (Is(remote, "double") && type == FLOAT8OID)
		return Kind::float8;
	if (Is(remote, "year") && (type == INT2OID || type == INT4OID || type == INT8OID))
		return Kind::integer;
	if (IsTextType(remote))
		return TextColumn(type, typmod, facts, reason);
	if (IsOneOf(remote, {"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"}) && type == BYTEAOID)
		return Kind::bytes;
	if (IsOneOf(remote, {"date", "datetime", "timestamp", "time"}))
	{
		Kind kind = TimeColumn(type, typmod, facts, reason);
		if (IsDateKind(kind) && zero_dates == ZeroDates::minus_infinity)
		{
			*reason = "zero_dates is '-infinity', which the remote server has no date for";
			return Kind::none;
		}
		return kind;
	}
	*reason = psprintf("nothing is exact over the remote type %s", facts.remote_type);
	return Kind::none;
}

void MysqlDialect::AppendColumn(StringInfo out, const ColumnReference &column, Form form) const
{
	const char *name = NameOf(column);
	const char *remote = column.facts->data_type;
	switch (column.kind)
	{
		case Kind::boolean:
			// R16: every number but 0 is true.
			appendStringInfo(out, Mutated("bool_equals_true") ? "(%s = TRUE)" : "(%s <> 0)", name);
			return;
		case Kind::integer:
			// R15: a year is unsigned as well; and compared as a year, 70 would mean 1970.
			if (Is(remote, "year"))
				appendStringInfo(out, "CAST(%s AS SIGNED)", name);
			else if (form == Form::value && column.facts->is_unsigned && !Mutated("unsigned_plain_arithmetic"))
				appendStringInfo(out, "CAST(%s AS SIGNED)", name);
			else
				appendStringInfoString(out, name);
			return;
		case Kind::decimal:
			// R13, R15: integers, signed or not, have limits of their own.
			if (form == Form::value && IsIntegerType(remote) && !Mutated("unsigned_plain_arithmetic"))
				AppendExactWhole(out, name, 20);
			else
				appendStringInfoString(out, name);
			return;
		case Kind::float4:
		case Kind::float8:
			if (form == Form::value && Is(remote, "float"))
				appendStringInfo(out, "(%s + 0e0)", name);
			else
				appendStringInfoString(out, name);
			return;
		case Kind::text:
		case Kind::bpchar:
			// R1: byte by byte, whatever the column's collation and character set; R8: LIKE goes by characters.
			if (form == Form::plain)
				appendStringInfoString(out, name);
			else if (form == Form::compare)
				appendStringInfo(out, "CAST(CONVERT(%s USING utf8mb4) AS BINARY)", name);
			else
				appendStringInfo(out, "CONVERT(%s USING utf8mb4) COLLATE utf8mb4_bin", name);
			return;
		case Kind::date:
		case Kind::timestamp:
		case Kind::timestamptz:
			// R18: with zero_dates 'null' such a date is NULL in conditions as well.
			if (column.zero_dates == ZeroDates::null && form != Form::plain && !Mutated("zero_date_ignored"))
				appendStringInfo(out, "(CASE WHEN MONTH(%s) = 0 OR DAYOFMONTH(%s) = 0 THEN NULL ELSE %s END)", name,
								 name, name);
			else
				appendStringInfoString(out, name);
			return;
		case Kind::time:
			// By an index a TIME(p) loses the rows at 0 to >= a negative fraction that it cannot hold.
			appendStringInfo(out, RoundsTime(column) && form != Form::plain ? "CAST(%s AS TIME(6))" : "%s", name);
			return;
		default:
			appendStringInfoString(out, name);
	}
}

void MysqlDialect::AppendFetch(StringInfo out, const ColumnFacts *facts, const char *column_name, Oid type,
							   int alias) const
{
	StringInfoData name;
	initStringInfo(&name);
	AppendQualifier(&name, alias);
	AppendIdentifier(&name, pg::ToUtf8(column_name));
	if (facts != nullptr && Is(facts->data_type, "float") && !Mutated("float4_six_digits"))
		appendStringInfo(out, "(%s + 0e0)", name.data); // R12: FLOAT is sent with six digits
	else if (facts != nullptr && type == BYTEAOID &&
			 IsOneOf(facts->data_type, {"geometry", "point", "linestring", "polygon", "multipoint", "multilinestring",
										"multipolygon", "geometrycollection", "geomcollection"}))
		appendStringInfo(out, "ST_AsWKB(%s)", name.data);
	else
		appendStringInfoString(out, name.data);
}

void MysqlDialect::AppendPinnedText(StringInfo out, const ColumnReference &column, const char *text) const
{
	// The connection's character set is utf8mb4; of another one the text is ASCII (PlainIsSuperset).
	if (!Is(column.facts->character_set, "utf8mb4"))
		appendStringInfo(out, "_%s", column.facts->character_set);
	(void)AppendLiteral(out, CStringGetTextDatum(text), TEXTOID, Form::plain);
	appendStringInfo(out, " COLLATE %s", column.facts->collation);
}

// R20: MySQL warns of a moment outside the range of TIMESTAMP, 1970-01-01 00:00:01 to 2038-01-19 03:14:07.999999, in an IN over
// such a column; newer servers have a wider range.
bool MysqlDialect::ComplainsInList(const ColumnReference &column, Oid type, const Datum *value) const
{
	constexpr TimestampTz kEpoch = -static_cast<TimestampTz>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
	constexpr TimestampTz kFirst = kEpoch + USECS_PER_SEC;
	constexpr TimestampTz kEnd = kEpoch + (static_cast<TimestampTz>(1) << 31) * USECS_PER_SEC;
	if (column.kind != Kind::timestamptz || type != TIMESTAMPTZOID)
		return false;
	return value == nullptr || DatumGetTimestampTz(*value) < kFirst || DatumGetTimestampTz(*value) >= kEnd;
}

void MysqlDialect::AppendDetached(StringInfo out, const char *column) const
{
	appendStringInfo(out, "CAST(%s AS DATETIME(6))", column);
}

bool MysqlDialect::ColumnBounds(const ColumnReference &column, Bounds *out) const
{
	const ColumnFacts &facts = *column.facts;
	*out = Bounds{};
	if (column.kind == Kind::integer)
	{
		int bits = Is(facts.data_type, "tinyint")	  ? 8
				   : Is(facts.data_type, "smallint")  ? 16
				   : Is(facts.data_type, "mediumint") ? 24
				   : Is(facts.data_type, "int")		  ? 32
													  : 64;
		out->known = out->integral = true;
		if (Is(facts.data_type, "year"))
			out->low = 0, out->high = 2155;
		else if (facts.is_unsigned)
			out->low = 0, out->high = (static_cast<__int128>(1) << bits) - 1;
		else
		{
			out->low = -(static_cast<__int128>(1) << (bits - 1));
			out->high = (static_cast<__int128>(1) << (bits - 1)) - 1;
		}
		return true;
	}
	if (column.kind == Kind::decimal)
	{
		out->known = true;
		bool integers = IsIntegerType(facts.data_type);
		out->whole_digits = integers ? 20 : facts.precision - facts.scale;
		out->fraction_digits = integers ? 0 : facts.scale;
		return true;
	}
	if (column.kind == Kind::text || column.kind == Kind::bpchar)
	{
		out->characters = facts.length;
		return true;
	}
	return false;
}

void MysqlDialect::AppendIsNull(StringInfo out, const ColumnReference &column, const char *operand, bool negated) const
{
	if (operand == nullptr)
		operand = NameOf(column);
	bool dates = IsDateKind(column.kind) || IsOneOf(column.facts->data_type, {"date", "datetime", "timestamp"});
	if (!dates || Mutated("zero_date_is_null"))
	{
		appendStringInfo(out, "(%s IS %sNULL)", operand, negated ? "NOT " : "");
		return;
	}
	// R18: d IS NULL finds 0000-00-00 in a NOT NULL column; <=> does not.
	StringInfoData value;
	initStringInfo(&value);
	ColumnReference dated = column;
	dated.kind = Kind::date;
	AppendColumn(&value, dated, Form::compare);
	appendStringInfo(out, negated ? "(NOT (%s <=> NULL))" : "(%s <=> NULL)", value.data);
}

void MysqlDialect::AppendExactText(StringInfo out, const char *expression) const
{
	appendStringInfo(out, "CAST(%s AS BINARY)", expression);
}

void MysqlDialect::AppendTextOfBytes(StringInfo out, const char *expression) const
{
	appendStringInfo(out, "CONVERT(%s USING utf8mb4)", expression);
}

void MysqlDialect::AppendDecimal(StringInfo out, const char *expression, int digits, int scale) const
{
	appendStringInfo(out, "CAST(%s AS DECIMAL(%d,%d))", expression, Min(digits, DecimalDigits()), scale);
}

bool MysqlDialect::CanSayAll(Oid type) const
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case BYTEAOID:
			return true;
		default:
			return type_is_enum(type);
	}
}

bool MysqlDialect::HasWindows(const char *server_version) const
{
	core::ServerVersion version;
	return server_version != nullptr && core::parse_server_version(std::string_view(server_version), &version) &&
		   (version.at_least(core::Flavour::mariadb, 10, 2) || version.at_least(core::Flavour::mysql, 8));
}

// Every server waits. MariaDB 10.3 knows NOWAIT, 10.6 SKIP LOCKED; MySQL 8.0 both, after FOR SHARE and not after LOCK IN SHARE MODE.
const char *MysqlDialect::LockClause(bool exclusive, LockWaitPolicy policy, const char *server_version) const
{
	if (policy == LockWaitBlock)
		return exclusive ? " FOR UPDATE" : " LOCK IN SHARE MODE";
	core::ServerVersion version;
	if (server_version == nullptr || !core::parse_server_version(std::string_view(server_version), &version))
		return nullptr;
	bool skip = policy == LockWaitSkip;
	if (version.at_least(core::Flavour::mysql, 8))
		return exclusive ? (skip ? " FOR UPDATE SKIP LOCKED" : " FOR UPDATE NOWAIT")
						 : (skip ? " FOR SHARE SKIP LOCKED" : " FOR SHARE NOWAIT");
	if (!version.at_least(core::Flavour::mariadb, 10, skip ? 6 : 3))
		return nullptr;
	return exclusive ? (skip ? " FOR UPDATE SKIP LOCKED" : " FOR UPDATE NOWAIT")
					 : (skip ? " LOCK IN SHARE MODE SKIP LOCKED" : " LOCK IN SHARE MODE NOWAIT");
}

// MariaDB 10.3 has INTERSECT and EXCEPT, 10.5 their ALL; MySQL 8.0.31 has all of them.
const char *MysqlDialect::SetOperator(SetOperation operation, bool all, const char *server_version) const
{
	if (operation == SETOP_UNION)
		return all ? "UNION ALL" : "UNION";
	core::ServerVersion version;
	if (server_version == nullptr || !core::parse_server_version(std::string_view(server_version), &version) ||
		!(version.at_least(core::Flavour::mariadb, 10, all ? 5 : 3) ||
		  version.at_least(core::Flavour::mysql, 8, 0, 31)))
		return nullptr;
	if (operation == SETOP_INTERSECT)
		return all ? "INTERSECT ALL" : "INTERSECT";
	return all ? "EXCEPT ALL" : "EXCEPT";
}

bool MysqlDialect::PlainIsByteOrder(const ColumnReference &column) const
{
	return column.kind == Kind::text && !IsOneOf(column.facts->data_type, {"enum", "set"}) &&
		   IsOneOf(column.facts->collation, {"utf8mb4_nopad_bin", "utf8mb4_0900_bin"});
}

// Adds and takes away what makes 64-bit arithmetic overflow, error 1690 (SQLSTATE 22003), unless the value lies within the type.
// The last additions bring the value back unchanged. What leaves 64 bits on the way raises as well, so the check never sees a
// wrapped value.
void MysqlDialect::AppendChecked(StringInfo out, const char *expression, Oid type) const
{
	if (type == INT8OID)
	{
		appendStringInfoString(out, expression);
		return;
	}
	int64 room = PG_INT64_MAX - (type == INT2OID ? PG_INT16_MAX : PG_INT32_MAX);
	appendStringInfo(out, "((((%s + " INT64_FORMAT ") - " INT64_FORMAT ") - " INT64_FORMAT ") + " INT64_FORMAT ")",
					 expression, room, room, room, room);
}

void MysqlDialect::AppendSortKey(StringInfo out, const char *key, bool descending, bool nulls_first,
								 bool never_null) const
{
	if (!never_null && !NullsAreNatural(descending, nulls_first))
		appendStringInfo(out, "(%s IS NULL)%s, ", key, nulls_first ? " DESC" : "");
	appendStringInfo(out, "%s%s", key, descending ? " DESC" : "");
}

void MysqlDialect::AppendExactWhole(StringInfo out, const char *expression, int) const
{
	appendStringInfo(out, "CAST(%s AS DECIMAL(20,0))", expression);
}

void MysqlDialect::AppendLikeText(StringInfo out, const char *expression) const
{
	appendStringInfo(out, "(%s COLLATE utf8mb4_bin)", expression);
}

} // namespace fabric::fdw::mysql
