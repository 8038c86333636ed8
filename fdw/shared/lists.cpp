// Comparisons with the elements of an array: IN and NOT IN. See translate_internal.hpp.
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <utils/array.h>
}

namespace fabric::fdw
{

namespace
{

// The elements of a constant array, as one of several operands.
void MergeElements(const Const *constant, Oid element_type, Operand *merged)
{
	if (constant->constisnull)
		return;
	const auto [values, nulls, count] = ElementsOf(constant->constvalue, element_type);
	for (int i = 0; i < count; ++i)
	{
		Operand element{};
		Const *value = makeConst(element_type, -1, InvalidOid, 0, values[i], nulls[i], false);
		element.kind = merged->kind;
		element.constant = value;
		element.bounds = BoundsOfConstant(value);
		MergeOperand(merged, element);
	}
}

// The right side of IN as text, in compare form or plain form: constants one by one, a parameter as a list marker. With
// `padded` a NULL is among them. What is compared is merged into one operand.
bool WriteElements(Translator *translator, Node *array, Form form, bool padded, StringInfo out, Repertoire *repertoire,
				   Operand *merged)
{
	if (IsA(array, ArrayExpr))
	{
		*repertoire = Repertoire::any;
		const ArrayExpr *elements = reinterpret_cast<ArrayExpr *>(array);
		if (elements->multidims || elements->elements == NIL)
			return Fail(translator, "an array of arrays");
		appendStringInfoChar(out, '(');
		ListCell *cell;
		foreach (cell, elements->elements)
		{
			if (foreach_current_index(cell) > 0)
				appendStringInfoString(out, ", ");
			Operand element{};
			if (!WriteOperand(translator, static_cast<Expr *>(lfirst(cell)), form, out, &element))
				return false;
			MergeOperand(merged, element);
		}
		appendStringInfoString(out, padded ? ", NULL)" : ")");
		return true;
	}
	Oid element_type = get_element_type(exprType(array));
	if (!OidIsValid(element_type) || translator->dialect->LiteralKind(element_type) == Kind::none)
		return Fail(translator, "an array of type %s has no exact remote form", format_type_be(exprType(array)));
	if (!IsA(array, Const))
	{
		*repertoire = Repertoire::any;
		Operand sent{};
		sent.kind = merged->kind;
		sent.parameter = true;
		sent.bounds = IntegerBoundsOfType(element_type);
		if (element_type == NUMERICOID)
			(void)translator->dialect->MostDigitsSent(&sent.bounds);
		MergeOperand(merged, sent);
		return WriteArrayParameter(translator, reinterpret_cast<Expr *>(array), padded, out);
	}
	const Const *constant = reinterpret_cast<Const *>(array);
	*repertoire = ConstantRepertoire(constant);
	MergeElements(constant, element_type, merged);
	if (!AppendArrayLiteral(*translator->dialect, constant->constisnull, constant->constvalue, element_type, form,
							padded, out))
		return Fail(translator, "an element of the list that the remote server cannot hold");
	return true;
}

// Whether the remote server may complain of an element, see Dialect::ComplainsInList.
bool ListIsComplainedOf(const Translator *translator, const ColumnReference &column, Node *array)
{
	Oid type = get_element_type(exprType(array));
	const Dialect &dialect = *translator->dialect;
	const Const *constant = reinterpret_cast<Const *>(array);
	if (!IsA(array, Const))
		return dialect.ComplainsInList(column, type, nullptr);
	if (constant->constisnull || !dialect.ComplainsInList(column, type, nullptr))
		return false;
	const auto [values, nulls, count] = ElementsOf(constant->constvalue, type);
	for (int i = 0; i < count; ++i)
		if (!nulls[i] && dialect.ComplainsInList(column, type, &values[i]))
			return true;
	return false;
}

} // namespace

ArrayElements ElementsOf(Datum array, Oid element_type)
{
	int16 length;
	bool by_value;
	char align;
	get_typlenbyvalalign(element_type, &length, &by_value, &align);
	ArrayElements found;
	deconstruct_array(DatumGetArrayTypeP(array), element_type, length, by_value, align, &found.values, &found.nulls,
					  &found.count);
	return found;
}

bool AppendArrayLiteral(const Dialect &dialect, bool isnull, Datum value, Oid element_type, Form form, bool padded,
						StringInfo out)
{
	if (isnull)
	{
		appendStringInfoString(out, "(NULL)");
		return true;
	}
	const auto [elements, nulls, count] = ElementsOf(value, element_type);
	if (count == 0)
	{
		// x = ANY ('{}') is false, also for NULL: so is IN over no rows.
		appendStringInfoString(out, dialect.EmptyList());
		return true;
	}
	int before = out->len;
	appendStringInfoChar(out, '(');
	bool first = true;
	for (int i = 0; i < count; ++i)
	{
		if (nulls[i] && Mutated("not_in_null"))
			continue;
		if (!first)
			appendStringInfoString(out, ", ");
		first = false;
		if (nulls[i])
			appendStringInfoString(out, "NULL");
		else if (!dialect.AppendLiteral(out, elements[i], element_type, form))
		{
			out->len = before;
			out->data[before] = '\0';
			return false;
		}
	}
	if (first)
		appendStringInfoString(out, "NULL");
	else if (padded)
		appendStringInfoString(out, ", NULL");
	appendStringInfoChar(out, ')');
	return true;
}

bool WriteArrayComparison(Translator *translator, const ScalarArrayOpExpr *expr, StringInfo out, bool superset)
{
	Node *array = static_cast<Node *>(lsecond(expr->args));
	const char *node = !expr->useOr ? "ALL(array)" : IsA(array, Const) || IsA(array, ArrayExpr) ? "IN" : "ANY(array)";
	if (!NodeAllowed(translator, node))
		return false;
	ScalarArrayOpExpr *known = const_cast<ScalarArrayOpExpr *>(expr);
	set_sa_opfuncid(known);
	Call call{known->opfuncid, known->opno, known->inputcollid, BOOLOID, known->args};
	const Signature *signature = Admit(translator, call);
	if (signature == nullptr)
		return false;
	uint16_t wanted = expr->useOr ? kEquality : kInequality;
	if ((signature->flags & wanted) == 0)
		return Fail(translator, "%s %s: only = ANY and <> ALL are lists remotely", NameOf(call),
					expr->useOr ? "ANY" : "ALL");
	if ((signature->flags & kTextEquality) != 0 &&
		!CheckCollation(translator, signature->flags, Kind::text, call.collation))
		return false;

	const char *word = expr->useOr ? " IN " : " NOT IN ";
	Expr *left = static_cast<Expr *>(linitial(expr->args));
	StringInfoData exact;
	initStringInfo(&exact);
	Operand operand{};
	Repertoire repertoire = Repertoire::any;
	Form form = ComparesByMutation(signature->flags) ? Form::plain : Form::compare;
	appendStringInfoChar(&exact, '(');
	StringInfoData operand_text;
	initStringInfo(&operand_text);
	if (!WriteOperand(translator, left, form, &operand_text, &operand))
		return false;
	bool detached = operand.column != nullptr && ListIsComplainedOf(translator, *operand.column, array);
	if (detached)
		translator->dialect->AppendDetached(&exact, operand_text.data);
	else
		appendStringInfoString(&exact, operand_text.data);
	appendStringInfoString(&exact, word);
	// Where a weaker condition does, a NULL in the list keeps IN from becoming an equality.
	bool padded = superset && expr->useOr && (signature->flags & kTextEquality) == 0 &&
				  !ListKeepsMeaning(translator, operand, array, get_element_type(exprType(array)));
	Operand merged{};
	MergeOperand(&merged, operand);
	if (!WriteElements(translator, array, form, padded, &exact, &repertoire, &merged) ||
		!MeetExactly(translator, &merged, 1))
		return false;
	appendStringInfoChar(&exact, ')');

	if (superset && expr->useOr && (signature->flags & kIndexable) != 0 && operand.column != nullptr && !detached &&
		translator->dialect->PlainIsSuperset(*operand.column, repertoire))
	{
		StringInfoData plain;
		initStringInfo(&plain);
		Operand ignored{};
		appendStringInfoChar(&plain, '(');
		if (WriteOperand(translator, left, Form::plain, &plain, &ignored))
		{
			appendStringInfoString(&plain, word);
			if (WriteElements(translator, array, Form::plain, padded, &plain, &repertoire, &merged))
			{
				appendStringInfoChar(&plain, ')');
				if (strcmp(plain.data, exact.data) != 0)
				{
					appendStringInfo(out, "(%s AND %s)", plain.data, exact.data);
					return true;
				}
			}
		}
	}
	appendBinaryStringInfo(out, exact.data, exact.len);
	return true;
}

} // namespace fabric::fdw
