// The shippability walk, nodes that are no calls: AND, OR, NOT, IS NULL, CASE, COALESCE, GREATEST and the like. See
// translate.hpp.
#include "pg/compat.hpp"

#include "fdw/shared/translate_internal.hpp"

namespace fabric::fdw
{

namespace
{

constexpr NodeEntry kNodes[] = {
	{"AND", true, nullptr},
	{"OR", true, "in parentheses"},
	{"NOT", true, nullptr},
	{"IS NULL", true, "on any column"},
	{"BOOLEAN TEST", true, "IS [NOT] TRUE, FALSE, UNKNOWN"},
	{"CASE", true, "searched and simple"},
	{"COALESCE", true, nullptr},
	{"NULLIF", true, "as CASE over the exact equality"},
	{"GREATEST", true, "NULL arguments are passed over as in PostgreSQL; not for text"},
	{"LEAST", true, "NULL arguments are passed over as in PostgreSQL; not for text"},
	{"IN", true, "= ANY (constants)"},
	{"ANY(array)", true, "= ANY (parameter), as IN"},
	{"ALL(array)", true, "<> ALL, as NOT IN; exact form only"},
	{"ROW comparison", true, "expanded; = and <> are made of their parts by PostgreSQL itself"},
	{"IS DISTINCT FROM", true, "over the exact forms"},
	{"param", true, "parameters, and stable expressions without columns, are evaluated locally and sent as values"},
	{"JOIN", true, "inner joins of tables of one server"},
	{"LEFT JOIN", true, "and RIGHT JOIN, when all its conditions are shipped"},
	{"SEMI JOIN", true, "EXISTS and IN over a subquery, as EXISTS"},
	{"ANTI JOIN", true, "NOT EXISTS, and outer joins that ask for what is missing"},
	{"FULL JOIN", false, "the remote server has none (R24)"},
	{"LOOKUP JOIN", true, "rows of anything with a remote table, many keys in one statement"},
	{"GROUP BY", true, "and aggregates without it, when every condition is shipped"},
	{"GROUPING SETS", false, "grouping sets, cubes and rollups are computed locally"},
	{"WINDOW", true,
	 "row_number, rank, dense_rank, lag, lead, first_value, last_value, exact aggregates; no frames with offsets"},
	{"DISTINCT", true, "when every condition is shipped"},
	{"DISTINCT ON", false, "takes the first rows of an order locally"},
	{"FLOAT AGGREGATE", true, "sums and averages of floating-point numbers, whose last digits depend on the order"},
	{"ORDER BY", true, "where the remote order is PostgreSQL's"},
	{"LIMIT", true, "and OFFSET, when every condition and the order are shipped (R22)"},
	{"WITH TIES", false, "is counted locally"},
	{"UNION", true, "of tables of one server; UNION ALL without others is an Append of its arms"},
	{"INTERSECT", true, "also ALL, where the remote server has it"},
	{"EXCEPT", true, "also ALL, where the remote server has it"},
	{"SubPlan", false, "a subquery belongs to the local plan"},
	{"ArrayExpr", false, "the remote server has no arrays; = ANY (ARRAY[...]) is shipped as IN"},
	{"CoerceViaIO", false, "casts through text differ in what they accept"},
	{"JSON", false, "operators of json and jsonb differ in comparison and in path semantics"},
};

} // namespace

std::span<const NodeEntry> NodeEntries()
{
	return kNodes;
}

bool WriteBool(Translator *translator, const BoolExpr *expr, StringInfo out, bool superset)
{
	const char *node = expr->boolop == AND_EXPR ? "AND" : expr->boolop == OR_EXPR ? "OR" : "NOT";
	if (!NodeAllowed(translator, node))
		return false;
	if (expr->boolop == NOT_EXPR)
	{
		appendStringInfoString(out, "(NOT ");
		if (!WriteCondition(translator, static_cast<Expr *>(linitial(expr->args)), out, false))
			return false;
		appendStringInfoChar(out, ')');
		return true;
	}
	const char *glue = expr->boolop == AND_EXPR ? " AND " : " OR ";
	// The mutation leaves out the parentheses, so that OR binds looser than the AND around it.
	bool parentheses = expr->boolop == AND_EXPR || !Mutated("unparenthesised_or");
	if (parentheses)
		appendStringInfoChar(out, '(');
	ListCell *cell;
	bool first = true;
	foreach (cell, expr->args)
	{
		if (!first)
			appendStringInfoString(out, glue);
		first = false;
		if (!WriteCondition(translator, static_cast<Expr *>(lfirst(cell)), out, superset))
			return false;
	}
	if (parentheses)
		appendStringInfoChar(out, ')');
	return true;
}

namespace
{

// Whether what was written since `raises` was cleared raises errors; puts the flag's former value back beside it.
bool MayRaise(Translator *translator, bool before)
{
	bool raises = translator->raises;
	translator->raises = raises || before;
	return raises;
}

constexpr const char *kUncomputed =
	"whether it is NULL may be decided remotely without computing it, and without its error";

} // namespace

bool WriteNullTest(Translator *translator, const NullTest *test, StringInfo out)
{
	if (!NodeAllowed(translator, "IS NULL"))
		return false;
	translator->minds_null = true;
	if (test->argisrow)
		return Fail(translator, "IS NULL of a row looks at each field");
	bool negated = test->nulltesttype == IS_NOT_NULL;
	if (IsA(test->arg, Var))
	{
		const Var *var = reinterpret_cast<const Var *>(test->arg);
		const TranslatableColumn *column = FindColumn(*translator, var);
		if (column != nullptr && column->name != nullptr && column->reference.facts != nullptr)
		{
			// The bare column will do: also a column whose values are never compared remotely can be tested.
			if (IsHidden(*translator, var))
				return Fail(translator, "a column of the other side of a semi-join");
			if (bms_is_member(static_cast<int>(var->varno), translator->absent))
				appendStringInfoString(out, negated ? "(FALSE)" : "(TRUE)");
			else
				translator->dialect->AppendIsNull(out, *WrittenAs(*translator, column->reference, var), nullptr,
												  negated);
			return true;
		}
	}
	appendStringInfoChar(out, '(');
	Operand operand{};
	bool before = translator->raises;
	translator->raises = false;
	bool written = WriteOperand(translator, test->arg, Form::value, out, &operand);
	if (MayRaise(translator, before) && written)
		return Fail(translator, "%s", kUncomputed);
	appendStringInfo(out, " IS %sNULL)", negated ? "NOT " : "");
	return written;
}

bool WriteBooleanTest(Translator *translator, const BooleanTest *test, StringInfo out)
{
	if (!NodeAllowed(translator, "BOOLEAN TEST"))
		return false;
	translator->minds_null = true;
	static constexpr const char *kTests[] = {"IS TRUE",		 "IS NOT TRUE", "IS FALSE",
											 "IS NOT FALSE", "IS UNKNOWN",	"IS NOT UNKNOWN"};
	bool unknown = test->booltesttype == IS_UNKNOWN || test->booltesttype == IS_NOT_UNKNOWN;
	bool before = translator->raises;
	translator->raises = false;
	appendStringInfoChar(out, '(');
	bool written = WriteCondition(translator, test->arg, out, false);
	if (MayRaise(translator, before) && written && unknown)
		return Fail(translator, "%s", kUncomputed);
	appendStringInfo(out, " %s)", kTests[test->booltesttype]);
	return written;
}

namespace
{

struct CaseTestContext
{
	Node *value;
};

Node *ReplaceCaseTestMutator(Node *node, void *context)
{
	if (node == nullptr)
		return nullptr;
	if (IsA(node, CaseTestExpr))
		return static_cast<Node *>(copyObjectImpl(static_cast<CaseTestContext *>(context)->value));
	// An inner simple CASE has a test value of its own: only its argument can speak of ours.
	if (IsA(node, CaseExpr) && reinterpret_cast<CaseExpr *>(node)->arg != nullptr)
	{
		CaseExpr *inner = static_cast<CaseExpr *>(copyObjectImpl(node));
		inner->arg = reinterpret_cast<Expr *>(ReplaceCaseTestMutator(reinterpret_cast<Node *>(inner->arg), context));
		return reinterpret_cast<Node *>(inner);
	}
	return pg::compat::MutateExpressionTree(node, ReplaceCaseTestMutator, context);
}

} // namespace

Node *ReplaceCaseTest(Node *node, Node *value)
{
	CaseTestContext context{value};
	return ReplaceCaseTestMutator(node, &context);
}

bool WriteCase(Translator *translator, const CaseExpr *expr, StringInfo out, Operand *operand)
{
	if (!NodeAllowed(translator, "CASE"))
		return false;
	translator->minds_null = true;
	appendStringInfoString(out, "(CASE");
	ListCell *cell;
	foreach (cell, expr->args)
	{
		const CaseWhen *when = lfirst_node(CaseWhen, cell);
		Expr *condition = when->expr;
		if (expr->arg != nullptr)
			condition = reinterpret_cast<Expr *>(
				ReplaceCaseTest(reinterpret_cast<Node *>(condition), reinterpret_cast<Node *>(expr->arg)));
		appendStringInfoString(out, " WHEN ");
		if (!WriteCondition(translator, condition, out, false))
			return false;
		appendStringInfoString(out, " THEN ");
		Operand result{};
		if (!WriteOperand(translator, when->result, Form::value, out, &result))
			return false;
		MergeOperand(operand, result);
	}
	appendStringInfoString(out, " ELSE ");
	if (expr->defresult != nullptr)
	{
		Operand result{};
		if (!WriteOperand(translator, expr->defresult, Form::value, out, &result))
			return false;
		MergeOperand(operand, result);
	}
	else
		appendStringInfoString(out, "NULL");
	appendStringInfoString(out, " END)");
	return MeetExactly(translator, operand, 1);
}

namespace
{

bool WriteList(Translator *translator, List *arguments, Form form, StringInfo out, Operand *operand)
{
	ListCell *cell;
	bool first = true;
	foreach (cell, arguments)
	{
		if (!first)
			appendStringInfoString(out, ", ");
		first = false;
		Operand item{};
		if (!WriteOperand(translator, static_cast<Expr *>(lfirst(cell)), form, out, &item))
			return false;
		MergeOperand(operand, item);
	}
	return MeetExactly(translator, operand, 1);
}

} // namespace

bool WriteCoalesce(Translator *translator, const CoalesceExpr *expr, StringInfo out, Operand *operand)
{
	if (!NodeAllowed(translator, "COALESCE"))
		return false;
	translator->minds_null = true;
	appendStringInfoString(out, "COALESCE(");
	if (!WriteList(translator, expr->args, Form::value, out, operand))
		return false;
	appendStringInfoChar(out, ')');
	return true;
}

// PostgreSQL passes over NULL arguments, the remote functions do not: each argument is replaced by the first of the others
// that is not NULL.
bool WriteMinMax(Translator *translator, const MinMaxExpr *expr, StringInfo out, Operand *operand)
{
	const char *name = expr->op == IS_GREATEST ? "GREATEST" : "LEAST";
	if (!NodeAllowed(translator, name))
		return false;
	translator->minds_null = true;
	StringInfoData scratch;
	initStringInfo(&scratch);
	if (!WriteList(translator, expr->args, Form::value, &scratch, operand))
		return false;
	if (operand->kind == Kind::text || operand->kind == Kind::bpchar)
		return Fail(translator, "%s of text orders by a collation", name);
	if (operand->kind == Kind::float4 || operand->kind == Kind::float8)
		return Fail(translator, "%s of floating-point numbers treats -0 differently", name);
	int count = list_length(expr->args);
	if (count > 8)
		return Fail(translator, "%s of more than eight arguments", name);
	appendStringInfo(out, "%s(", name);
	for (int i = 0; i < count; ++i)
	{
		List *rotated = NIL;
		for (int j = 0; j < (Mutated("greatest_null_semantics") ? 1 : count); ++j)
			rotated = lappend(rotated, list_nth(expr->args, (i + j) % count));
		appendStringInfoString(out, i > 0 ? ", COALESCE(" : "COALESCE(");
		Operand ignored{};
		if (!WriteList(translator, rotated, Form::value, out, &ignored))
			return false;
		appendStringInfoChar(out, ')');
	}
	appendStringInfoChar(out, ')');
	return true;
}

} // namespace fabric::fdw
