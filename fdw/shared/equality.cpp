// Equality that the remote optimizer may look up by an index and propagate: when `=` keeps its meaning, and what is written
// where it does not. See translate_internal.hpp.
//
// Two habits of MariaDB make this room necessary (Dialect::LeavesEqualityToIndex). A column looked up by an index is compared with the constant as the column's
// type stores it, and the comparison itself is left out: i = 5.5 finds 6, a DATETIME(0) finds the second before. And
// a = b AND b = 1 puts 1 into everything that is made of a, so that arithmetic raises for values that no row has.
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <nodes/nodeFuncs.h>
#include <utils/date.h>
#include <utils/timestamp.h>
}

namespace fabric::fdw
{

namespace
{

// Whether a column with so many fraction digits holds a moment or span exactly.
bool HoldsFraction(int digits, int64 microseconds)
{
	int64 unit = 1;
	for (int i = digits; i < 6; ++i)
		unit *= 10;
	return microseconds % unit == 0;
}

// The value, a constant unless `known` is false, is one that the column's type stores unchanged.
bool ColumnHolds(const Dialect &dialect, const ColumnReference &column, Oid type, bool known, Datum value)
{
	switch (column.kind)
	{
		case Kind::decimal:
		{
			Bounds bounds;
			if (!known || type != NUMERICOID || !dialect.ColumnBounds(column, &bounds))
				return false;
			const char *text = DatumGetCString(DirectFunctionCall1(numeric_out, value));
			const char *digits = text[0] == '-' ? text + 1 : text;
			size_t whole = strcspn(digits, ".");
			size_t fraction = digits[whole] == '.' ? strlen(digits + whole + 1) : 0;
			return static_cast<int>(whole) <= bounds.whole_digits &&
				   static_cast<int>(fraction) <= bounds.fraction_digits;
		}
		case Kind::date:
			return type == DATEOID;
		case Kind::timestamp:
		case Kind::timestamptz:
			if (type == DATEOID || column.facts->precision >= 6)
				return true;
			return known && HoldsFraction(column.facts->precision, DatumGetTimestamp(value));
		case Kind::time:
			if (column.facts->precision >= 6)
				return true;
			return known && type == INTERVALOID &&
				   HoldsFraction(column.facts->precision, DatumGetIntervalP(value)->time);
		default:
			return false;
	}
}

// Within the range of the other side: a value beyond it equals nothing, and must not be propagated into arithmetic that was
// proved to fit by that range.
bool WithinBounds(const Bounds &bounds, Oid type, bool known, Datum value)
{
	Bounds range = IntegerBoundsOfType(type);
	if (known)
		range.low = range.high = type == INT2OID   ? DatumGetInt16(value)
								 : type == INT4OID ? DatumGetInt32(value)
												   : DatumGetInt64(value);
	return bounds.known && bounds.integral && range.low >= bounds.low && range.high <= bounds.high;
}

bool IsSound(const Translator *translator, const Operand &operand, Oid type, bool known, Datum value)
{
	switch (translator->dialect->LiteralKind(type))
	{
		case Kind::integer:
			return operand.kind == Kind::integer && WithinBounds(operand.bounds, type, known, value);
		case Kind::text:
		case Kind::bpchar:
		case Kind::bytes:
		case Kind::boolean:
		case Kind::float4:
		case Kind::float8:
			return true; // never left out: exact forms beside the index's, byte strings, inexact numbers
		default:
			return operand.column != nullptr && ColumnHolds(*translator->dialect, *operand.column, type, known, value);
	}
}

bool IsValue(const Operand &operand)
{
	return operand.constant != nullptr || operand.parameter;
}

// Whether this is an equality of two relations that an index may serve.
bool JoinsByIndex(const Translator *translator, const Operand *operands)
{
	const Operand &left = operands[0];
	const Operand &right = operands[1];
	return left.column != nullptr && right.column != nullptr && left.varno != right.varno &&
		   translator->dialect->JoinsByIndex(*left.column, *right.column);
}

} // namespace

const char *EqualityForm(const Translator *translator, List *args, const Operand *operands)
{
	if (!translator->dialect->LeavesEqualityToIndex() || Mutated("equality_left_to_index"))
		return nullptr;
	if (!IsValue(operands[0]) && !IsValue(operands[1]))
		return JoinsByIndex(translator, operands) ? nullptr : "(($c1 = $c2) IS TRUE)";
	int at = IsValue(operands[1]) ? 1 : 0;
	const Operand &value = operands[at];
	const Const *constant = value.constant;
	bool known = constant != nullptr && !constant->constisnull;
	if (!translator->raises && IsSound(translator, operands[1 - at], exprType(static_cast<Node *>(list_nth(args, at))),
									   known, known ? constant->constvalue : 0))
		return nullptr;
	const char *same = translator->dialect->SameForm();
	return known ? psprintf("(%s)", same) : psprintf("(%s AND $c%d IS NOT NULL)", same, at + 1);
}

bool ListKeepsMeaning(const Translator *translator, const Operand &operand, Node *array, Oid element_type)
{
	if (!translator->dialect->LeavesEqualityToIndex() || Mutated("equality_left_to_index"))
		return true;
	if (!OidIsValid(element_type))
		return true; // no list: refused where it is written
	if (IsA(array, ArrayExpr) || translator->raises)
		return false;
	if (!IsA(array, Const) || reinterpret_cast<Const *>(array)->constisnull)
		return IsSound(translator, operand, element_type, false, 0);
	const auto [elements, nulls, count] = ElementsOf(reinterpret_cast<Const *>(array)->constvalue, element_type);
	for (int i = 0; i < count; ++i)
		if (!nulls[i] && !IsSound(translator, operand, element_type, true, elements[i]))
			return false;
	return true;
}

} // namespace fabric::fdw
