// From cells out of chunks to Datums: the values of Arrow vectors. What does not fit is an error that names the column.
#include <limits>

#include "core/parse.hpp"

#include "pg/compat.hpp"
#include "pg/memory.hpp"

#include "fdw/shared/convert.hpp"
#include "fdw/shared/place.hpp"

extern "C"
{
#include <catalog/pg_type.h>
#include <datatype/timestamp.h>
#include <mb/pg_wchar.h>
#include <utils/array.h>
#include <utils/builtins.h>
#include <utils/date.h>
#include <utils/lsyscache.h>
#include <utils/numeric.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

namespace
{

template <typename Value>
Value Raw(const FabricCell &cell)
{
	Value value;
	memcpy(&value, cell.data, sizeof value);
	return value;
}

[[noreturn]] void RaiseOutOfRange(const ColumnConverter &column, const FabricCell &cell, const char *value)
{
	const char *place = PlaceOf(column, cell);
	ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					errmsg("value %s of column \"%s\" of foreign table \"%s\" is out of range for type %s", value,
						   column.column, column.table, format_type_with_typemod(column.type, column.typmod)),
					PlaceDetail(place),
					errhint("The column's type may differ from that of the file: compare, or make the table again.")));
	pg_unreachable();
}

[[noreturn]] void RaiseTooFine(const ColumnConverter &column, const FabricCell &cell)
{
	const char *place = PlaceOf(column, cell);
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("a value of column \"%s\" of foreign table \"%s\" has more digits of a second than type %s keeps",
					column.column, column.table, format_type_with_typemod(column.type, column.typmod)),
			 PlaceDetail(place)));
	pg_unreachable();
}

[[noreturn]] void RaiseNoMoment(const ColumnConverter &column, const FabricCell &cell)
{
	const char *place = PlaceOf(column, cell);
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					errmsg("a value of column \"%s\" of foreign table \"%s\" is out of range for type %s",
						   column.column, column.table, format_type_with_typemod(column.type, column.typmod)),
					PlaceDetail(place)));
	pg_unreachable();
}

// ---- numbers ----

char *ShowWhole(__int128 value)
{
	char digits[48];
	int at = sizeof digits;
	digits[--at] = '\0';
	bool negative = value < 0;
	unsigned __int128 rest = negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
	do
		digits[--at] = static_cast<char>('0' + static_cast<int>(rest % 10));
	while ((rest /= 10) > 0);
	if (negative)
		digits[--at] = '-';
	return pstrdup(digits + at);
}

Datum WholeDatum(const ColumnConverter &column, const FabricCell &cell, __int128 value)
{
	int64 low = PG_INT64_MIN;
	int64 high = PG_INT64_MAX;
	if (column.type == INT2OID)
		low = PG_INT16_MIN, high = PG_INT16_MAX;
	else if (column.type == INT4OID)
		low = PG_INT32_MIN, high = PG_INT32_MAX;
	else if (column.type == OIDOID)
		low = 0, high = PG_UINT32_MAX;
	if (unlikely(value < low || value > high))
		RaiseOutOfRange(column, cell, ShowWhole(value));
	switch (column.type)
	{
		case INT2OID:
			return Int16GetDatum(static_cast<int16>(value));
		case INT4OID:
			return Int32GetDatum(static_cast<int32>(value));
		case OIDOID:
			return ObjectIdGetDatum(static_cast<Oid>(value));
		default:
			return Int64GetDatum(static_cast<int64>(value));
	}
}

// Where every value of the one type is one of the other.
template <typename From, typename To, Datum (*Make)(To)>
Datum ConvertWidened(const ColumnConverter &, const FabricCell &cell, bool *)
{
	return Make(static_cast<To>(Raw<From>(cell)));
}

Datum MakeInt2(int16 value)
{
	return Int16GetDatum(value);
}

Datum MakeInt4(int32 value)
{
	return Int32GetDatum(value);
}

Datum MakeInt8(int64 value)
{
	return Int64GetDatum(value);
}

