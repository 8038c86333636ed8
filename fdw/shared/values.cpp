// Values into a statement's text. See values.hpp.
#include "fdw/shared/translate_internal.hpp"
#include "fdw/shared/values.hpp"

extern "C"
{
#include <executor/executor.h>
#include <nodes/nodeFuncs.h>
#include <utils/builtins.h>
}

namespace fabric::fdw
{

namespace
{

// The value of a marker.
Datum Evaluate(const ValueSource &source, int index, Oid *type, bool *isnull)
{
	if (index < source.ngiven)
	{
		const Const &given = *source.given[index];
		*type = given.consttype;
		*isnull = given.constisnull;
		return given.constvalue;
	}
	ExprState *expression = static_cast<ExprState *>(list_nth(source.params, index - source.ngiven));
	*type = exprType(reinterpret_cast<Node *>(expression->expr));
	return ExecEvalExpr(expression, source.context, isnull);
}

// A number of rows that LIMIT or OFFSET asks for.
void AppendCount(const Dialect &dialect, MarkerKind kind, bool isnull, int64 count, StringInfo out)
{
	bool limit = kind == MarkerKind::limit;
	if (isnull)
		appendStringInfoString(out, limit ? dialect.NoLimit() : "0");
	else if (count < 0)
		ereport(ERROR, (errcode(limit ? ERRCODE_INVALID_ROW_COUNT_IN_LIMIT_CLAUSE
									  : ERRCODE_INVALID_ROW_COUNT_IN_RESULT_OFFSET_CLAUSE),
						errmsg("%s must not be negative", limit ? "LIMIT" : "OFFSET")));
	else
		appendStringInfo(out, INT64_FORMAT, count);
}

// Whether a number has no more digits than what is sent may have (Dialect::MostDigitsSent).
bool DigitsFit(const Dialect &dialect, Oid type, Datum value)
{
	Bounds most{};
	if (type != NUMERICOID || !dialect.MostDigitsSent(&most))
		return true;
	Const number{};
	number.consttype = NUMERICOID;
	number.constvalue = DirectFunctionCall1(numeric_trim_scale, value);
	Bounds bounds = BoundsOfConstant(&number);
	return bounds.whole_digits <= most.whole_digits && bounds.fraction_digits <= most.fraction_digits;
}

// The same of all elements of an array.
bool AllDigitsFit(const Dialect &dialect, Oid element_type, Datum array)
{
	if (element_type != NUMERICOID)
		return true;
	const auto [values, nulls, count] = ElementsOf(array, element_type);
	for (int i = 0; i < count; ++i)
		if (!nulls[i] && !DigitsFit(dialect, element_type, values[i]))
			return false;
	return true;
}

// Writes the given arrays side by side, as a list of rows.
bool AppendRows(const ValueSource &source, StringInfo out)
{
	ArrayElements *columns =
		static_cast<ArrayElements *>(palloc(sizeof(ArrayElements) * static_cast<size_t>(source.ngiven)));
	for (int i = 0; i < source.ngiven; ++i)
	{
		Oid type = get_element_type(source.given[i]->consttype);
		columns[i] = ElementsOf(source.given[i]->constvalue, type);
		if (!AllDigitsFit(*source.dialect, type, source.given[i]->constvalue))
			return false;
	}
	for (int row = 0; row < columns[0].count; ++row)
	{
		appendStringInfoString(out, row == 0 ? "((" : ", (");
		for (int i = 0; i < source.ngiven; ++i)
		{
			if (i > 0)
				appendStringInfoString(out, ", ");
			if (!source.dialect->AppendLiteral(out, columns[i].values[row],
											   get_element_type(source.given[i]->consttype), Form::plain))
				return false;
		}
		appendStringInfoChar(out, ')');
	}
	appendStringInfoChar(out, ')');
	return true;
}

// Writes the value of a marker. False when the remote side cannot say it.
bool AppendValue(const ValueSource &source, MarkerKind kind, int index, StringInfo out)
{
	const Dialect &dialect = *source.dialect;
	if (kind == MarkerKind::rows)
		return AppendRows(source, out);
	Oid type;
	bool isnull;
	Datum value = Evaluate(source, index, &type, &isnull);
	if (kind == MarkerKind::limit || kind == MarkerKind::offset)
	{
		AppendCount(dialect, kind, isnull, isnull ? 0 : DatumGetInt64(value), out);
		return true;
	}
	if (kind == MarkerKind::list || kind == MarkerKind::padded_list)
		return (isnull || AllDigitsFit(dialect, get_element_type(type), value)) &&
			   AppendArrayLiteral(dialect, isnull, value, get_element_type(type), Form::compare,
								  kind == MarkerKind::padded_list, out);
	if (isnull)
	{
		appendStringInfoString(out, dialect.NullOf(type));
		return true;
	}
	if (Mutated("parameter_as_text"))
	{
		Oid output;
		bool varlena;
		getTypeOutputInfo(type, &output, &varlena);
		Datum printed = CStringGetTextDatum(OidOutputFunctionCall(output, value));
		return dialect.AppendLiteral(out, printed, TEXTOID, Form::value);
	}
	return DigitsFit(dialect, type, value) &&
		   dialect.AppendLiteral(out, value, type, kind == MarkerKind::pattern ? Form::pattern : Form::value);
}

} // namespace

bool CanBeSent(const Dialect &dialect, Oid type, Datum value)
{
	StringInfoData ignored;
	initStringInfo(&ignored);
	return DigitsFit(dialect, type, value) && dialect.AppendLiteral(&ignored, value, type, Form::compare);
}

bool AppendText(const ValueSource &source, const char *sql, StringInfo out)
{
	int before = out->len;
	for (const char *at = sql; *at != '\0';)
	{
		const char *marker = strchr(at, kMarker);
		if (marker == nullptr)
		{
			appendStringInfoString(out, at);
			return true;
		}
		appendBinaryStringInfo(out, at, static_cast<int>(marker - at));
		MarkerKind kind;
		int index;
		ReadMarker(marker, &kind, &index);
		if (!AppendValue(source, kind, index, out))
		{
			out->len = before;
			out->data[before] = '\0';
			return false;
		}
		at = marker + kMarkerLength;
	}
	return true;
}

} // namespace fabric::fdw
