// The shippability walk, nodes other than function calls. See translate.hpp for the rules of this room and calls.cpp for
// functions and operators.
#include "pg/collation.hpp"

#include "pg/compat.hpp"

#include "fdw/shared/aggregates.hpp"
#include "fdw/shared/facts.hpp"
#include "fdw/shared/setops.hpp"
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <mb/pg_wchar.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/clauses.h>
#include <optimizer/optimizer.h>
#include <utils/array.h>
#include <utils/varbit.h>
}

namespace fabric::fdw
{

namespace
{

bool CollationIsDeterministic(Oid collation)
{
	return !OidIsValid(collation) || get_collation_isdeterministic(collation);
}

} // namespace

void AppendMarkerFor(List **params, StringInfo out, MarkerKind kind, Expr *expr)
{
	int index = 0;
	ListCell *cell;
	foreach (cell, *params)
	{
		if (equal(lfirst(cell), expr))
			break;
		++index;
	}
	if (index == list_length(*params))
		*params = lappend(*params, copyObjectImpl(expr));
	appendStringInfo(out, "%c%c%04x", kMarker, static_cast<char>(kind), index);
}

void AppendAlias(StringInfo out, int varno)
{
	appendStringInfo(out, "r%d", varno);
}

namespace
{

bool CollectVarnos(Node *node, void *context)
{
	if (node == nullptr)
		return false;
	if (IsA(node, Var))
	{
		Relids *relids = static_cast<Relids *>(context);
		const Var *var = reinterpret_cast<const Var *>(node);
		if (var->varlevelsup == 0)
			*relids = bms_add_member(*relids, static_cast<int>(var->varno));
		return false;
	}
	return pg::compat::WalkExpressionTree(node, CollectVarnos, context);
}

} // namespace

Relids VarnosOf(Node *node)
{
	Relids relids = nullptr;
	CollectVarnos(node, &relids);
	return relids;
}

const TranslatableColumn *FindColumn(const Translator &translator, const Var *var)
{
	if (var->varlevelsup != 0 || var->varattno <= 0 || !bms_is_member(static_cast<int>(var->varno), translator.relids))
		return nullptr;
	return &translator.relations[var->varno]->columns[var->varattno - 1];
}

// A subtree without columns of ours that is not volatile is computed here, once, and sent as a value.
bool IsLocalValue(const Translator *translator, Node *node)
{
	Relids relids = VarnosOf(node);
	bool known = bms_is_subset(relids, translator->outer);
	bms_free(relids);
	return known && !contain_volatile_functions(node) && !contain_subplans(node) && !contain_agg_clause(node) &&
		   !contain_window_function(node);
}

bool CollationIsByteOrder(Oid collation)
{
	if (!OidIsValid(collation))
		return false;
	// The remote server orders by the bytes of UTF-8, which is by code point: so do LATIN1's bytes, those of others do not.
	if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_LATIN1)
		return false;
	return pg::OrdersByBytes(collation);
}

bool Fail(Translator *translator, const char *format, ...)
{
	StringInfoData text;
	initStringInfo(&text);
	for (;;)
	{
		va_list arguments;
		va_start(arguments, format);
		int needed = appendStringInfoVA(&text, format, arguments);
		va_end(arguments);
		if (needed == 0)
			break;
		enlargeStringInfo(&text, needed);
	}
	translator->reason = text.data;
	return false;
}

Bounds IntegerBoundsOfType(Oid type)
{
	Bounds bounds{};
	bounds.known = true;
	bounds.integral = true;
	switch (type)
	{
		case INT2OID:
			bounds.low = PG_INT16_MIN, bounds.high = PG_INT16_MAX;
			break;
		case INT4OID:
			bounds.low = PG_INT32_MIN, bounds.high = PG_INT32_MAX;
			break;
		case INT8OID:
			bounds.low = PG_INT64_MIN, bounds.high = PG_INT64_MAX;
			break;
		default:
			bounds.known = false;
	}
	return bounds;
}

bool NodeAllowed(Translator *translator, const char *node)
{
	ListCell *cell;
	foreach (cell, translator->rules->excluded_nodes)
	{
		if (pg_strcasecmp(strVal(lfirst(cell)), node) == 0)
			return Fail(translator, "%s is kept local by the server option pushdown_exclude", node);
	}
	return true;
}

