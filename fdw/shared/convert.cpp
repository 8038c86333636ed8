// From text cells to Datums. Direct parsers for the common types; nothing allocated for those passed by value.
// What does not fit is an error that names the column; nothing is clipped or cut.
#include <cmath>

#include "core/parse.hpp"

#include "pg/postgres.hpp"

#include "fdw/shared/convert.hpp"
#include "fdw/shared/place.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
#include <utils/array.h>
#include <utils/date.h>
#include <utils/float.h>
#include <utils/numeric.h>
#include <utils/timestamp.h>
#include <utils/varbit.h>
}

namespace fabric::fdw
{

namespace
{

using core::ParseError;

constexpr int kShownValue = 100; // bytes of a bad value shown in a message

[[noreturn]] void RaiseBadValue(const ColumnConverter &column, const FabricCell &cell, ParseError problem)
{
	int shown = static_cast<int>(Min(cell.size, static_cast<size_t>(kShownValue)));
	char *value = pnstrdup(cell.data, shown);
	// The value may be anything: only what is printable ASCII is shown as it is.
	for (char *at = value; *at != '\0'; ++at)
		if (*at < ' ' || *at > '~')
			*at = '?';
	bool range = problem == ParseError::range;
	const char *place = PlaceOf(column, cell);
	ereport(ERROR, (errcode(range ? ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE : ERRCODE_INVALID_TEXT_REPRESENTATION),
					errmsg(range ? "value \"%s\" of column \"%s\" of foreign table \"%s\" is out of range for type %s"
								 : "value \"%s\" of column \"%s\" of foreign table \"%s\" is not of type %s",
						   value, column.column, column.table, format_type_with_typemod(column.type, column.typmod)),
					PlaceDetail(place),
					errhint("The column's type may differ from the remote one: compare, or import the table again.")));
	pg_unreachable();
}

[[noreturn]] void RaiseZeroDate(const ColumnConverter &column, const FabricCell &cell)
{
	ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
					errmsg("value \"%.*s\" of column \"%s\" of foreign table \"%s\" is no date",
						   static_cast<int>(Min(cell.size, static_cast<size_t>(kShownValue))), cell.data, column.column,
						   column.table),
					errhint("Set the server option zero_dates to 'null' or '-infinity' to read such values.")));
	pg_unreachable();
}

[[noreturn]] void RaiseBadText(const ColumnConverter &column, const FabricCell &cell)
{
	bool holds_nul = memchr(cell.data, '\0', cell.size) != nullptr;
	const char *place = PlaceOf(column, cell);
	if (holds_nul)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("a value of column \"%s\" of foreign table \"%s\" holds a NUL byte, which no text has in "
						"PostgreSQL",
						column.column, column.table),
				 PlaceDetail(place), errhint("Give the column the type bytea to read such values.")));
	ereport(ERROR,
			(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
			 errmsg("a value of column \"%s\" of foreign table \"%s\" is not valid UTF-8", column.column, column.table),
			 PlaceDetail(place), errhint("Give the column the type bytea to read such values.")));
	pg_unreachable();
}

Datum CallInput(const ColumnConverter &column, const FabricCell &cell, char *text)
{
	return CallForValue(
		column, cell, [&]
		{ return InputFunctionCall(const_cast<FmgrInfo *>(&column.input), text, column.input_param, column.typmod); });
}

// The text of a cell in the database's encoding; *size is its length. Not NUL-terminated when nothing was converted.
const char *ToServer(const ColumnConverter &column, const FabricCell &cell, size_t *size)
{
	if (unlikely(cell.size >= MaxAllocSize - VARHDRSZ))
		RaiseTooLarge(column, cell);
	int length = static_cast<int>(cell.size);
	if (likely(GetDatabaseEncoding() == PG_UTF8))
	{
		if (unlikely(!pg_verify_mbstr(PG_UTF8, cell.data, length, true)))
			RaiseBadText(column, cell);
		*size = cell.size;
		return cell.data;
	}
	const char *converted = DatumGetCString(
		CallForValue(column, cell, [&] { return CStringGetDatum(pg_any_to_server(cell.data, length, PG_UTF8)); }));
	*size = converted == cell.data ? cell.size : strlen(converted);
	return converted;
}

