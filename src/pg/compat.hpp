// The one place that knows PostgreSQL's versions: inline functions with the newest signature, and the reason.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <access/stratnum.h>
#include <access/sysattr.h>
#include <catalog/pg_attribute.h>
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
#if PG_VERSION_NUM >= 160000
#include <nodes/multibitmapset.h>
#endif
#include <optimizer/optimizer.h>
#include <optimizer/pathnode.h>
#include <parser/parse_relation.h>
#include <parser/parsetree.h>
#include <postmaster/bgworker.h>
#include <rewrite/rewriteManip.h>
#include <storage/latch.h>
#include <storage/lock.h>
#if PG_VERSION_NUM >= 180000
#include <storage/waiteventset.h>
#endif
#include <utils/acl.h>
#include <utils/backend_status.h>
#include <utils/fmgroids.h>
#include <utils/formatting.h>
#include <utils/lsyscache.h>
#include <utils/syscache.h>
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

// 17 asks whether a stronger one will do.
inline bool HoldsLock(const LOCKTAG *tag, LOCKMODE mode)
{
#if PG_VERSION_NUM >= 170000
	return LockHeldByMe(tag, mode, false);
#else
	return LockHeldByMe(tag, mode);
#endif
}

// 17 added restrictions for joins, 18 the number of disabled nodes.
inline ForeignPath *CreateForeignScanPath(PlannerInfo *root, RelOptInfo *rel, double rows, Cost startup_cost,
										  Cost total_cost, List *pathkeys, Relids required_outer, Path *local,
										  List *fdw_private)
{
#if PG_VERSION_NUM >= 180000
	return create_foreignscan_path(root, rel, nullptr, rows, 0, startup_cost, total_cost, pathkeys, required_outer,
								   local, NIL, fdw_private);
#elif PG_VERSION_NUM >= 170000
	return create_foreignscan_path(root, rel, nullptr, rows, startup_cost, total_cost, pathkeys, required_outer, local,
								   NIL, fdw_private);
#else
	return create_foreignscan_path(root, rel, nullptr, rows, startup_cost, total_cost, pathkeys, required_outer, local,
								   fdw_private);
#endif
}

// The same for a join.
inline ForeignPath *CreateForeignJoinPath(PlannerInfo *root, RelOptInfo *rel, double rows, Cost startup_cost,
										  Cost total_cost, List *pathkeys, Path *local, List *restrictions,
										  List *fdw_private)
{
#if PG_VERSION_NUM >= 180000
	return create_foreign_join_path(root, rel, nullptr, rows, 0, startup_cost, total_cost, pathkeys,
									rel->lateral_relids, local, restrictions, fdw_private);
#elif PG_VERSION_NUM >= 170000
	return create_foreign_join_path(root, rel, nullptr, rows, startup_cost, total_cost, pathkeys, rel->lateral_relids,
									local, restrictions, fdw_private);
#else
	(void)restrictions;
	return create_foreign_join_path(root, rel, nullptr, rows, startup_cost, total_cost, pathkeys, rel->lateral_relids,
									local, fdw_private);
#endif
}

// A join with the different rows of its outer side. 19 will have these as relations of their own.
inline bool IsUniqueOuterJoin(JoinType type)
{
	return type == JOIN_UNIQUE_OUTER;
}

inline Path *CreateUniquePath(PlannerInfo *root, RelOptInfo *rel, Path *path, SpecialJoinInfo *join)
{
	return reinterpret_cast<Path *>(create_unique_path(root, rel, path, join));
}

// The same for what comes above joins.
inline ForeignPath *CreateForeignUpperPath(PlannerInfo *root, RelOptInfo *rel, PathTarget *target, double rows,
										   Cost startup_cost, Cost total_cost, List *pathkeys, Path *local,
										   List *fdw_private)
{
#if PG_VERSION_NUM >= 180000
	return create_foreign_upper_path(root, rel, target, rows, 0, startup_cost, total_cost, pathkeys, local, NIL,
									 fdw_private);
#elif PG_VERSION_NUM >= 170000
	return create_foreign_upper_path(root, rel, target, rows, startup_cost, total_cost, pathkeys, local, NIL,
									 fdw_private);
#else
	return create_foreign_upper_path(root, rel, target, rows, startup_cost, total_cost, pathkeys, local, fdw_private);
#endif
}

