// The shippability walk, comparisons that are no calls: IS DISTINCT FROM, NULLIF, comparisons of rows. See translate.hpp.
#include "pg/compat.hpp"

#include "fdw/shared/translate_internal.hpp"

namespace fabric::fdw
{

bool WriteDistinct(Translator *translator, const DistinctExpr *expr, StringInfo out)
{
	if (!NodeAllowed(translator, "IS DISTINCT FROM"))
		return false;
	translator->minds_null = true;
	// Its operator is the equality.
	Call call = OperatorCall(expr);
	if (AdmitEquality(translator, call, kEquality) == nullptr)
		return false;
	Operand operands[2] = {};
	const char *same = Mutated("null_safe_as_equals") ? "$c1 = $c2" : translator->dialect->SameForm();
	int before = out->len;
	if (!FillTemplate(translator, psprintf("(NOT (%s))", same), call.args, false, out, operands))
		return false;
	if (!translator->dialect->LeavesEqualityToIndex() || operands[0].varno == operands[1].varno ||
		operands[0].column == nullptr || operands[1].column == nullptr)
		return true;
	// Joining by an index, MariaDB takes a = b for done by a <=> b, and finds NULLs. This is no join by index.
	out->len = before;
	out->data[before] = '\0';
	return FillTemplate(translator, psprintf("(NOT ((%s) IS TRUE))", translator->dialect->SameForm()), call.args, false,
						out, operands);
}

bool WriteNullIf(Translator *translator, const NullIfExpr *expr, StringInfo out, Operand *operand)
{
	if (!NodeAllowed(translator, "NULLIF"))
		return false;
	translator->minds_null = true;
	Call call = OperatorCall(expr);
	if (AdmitEquality(translator, call, kEquality) == nullptr)
		return false;
	Operand operands[2] = {};
	if (!FillTemplate(translator, "(CASE WHEN ($c1 = $c2) THEN NULL ELSE $1 END)", call.args, false, out, operands))
		return false;
	operand->kind = operands[0].kind;
	operand->bounds = operands[0].bounds;
	operand->fixed_scale = operands[0].fixed_scale;
	operand->scale = operands[0].scale;
	return true;
}

bool WriteRowComparison(Translator *translator, const RowCompareExpr *expr, StringInfo out)
{
	if (!NodeAllowed(translator, "ROW comparison"))
		return false;
	// (a, b) < (c, d)  is  a < c OR (a = c AND b < d); all but the last part compare strictly.
	int count = list_length(expr->largs);
	StrategyNumber strategy = pg::compat::RowCompareStrategy(expr);
	bool less = strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber;
	bool or_equal = strategy == BTLessEqualStrategyNumber || strategy == BTGreaterEqualStrategyNumber;
	if (!less && strategy != BTGreaterStrategyNumber && strategy != BTGreaterEqualStrategyNumber)
		return Fail(translator, "a row comparison of this kind");
	for (int i = 0; i < count; ++i)
	{
		List *args = list_make2(list_nth(expr->largs, i), list_nth(expr->rargs, i));
		Oid operator_oid = list_nth_oid(expr->opnos, i);
		Call call{get_opcode(operator_oid), operator_oid, list_nth_oid(expr->inputcollids, i), BOOLOID, args};
		const Signature *signature = Admit(translator, call);
		if (signature == nullptr)
			return false;
		if ((signature->flags & (kTextEquality | kTextOrder)) != 0 &&
			!CheckCollation(translator, signature->flags, Kind::text, call.collation))
			return false;
		bool last = i == count - 1;
		const char *sign = last && or_equal ? (less ? "<=" : ">=") : (less ? "<" : ">");
		Operand operands[2] = {};
		if (!FillTemplate(translator, psprintf("(($c1 %s $c2)", sign), args, false, out, operands))
			return false;
		if (!last && !FillTemplate(translator, " OR (($c1 = $c2) AND ", args, false, out, operands))
			return false;
	}
	for (int i = 0; i < count; ++i)
		appendStringInfoString(out, i < count - 1 ? "))" : ")");
	return true;
}

} // namespace fabric::fdw
