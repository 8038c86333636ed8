// ORDER BY: which orders the remote server gives as PostgreSQL does, and how they are written.
#pragma once

#include "fdw/shared/relation.hpp"

namespace fabric::fdw
{

// One key of ORDER BY.
struct OrderKey
{
	Expr *expr;
	bool descending;
	bool nulls_first;
	bool never_null; // no row has NULL there
};

// The keys (List of OrderKey*) that give the order of `pathkeys`; false with the reason when the remote server has no such order.
bool OrderKeysOf(PlannerInfo *root, const RemoteRelation *relation, List *pathkeys, List **keys, const char **reason);

// The expression that stands for a pathkey in what a relation computes; nullptr when there is none, perhaps with a reason.
Expr *ExpressionOf(PlannerInfo *root, const RemoteRelation *relation, const PathKey *key, const char **reason);

// Whether the remote server orders by an expression as PostgreSQL does; the reason otherwise.
bool CanOrder(PlannerInfo *root, const RemoteRelation *relation, Expr *expr, const char **reason);

// Whether a column is ordered remotely as it is stored, so that an index can give the order.
bool IsOrderedAsIs(PlannerInfo *root, const RemoteRelation *relation, Expr *expr);

// Whether a condition of the relation, or the column itself, keeps NULLs out of an expression.
bool IsNeverNull(const Translator &translator, const RemoteRelation *relation, const Expr *expr);

// Writes " ORDER BY ...". `without_first`: the first key is left out, because it is NULL in all rows.
bool WriteOrder(Translator *translator, List *keys, bool without_first, StringInfo out);

// Whether NULLs in the first key of a query with a LIMIT are better asked for apart.
bool WantsTwoArms(const RemoteQuery *query);

// Whether NULLs of a key come remotely where they are wanted, without a key of their own.
bool NullsAreNatural(const Dialect &dialect, const OrderKey &key);

} // namespace fabric::fdw