// Whose rights a relation of the range table is read with at run time; InvalidOid: the current user's. 16 moved them to a list of
// their own.
inline Oid CheckAsUser(EState *estate, int varno)
{
	RangeTblEntry *entry = exec_rt_fetch(static_cast<Index>(varno), estate);
#if PG_VERSION_NUM >= 160000
	return getRTEPermissionInfo(estate->es_rteperminfos, entry)->checkAsUser;
#else
	return entry->checkAsUser;
#endif
}

// A relation of the range table, opened. 18 wants to know whether it is one that is changed.
inline Relation RangeTableRelation(EState *estate, Index varno)
{
#if PG_VERSION_NUM >= 180000
	return ExecGetRangeTableRelation(estate, varno, false);
#else
	return ExecGetRangeTableRelation(estate, varno);
#endif
}

// The base relations that a foreign scan reads. 16 counts outer joins among fs_relids.
inline Bitmapset *BaseRelidsOf(const ForeignScan *plan)
{
#if PG_VERSION_NUM >= 160000
	return plan->fs_base_relids;
#else
	return plan->fs_relids;
#endif
}

// Adds tables to those that the plans above scans and joins are said to read. 16 counts outer joins apart.
inline void AddBaseRelids(PlannerInfo *root, Relids relids)
{
	root->all_baserels = bms_add_members(root->all_baserels, relids);
#if PG_VERSION_NUM >= 160000
	root->all_query_rels = bms_add_members(root->all_query_rels, relids);
#endif
}

// Adds the relations of a subquery to the range table of the query above, to be locked and checked for rights with its own.
inline void AddRangeTable(Query *parse, const Query *subquery)
{
	List *entries = static_cast<List *>(copyObjectImpl(subquery->rtable));
#if PG_VERSION_NUM >= 160000
	CombineRangeTables(&parse->rtable, &parse->rteperminfos, entries,
					   static_cast<List *>(copyObjectImpl(subquery->rteperminfos)));
#else
	parse->rtable = list_concat(parse->rtable, entries);
#endif
}

// The base relations of a join. 16 counts outer joins among its relids.
inline Relids WithoutOuterJoins(PlannerInfo *root, Relids relids)
{
#if PG_VERSION_NUM >= 160000
	return bms_difference(relids, root->outer_join_rels);
#else
	(void)root;
	return relids;
#endif
}

#if PG_VERSION_NUM >= 160000
struct NullingRels
{
	List *names; // Vars as they are wanted
};

inline Node *SetNullingRels(Node *node, void *argument)
{
	if (node == nullptr)
		return nullptr;
	if (!IsA(node, Var))
		return expression_tree_mutator(node, SetNullingRels, argument);
	Var *var = static_cast<Var *>(copyObjectImpl(node));
	ListCell *cell;
	foreach (cell, static_cast<NullingRels *>(argument)->names)
	{
		const Var *wanted = lfirst_node(Var, cell);
		if (wanted->varno != var->varno || wanted->varattno != var->varattno)
			continue;
		var->varnullingrels = bms_copy(wanted->varnullingrels);
		break;
	}
	return reinterpret_cast<Node *>(var);
}
#endif

// Expressions whose columns are taken to be nulled by the same outer joins as those of `wanted`. 16 tells columns above an outer
// join from those below, and setrefs.c insists on it.
inline List *WithNullingRelsOf(List *wanted, List *exprs)
{
#if PG_VERSION_NUM >= 160000
	NullingRels names{pull_var_clause(reinterpret_cast<Node *>(wanted),
									  PVC_RECURSE_AGGREGATES | PVC_RECURSE_WINDOWFUNCS | PVC_RECURSE_PLACEHOLDERS)};
	return reinterpret_cast<List *>(SetNullingRels(reinterpret_cast<Node *>(exprs), &names));
#else
	(void)wanted;
	return exprs;
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

// 16 has one function for all kinds of objects.
inline bool OwnsServer(Oid server_id, Oid user_id)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(ForeignServerRelationId, server_id, user_id);
#else
	return pg_foreign_server_ownercheck(server_id, user_id);
#endif
}

// 18 asks whether a deferrable one will do.
inline Oid PrimaryKeyIndex(Relation relation)
{
#if PG_VERSION_NUM >= 180000
	return RelationGetPrimaryKeyIndex(relation, false);
#else
	return RelationGetPrimaryKeyIndex(relation);
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

// 16 gave the walker its true type.
inline bool WalkExpressionTree(Node *node, bool (*walker)(Node *, void *), void *context)
{
#if PG_VERSION_NUM >= 160000
	return expression_tree_walker(node, walker, context);
#else
	return expression_tree_walker(node, reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker)), context);
