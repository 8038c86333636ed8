// Joins of tables of one server. See relation.hpp.
//
// An inner join's conditions are split: what is not exact remotely is checked here. An outer join's own conditions must all be
// shipped. Semi-joins and anti-joins become [NOT] EXISTS in the WHERE clause.
#include "pg/compat.hpp"

#include "fdw/shared/order.hpp"
#include "fdw/shared/statement.hpp"
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <optimizer/cost.h>
#include <optimizer/optimizer.h>
#include <optimizer/pathnode.h>
#include <optimizer/paths.h>
#include <optimizer/prep.h>
#include <optimizer/restrictinfo.h>
}

namespace fabric::fdw
{

namespace
{

const char *NodeOf(JoinType type)
{
	switch (type)
	{
		case JOIN_INNER:
			return "JOIN";
		case JOIN_LEFT:
			return "LEFT JOIN";
		case JOIN_SEMI:
			return "SEMI JOIN";
		default:
			return "ANTI JOIN";
	}
}

// The join's conditions by their kind.
struct JoinClauses
{
	List *on;	 // of Expr: shipped
	List *where; // of WherePart
	List *local; // of Condition
};

// Splits the conditions of a join with `of`. False with the reason when one that must be shipped cannot be.
bool SplitClauses(PlannerInfo *root, RelOptInfo *joinrel, JoinType type, const RemoteRelation *of, List *restrictions,
				  RemoteRelation *join, JoinClauses *clauses, const char **reason)
{
	// The conditions of the join itself see the columns of both sides.
	Translator within = MakeTranslator(root, join);
	within.absent = bms_union(join->outer->absent, of->absent);
	within.hidden = bms_union(join->outer->hidden, of->hidden);
	Translator above = MakeTranslator(root, join);
	ListCell *cell;
	foreach (cell, restrictions)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		if (restriction->pseudoconstant)
		{
			*reason = "a condition without columns decides about it";
			return false;
		}
		bool of_join = type == JOIN_SEMI || (type != JOIN_INNER && !RINFO_IS_PUSHED_DOWN(restriction, joinrel->relids));
		Translator &translator = of_join || type == JOIN_INNER ? within : above;
		StringInfoData sql;
		initStringInfo(&sql);
		bool shipped = (IsPromotable(root, restriction, join->relids) || Fail(&translator, kUnpromotable)) &&
					   translator.Condition(restriction->clause, &sql);
		if (of_join && !shipped)
		{
			*reason = translator.reason;
			return false;
		}
		if (shipped && (of_join || type == JOIN_INNER))
			clauses->on = lappend(clauses->on, restriction->clause);
		else if (shipped)
		{
			WherePart *part = static_cast<WherePart *>(palloc0(sizeof(WherePart)));
			part->clause = restriction->clause;
			clauses->where = lappend(clauses->where, part);
		}
		else
		{
			Condition *condition = static_cast<Condition *>(palloc0(sizeof(Condition)));
			condition->clause = restriction->clause;
			condition->reason = translator.reason;
			clauses->local = lappend(clauses->local, condition);
		}
	}
	join->may_need_home = join->may_need_home || MayNeedHome(within) || MayNeedHome(above);
	return true;
}

bool HasExists(const RemoteRelation *relation)
{
	ListCell *cell;
	foreach (cell, relation->where)
		if (static_cast<const WherePart *>(lfirst(cell))->exists != nullptr)
			return true;
	return false;
}

// Whether a condition that stays local may not be asked more or less often than once for each row of the relation.
bool HasVolatile(const RemoteRelation *relation)
{
	ListCell *cell;
	foreach (cell, relation->local)
		if (contain_volatile_functions(reinterpret_cast<Node *>(static_cast<Condition *>(lfirst(cell))->clause)))
			return true;
	return false;
}

List *ClausesOf(const RemoteRelation *relation)
{
	List *clauses = NIL;
	ListCell *cell;
	foreach (cell, relation->where)
		clauses = lappend(clauses, static_cast<const WherePart *>(lfirst(cell))->clause);
	return clauses;
}

bool HasWider(const RemoteRelation *relation)
{
	ListCell *cell;
	foreach (cell, relation->where)
		if (static_cast<const WherePart *>(lfirst(cell))->wider)
			return true;
	return false;
}

// Whether all that the join is asked for can be fetched from it.
bool CanFetchAll(PlannerInfo *root, RelOptInfo *joinrel, const RemoteRelation *join, const char **reason)
{
	List *wanted = pull_var_clause(reinterpret_cast<Node *>(joinrel->reltarget->exprs), PVC_RECURSE_PLACEHOLDERS);
	ListCell *cell;
	foreach (cell, wanted)
		if (!CanFetch(root, join, static_cast<Expr *>(lfirst(cell)), reason))
			return false;
	return true;
}

// An expression that has to be computed below the join, before it may be made NULL by it.
bool ComputesBelow(PlannerInfo *root, RelOptInfo *joinrel)
{
	Relids relids = IS_OTHER_REL(joinrel) ? joinrel->top_parent_relids : joinrel->relids;
	ListCell *cell;
	foreach (cell, root->placeholder_list)
	{
		const PlaceHolderInfo *info = static_cast<PlaceHolderInfo *>(lfirst(cell));
		if (bms_is_subset(info->ph_eval_at, relids) && bms_nonempty_difference(relids, info->ph_eval_at))
			return true;
	}
	return false;
}

// All tables of a statement are locked, and alike, or none.
bool LocksDiffer(PlannerInfo *root, const RemoteRelation *join)
{
	bool first = true;
	LockClauseStrength strength = LCS_NONE;
	LockWaitPolicy policy = LockWaitBlock;
	for (int varno = -1; (varno = bms_next_member(join->relids, varno)) >= 0;)
	{
		const PlanRowMark *mark = get_plan_rowmark(root->rowMarks, static_cast<Index>(varno));
		LockClauseStrength its = mark == nullptr ? LCS_NONE : mark->strength;
		LockWaitPolicy wait = its == LCS_NONE ? LockWaitBlock : mark->waitPolicy;
		if (!first && (its != strength || wait != policy))
			return true;
		first = false;
		strength = its;
		policy = wait;
	}
	return false;
}

// Builds the join of two relations; false with the reason when one statement cannot do it.
bool Join(PlannerInfo *root, RelOptInfo *joinrel, JoinType type, const RemoteRelation *outer,
		  const RemoteRelation *inner, List *restrictions, RemoteRelation *join, const char **reason)
{
	join->settings = outer->settings;
	join->rules = outer->rules;
	join->user_id = outer->user_id;
	join->notes = outer->notes;
	join->relids = bms_union(outer->relids, inner->relids);
	join->computed = joinrel->relids;
	join->hidden = bms_union(outer->hidden, inner->hidden);
	join->absent = bms_union(outer->absent, inner->absent);
	join->nullable = bms_union(outer->nullable, inner->nullable);
	join->may_need_home = outer->may_need_home || inner->may_need_home;
	join->join_type = type == JOIN_LEFT ? JOIN_LEFT : JOIN_INNER;
	join->outer = outer;
	join->inner = inner;

	Translator rules{};
	rules.rules = outer->rules;
	if (outer->rules->off)
		*reason = "pushdown is off for this server";
	else if (!NodeAllowed(&rules, NodeOf(type)))
		*reason = rules.reason;
	else if (type != JOIN_INNER && inner->local != NIL)
		*reason = static_cast<Condition *>(linitial(inner->local))->reason;
	else if (HasVolatile(outer) || HasVolatile(inner))
		*reason = "a volatile function is called once for each row below it";
	else if (ComputesBelow(root, joinrel))
		*reason = "an expression is computed below it";
	else if (LocksDiffer(root, join))
		*reason = "only some of its tables are locked";
	if (*reason != nullptr)
		return false;

	bool exists = type == JOIN_SEMI || type == JOIN_ANTI;
	if (exists)
	{
		join->hidden = bms_union(join->hidden, inner->relids);
		join->inner = nullptr;
		if (type == JOIN_ANTI)
			join->absent = bms_union(join->absent, inner->relids);
	}
	else if (type == JOIN_LEFT)
	{
		join->nullable = bms_union(join->nullable, inner->relids);
		// A subquery within ON, and a wider condition that nobody checks again: left alone.
		if (HasExists(inner) || HasWider(inner))
		{
			*reason = "its inner side is restricted by a subquery";
			return false;
		}
	}
	JoinClauses clauses{};
	if (!SplitClauses(root, joinrel, type, inner, restrictions, join, &clauses, reason))
		return false;
	join->where = list_copy(outer->where);
	join->local = list_concat(list_copy(outer->local), clauses.local);
	if (exists)
	{
		WherePart *part = static_cast<WherePart *>(palloc0(sizeof(WherePart)));
		part->exists = inner;
		part->on = clauses.on;
		part->negated = type == JOIN_ANTI;
		join->where = lappend(join->where, part);
	}
	else if (type == JOIN_LEFT)
	{
		join->on = list_concat(clauses.on, ClausesOf(inner));
		if (Mutated("left_join_condition_moved"))
			join->where = list_concat(join->where, list_copy(inner->where));
	}
	else
	{
		join->on = clauses.on;
		join->where = list_concat(join->where, list_copy(inner->where));
		join->local = list_concat(join->local, list_copy(inner->local));
	}
	join->where = list_concat(join->where, clauses.where);
	return CanFetchAll(root, joinrel, join, reason);
}

} // namespace