bool CheckCollation(Translator *translator, uint16_t flags, Kind kind, Oid collation)
{
	if (kind != Kind::text && kind != Kind::bpchar)
		return true;
	// PostgreSQL raises an error when it comes to compare them.
	if ((flags & (kTextEquality | kTextOrder | kLike | kNotLike)) != 0 && !OidIsValid(collation))
		return Fail(translator, "the collation of its arguments is not determined");
	if ((flags & (kTextEquality | kLike | kNotLike)) != 0 && !CollationIsDeterministic(collation))
		return Fail(translator, "the collation %s is nondeterministic", get_collation_name(collation));
	if ((flags & kTextOrder) != 0 && !CollationIsByteOrder(collation) && !Mutated("text_range_any_collation"))
	{
		return Fail(translator,
					"text is ordered by the collation \"%s\"; only byte order (\"C\") of UTF8 is the same remotely",
					get_collation_name(collation));
	}
	return true;
}

namespace
{

void AppendMarker(Translator *translator, StringInfo out, MarkerKind kind, Expr *expr)
{
	AppendMarkerFor(&translator->params, out, kind, expr);
}

} // namespace

Bounds BoundsOfConstant(const Const *constant)
{
	Bounds bounds = IntegerBoundsOfType(constant->consttype);
	if (constant->constisnull)
		return bounds;
	switch (constant->consttype)
	{
		case INT2OID:
			bounds.low = bounds.high = DatumGetInt16(constant->constvalue);
			break;
		case INT4OID:
			bounds.low = bounds.high = DatumGetInt32(constant->constvalue);
			break;
		case INT8OID:
			bounds.low = bounds.high = DatumGetInt64(constant->constvalue);
			break;
		case NUMERICOID:
		{
			const char *text = DatumGetCString(DirectFunctionCall1(numeric_out, constant->constvalue));
			if (text[0] != 'N' && strchr(text, 'I') == nullptr)
			{
				const char *digits = text[0] == '-' ? text + 1 : text;
				const char *point = strchr(digits, '.');
				bounds.known = true;
				bounds.integral = false;
				bounds.whole_digits =
					point != nullptr ? static_cast<int>(point - digits) : static_cast<int>(strlen(digits));
				bounds.fraction_digits = point != nullptr ? static_cast<int>(strlen(point + 1)) : 0;
			}
			break;
		}
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			bounds.characters = Max(static_cast<int64>(VARSIZE_ANY_EXHDR(DatumGetPointer(constant->constvalue))), 1);
			break;
		default:
			break;
	}
	return bounds;
}

bool IsHidden(const Translator &translator, const Var *var)
{
	int varno = static_cast<int>(var->varno);
	return bms_is_member(varno, translator.hidden) && !bms_is_member(varno, translator.absent);
}

// The column as it is named in the statement.
const ColumnReference *WrittenAs(const Translator &translator, const ColumnReference &column, const Var *var)
{
	if (!translator.qualified)
		return &column;
	ColumnReference *written = static_cast<ColumnReference *>(palloc(sizeof(ColumnReference)));
	*written = column;
	written->alias = static_cast<int>(var->varno);
	return written;
}

