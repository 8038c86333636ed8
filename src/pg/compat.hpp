// The one place that knows PostgreSQL's versions: inline functions with the newest signature, and the reason.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <access/stratnum.h>
#include <catalog/pg_collation.h>
#include <catalog/pg_database.h>
#include <catalog/pg_foreign_server.h>
#include <commands/explain.h>
#if PG_VERSION_NUM >= 180000
#include <commands/explain_format.h>
#include <commands/explain_state.h>
#endif
#include <executor/executor.h>
#include <foreign/fdwapi.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/pathnode.h>
#include <parser/parsetree.h>
#include <storage/latch.h>
#if PG_VERSION_NUM >= 180000
#include <storage/waiteventset.h>
#endif
#include <utils/acl.h>
#include <utils/fmgroids.h>
#include <utils/lsyscache.h>
#include <utils/wait_event.h>
}

namespace fabric::pg::compat
{

// 17 made wait event sets belong to a resource owner; ours lives as long as its connection.
inline WaitEventSet *CreateLongLivedWaitEventSet(int nevents)
{
#if PG_VERSION_NUM >= 170000
	return CreateWaitEventSet(nullptr, nevents);
#else
	return CreateWaitEventSet(TopMemoryContext, nevents);
#endif
}

// 17 added restrictions for joins, 18 the number of disabled nodes.
inline ForeignPath *CreateForeignScanPath(PlannerInfo *root, RelOptInfo *rel, double rows, Cost startup_cost,
										  Cost total_cost, Relids required_outer, List *fdw_private)
{
#if PG_VERSION_NUM >= 180000
	return create_foreignscan_path(root, rel, nullptr, rows, 0, startup_cost, total_cost, NIL, required_outer, nullptr,
								   NIL, fdw_private);
#elif PG_VERSION_NUM >= 170000
	return create_foreignscan_path(root, rel, nullptr, rows, startup_cost, total_cost, NIL, required_outer, nullptr,
								   NIL, fdw_private);
#else
	return create_foreignscan_path(root, rel, nullptr, rows, startup_cost, total_cost, NIL, required_outer, nullptr,
								   fdw_private);
#endif
}

// 17 has a builtin provider of collations, and one attribute for what is not libc's.
inline bool IsBuiltinProvider(char provider)
{
#if PG_VERSION_NUM >= 170000
	return provider == COLLPROVIDER_BUILTIN;
#else
	(void)provider;
	return false;
#endif
}

inline AttrNumber DatabaseLocaleAttribute(char provider)
{
#if PG_VERSION_NUM >= 170000
	return provider == COLLPROVIDER_LIBC ? Anum_pg_database_datcollate : Anum_pg_database_datlocale;
#else
	return provider == COLLPROVIDER_LIBC ? Anum_pg_database_datcollate : Anum_pg_database_daticulocale;
#endif
}

inline AttrNumber CollationLocaleAttribute(char provider)
{
#if PG_VERSION_NUM >= 170000
	return provider == COLLPROVIDER_LIBC ? Anum_pg_collation_collcollate : Anum_pg_collation_colllocale;
#else
	return provider == COLLPROVIDER_LIBC ? Anum_pg_collation_collcollate : Anum_pg_collation_colliculocale;
#endif
}

// 16 folded the checks per kind of object into one.
inline AclResult ServerAclCheck(Oid server_id, Oid user_id, AclMode mode)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ForeignServerRelationId, server_id, user_id, mode);
#else
	return pg_foreign_server_aclcheck(server_id, user_id, mode);
#endif
}

// 16 gave the mutator its true type.
inline Node *MutateExpressionTree(Node *node, Node *(*mutator)(Node *, void *), void *context)
{
#if PG_VERSION_NUM >= 160000
	return expression_tree_mutator(node, mutator, context);
#else
	return expression_tree_mutator(node, reinterpret_cast<Node *(*)()>(reinterpret_cast<void (*)()>(mutator)), context);
#endif
}

// Whose rights a relation is read with at plan time; InvalidOid: the current user's. 16 moved it to the relation.
inline Oid CheckAsUser(PlannerInfo *root, RelOptInfo *rel)
{
#if PG_VERSION_NUM >= 160000
	(void)root;
	return rel->userid;
#else
	return planner_rt_fetch(rel->relid, root)->checkAsUser;
#endif
}

// The same at run time. 16 moved it to the plan node.
inline Oid CheckAsUser(const ForeignScanState *node)
{
	const ForeignScan *plan = reinterpret_cast<const ForeignScan *>(node->ss.ps.plan);
#if PG_VERSION_NUM >= 160000
	return plan->checkAsUser;
#else
	return exec_rt_fetch(plan->scan.scanrelid, node->ss.ps.state)->checkAsUser;
#endif
}

// The btree strategy of a row comparison. 18 speaks of types of comparison, numbered alike.
inline StrategyNumber RowCompareStrategy(const RowCompareExpr *expr)
{
#if PG_VERSION_NUM >= 180000
	return static_cast<StrategyNumber>(expr->cmptype);
#else
	return static_cast<StrategyNumber>(expr->rctype);
#endif
}

// What an operator means to an order: its operator family and btree strategy.
struct OrderMeaning
{
	Oid family;
	StrategyNumber strategy;
};

// The meanings of an operator to all orders, as a list of entries to be read by ReadOrderMeaning. 18 made them those of any
// ordered index.
inline List *OrderMeanings(Oid operator_oid)
{
#if PG_VERSION_NUM >= 180000
	return get_op_index_interpretation(operator_oid);
#else
	return get_op_btree_interpretation(operator_oid);
#endif
}

inline OrderMeaning ReadOrderMeaning(const void *entry)
{
#if PG_VERSION_NUM >= 180000
	const OpIndexInterpretation *meaning = static_cast<const OpIndexInterpretation *>(entry);
	return {meaning->opfamily_id, static_cast<StrategyNumber>(meaning->cmptype)};
#else
	const OpBtreeInterpretation *meaning = static_cast<const OpBtreeInterpretation *>(entry);
	return {meaning->opfamily_id, static_cast<StrategyNumber>(meaning->strategy)};
#endif
}

// 18 added reverse(bytea).
#if PG_VERSION_NUM >= 180000
inline constexpr Oid kReverseText = F_REVERSE_TEXT;
#else
inline constexpr Oid kReverseText = F_REVERSE;
#endif

} // namespace fabric::pg::compat