const WherePart *ExistsOf(const RemoteRelation *join)
{
	// Those of the outer side come before it.
	return static_cast<const WherePart *>(list_nth(join->where, list_length(join->outer->where)));
}

Path *LocalPath(RelOptInfo *rel)
{
	ListCell *cell;
	foreach (cell, rel->pathlist)
	{
		const Path *path = static_cast<Path *>(lfirst(cell));
		size_t size;
		if (path->param_info != nullptr || path->parent != rel)
			continue;
		switch (nodeTag(path))
		{
			case T_NestPath:
				size = sizeof(NestPath);
				break;
			case T_MergePath:
				size = sizeof(MergePath);
				break;
			case T_HashPath:
				size = sizeof(HashPath);
				break;
			case T_AggPath:
				size = sizeof(AggPath);
				break;
			case T_GroupPath:
				size = sizeof(GroupPath);
				break;
			case T_WindowAggPath:
				size = sizeof(WindowAggPath);
				break;
			case T_UpperUniquePath:
				size = sizeof(UpperUniquePath);
				break;
			case T_SortPath:
				size = sizeof(SortPath);
				break;
			case T_LimitPath:
				size = sizeof(LimitPath);
				break;
			case T_ProjectionPath:
				size = sizeof(ProjectionPath);
				break;
			default:
				continue;
		}
		void *copy = palloc(size);
		memcpy(copy, path, size);
		return static_cast<Path *>(copy);
	}
	return nullptr;
}