namespace
{

// Whether the values of a numeric column have here the digits after the point that they have remotely.
bool HasScaleOf(const ColumnReference &column)
{
	if (column.kind != Kind::decimal)
		return false;
	if (column.typmod < static_cast<int32>(VARHDRSZ))
		return true;
	return ((((column.typmod - static_cast<int32>(VARHDRSZ)) & 0x7ff) ^ 1024) - 1024) == column.facts->scale;
}

bool WriteColumn(Translator *translator, const Var *var, Form form, StringInfo out, Operand *operand)
{
	if (translator->source != nullptr && translator->source->arms != NIL)
		return WriteColumnOfSet(translator, var, form, out, operand);
	if (var->varlevelsup != 0 || !bms_is_member(static_cast<int>(var->varno), translator->relids))
		return Fail(translator, "a column of another relation");
	if (var->varattno == 0)
		return Fail(translator, "a whole row is put together locally");
	if (var->varattno < 0)
		return Fail(translator, "system columns are local");
	const TranslatableColumn &column = *FindColumn(*translator, var);
	if (column.name == nullptr)
		return Fail(translator, "a dropped column");
	if (form == Form::pattern)
		return Fail(translator, "the pattern of LIKE is not a constant");
	if (IsHidden(*translator, var))
		return Fail(translator, "a column of the other side of a semi-join");
	if (column.reference.kind == Kind::none)
		return Fail(translator, "column \"%s\": %s", column.name, column.reason);
	operand->kind = column.reference.kind;
	operand->fixed_scale = HasScaleOf(column.reference);
	operand->scale = column.reference.facts->scale;
	if (!translator->dialect->ColumnBounds(column.reference, &operand->bounds))
		operand->bounds = IntegerBoundsOfType(var->vartype);
	if (bms_is_member(static_cast<int>(var->varno), translator->absent))
	{
		appendStringInfoString(out, translator->dialect->NullOf(var->vartype));
		return true;
	}
	operand->column = WrittenAs(*translator, column.reference, var);
	operand->varno = static_cast<int>(var->varno);
	translator->dialect->AppendColumn(out, *operand->column, form);
	return true;
}

bool WriteConstant(Translator *translator, const Const *constant, Form form, StringInfo out, Operand *operand)
{
	operand->kind = translator->dialect->LiteralKind(constant->consttype);
	if (operand->kind == Kind::none)
		return Fail(translator, "a constant of type %s has no exact remote form", format_type_be(constant->consttype));
	operand->constant = constant;
	operand->bounds = BoundsOfConstant(constant);
	operand->fixed_scale = constant->consttype == NUMERICOID && operand->bounds.known;
	operand->scale = operand->bounds.fraction_digits;
	if (constant->constisnull)
	{
		appendStringInfoString(out, translator->dialect->NullOf(constant->consttype));
		return true;
	}
	if (!translator->dialect->AppendLiteral(out, constant->constvalue, constant->consttype, form))
		return Fail(translator, "a constant of type %s that the remote server cannot hold",
					format_type_be(constant->consttype));
	return true;
}

bool WriteLocalValue(Translator *translator, Expr *expr, Form form, StringInfo out, Operand *operand)
{
	Oid type = exprType(reinterpret_cast<Node *>(expr));
	operand->kind = translator->dialect->LiteralKind(type);
	if (operand->kind == Kind::none)
		return Fail(translator, "a parameter of type %s has no exact remote form", format_type_be(type));
	if (!NodeAllowed(translator, "param"))
		return false;
	operand->parameter = true;
	operand->bounds = IntegerBoundsOfType(type);
	if (type == NUMERICOID)
		(void)translator->dialect->MostDigitsSent(&operand->bounds);
	translator->patterns = translator->patterns || form == Form::pattern;
	AppendMarker(translator, out, form == Form::pattern ? MarkerKind::pattern : MarkerKind::value, expr);
	return true;
}

} // namespace

bool WriteArrayParameter(Translator *translator, Expr *expr, bool padded, StringInfo out)
{
	if (!IsLocalValue(translator, reinterpret_cast<Node *>(expr)))
		return Fail(translator, "an array made of columns");
	if (!NodeAllowed(translator, "param"))
		return false;
	AppendMarker(translator, out, padded ? MarkerKind::padded_list : MarkerKind::list, expr);
	return true;
}

void MergeOperand(Operand *into, const Operand &from)
{
	bool null_constant = IsNullConstant(from);
	if (into->kind == Kind::none || into->only_null)
	{
		into->kind = from.kind;
		into->bounds = from.bounds;
		into->fixed_scale = from.fixed_scale;
		into->scale = from.scale;
		into->only_null = null_constant;
		return;
	}
	if (null_constant)
		return;
	into->fixed_scale = into->fixed_scale && from.fixed_scale && into->scale == from.scale;
	bool limited = into->bounds.characters > 0 && from.bounds.characters > 0;
	into->bounds.characters = limited ? Max(into->bounds.characters, from.bounds.characters) : 0;
	if (!into->bounds.known || !from.bounds.known || into->bounds.integral != from.bounds.integral)
	{
		into->bounds.known = false;
		return;
	}
	if (into->bounds.integral)
	{
		into->bounds.low = Min(into->bounds.low, from.bounds.low);
		into->bounds.high = Max(into->bounds.high, from.bounds.high);
	}
	else
	{
		into->bounds.whole_digits = Max(into->bounds.whole_digits, from.bounds.whole_digits);
		into->bounds.fraction_digits = Max(into->bounds.fraction_digits, from.bounds.fraction_digits);
	}
}