template <typename From>
Datum ConvertWhole(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	return WholeDatum(column, cell, Raw<From>(cell));
}

// The digits of a decimal, with its point.
char *ShowDecimal(__int128 value, int scale)
{
	const char *digits = ShowWhole(value);
	if (scale <= 0)
		return const_cast<char *>(digits);
	StringInfoData out;
	initStringInfo(&out);
	if (*digits == '-')
		appendStringInfoChar(&out, *digits++);
	int count = static_cast<int>(strlen(digits));
	int whole = Max(count - scale, 0);
	appendBinaryStringInfo(&out, digits, whole);
	appendStringInfoString(&out, whole == 0 ? "0." : ".");
	for (int i = count; i < scale; ++i)
		appendStringInfoChar(&out, '0');
	appendStringInfoString(&out, digits + whole);
	return out.data;
}

Numeric MakeNumeric(__int128 value, int scale)
{
	if (likely(value >= PG_INT64_MIN && value <= PG_INT64_MAX))
	{
		int64 whole = static_cast<int64>(value);
		return scale == 0 ? int64_to_numeric(whole) : int64_div_fast_to_numeric(whole, scale);
	}
	return DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(ShowDecimal(value, scale)),
											   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
}

// numeric(p,s): digits that it would drop are an error, as are too many.
Datum FitNumeric(const ColumnConverter &column, const FabricCell &cell, Numeric value)
{
	if (column.typmod < static_cast<int32>(VARHDRSZ))
		return NumericGetDatum(value);
	Datum fitted =
		CallForValue(column, cell, [&]
					 { return DirectFunctionCall2(numeric, NumericGetDatum(value), Int32GetDatum(column.typmod)); });
	if (DatumGetInt32(DirectFunctionCall2(numeric_cmp, fitted, NumericGetDatum(value))) != 0)
		RaiseOutOfRange(column, cell, DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value))));
	return fitted;
}

template <typename From>
Datum ConvertWholeToNumeric(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	return FitNumeric(column, cell, MakeNumeric(Raw<From>(cell), 0));
}

// Of the same precision and scale as the type, or a type without.
Datum ConvertDecimal(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	return NumericGetDatum(MakeNumeric(Raw<__int128>(cell), column.scale));
}

Datum ConvertOtherDecimal(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	return FitNumeric(column, cell, MakeNumeric(Raw<__int128>(cell), column.scale));
}

Datum ConvertFloat4(const ColumnConverter &, const FabricCell &cell, bool *)
{
	return Float4GetDatum(Raw<float>(cell));
}

Datum ConvertFloat8(const ColumnConverter &, const FabricCell &cell, bool *)
{
	return Float8GetDatum(Raw<double>(cell));
}

Datum ConvertWidenedFloat(const ColumnConverter &, const FabricCell &cell, bool *)
{
	return Float8GetDatum(static_cast<double>(Raw<float>(cell)));
}

Datum ConvertBool(const ColumnConverter &, const FabricCell &cell, bool *)
{
	return BoolGetDatum(cell.data[0] != 0);
}

Datum ConvertBytes(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	if (unlikely(cell.size >= MaxAllocSize - VARHDRSZ))
		RaiseTooLarge(column, cell);
	return PointerGetDatum(cstring_to_text_with_len(cell.data, static_cast<int>(cell.size)));
}

// ---- time ----

constexpr int64 kEpochDays = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;

// The greatest and the least number but one say infinity, in days and in all units of a moment.
Datum ConvertDate(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	int32 days = Raw<int32>(cell);
	if (unlikely(days == PG_INT32_MAX))
		return DateADTGetDatum(DATEVAL_NOEND);
	if (unlikely(days == -PG_INT32_MAX))
		return DateADTGetDatum(DATEVAL_NOBEGIN);
	int64 ours = static_cast<int64>(days) - kEpochDays;
	if (unlikely(ours < PG_INT32_MIN || !IS_VALID_DATE(static_cast<DateADT>(ours))))
		RaiseNoMoment(column, cell);
	return DateADTGetDatum(static_cast<DateADT>(ours));
}

