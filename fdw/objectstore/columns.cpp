// The dialect of files: what a column of files is as an operand.
#include "pg/encoding.hpp"

#include "fdw/shared/text.hpp"

#include "fdw/objectstore/dialect.hpp"
#include "fdw/objectstore/text.hpp"

extern "C"
{
#include <catalog/pg_type.h>
#include <utils/numeric.h>
}

namespace fabric::fdw::objectstore
{

namespace
{

struct WholeType
{
	const char *name;
	int bits;
	bool is_unsigned;
	int digits; // as the engine makes a decimal of it
};

constexpr WholeType kWholeTypes[] = {
	{"tinyint", 8, false, 3}, {"smallint", 16, false, 5}, {"integer", 32, false, 10}, {"bigint", 64, false, 19},
	{"utinyint", 8, true, 3}, {"usmallint", 16, true, 5}, {"uinteger", 32, true, 10}, {"ubigint", 64, true, 20},
};

const WholeType *WholeTypeOf(const ColumnFacts &facts)
{
	for (const WholeType &type : kWholeTypes)
		if (Is(facts.data_type, type.name))
			return &type;
	return nullptr;
}

bool IsDecimal(const ColumnFacts &facts)
{
	return strncmp(facts.data_type, "decimal(", 8) == 0;
}

// The digits before and after the point of numeric(p,s); false when any fit.
bool DigitsOf(int32 typmod, int *whole, int *fraction)
{
	if (typmod < static_cast<int32>(VARHDRSZ))
		return false;
	int32 given = typmod - static_cast<int32>(VARHDRSZ);
	*fraction = ((given & 0x7ff) ^ 1024) - 1024;
	*whole = ((given >> 16) & 0xffff) - *fraction;
	return true;
}

Kind Narrower(const ColumnFacts &facts, const char **reason)
{
	*reason = psprintf("the type %s in the files has values that the local type has not", facts.remote_type);
	return Kind::none;
}

Kind NumericColumn(int32 typmod, const ColumnFacts &facts, int whole, int fraction, const char **reason)
{
	int local_whole;
	int local_fraction;
	if (DigitsOf(typmod, &local_whole, &local_fraction) && (local_whole < whole || local_fraction < fraction))
		return Narrower(facts, reason);
	return Kind::decimal;
}

Kind WholeColumn(Oid type, int32 typmod, const ColumnFacts &facts, const WholeType &whole, const char **reason)
{
	int bits = whole.bits + (whole.is_unsigned ? 1 : 0);
	switch (type)
	{
		case INT2OID:
			return bits <= 16 ? Kind::integer : Narrower(facts, reason);
		case INT4OID:
			return bits <= 32 ? Kind::integer : Narrower(facts, reason);
		case INT8OID:
			return bits <= 64 ? Kind::integer : Narrower(facts, reason);
		case NUMERICOID:
			return NumericColumn(typmod, facts, whole.digits, 0, reason);
		default:
			return Kind::none;
	}
}

// The kind of a moment or time of day, of a type with so many digits of a second.
Kind Timed(Kind kind, int32 digits, const ColumnFacts &facts, const char **reason)
{
	return digits < 0 || digits >= 6 ? kind : Narrower(facts, reason);
}

Kind KindOf(Oid type, int32 typmod, const ColumnFacts &facts, const char **reason)
{
	const char *remote = facts.data_type;
	if (const WholeType *whole = WholeTypeOf(facts))
		return WholeColumn(type, typmod, facts, *whole, reason);
	if (IsDecimal(facts) && type == NUMERICOID)
		return NumericColumn(typmod, facts, facts.precision - facts.scale, facts.scale, reason);
	if (Is(remote, "boolean") && type == BOOLOID)
		return Kind::boolean;
	if (Is(remote, "float") && (type == FLOAT4OID || type == FLOAT8OID))
		return type == FLOAT4OID ? Kind::float4 : Kind::float8;
	if (Is(remote, "double") && type == FLOAT8OID)
		return Kind::float8;
	if (Is(remote, "varchar") && (type == TEXTOID || type == VARCHAROID))
		return typmod < 0 ? Kind::text : Narrower(facts, reason);
	if (Is(remote, "blob") && type == BYTEAOID)
		return Kind::bytes;
	if (Is(remote, "date") && type == DATEOID)
		return Kind::date;
	if (IsOneOf(remote, {"timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"}) && type == TIMESTAMPOID)
		return Timed(Kind::timestamp, typmod, facts, reason);
	if (Is(remote, "timestamp with time zone") && type == TIMESTAMPTZOID)
		return Timed(Kind::timestamptz, typmod, facts, reason);
	if (Is(remote, "time") && type == TIMEOID)
		return Timed(Kind::time, typmod, facts, reason);
	if (Is(remote, "uuid") && type == UUIDOID)
		return Kind::uuid;
	return Kind::none;
}

} // namespace

Kind ObjectStoreDialect::ColumnKind(Oid type, int32 typmod, const ColumnFacts &facts, ZeroDates,
									const char **reason) const
{
	*reason = nullptr;
	Kind kind = KindOf(type, typmod, facts, reason);
	if (kind == Kind::none && *reason == nullptr)
		*reason = psprintf("values of the type %s in the files become %s here", facts.remote_type,
						   format_type_with_typemod(type, typmod));
	return kind;
}

void AppendMicroseconds(StringInfo out, const char *expression, const char *column_name)
{
	appendStringInfo(out, "fabric_timestamp(%s, ", expression);
	AppendString(out, pg::ToUtf8(column_name));
	appendStringInfoChar(out, ')');
}

void ObjectStoreDialect::AppendColumn(StringInfo out, const ColumnReference &column, Form form) const
{
	const ColumnFacts &facts = *column.facts;
	StringInfoData buffer;
	initStringInfo(&buffer);
	AppendName(&buffer, facts.name, column.alias);
	const char *name = buffer.data;
	switch (column.kind)
	{
		case Kind::integer:
			if (form == Form::value && !Is(facts.data_type, "bigint") && !Mutated("small_integers_added"))
				appendStringInfo(out, "CAST(%s AS BIGINT)", name);
			else
				appendStringInfoString(out, name);
			return;
		case Kind::decimal:
			if (form == Form::value && !IsDecimal(facts))
				AppendExactWhole(out, name, WholeTypeOf(facts)->digits);
			else
				appendStringInfoString(out, name);
			return;
		case Kind::float4:
		case Kind::float8:
			// NaN is above every number here, and not among the least and greatest values that a file's footer tells.
			if (column.kind == Kind::float8 && Is(facts.data_type, "float"))
				name = psprintf("CAST(%s AS DOUBLE)", name);
			appendStringInfo(out, Mutated("float_statistics_believed") ? "%s" : "fabric_unpruned(%s)", name);
			return;
		case Kind::timestamp:
			if (Is(facts.data_type, "timestamp"))
				appendStringInfoString(out, name);
			else if (form == Form::plain || !Is(facts.data_type, "timestamp_ns"))
				appendStringInfo(out, "CAST(%s AS TIMESTAMP)", name);
			else
				AppendMicroseconds(out, name, facts.name);
			return;
		default:
			appendStringInfoString(out, name);
	}
}

// Where nanoseconds are looked at, the statistics of a file are of no use; so the condition is there without that as well.
bool ObjectStoreDialect::PlainIsSuperset(const ColumnReference &column, Repertoire) const
{
	return column.kind == Kind::timestamp && Is(column.facts->data_type, "timestamp_ns");
}

bool ObjectStoreDialect::ColumnBounds(const ColumnReference &column, Bounds *out) const
{
	*out = Bounds{};
	const ColumnFacts &facts = *column.facts;
	const WholeType *whole = WholeTypeOf(facts);
	if (column.kind == Kind::integer)
	{
		out->known = out->integral = true;
		constexpr __int128 kOne = 1;
		out->low = whole->is_unsigned ? 0 : -(kOne << (whole->bits - 1));
		out->high = whole->is_unsigned ? (kOne << whole->bits) - 1 : (kOne << (whole->bits - 1)) - 1;
		return true;
	}
	if (column.kind != Kind::decimal)
		return false;
	out->known = true;
	out->whole_digits = whole != nullptr ? whole->digits : facts.precision - facts.scale;
	out->fraction_digits = whole != nullptr ? 0 : facts.scale;
	return true;
}

} // namespace fabric::fdw::objectstore