#endif
}

// ALTER TABLE ... SET STATISTICS of a column; -1 when it is not set. 17 made it NULL then.
inline int StatisticsTarget(const FormData_pg_attribute *attribute)
{
#if PG_VERSION_NUM >= 170000
	HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(attribute->attrelid), Int16GetDatum(attribute->attnum));
	if (!HeapTupleIsValid(tuple))
		return -1;
	bool isnull;
	Datum target = SysCacheGetAttr(ATTNUM, tuple, Anum_pg_attribute_attstattarget, &isnull);
	ReleaseSysCache(tuple);
	return isnull ? -1 : DatumGetInt16(target);
#else
	return attribute->attstattarget;
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

// The same at run time, `varno` being any of the tables that the scan reads: all are read with the same rights. 16 moved it to the
// plan node.
inline Oid CheckAsUser(const ForeignScanState *node, int varno)
{
#if PG_VERSION_NUM >= 160000
	(void)varno;
	return reinterpret_cast<const ForeignScan *>(node->ss.ps.plan)->checkAsUser;
#else
	return exec_rt_fetch(static_cast<Index>(varno), node->ss.ps.state)->checkAsUser;
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

// Whether a sort key is descending. 18 speaks of types of comparison.
inline bool IsDescending(const PathKey *key)
{
#if PG_VERSION_NUM >= 180000
	return key->pk_cmptype == COMPARE_GT;
#else
	return key->pk_strategy == BTGreaterStrategyNumber;
#endif
}

// Whether a column is in what find_nonnullable_vars found. 16 made that a set for each relation.
inline bool IsAmongNonnullableVars(List *found, const Var *var)
{
#if PG_VERSION_NUM >= 160000
	return mbms_is_member(static_cast<int>(var->varno), var->varattno - FirstLowInvalidHeapAttributeNumber, found);
#else
	ListCell *cell;
	foreach (cell, found)
	{
		const Var *other = lfirst_node(Var, cell);
		if (other->varno == var->varno && other->varattno == var->varattno && other->varlevelsup == 0)
			return true;
	}
	return false;
#endif
}

// Whether a condition on a window function has been taken from the query to end the function early. 17 moved it to the function.
inline bool HasRunCondition(const Query *query, List *functions)
{
	ListCell *cell;
#if PG_VERSION_NUM >= 170000
	(void)query;
	foreach (cell, functions)
		if (IsA(lfirst(cell), WindowFunc) && lfirst_node(WindowFunc, cell)->runCondition != NIL)
			return true;
#else
	(void)functions;
	foreach (cell, query->windowClause)
		if (lfirst_node(WindowClause, cell)->runCondition != NIL)
			return true;
#endif
	return false;
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

// 18 looks for the node that computes a window function when it names it in EXPLAIN, and raises when there is none.
inline constexpr bool kNamesWindowFunctionsAnywhere = PG_VERSION_NUM < 180000;

// 18 added reverse(bytea).
#if PG_VERSION_NUM >= 180000
inline constexpr Oid kReverseText = F_REVERSE_TEXT;
#else
inline constexpr Oid kReverseText = F_REVERSE;
#endif

// What a text says by a pattern of to_timestamp, which it must follow strictly: a value of *type, date, time or timestamp with or
// without a zone. 16 changed how it may be told of errors.
inline Datum ParseDatetime(text *value, text *pattern, Oid *type, int *zone)
{
	int32 typmod;
	return parse_datetime(value, pattern, C_COLLATION_OID, true, type, &typmod, zone, nullptr);
}

// What the server knows of its sessions, by their places from 1 on; 16 renamed it.
inline const LocalPgBackendStatus *LocalBackendStatus(int place)
{
#if PG_VERSION_NUM >= 160000
	return pgstat_get_local_beentry_by_index(place);
#else
	return pgstat_fetch_stat_local_beentry(place);
#endif
}

// How a worker connects as any role that there is: before 17 it must be one that may log in.
#if PG_VERSION_NUM >= 170000
inline constexpr uint32 kWorkerOfAnyRole = BGWORKER_BYPASS_ROLELOGINCHECK;
#else
inline constexpr uint32 kWorkerOfAnyRole = 0;
#endif

} // namespace fabric::pg::compat
