// ORDER BY. See order.hpp; the rules R3 to R6 and R21 named here are those of docs/fdw_mysql.md.
#include "pg/compat.hpp"

#include "fdw/shared/aggregates.hpp"
#include "fdw/shared/order.hpp"
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/clauses.h>
#include <optimizer/optimizer.h>
#include <optimizer/paths.h>
#include <utils/typcache.h>
}

namespace fabric::fdw
{

namespace
{

// Whether the remote server orders these values as PostgreSQL does.
bool OrderIsExact(Translator *translator, const Operand &operand, Oid collation)
{
	switch (operand.kind)
	{
		case Kind::text:
		case Kind::bpchar:
			if (operand.column != nullptr && type_is_enum(operand.column->type))
				return Fail(translator, "enums are ordered by position here (R25)");
			if (!CheckCollation(translator, kTextOrder, operand.kind, collation))
				return false;
			return IsSortedWhole(*translator, operand) ||
				   Fail(translator, "long text is ordered remotely by its beginning only (R4)");
		case Kind::bytes:
			return IsSortedWhole(*translator, operand) ||
				   Fail(translator, "long byte strings are ordered remotely by their beginning only (R4)");
		case Kind::none:
		case Kind::bits:
			return Fail(translator, "values of this type are ordered differently remotely");
		default:
			return true;
	}
}

// Writes a key's expression as it is ordered.
bool WriteKey(Translator *translator, Expr *expr, StringInfo out)
{
	Node *node = reinterpret_cast<Node *>(expr);
	Operand operand{};
	StringInfoData text;
	initStringInfo(&text);
	// A number there would be the position of a column.
	if (!IsA(expr, Aggref) && bms_is_subset(VarnosOf(node), translator->absent))
		return Fail(translator, "a key of ORDER BY that is the same for all rows");
	if (!WriteOperand(translator, expr, Form::compare, &text, &operand) ||
		!OrderIsExact(translator, operand, exprCollation(node)))
		return false;
	if (operand.column != nullptr &&
		(translator->dialect->PlainIsByteOrder(*operand.column) || Mutated("order_by_collation")))
	{
		resetStringInfo(&text);
		if (!WriteOperand(translator, expr, Form::plain, &text, &operand))
			return false;
	}
	appendBinaryStringInfo(out, text.data, text.len);
	return true;
}

} // namespace

bool IsNeverNull(const Translator &translator, const RemoteRelation *relation, const Expr *expr)
{
	while (IsA(expr, RelabelType))
		expr = reinterpret_cast<const RelabelType *>(expr)->arg;
	if (IsA(expr, Aggref))
		return reinterpret_cast<const Aggref *>(expr)->aggfnoid == F_COUNT_ ||
			   reinterpret_cast<const Aggref *>(expr)->aggfnoid == F_COUNT_ANY;
	const Var *var = reinterpret_cast<const Var *>(expr);
	const TranslatableColumn *column = IsA(expr, Var) ? FindColumn(translator, var) : nullptr;
	if (column == nullptr || column->reference.facts == nullptr)
		return false;
	int varno = static_cast<int>(var->varno);
	const RemoteRelation *source = relation->grouped != nullptr ? relation->grouped : relation;
	// With zero_dates 'null' such a date is NULL whatever the column says.
	bool dated = column->reference.kind == Kind::date || column->reference.kind == Kind::timestamp ||
				 column->reference.kind == Kind::timestamptz;
	if (!column->reference.facts->nullable && !bms_is_member(varno, source->nullable) &&
		!(dated && column->reference.zero_dates != ZeroDates::error))
		return true;
	ListCell *cell;
	foreach (cell, source->where)
	{
		const WherePart &part = *static_cast<const WherePart *>(lfirst(cell));
		if (part.clause == nullptr || part.wider)
			continue;
		List *strict = find_nonnullable_vars(reinterpret_cast<Node *>(part.clause));
		if (pg::compat::IsAmongNonnullableVars(strict, var))
			return true;
	}
	return false;
}

bool NullsAreNatural(const Dialect &dialect, const OrderKey &key)
{
	return key.never_null || dialect.NullsAreNatural(key.descending, key.nulls_first) || Mutated("null_order_ignored");
}

namespace
{

// A column of a set operation; of type varchar it is ordered as text.
bool IsColumnOfSet(const Expr *expr)
{
	while (IsA(expr, RelabelType))
		expr = reinterpret_cast<const RelabelType *>(expr)->arg;
	return IsA(expr, Var) && reinterpret_cast<const Var *>(expr)->varno == 0;
}

} // namespace

Expr *ExpressionOf(PlannerInfo *root, const RemoteRelation *relation, const PathKey *key, const char **reason)
{
	EquivalenceClass *klass = key->pk_eclass;
	if (klass->ec_has_volatile)
		return nullptr;
	ListCell *cell;
	foreach (cell, klass->ec_members)
	{
		const EquivalenceMember *member = static_cast<EquivalenceMember *>(lfirst(cell));
		if (member->em_is_const)
			continue;
		if (relation->windowed != nullptr && contain_window_function(reinterpret_cast<Node *>(member->em_expr)))
			continue;
		if (relation->arms != NIL)
		{
			if (IsColumnOfSet(member->em_expr) && CanOrder(root, relation, member->em_expr, reason))
				return member->em_expr;
			continue;
		}
		if (relation->grouped != nullptr)
		{
			// Above groups only what they give is there.
			if (list_member(relation->shipped, member->em_expr))
				return member->em_expr;
			continue;
		}
		Relids varnos = VarnosOf(reinterpret_cast<Node *>(member->em_expr));
		bool ours =
			!bms_is_empty(varnos) && bms_is_subset(varnos, relation->relids) && !bms_overlap(varnos, relation->hidden);
		// A column above an outer join is another one than below it.
		ours = ours && bms_is_subset(member->em_relids, relation->computed);
		if (!ours || contain_agg_clause(reinterpret_cast<Node *>(member->em_expr)))
			continue;
		if (CanOrder(root, relation, member->em_expr, reason))
			return member->em_expr;
	}
	return nullptr;
}

bool CanOrder(PlannerInfo *root, const RemoteRelation *relation, Expr *expr, const char **reason)
{
	Translator translator = MakeTranslator(root, relation);
	StringInfoData text;
	initStringInfo(&text);
	bool can = NodeAllowed(&translator, "ORDER BY") && !contain_volatile_functions(reinterpret_cast<Node *>(expr)) &&
			   WriteKey(&translator, expr, &text);
	if (can && MayNeedHome(translator))
		can = Fail(&translator, "it orders by a value that may have no remote form");
	*reason = translator.reason;
	return can;
}

bool IsOrderedAsIs(PlannerInfo *root, const RemoteRelation *relation, Expr *expr)
{
	Translator translator = MakeTranslator(root, relation);
	StringInfoData key, plain;
	initStringInfo(&key);
	initStringInfo(&plain);
	Operand operand{};
	return WriteKey(&translator, expr, &key) && WriteOperand(&translator, expr, Form::plain, &plain, &operand) &&
		   strcmp(key.data, plain.data) == 0;
}

bool OrderKeysOf(PlannerInfo *root, const RemoteRelation *relation, List *pathkeys, List **keys, const char **reason)
{
	Translator translator = MakeTranslator(root, relation);
	ListCell *cell;
	*keys = NIL;
	*reason = nullptr;
	if (relation->rules->off)
	{
		*reason = "pushdown is off for this server";
		return false;
	}
	foreach (cell, pathkeys)
	{
		const PathKey *pathkey = lfirst_node(PathKey, cell);
		Expr *expr = ExpressionOf(root, relation, pathkey, reason);
		if (expr == nullptr)
		{
			if (*reason == nullptr)
				*reason = "it orders by what is computed here";
			return false;
		}
		*reason = nullptr;
		// The order must be the type's own.
		TypeCacheEntry *type = lookup_type_cache(exprType(reinterpret_cast<Node *>(expr)), TYPECACHE_BTREE_OPFAMILY);
		if (type->btree_opf != pathkey->pk_opfamily)
		{
			*reason = "it orders by an operator class of its own";
			return false;
		}
		if (!CanOrder(root, relation, expr, reason))
			return false;
		OrderKey *key = static_cast<OrderKey *>(palloc0(sizeof(OrderKey)));
		key->expr = expr;
		key->descending = pg::compat::IsDescending(pathkey);
		key->nulls_first = pathkey->pk_nulls_first;
		key->never_null = IsNeverNull(translator, relation, expr);
		*keys = lappend(*keys, key);
	}
	return true;
}

bool WriteOrder(Translator *translator, List *keys, bool without_first, StringInfo out)
{
	bool first = true;
	ListCell *cell;
	foreach (cell, keys)
	{
		const OrderKey &key = *static_cast<OrderKey *>(lfirst(cell));
		if (without_first && foreach_current_index(cell) == 0)
			continue;
		StringInfoData text;
		initStringInfo(&text);
		if (!WriteKey(translator, key.expr, &text))
			return false;
		appendStringInfoString(out, first ? " ORDER BY " : ", ");
		first = false;
		bool parted = translator->two_arms && foreach_current_index(cell) == 0;
		bool nowhere = key.never_null || parted || Mutated("null_order_ignored");
		translator->dialect->AppendSortKey(out, text.data, key.descending, key.nulls_first, nowhere);
	}
	return true;
}

} // namespace fabric::fdw