// A number in some unit as microseconds.
int64 Microseconds(const ColumnConverter &column, const FabricCell &cell, int64 value)
{
	if (column.units_per_second > USECS_PER_SEC)
	{
		int64 finer = column.units_per_second / USECS_PER_SEC;
		if (unlikely(value % finer != 0))
			RaiseTooFine(column, cell);
		return value / finer;
	}
	int64 result;
	if (unlikely(__builtin_mul_overflow(value, USECS_PER_SEC / column.units_per_second, &result)))
		RaiseNoMoment(column, cell);
	return result;
}

void CheckDigits(const ColumnConverter &column, const FabricCell &cell, int64 microseconds, int32 digits)
{
	static constexpr int64 kUnits[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
	if (unlikely(digits >= 0 && digits < 6 && microseconds % kUnits[digits] != 0))
		RaiseTooFine(column, cell);
}

Datum ConvertMoment(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	int64 value = Raw<int64>(cell);
	if (unlikely(value == PG_INT64_MAX))
		return TimestampGetDatum(DT_NOEND);
	if (unlikely(value == -PG_INT64_MAX))
		return TimestampGetDatum(DT_NOBEGIN);
	int64 moment;
	if (unlikely(__builtin_sub_overflow(Microseconds(column, cell, value), kEpochDays * USECS_PER_DAY, &moment) ||
				 !IS_VALID_TIMESTAMP(moment)))
		RaiseNoMoment(column, cell);
	CheckDigits(column, cell, moment, column.typmod);
	return TimestampGetDatum(moment);
}

Datum ConvertTime(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	int64 span = Microseconds(column, cell, Raw<int64>(cell));
	if (unlikely(span < 0 || span > USECS_PER_DAY))
		RaiseNoMoment(column, cell);
	CheckDigits(column, cell, span, column.typmod);
	return TimeADTGetDatum(span);
}

Datum ConvertInterval(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	Interval *interval = static_cast<Interval *>(palloc0(sizeof(Interval)));
	int64 nanoseconds;
	memcpy(&interval->month, cell.data, 4);
	memcpy(&interval->day, cell.data + 4, 4);
	memcpy(&nanoseconds, cell.data + 8, 8);
	if (unlikely(nanoseconds % 1000 != 0))
		RaiseTooFine(column, cell);
	interval->time = nanoseconds / 1000;
	CheckDigits(column, cell, interval->time, column.typmod >= 0 ? INTERVAL_PRECISION(column.typmod) : 6);
	return IntervalPGetDatum(interval);
}

// ---- texts of moments ----

[[noreturn]] void RaiseNotWhole(const ColumnConverter &column, const char *value)
{
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					errmsg("value \"%s\" of column \"%s\" of foreign table \"%s\" has more than type %s keeps", value,
						   column.column, column.table, format_type_with_typemod(column.type, column.typmod))));
	pg_unreachable();
}

// What a text says by a pattern, as the column's type. Nothing of it is dropped.
Datum MomentByPattern(const ColumnConverter &column, const char *pattern, const char *value)
{
	Oid type;
	int zone = 0;
	Datum moment = pg::compat::ParseDatetime(cstring_to_text(value), cstring_to_text(pattern), &type, &zone);
	if (type == column.type)
		return moment;
	if (type == DATEOID)
		return DirectFunctionCall1(column.type == TIMESTAMPOID ? date_timestamp : date_timestamptz, moment);
	if (type == TIMESTAMPOID && column.type == TIMESTAMPTZOID)
		return DirectFunctionCall1(timestamp_timestamptz, moment);
	if (type == TIMESTAMPOID && column.type == DATEOID)
	{
		Datum date = DirectFunctionCall1(timestamp_date, moment);
		if (DatumGetTimestamp(DirectFunctionCall1(date_timestamp, date)) != DatumGetTimestamp(moment))
			RaiseNotWhole(column, value);
		return date;
	}
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("the format \"%s\" gives no value of type %s for column \"%s\" of foreign table \"%s\"", pattern,
					format_type_with_typemod(column.type, column.typmod), column.column, column.table)));
	pg_unreachable();
}