bool WriteOperand(Translator *translator, Expr *expr, Form form, StringInfo out, Operand *operand)
{
	check_stack_depth();
	Node *node = reinterpret_cast<Node *>(expr);

	// Relabelling (varchar to text, domains over the same type) changes nothing of the value.
	if (IsA(node, RelabelType))
	{
		const RelabelType *relabel = reinterpret_cast<const RelabelType *>(node);
		Oid from = exprType(reinterpret_cast<Node *>(relabel->arg));
		bool texts = (from == TEXTOID || from == VARCHAROID) &&
					 (relabel->resulttype == TEXTOID || relabel->resulttype == VARCHAROID);
		if (texts || from == relabel->resulttype)
			return WriteOperand(translator, relabel->arg, form, out, operand);
		if (!IsLocalValue(translator, node))
			return Fail(translator, "a cast from %s to %s", format_type_be(from), format_type_be(relabel->resulttype));
	}
	if (IsA(node, CollateExpr))
		return WriteOperand(translator, reinterpret_cast<CollateExpr *>(node)->arg, form, out, operand);
	if (IsA(node, Var) && !IsLocalValue(translator, node))
		return WriteColumn(translator, reinterpret_cast<Var *>(node), form, out, operand);
	if (IsA(node, Const))
		return WriteConstant(translator, reinterpret_cast<Const *>(node), form, out, operand);
	if (IsLocalValue(translator, node))
		return WriteLocalValue(translator, expr, form, out, operand);

	// An expression: written as a value, then made exact where it is compared.
	StringInfoData text;
	initStringInfo(&text);
	if (exprType(node) == BOOLOID)
	{
		operand->kind = Kind::boolean;
		if (!WriteExpression(translator, expr, &text, operand, false))
			return false;
		operand->kind = Kind::boolean;
	}
	else if (!WriteExpression(translator, expr, &text, operand, false))
		return false;

	bool is_text = operand->kind == Kind::text || operand->kind == Kind::bpchar;
	// Bytes as well: MariaDB takes COALESCE(tinyblob, X'') for a string of no length where it makes groups of it.
	if ((is_text || operand->kind == Kind::bytes) && form == Form::compare)
		translator->dialect->AppendExactText(out, text.data);
	else if (is_text && form == Form::like)
		translator->dialect->AppendLikeText(out, text.data);
	else if (form == Form::pattern)
		return Fail(translator, "the pattern of LIKE is not a constant");
	// The type of a sum has room for all digits that there are.
	else if (IsA(node, Aggref) && operand->kind == Kind::decimal && operand->bounds.known &&
			 translator->dialect->DecimalsMeetInOneType())
		translator->dialect->AppendDecimal(out, text.data,
										   operand->bounds.whole_digits + operand->bounds.fraction_digits,
										   operand->bounds.fraction_digits);
	else if (form == Form::value && operand->whole)
		translator->dialect->AppendExactWhole(out, text.data, operand->bounds.whole_digits);
	else
		appendBinaryStringInfo(out, text.data, text.len);
	operand->whole = operand->whole && form == Form::compare;
	return true;
}