template <typename Integer, ParseError (*Parse)(const char *, std::size_t, Integer *) noexcept>
bool ParseInteger(const ColumnConverter &column, const FabricCell &cell, Integer *value)
{
	ParseError problem = Parse(cell.data, cell.size, value);
	if (unlikely(problem != ParseError::ok))
		RaiseBadValue(column, cell, problem);
	return true;
}

Datum ConvertInt2(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	int16 value;
	ParseInteger<int16, core::parse_int16>(column, cell, &value);
	return Int16GetDatum(value);
}

Datum ConvertInt4(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	int32 value;
	ParseInteger<int32, core::parse_int32>(column, cell, &value);
	return Int32GetDatum(value);
}

Datum ConvertInt8(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	int64_t value;
	ParseInteger<int64_t, core::parse_int64>(column, cell, &value);
	return Int64GetDatum(value);
}

// R16: every number but zero is true. BIT(1) arrives as a raw byte.
Datum ConvertBool(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	if (cell.size == 1 && (cell.data[0] == '\0' || cell.data[0] == '\1'))
		return BoolGetDatum(cell.data[0] != '\0');
	int64_t value;
	ParseInteger<int64_t, core::parse_int64>(column, cell, &value);
	return BoolGetDatum(value != 0);
}

Datum ConvertFloat8(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	double value;
	ParseError problem = core::parse_double(cell.data, cell.size, &value);
	if (unlikely(problem != ParseError::ok))
		RaiseBadValue(column, cell, problem);
	return Float8GetDatum(value);
}

// R12: FLOAT is selected as a double, so that all its digits come.
Datum ConvertFloat4(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	double value;
	ParseError problem = core::parse_double(cell.data, cell.size, &value);
	if (unlikely(problem != ParseError::ok))
		RaiseBadValue(column, cell, problem);
	float narrow = static_cast<float>(value);
	if (unlikely(std::isinf(narrow) || (narrow == 0.0f && value != 0.0)))
		RaiseBadValue(column, cell, ParseError::range);
	return Float4GetDatum(narrow);
}

} // namespace

Datum ConvertByInput(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	size_t size;
	const char *text = ToServer(column, cell, &size);
	return CallInput(column, cell, pnstrdup(text, size));
}

namespace
{

// The digits after the point of numeric(p,s); negative scales round whole digits.
int ScaleOf(int32 typmod)
{
	return ((((typmod - static_cast<int32>(VARHDRSZ)) & 0x7ff) ^ 1024) - 1024);
}

// Digits need no encoding check; short ones need no allocation. The type's input would round to its scale: digits that it
// would drop are an error.
Datum ConvertNumeric(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	char text[96];
	if (unlikely(cell.size >= sizeof text))
		RaiseBadValue(column, cell, ParseError::syntax);
	memcpy(text, cell.data, cell.size);
	text[cell.size] = '\0';
	if (column.typmod >= static_cast<int32>(VARHDRSZ))
	{
		const char *point = static_cast<const char *>(memchr(text, '.', cell.size));
		const char *end = text + cell.size;
		while (point != nullptr && end[-1] == '0')
			--end;
		if (unlikely(point != nullptr && end - point - 1 > Max(ScaleOf(column.typmod), 0)))
			RaiseBadValue(column, cell, ParseError::range);
	}
	return CallInput(column, cell, text);
}

// text and varchar without a limit
Datum ConvertText(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	size_t size;
	const char *text = ToServer(column, cell, &size);
	return PointerGetDatum(cstring_to_text_with_len(text, static_cast<int>(size)));
}

// varchar(n): a longer value is an error, also when what is too long are blanks.
Datum ConvertVarchar(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	size_t size;
	const char *text = ToServer(column, cell, &size);
	size_t limit = static_cast<size_t>(column.typmod - VARHDRSZ);
	if (size > limit && static_cast<size_t>(pg_mbstrlen_with_len(text, static_cast<int>(size))) > limit)
	{
		const char *place = PlaceOf(column, cell);
		ereport(ERROR, (errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION),
						errmsg("value of column \"%s\" of foreign table \"%s\" is too long for %s", column.column,
							   column.table, format_type_with_typemod(column.type, column.typmod)),
						PlaceDetail(place)));
	}
	return PointerGetDatum(cstring_to_text_with_len(text, static_cast<int>(size)));
}