// As the type's input reads it, or by the pattern that it comes with.
Datum ConvertDated(const ColumnConverter &column, const FabricCell &cell, bool *isnull)
{
	bool by_pattern = cell.size > 0 && cell.data[0] == kFormatMark;
	// A NUL byte is an error there.
	if (!by_pattern || memchr(cell.data, '\0', cell.size) != nullptr)
		return ConvertByInput(column, cell, isnull);
	char *text = pg_any_to_server(pnstrdup(cell.data, cell.size), static_cast<int>(cell.size), PG_UTF8);
	char *value = strchr(text + 1, kFormatMark);
	*value++ = '\0';
	Datum moment = CallForValue(column, cell, [&] { return MomentByPattern(column, text + 1, value); });
	if (column.type != DATEOID)
		CheckDigits(column, cell, DatumGetTimestamp(moment), column.typmod);
	return moment;
}

// ---- texts of whole numbers ----

// Digits alone; whatever else is one for the type, and what is none, is its input's affair.
template <typename Integer, auto Parse, Datum (*Make)(Integer)>
Datum ConvertDigits(const ColumnConverter &column, const FabricCell &cell, bool *isnull)
{
	Integer value;
	if (likely(Parse(cell.data, cell.size, &value) == core::ParseError::ok))
		return Make(value);
	return ConvertByInput(column, cell, isnull);
}

// ---- lists ----

Datum ConvertList(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	const ColumnConverter &element = *column.element;
	int count = 0;
	FabricCell value;
	for (const char *at = cell.data; ReadListElement(cell, &at, &value);)
		++count;
	if (count == 0)
		return PointerGetDatum(construct_empty_array(element.type));
	Datum *values = static_cast<Datum *>(palloc0(sizeof(Datum) * static_cast<size_t>(count)));
	bool *nulls = static_cast<bool *>(palloc(sizeof(bool) * static_cast<size_t>(count)));
	const char *at = cell.data;
	for (int i = 0; i < count; ++i)
	{
		(void)ReadListElement(cell, &at, &value);
		nulls[i] = value.data == nullptr;
		if (!nulls[i])
			values[i] = element.convert(element, value, &nulls[i]);
	}
	int16 length;
	bool by_value;
	char align;
	get_typlenbyvalalign(element.type, &length, &by_value, &align);
	int lower = 1;
	return PointerGetDatum(construct_md_array(values, nulls, 1, &count, &lower, element.type, length, by_value, align));
}

// ---- choosing ----

template <typename From>
ConvertFunction WholeConverter(const ColumnConverter &column)
{
	using Limits = std::numeric_limits<From>;
	constexpr __int128 low = Limits::min();
	constexpr __int128 high = Limits::max();
	switch (column.type)
	{
		case INT2OID:
			return low >= PG_INT16_MIN && high <= PG_INT16_MAX ? ConvertWidened<From, int16, MakeInt2>
															   : ConvertWhole<From>;
		case INT4OID:
			return low >= PG_INT32_MIN && high <= PG_INT32_MAX ? ConvertWidened<From, int32, MakeInt4>
															   : ConvertWhole<From>;
		case INT8OID:
			return low >= PG_INT64_MIN && high <= PG_INT64_MAX ? ConvertWidened<From, int64, MakeInt8>
															   : ConvertWhole<From>;
		case OIDOID: // tableoid, which the statement has as a number
			return ConvertWhole<From>;
		case NUMERICOID:
			return ConvertWholeToNumeric<From>;
		default:
			return nullptr;
	}
}