namespace
{

void AddPath(PlannerInfo *root, RelOptInfo *joinrel, const RemoteRelation *join, List *pathkeys, List *order,
			 Path *local, List *restrictions)
{
	List *clauses = LocalClauses(join);
	QualCost cost_of_local;
	cost_qual_eval(&cost_of_local, clauses, root);
	RemoteQuery *query = MakeQuery(join);
	query->order = order;
	// The local way out has to keep the promise as well.
	if (local != nullptr && pathkeys != NIL && !pathkeys_contained_in(pathkeys, local->pathkeys))
		local = reinterpret_cast<Path *>(create_sort_path(root, joinrel, local, pathkeys, -1));
	double fetched = RowsBefore(root, join->rows, clauses);
	bool sorted = order != NIL;
	QueryCost cost = CostOf(*join->settings, fetched, joinrel->reltarget->width,
							sorted ? join->work + OrderWork(fetched) : 0, sorted ? 0 : join->work, cost_of_local);
	add_path(joinrel, reinterpret_cast<Path *>(
						  pg::compat::CreateForeignJoinPath(root, joinrel, joinrel->rows, cost.startup, cost.total,
															pathkeys, local, restrictions, list_make1(query))));
}

} // namespace

void GetForeignJoinPaths(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
						 JoinType jointype, JoinPathExtraData *extra)
{
	// The order of the sides of an inner join is the remote server's business; once one pair has been found, that is it.
	if (joinrel->fdw_private != nullptr || !bms_is_empty(joinrel->lateral_relids))
		return;
	Relids joined = pg::compat::WithoutOuterJoins(root, joinrel->relids);
	if (jointype != JOIN_INNER && jointype != JOIN_LEFT && jointype != JOIN_SEMI && jointype != JOIN_ANTI)
	{
		if (jointype == JOIN_FULL && RelationOf(outerrel) != nullptr)
			Note(RelationOf(outerrel), "join", joined, "the remote server has no FULL JOIN (R24)");
		return;
	}
	const RemoteRelation *outer = RelationOf(outerrel);
	const RemoteRelation *inner = RelationOf(innerrel);
	if (outer == nullptr || inner == nullptr)
		return;
	int most = outer->settings->tenant->dialect->MostTables();
	if (bms_num_members(joined) > most)
	{
		Note(outer, "join", joined, psprintf("the remote server joins no more than %d tables", most));
		return;
	}
	RemoteRelation *join = static_cast<RemoteRelation *>(palloc0(sizeof(RemoteRelation)));
	const char *reason = nullptr;
	if (!Join(root, joinrel, jointype, outer, inner, extra->restrictlist, join, &reason))
	{
		Note(outer, "join", joined, reason);
		return;
	}
	// What is executed when a value cannot be sent, or a locked row has changed, is the best join so far.
	bool rechecked = root->parse->commandType == CMD_DELETE || root->parse->commandType == CMD_UPDATE ||
					 root->parse->commandType == CMD_MERGE || root->rowMarks != NIL;
	Path *local = rechecked ? GetExistingLocalJoinPath(joinrel) : join->may_need_home ? LocalPath(joinrel) : nullptr;
	if ((rechecked || join->may_need_home) && (local == nullptr || join->local != NIL))
	{
		Note(outer, "join", joined,
			 rechecked ? "rows that are locked are checked again here"
					   : "a value that is sent may have no remote form, and a condition stays local");
		return;
	}
	joinrel->fdw_private = join;
	EstimateJoin(root, joinrel, join, outer, inner, join->inner != nullptr ? join->on : ExistsOf(join)->on);
	AddPath(root, joinrel, join, NIL, NIL, local, extra->restrictlist);
	List *keys;
	if (root->query_pathkeys != NIL && OrderKeysOf(root, join, root->query_pathkeys, &keys, &reason))
		AddPath(root, joinrel, join, root->query_pathkeys, keys, local, extra->restrictlist);
}

} // namespace fabric::fdw