Datum ConvertBytea(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	if (unlikely(cell.size >= MaxAllocSize - VARHDRSZ))
		RaiseTooLarge(column, cell);
	return PointerGetDatum(cstring_to_text_with_len(cell.data, static_cast<int>(cell.size)));
}

// What a zero date becomes; for `error` it does not return.
bool ZeroDateBecomesNull(const ColumnConverter &column, const FabricCell &cell)
{
	if (column.zero_dates == ZeroDates::error)
		RaiseZeroDate(column, cell);
	return column.zero_dates == ZeroDates::null;
}

Datum ConvertDate(const ColumnConverter &column, const FabricCell &cell, bool *isnull)
{
	int32_t days;
	ParseError problem = core::parse_date(cell.data, cell.size, &days);
	if (likely(problem == ParseError::ok))
		return DateADTGetDatum(days);
	if (problem != ParseError::zero && problem != ParseError::incomplete)
		RaiseBadValue(column, cell, problem);
	*isnull = ZeroDateBecomesNull(column, cell);
	return *isnull ? static_cast<Datum>(0) : DateADTGetDatum(DATEVAL_NOBEGIN);
}

// Raises for a fraction with more digits than the type keeps: rounding would lose something in silence.
void CheckFraction(const ColumnConverter &column, const FabricCell &cell, int64 microseconds, int32 digits)
{
	static constexpr int64 kUnits[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
	if (unlikely(digits >= 0 && digits < 6 && microseconds % kUnits[digits] != 0))
		RaiseBadValue(column, cell, ParseError::range);
}

Datum ConvertTimestamp(const ColumnConverter &column, const FabricCell &cell, bool *isnull)
{
	int64_t moment;
	ParseError problem = core::parse_datetime(cell.data, cell.size, &moment);
	if (unlikely(problem == ParseError::syntax) && column.type == TIMESTAMPOID)
	{
		// A remote date is its midnight.
		int32_t days;
		problem = core::parse_date(cell.data, cell.size, &days);
		moment = problem == ParseError::ok ? days * USECS_PER_DAY : 0;
	}
	if (likely(problem == ParseError::ok))
	{
		CheckFraction(column, cell, moment, column.typmod);
		return TimestampGetDatum(moment);
	}
	if (problem != ParseError::zero && problem != ParseError::incomplete)
		RaiseBadValue(column, cell, problem);
	*isnull = ZeroDateBecomesNull(column, cell);
	return *isnull ? static_cast<Datum>(0) : TimestampGetDatum(DT_NOBEGIN);
}

int64_t ParseTime(const ColumnConverter &column, const FabricCell &cell)
{
	int64_t span;
	ParseError problem = core::parse_time(cell.data, cell.size, &span);
	if (unlikely(problem != ParseError::ok))
		RaiseBadValue(column, cell, problem);
	return span;
}

Datum ConvertInterval(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	Interval *interval = static_cast<Interval *>(palloc0(sizeof(Interval)));
	int32 digits = column.typmod >= 0 ? INTERVAL_PRECISION(column.typmod) : 6;
	interval->time = ParseTime(column, cell);
	CheckFraction(column, cell, interval->time, digits);
	return IntervalPGetDatum(interval);
}

Datum ConvertTime(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	int64_t span = ParseTime(column, cell);
	CheckFraction(column, cell, span, column.typmod);
	if (span < 0 || span > USECS_PER_DAY)
		RaiseBadValue(column, cell, ParseError::range);
	return TimeADTGetDatum(span);
}

// BIT(n): raw bytes, the highest first.
Datum ConvertBit(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	int bits = column.typmod > 0 ? column.typmod : 1;
	uint64_t value;
	if (column.type == VARBITOID && column.typmod <= 0)
		bits = static_cast<int>(Min(cell.size, static_cast<size_t>(8)) * 8);
	if (bits > 64)
		RaiseBadValue(column, cell, ParseError::range);
	ParseError problem = core::parse_bit(cell.data, cell.size, static_cast<unsigned>(bits), &value);
	if (problem != ParseError::ok)
		RaiseBadValue(column, cell, problem);
	int size = VARBITTOTALLEN(bits);
	VarBit *result = static_cast<VarBit *>(palloc0(static_cast<size_t>(size)));
	SET_VARSIZE(result, size);
	VARBITLEN(result) = bits;
	uint64_t left_aligned = value << (64 - bits);
	for (int i = 0; i < (bits + 7) / 8; ++i)
		VARBITS(result)[i] = static_cast<bits8>(left_aligned >> (56 - 8 * i));
	return VarBitPGetDatum(result);
}

// SET as text[]: its members hold no commas.
Datum ConvertSet(const ColumnConverter &column, const FabricCell &cell, bool *)
{
	size_t size;
	const char *text = ToServer(column, cell, &size);
	if (size == 0)
		return PointerGetDatum(construct_empty_array(TEXTOID));
	int count = 1;
	for (size_t i = 0; i < size; ++i)
		count += text[i] == ',';
	Datum *members = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<size_t>(count)));
	const char *at = text;
	for (int i = 0; i < count; ++i)
	{
		const char *comma = static_cast<const char *>(memchr(at, ',', static_cast<size_t>(text + size - at)));
		const char *end = comma != nullptr ? comma : text + size;
		members[i] = PointerGetDatum(cstring_to_text_with_len(at, static_cast<int>(end - at)));
		at = end + 1;
	}
	return PointerGetDatum(construct_array(members, count, TEXTOID, -1, false, TYPALIGN_INT));
}

