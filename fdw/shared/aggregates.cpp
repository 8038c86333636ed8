// Aggregates, group keys and other results. See aggregates.hpp.
//
// What a query shows must be PostgreSQL's own text. So a numeric is a result only where every value of it has the same, known
// number of digits after the point, and avg() is fetched as sum and count, which are divided here.
#include "pg/compat.hpp"

#include "fdw/shared/aggregates.hpp"

extern "C"
{
#include <catalog/pg_aggregate.h>
#include <nodes/nodeFuncs.h>
#include <utils/regproc.h>
}

namespace fabric::fdw
{

namespace
{

// Room for the sum of so many rows as no table has.
constexpr int kDigitsOfRows = 12;

// Whether the aggregate of a part of the rows is what PostgreSQL puts such parts together from.
bool IsItsOwnPart(const AggregateSignature &signature, const Aggref *aggregate)
{
	switch (signature.kind)
	{
		case AggregateKind::count:
		case AggregateKind::extreme:
		case AggregateKind::boolean:
		case AggregateKind::bits:
			return true;
		case AggregateKind::sum:
			return aggregate->aggtype == INT8OID;
		default:
			return false;
	}
}

const AggregateSignature *AdmitAggregate(Translator *translator, const Aggref *aggregate)
{
	const char *name = format_procedure(aggregate->aggfnoid);
	auto refuse = [&](const char *reason) -> const AggregateSignature *
	{
		Fail(translator, "%s: %s", name, reason);
		return nullptr;
	};
	if (list_member_oid(translator->rules->excluded, aggregate->aggfnoid))
		return refuse("kept local by the server option pushdown_exclude");
	bool part = aggregate->aggsplit == AGGSPLIT_INITIAL_SERIAL;
	if (aggregate->agglevelsup != 0 || (aggregate->aggsplit != AGGSPLIT_SIMPLE && !part))
		return refuse("a part of an aggregate");
	if (aggregate->aggkind != AGGKIND_NORMAL || aggregate->aggvariadic)
		return refuse("an aggregate of this kind has no remote form");
	for (const AggregateSignature &signature : translator->dialect->Aggregates())
	{
		if (signature.function != aggregate->aggfnoid)
			continue;
		if (signature.form == nullptr)
			return refuse(signature.remark);
		if (part && !IsItsOwnPart(signature, aggregate))
			return refuse("what partitions give of it cannot be put together");
		if (signature.kind == AggregateKind::real && !NodeAllowed(translator, "FLOAT AGGREGATE"))
			return nullptr;
		return &signature;
	}
	return refuse("not on the list of what is exact remotely");
}

// Whether an operand's text is that of PostgreSQL's value.
bool HasExactText(Translator *translator, const Operand &operand, const char *what)
{
	if (operand.kind == Kind::none || operand.kind == Kind::bits)
		return Fail(translator, "%s: its type has no exact remote form", what);
	if (operand.kind == Kind::decimal && !operand.fixed_scale)
		return Fail(translator, "%s: the number of digits of a numeric is not known before it runs", what);
	return true;
}

bool ArgumentFits(Translator *translator, const AggregateSignature &signature, const Aggref *aggregate,
				  const Operand &operand, Oid collation)
{
	const char *name = format_procedure(aggregate->aggfnoid);
	bool real = operand.kind == Kind::float4 || operand.kind == Kind::float8;
	bool text = operand.kind == Kind::text || operand.kind == Kind::bpchar;
	bool distinct = aggregate->aggdistinct != NIL;
	if (distinct && real)
		return Fail(translator, "%s of DISTINCT floating-point numbers: there are two zeros", name);
	if (distinct && text && OidIsValid(collation) &&
		!CheckCollation(translator, kTextEquality, operand.kind, collation))
		return false;
	switch (signature.kind)
	{
		case AggregateKind::count:
			return true;
		case AggregateKind::sum:
		case AggregateKind::average:
		{
			if (operand.kind == Kind::none)
				return HasExactText(translator, operand, name);
			int digits = operand.bounds.whole_digits + operand.bounds.fraction_digits + kDigitsOfRows;
			if (operand.kind == Kind::decimal &&
				(!operand.bounds.known || operand.bounds.integral || digits > translator->dialect->DecimalDigits()))
				return Fail(translator, "%s: the sum may have more digits than the remote decimal", name);
			return operand.kind == Kind::integer || operand.kind == Kind::decimal ||
				   Fail(translator, "%s: its argument is no exact number remotely", name);
		}
		case AggregateKind::real:
			if (distinct || aggregate->aggorder != NIL)
				return Fail(translator, "%s with DISTINCT or ORDER BY", name);
			return real || Fail(translator, "%s: its argument is no floating-point number remotely", name);
		case AggregateKind::extreme:
			if (text && !CheckCollation(translator, kTextOrder, operand.kind, collation))
				return false;
			if (operand.kind == Kind::bpchar)
				return Fail(translator, "%s of char(n) has trailing blanks here and none remotely", name);
			return HasExactText(translator, operand, name);
		case AggregateKind::boolean:
			return operand.kind == Kind::boolean || Fail(translator, "%s: its argument is no condition", name);
		case AggregateKind::bits:
			if (distinct)
				return Fail(translator, "%s of DISTINCT values has no remote form", name);
			return operand.kind == Kind::integer || Fail(translator, "%s: its argument is no integer remotely", name);
	}
	return false;
}

// Whether an index of the column gives its least and greatest text.
bool IsByteOrderColumn(const Translator *translator, const Operand &operand)
{
	return operand.kind == Kind::text && operand.column != nullptr &&
		   translator->dialect->PlainIsByteOrder(*operand.column);
}

// How the argument is written: as the index knows it where nothing is computed of it.
Form ArgumentForm(const AggregateSignature &signature, const Aggref *aggregate, Oid type)
{
	bool number = type == FLOAT4OID || type == FLOAT8OID;
	if (signature.kind == AggregateKind::extreme)
		return number ? Form::value : Form::compare;
	return aggregate->aggdistinct != NIL ? Form::compare : Form::value;
}

// Writes `value` as the argument: DISTINCT before it, and within FILTER's condition.
bool WriteFiltered(Translator *translator, const Aggref *aggregate, bool distinct, const char *value, StringInfo out)
{
	bool filtered = aggregate->aggfilter != nullptr && !Mutated("filter_dropped");
	if (distinct)
		appendStringInfoString(out, "DISTINCT ");
	if (filtered)
	{
		appendStringInfoString(out, "CASE WHEN ");
		if (!WriteCondition(translator, aggregate->aggfilter, out, false))
			return false;
		appendStringInfoString(out, " THEN ");
	}
	appendStringInfoString(out, filtered && strcmp(value, "*") == 0 ? "1" : value);
	if (filtered)
		appendStringInfoString(out, " END");
	return true;
}

// Whether DISTINCT makes a difference.
bool IsDistinct(const AggregateSignature &signature, const Aggref *aggregate)
{
	return aggregate->aggdistinct != NIL && !Mutated("distinct_in_aggregate_dropped") &&
		   (signature.kind == AggregateKind::count || signature.kind == AggregateKind::sum ||
			signature.kind == AggregateKind::average);
}

// Writes what stands between the parentheses.
bool WriteArgument(Translator *translator, const AggregateSignature &signature, const Aggref *aggregate, StringInfo out,
				   Operand *operand)
{
	bool distinct = IsDistinct(signature, aggregate);
	if (aggregate->aggstar)
		return WriteFiltered(translator, aggregate, distinct, "*", out);
	if (list_length(aggregate->args) != 1)
		return Fail(translator, "%s of several arguments", format_procedure(aggregate->aggfnoid));
	Expr *argument = linitial_node(TargetEntry, aggregate->args)->expr;
	Node *node = reinterpret_cast<Node *>(argument);
	StringInfoData value;
	initStringInfo(&value);
	bool written =
		WriteOperand(translator, argument, ArgumentForm(signature, aggregate, exprType(node)), &value, operand);
	if (!written && signature.kind == AggregateKind::count && !distinct && IsA(argument, Var))
	{
		// Whether it is NULL can be told of any column.
		NullTest *test = makeNode(NullTest);
		test->arg = argument;
		test->nulltesttype = IS_NOT_NULL;
		resetStringInfo(&value);
		appendStringInfoString(&value, "CASE WHEN ");
		if (!WriteNullTest(translator, test, &value))
			return false;
		appendStringInfoString(&value, " THEN 1 END");
		return WriteFiltered(translator, aggregate, false, value.data, out);
	}
	if (!written || !ArgumentFits(translator, signature, aggregate, *operand, exprCollation(node)))
		return false;
	bool text = operand->kind == Kind::text && operand->column != nullptr;
	bool by_collation = Mutated("extreme_by_collation") && text;
	bool counted = signature.kind == AggregateKind::count && !distinct && text;
	if (counted ||
		(signature.kind == AggregateKind::extreme && (IsByteOrderColumn(translator, *operand) || by_collation)))
	{
		// An index gives it; what is only counted need not be converted.
		resetStringInfo(&value);
		if (!WriteOperand(translator, argument, Form::plain, &value, operand))
			return false;
	}
	return WriteFiltered(translator, aggregate, distinct, value.data, out);
}

// A searched CASE, or COALESCE as one; nullptr for anything else.
const CaseExpr *ChoiceOf(Expr *expr)
{
	if (IsA(expr, CaseExpr))
		return reinterpret_cast<CaseExpr *>(expr)->arg == nullptr ? reinterpret_cast<CaseExpr *>(expr) : nullptr;
	if (!IsA(expr, CoalesceExpr))
		return nullptr;
	CaseExpr *choice = makeNode(CaseExpr);
	ListCell *cell;
	foreach (cell, reinterpret_cast<CoalesceExpr *>(expr)->args)
	{
		if (IsA(lfirst(cell), Const) && !lfirst_node(Const, cell)->constisnull)
		{
			choice->defresult = static_cast<Expr *>(lfirst(cell));
			break;
		}
		NullTest *test = makeNode(NullTest);
		test->arg = static_cast<Expr *>(lfirst(cell));
		test->nulltesttype = IS_NOT_NULL;
		CaseWhen *when = makeNode(CaseWhen);
		when->expr = reinterpret_cast<Expr *>(test);
		when->result = static_cast<Expr *>(lfirst(cell));
		choice->args = lappend(choice->args, when);
	}
	return choice;
}

// Writes, for an argument whose numbers of digits after the point differ, the largest of a group: PostgreSQL gives a sum as many.
// False where that is not known.
bool WriteScale(Translator *translator, const Aggref *aggregate, StringInfo out)
{
	const char *name = format_procedure(aggregate->aggfnoid);
	const CaseExpr *choice = ChoiceOf(linitial_node(TargetEntry, aggregate->args)->expr);
	if (choice == nullptr || aggregate->aggdistinct != NIL)
		return Fail(translator, "%s: the number of digits of a numeric is not known before it runs", name);
	StringInfoData scale;
	initStringInfo(&scale);
	auto branch = [&](Expr *result)
	{
		Operand operand{};
		StringInfoData value;
		initStringInfo(&value);
		if (!WriteOperand(translator, result, Form::value, &value, &operand))
			return false;
		bool null = IsNullConstant(operand);
		if (!null && !operand.fixed_scale)
			return Fail(translator, "%s: the number of digits of a numeric is not known before it runs", name);
		if (null)
			appendStringInfoString(&scale, "NULL");
		else if (operand.constant != nullptr)
			appendStringInfo(&scale, "%d", operand.scale);
		else
			appendStringInfo(&scale, "CASE WHEN %s IS NOT NULL THEN %d END", value.data, operand.scale);
		return true;
	};
	appendStringInfoString(&scale, "CASE");
	ListCell *cell;
	foreach (cell, choice->args)
	{
		const CaseWhen *when = lfirst_node(CaseWhen, cell);
		appendStringInfoString(&scale, " WHEN ");
		if (!WriteCondition(translator, when->expr, &scale, false))
			return false;
		appendStringInfoString(&scale, " THEN ");
		if (!branch(when->result))
			return false;
	}
	appendStringInfoString(&scale, " ELSE ");
	if (choice->defresult == nullptr)
		appendStringInfoString(&scale, "NULL");
	else if (!branch(choice->defresult))
		return false;
	appendStringInfoString(&scale, " END");
	return WriteFiltered(translator, aggregate, false, scale.data, out);
}

// The form with the argument put in.
char *Fill(const char *form, const char *argument)
{
	StringInfoData text;
	initStringInfo(&text);
	for (const char *at = form; *at != '\0'; ++at)
	{
		if (at[0] == '$' && at[1] == '1')
		{
			appendStringInfoString(&text, argument);
			++at;
		}
		else
			appendStringInfoChar(&text, *at);
	}
	return text.data;
}

bool VariesInScale(const Operand &operand)
{
	return operand.kind == Kind::decimal && !operand.fixed_scale;
}

// Writes the argument of an aggregate that was admitted; nullptr when it does not fit.
char *ArgumentOf(Translator *translator, const AggregateSignature &signature, const Aggref *aggregate, Operand *operand)
{
	StringInfoData text;
	initStringInfo(&text);
	bool grouped = translator->grouped;
	translator->grouped = false;
	bool written = WriteArgument(translator, signature, aggregate, &text, operand);
	translator->grouped = grouped;
	return written ? text.data : nullptr;
}

} // namespace

bool WriteAggregate(Translator *translator, Aggref *aggregate, StringInfo out, Operand *operand)
{
	const AggregateSignature *signature = AdmitAggregate(translator, aggregate);
	Operand argument{};
	const char *text = signature != nullptr ? ArgumentOf(translator, *signature, aggregate, &argument) : nullptr;
	if (text == nullptr)
		return false;
	if (signature->kind == AggregateKind::average)
		return Fail(translator, "%s is put together here, of sum and count", format_procedure(aggregate->aggfnoid));
	if (VariesInScale(argument) && signature->kind != AggregateKind::count && !Mutated("sum_scale_dropped"))
		return Fail(translator, "%s is given its digits here", format_procedure(aggregate->aggfnoid));
	operand->kind = translator->dialect->LiteralKind(aggregate->aggtype);
	operand->bounds = IntegerBoundsOfType(aggregate->aggtype);
	if (operand->kind == Kind::decimal)
	{
		operand->bounds = AsDecimal(argument.bounds);
		operand->bounds.whole_digits += signature->kind == AggregateKind::sum ? kDigitsOfRows : 0;
	}
	operand->fixed_scale = argument.kind == Kind::integer || argument.fixed_scale;
	operand->scale = argument.kind == Kind::integer ? 0 : argument.scale;
	const char *filled = Fill(signature->form, text);
	// A least or greatest text was compared as bytes.
	if (signature->kind == AggregateKind::extreme && argument.kind == Kind::text &&
		!IsByteOrderColumn(translator, argument))
		translator->dialect->AppendTextOfBytes(out, filled);
	else
		appendStringInfoString(out, filled);
	return true;
}

bool WriteAggregateFetch(Translator *translator, Aggref *aggregate, List **texts, FetchKind *kind)
{
	const AggregateSignature *signature = AdmitAggregate(translator, aggregate);
	if (signature == nullptr)
		return false;
	auto add = [&](const char *text) { *texts = lappend(*texts, makeString(const_cast<char *>(text))); };
	Operand operand{};
	const char *argument = ArgumentOf(translator, *signature, aggregate, &operand);
	if (argument == nullptr)
		return false;
	bool average = signature->kind == AggregateKind::average;
	bool summed = average || signature->kind == AggregateKind::sum;
	bool varies = summed && VariesInScale(operand) && !Mutated("sum_scale_dropped");
	if (average && Mutated("average_rounded"))
	{
		*kind = kFetchValue;
		add(psprintf("AVG(%s)", argument));
		return true;
	}
	*kind = average ? (varies ? kFetchScaledAverage : kFetchAverage) : varies ? kFetchScaledSum : kFetchValue;
	if (*kind == kFetchValue)
	{
		StringInfoData text;
		initStringInfo(&text);
		Operand ignored{};
		if (!WriteAggregate(translator, aggregate, &text, &ignored))
			return false;
		add(text.data);
		return true;
	}
	add(psprintf("SUM(%s)", argument));
	if (average)
		add(psprintf("COUNT(%s)", argument));
	if (!varies)
		return true;
	StringInfoData scale;
	initStringInfo(&scale);
	if (!WriteScale(translator, aggregate, &scale))
		return false;
	add(psprintf("MAX(%s)", scale.data));
	return true;
}

bool IsSortedWhole(const Translator &translator, const Operand &operand)
{
	constexpr int kBytesOfCharacter = 4;
	int64 most = translator.dialect->SortedBytes();
	if (most == PG_INT64_MAX)
		return true;
	if (operand.kind == Kind::text || operand.kind == Kind::bpchar)
		return operand.bounds.characters > 0 && operand.bounds.characters * kBytesOfCharacter <= most;
	if (operand.kind == Kind::bytes)
		return operand.column != nullptr && operand.column->facts->length > 0 && operand.column->facts->length <= most;
	return true;
}

bool WriteGroupKey(Translator *translator, Expr *expr, StringInfo out, Operand *operand)
{
	Node *node = reinterpret_cast<Node *>(expr);
	// A number there would be the position of a column.
	if (bms_is_subset(VarnosOf(node), translator->absent) || IsLocalValue(translator, node))
		return Fail(translator, "a key of GROUP BY that is the same for all rows");
	Form form = Mutated("group_by_collation") ? Form::plain : Form::compare;
	int before = out->len;
	if (!WriteOperand(translator, expr, form, out, operand))
		return false;
	if (operand->kind == Kind::float4 || operand->kind == Kind::float8)
		return Fail(translator, "a key of GROUP BY that is a floating-point number: there are two zeros");
	if (operand->column != nullptr && translator->dialect->PlainIsByteOrder(*operand->column))
	{
		// An index may serve it.
		out->len = before;
		out->data[before] = '\0';
		if (!WriteOperand(translator, expr, Form::plain, out, operand))
			return false;
	}
	// The remote server may sort to find the groups.
	if (!type_is_enum(exprType(node)) && !IsSortedWhole(*translator, *operand) && !Mutated("group_by_beginning"))
		return Fail(translator, "long values are grouped remotely by their beginning only (R4)");
	// Labels of an enum have no collation.
	return HasExactText(translator, *operand, "a key of GROUP BY") &&
		   (type_is_enum(exprType(node)) ||
			CheckCollation(translator, kTextEquality, operand->kind, exprCollation(node)));
}

namespace
{

struct KeyColumns
{
	Translator *translator;
	List *keys;
};

// Whether a key is written as just its column.
bool IsBareKey(Translator *translator, Node *key)
{
	StringInfoData grouped;
	StringInfoData bare;
	initStringInfo(&grouped);
	initStringInfo(&bare);
	Operand operand{};
	Expr *expr = reinterpret_cast<Expr *>(key);
	return WriteGroupKey(translator, expr, &grouped, &operand) &&
		   WriteOperand(translator, expr, Form::plain, &bare, &operand) && strcmp(grouped.data, bare.data) == 0;
}

// Whether a column outside of aggregates is no such key.
bool HasUnknownColumn(Node *node, void *context)
{
	KeyColumns *known = static_cast<KeyColumns *>(context);
	if (node == nullptr || IsA(node, Aggref))
		return false;
	if (IsA(node, Var))
		return !list_member(known->keys, node) || !IsBareKey(known->translator, node);
	return pg::compat::WalkExpressionTree(node, HasUnknownColumn, context);
}

} // namespace

bool KeysAreKnownInHaving(Translator *translator, List *keys, Expr *clause)
{
	KeyColumns known = {translator, keys};
	if (!translator->dialect->HavingKnowsColumnsOnly() || !HasUnknownColumn(reinterpret_cast<Node *>(clause), &known))
		return true;
	return Fail(translator, "HAVING knows only keys there that are columns");
}

bool WriteResult(Translator *translator, Expr *expr, StringInfo out)
{
	Operand operand{};
	StringInfoData text;
	initStringInfo(&text);
	if (!WriteOperand(translator, expr, Form::value, &text, &operand) || !HasExactText(translator, operand, "a result"))
		return false;
	if (operand.kind == Kind::bpchar)
		return Fail(translator, "a result of type char(n) has trailing blanks here and none remotely");
	if (operand.kind == Kind::decimal)
	{
		if (!operand.bounds.known || operand.bounds.integral)
			return Fail(translator, "a numeric result whose digits are not known before it runs");
		translator->dialect->AppendDecimal(out, text.data, operand.bounds.whole_digits + operand.scale, operand.scale);
	}
	else
		appendBinaryStringInfo(out, text.data, text.len);
	return true;
}

} // namespace fabric::fdw