ConvertFunction DecimalConverter(const ColumnConverter &column, const WireColumn &wire)
{
	if (column.type == NUMERICOID)
	{
		int32 same = ((wire.precision << 16) | (wire.scale & 0x7ff)) + static_cast<int32>(VARHDRSZ);
		return column.typmod < static_cast<int32>(VARHDRSZ) || column.typmod == same ? ConvertDecimal
																					 : ConvertOtherDecimal;
	}
	if (wire.scale == 0 && (column.type == INT2OID || column.type == INT4OID || column.type == INT8OID))
		return ConvertWhole<__int128>;
	return nullptr;
}

ConvertFunction ListConverter(ColumnConverter *column, const WireColumn &wire)
{
	Oid element_type = get_element_type(column->type);
	if (!OidIsValid(element_type))
		return nullptr;
	ColumnConverter *element = pg::make_plain<ColumnConverter>();
	PrepareConverter(element, column->attnum, element_type, column->typmod, column->zero_dates, column->column,
					 column->table);
	if (wire.element->wire == Wire::list || !AdaptConverter(element, *wire.element))
		return nullptr;
	element->context = column->context;
	element->varno = column->varno;
	element->varattno = column->varattno;
	element->is_element = true;
	column->element = element;
	return ConvertList;
}

// Whoever wrote the text wrote it for people: it is read as COPY reads it, but without dropping digits.
ConvertFunction TextConverter(const ColumnConverter &column)
{
	switch (column.type)
	{
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return ConvertDated;
		case INT2OID:
			return ConvertDigits<int16, core::parse_int16, MakeInt2>;
		case INT4OID:
			return ConvertDigits<int32, core::parse_int32, MakeInt4>;
		case INT8OID:
			return ConvertDigits<int64, core::parse_int64, MakeInt8>;
		case TEXTOID:
		case VARCHAROID:
		case NUMERICOID:
			return column.convert;
		default:
			return ConvertByInput;
	}
}

ConvertFunction ConverterFor(ColumnConverter *column, const WireColumn &wire)
{
	Oid type = column->type;
	switch (wire.wire)
	{
		case Wire::text:
			return TextConverter(*column);
		case Wire::nothing:
			return column->convert; // there are no values
		case Wire::boolean:
			return type == BOOLOID ? ConvertBool : nullptr;
		case Wire::int8:
			return WholeConverter<int8_t>(*column);
		case Wire::int16:
			return WholeConverter<int16>(*column);
		case Wire::int32:
			return WholeConverter<int32>(*column);
		case Wire::int64:
			return WholeConverter<int64>(*column);
		case Wire::uint8:
			return WholeConverter<uint8_t>(*column);
		case Wire::uint16:
			return WholeConverter<uint16>(*column);
		case Wire::uint32:
			return WholeConverter<uint32>(*column);
		case Wire::uint64:
			return WholeConverter<uint64>(*column);
		case Wire::float4:
			return type == FLOAT4OID ? ConvertFloat4 : type == FLOAT8OID ? ConvertWidenedFloat : nullptr;
		case Wire::float8:
			return type == FLOAT8OID ? ConvertFloat8 : nullptr;
		case Wire::decimal:
			return DecimalConverter(*column, wire);
		case Wire::bytes:
			return type == BYTEAOID ? ConvertBytes : nullptr;
		case Wire::date:
			return type == DATEOID ? ConvertDate : nullptr;
		case Wire::time:
			return type == TIMEOID ? ConvertTime : nullptr;
		case Wire::timestamp:
			return type == TIMESTAMPOID ? ConvertMoment : nullptr;
		case Wire::timestamptz:
			return type == TIMESTAMPTZOID ? ConvertMoment : nullptr;
		case Wire::interval:
			return type == INTERVALOID ? ConvertInterval : nullptr;
		case Wire::list:
			return ListConverter(column, wire);
		case Wire::unknown:
			break;
	}
	return nullptr;
}

} // namespace

bool AdaptConverter(ColumnConverter *converter, const WireColumn &wire)
{
	converter->scale = wire.scale;
	converter->units_per_second = wire.units_per_second;
	ConvertFunction convert = ConverterFor(converter, wire);
	if (convert == nullptr)
		return false;
	converter->convert = convert;
	return true;
}

} // namespace fabric::fdw