ConvertFunction ConverterOf(Oid type, int32 typmod)
{
	switch (type)
	{
		case BOOLOID:
			return ConvertBool;
		case INT2OID:
			return ConvertInt2;
		case INT4OID:
			return ConvertInt4;
		case INT8OID:
			return ConvertInt8;
		case FLOAT4OID:
			return ConvertFloat4;
		case FLOAT8OID:
			return ConvertFloat8;
		case NUMERICOID:
			return ConvertNumeric;
		case TEXTOID:
			return ConvertText;
		case VARCHAROID:
			return typmod >= static_cast<int32>(VARHDRSZ) ? ConvertVarchar : ConvertText;
		case BYTEAOID:
			return ConvertBytea;
		case DATEOID:
			return ConvertDate;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return ConvertTimestamp;
		case INTERVALOID:
			return ConvertInterval;
		case TIMEOID:
			return ConvertTime;
		case BITOID:
		case VARBITOID:
			return ConvertBit;
		case TEXTARRAYOID:
			return ConvertSet;
		default:
			return ConvertByInput;
	}
}

} // namespace

void PrepareConverter(ColumnConverter *converter, AttrNumber attnum, Oid type, int32 typmod, ZeroDates zero_dates,
					  const char *column, const char *table)
{
	// A domain is read as its base type, then its own input checks the constraints.
	converter->attnum = attnum;
	converter->type = type;
	converter->typmod = typmod;
	converter->zero_dates = zero_dates;
	converter->column = column;
	converter->table = table;
	converter->convert = ConverterOf(type, typmod);
	Oid input;
	getTypeInputInfo(type, &input, &converter->input_param);
	fmgr_info(input, &converter->input);
}

} // namespace fabric::fdw