bool WriteExpression(Translator *translator, Expr *expr, StringInfo out, Operand *operand, bool superset)
{
	Node *node = reinterpret_cast<Node *>(expr);
	switch (nodeTag(node))
	{
		case T_OpExpr:
		case T_FuncExpr:
			return WriteCall(translator, expr, out, operand, superset);
		case T_DistinctExpr:
			return WriteDistinct(translator, reinterpret_cast<DistinctExpr *>(node), out);
		case T_NullIfExpr:
			return WriteNullIf(translator, reinterpret_cast<NullIfExpr *>(node), out, operand);
		case T_ScalarArrayOpExpr:
			return WriteArrayComparison(translator, reinterpret_cast<ScalarArrayOpExpr *>(node), out, superset);
		case T_RowCompareExpr:
			return WriteRowComparison(translator, reinterpret_cast<RowCompareExpr *>(node), out);
		case T_BoolExpr:
			return WriteBool(translator, reinterpret_cast<BoolExpr *>(node), out, superset);
		case T_NullTest:
			return WriteNullTest(translator, reinterpret_cast<NullTest *>(node), out);
		case T_BooleanTest:
			return WriteBooleanTest(translator, reinterpret_cast<BooleanTest *>(node), out);
		case T_CaseExpr:
			return WriteCase(translator, reinterpret_cast<CaseExpr *>(node), out, operand);
		case T_CoalesceExpr:
			return WriteCoalesce(translator, reinterpret_cast<CoalesceExpr *>(node), out, operand);
		case T_Aggref:
			if (!translator->grouped)
				return Fail(translator, "an aggregate of another query");
			return WriteAggregate(translator, reinterpret_cast<Aggref *>(node), out, operand);
		case T_MinMaxExpr:
			return WriteMinMax(translator, reinterpret_cast<MinMaxExpr *>(node), out, operand);
		case T_SubPlan:
		case T_AlternativeSubPlan:
			return Fail(translator, "a subquery belongs to the local plan");
		case T_CoerceViaIO:
			return Fail(translator, "a cast from %s to %s through text",
						format_type_be(exprType(reinterpret_cast<Node *>(reinterpret_cast<CoerceViaIO *>(node)->arg))),
						format_type_be(exprType(node)));
		case T_RelabelType:
			return Fail(translator, "a cast to %s", format_type_be(exprType(node)));
		case T_CoerceToDomain:
			return Fail(translator, "a cast to a domain checks its constraints locally");
		default:
			return Fail(translator, "an expression of a kind that has no exact remote form");
	}
}

bool WriteCondition(Translator *translator, Expr *expr, StringInfo out, bool superset)
{
	check_stack_depth();
	Operand operand{};
	Node *node = reinterpret_cast<Node *>(expr);
	if (IsA(node, Var) || IsA(node, Const) || IsA(node, RelabelType) || IsA(node, CollateExpr) ||
		IsLocalValue(translator, node))
		return WriteOperand(translator, expr, Form::value, out, &operand);
	return WriteExpression(translator, expr, out, &operand, superset);
}

bool Translator::Condition(Expr *expr, StringInfo out)
{
	List *before = list_copy(params);
	int length = out->len;
	reason = nullptr;
	if (rules->off)
		return Fail(this, "pushdown is off for this server");
	// A condition without any column of ours is not the remote server's business.
	if (!grouped && !bms_overlap(VarnosOf(reinterpret_cast<Node *>(expr)), relids))
		return Fail(this, "it does not read this table");
	if (contain_volatile_functions(reinterpret_cast<Node *>(expr)))
		return Fail(this, "it calls a volatile function");
	const char *guard = dialect->Guard();
	bool raised = raises;
	if (guard != nullptr)
		raises = minds_null = false;
	bool written = WriteCondition(this, expr, out, true);
	if (written && guard != nullptr && raises && minds_null)
	{
		const char *condition = pstrdup(out->data + length);
		out->len = length;
		appendStringInfo(out, "%s(%s)", guard, condition);
	}
	raises = raises || raised;
	if (written)
		return true;
	params = before;
	out->len = length;
	out->data[length] = '\0';
	if (reason == nullptr)
		reason = "it has no exact remote form";
	return false;
}

bool Translator::WiderCondition(Expr *expr, StringInfo out)
{
	if (rules->off || contain_volatile_functions(reinterpret_cast<Node *>(expr)))
		return false;
	List *before = list_copy(params);
	const char *why = reason;
	int length = out->len;
	bool written = WriteWiderZoneComparison(this, expr, out);
	reason = why;
	if (written)
		return true;
	params = before;
	out->len = length;
	out->data[length] = '\0';
	return false;
}

void ReadMarker(const char *text, MarkerKind *kind, int *index)
{
	*kind = static_cast<MarkerKind>(text[1]);
	char digits[5] = {text[2], text[3], text[4], text[5], '\0'};
	*index = static_cast<int>(strtol(digits, nullptr, 16));
}

char *ShowMarkers(const char *sql)
{
	StringInfoData out;
	initStringInfo(&out);
	for (const char *at = sql; *at != '\0'; ++at)
	{
		if (*at != kMarker)
		{
			appendStringInfoChar(&out, *at);
			continue;
		}
		MarkerKind kind;
		int index;
		ReadMarker(at, &kind, &index);
		appendStringInfo(&out, "$%d", index + 1);
		at += kMarkerLength - 1;
	}
	return pg_any_to_server(out.data, out.len, PG_UTF8);
}

} // namespace fabric::fdw
