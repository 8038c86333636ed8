// Planning of lookup joins. See lookup.hpp.
#include <cmath>

#include "pg/compat.hpp"

#include "fdw/shared/lookup.hpp"
#include "fdw/shared/plan.hpp"
#include "fdw/shared/statement.hpp"
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <nodes/makefuncs.h>
#include <nodes/nodeFuncs.h>
#include <optimizer/cost.h>
#include <optimizer/optimizer.h>
#include <optimizer/pathnode.h>
#include <optimizer/paths.h>
#include <optimizer/planmain.h>
#include <optimizer/restrictinfo.h>
#include <optimizer/tlist.h>
#include <parser/parsetree.h>
#include <utils/selfuncs.h>
}

namespace fabric::fdw
{

namespace
{

set_join_pathlist_hook_type previous_hook = nullptr;

// An equality by which rows are looked up.
struct LookupKey
{
	OpExpr *clause;
	Oid equality; // with the remote side first
	Expr *outer;
	Expr *inner;
};

// What the path leaves for the plan.
struct LookupPlan
{
	const RemoteRelation *inner;
	RelOptInfo *inner_rel;
	JoinType type;
	List *keys;	 // of LookupKey*
	List *match; // of Expr: the join's own conditions
	List *above; // of Expr: those above an outer join
};

// The array whose elements are the values of a key in a statement: an expression that stands for nothing yet.
Expr *ArrayOf(const LookupKey &key, int index)
{
	Param *array = makeNode(Param);
	array->paramkind = PARAM_EXTERN;
	array->paramid = index + 1;
	array->paramtype = get_array_type(exprType(reinterpret_cast<Node *>(key.outer)));
	array->paramtypmod = -1;
	array->location = -1;
	return reinterpret_cast<Expr *>(array);
}

// "inner = ANY (array)".
Expr *ConditionOf(const LookupKey &key, int index)
{
	ScalarArrayOpExpr *condition = makeNode(ScalarArrayOpExpr);
	condition->opno = key.equality;
	condition->opfuncid = get_opcode(key.equality);
	condition->useOr = true;
	condition->inputcollid = key.clause->inputcollid;
	condition->args = list_make2(key.inner, ArrayOf(key, index));
	condition->location = -1;
	return reinterpret_cast<Expr *>(condition);
}

// A translator whose first parameters are the arrays of the keys.
Translator MakeKeyTranslator(PlannerInfo *root, const RemoteRelation *inner, List *keys)
{
	Translator translator = MakeTranslator(root, inner);
	ListCell *cell;
	foreach (cell, keys)
		translator.params =
			lappend(translator.params, ArrayOf(*static_cast<LookupKey *>(lfirst(cell)), foreach_current_index(cell)));
	return translator;
}

// Whether a value that cannot be sent is none that the remote side has.
bool UnsentIsAbsent(PlannerInfo *root, const RemoteRelation *inner, Expr *remote)
{
	Bounds most;
	if (exprType(reinterpret_cast<Node *>(remote)) != NUMERICOID || Mutated("keys_of_any_digits") ||
		!inner->settings->tenant->dialect->MostDigitsSent(&most))
		return true;
	Translator translator = MakeTranslator(root, inner);
	Operand operand{};
	StringInfoData ignored;
	initStringInfo(&ignored);
	return WriteOperand(&translator, remote, Form::compare, &ignored, &operand) && operand.bounds.known &&
		   operand.bounds.whole_digits <= most.whole_digits && operand.bounds.fraction_digits <= most.fraction_digits;
}

// Reads an equality between the two sides; false when rows cannot be looked up by it.
bool ReadKey(PlannerInfo *root, const RestrictInfo *restriction, const RelOptInfo *outerrel,
			 const RemoteRelation *inner, LookupKey *key)
{
	OpExpr *clause = reinterpret_cast<OpExpr *>(restriction->clause);
	if (!IsA(clause, OpExpr) || list_length(clause->args) != 2 || !restriction->can_join)
		return false;
	Node *left = static_cast<Node *>(linitial(clause->args));
	Node *right = static_cast<Node *>(lsecond(clause->args));
	Relids left_relids = VarnosOf(left);
	Relids right_relids = VarnosOf(right);
	bool inner_left = bms_is_subset(left_relids, inner->relids) && bms_is_subset(right_relids, outerrel->relids);
	bool inner_right = bms_is_subset(right_relids, inner->relids) && bms_is_subset(left_relids, outerrel->relids);
	if (bms_is_empty(left_relids) || bms_is_empty(right_relids) || (!inner_left && !inner_right))
		return false;
	// Its remote side is computed, here and there, before the rows have passed the inner relation's policies.
	if (!IsPromotable(root, restriction, inner->relids))
		return false;
	key->clause = clause;
	key->inner = reinterpret_cast<Expr *>(inner_left ? left : right);
	key->outer = reinterpret_cast<Expr *>(inner_left ? right : left);
	key->equality = inner_left ? clause->opno : get_commutator(clause->opno);
	Oid hash_left, hash_right;
	if (!OidIsValid(key->equality) || !get_op_hash_functions(key->equality, &hash_left, &hash_right) ||
		!OidIsValid(get_array_type(exprType(reinterpret_cast<Node *>(key->outer)))) ||
		!op_hashjoinable(key->equality, exprType(reinterpret_cast<Node *>(key->inner))) ||
		contain_volatile_functions(reinterpret_cast<Node *>(clause)))
		return false;
	Translator translator = MakeKeyTranslator(root, inner, list_make1(key));
	StringInfoData sql;
	initStringInfo(&sql);
	if (!translator.Condition(ConditionOf(*key, 0), &sql))
		return false;
	// A parameter that the remote side has cannot go home alone.
	translator.params = list_copy_tail(translator.params, 1);
	return !MayNeedHome(translator) && UnsentIsAbsent(root, inner, key->inner);
}

// Whether rows carry a column that stands for the rows' identity in any of the tables that are changed: EXPLAIN cannot name it.
bool HasRowIdentity(const RelOptInfo *rel)
{
	ListCell *cell;
	foreach (cell, rel->reltarget->exprs)
		if (IsA(lfirst(cell), Var) && IS_SPECIAL_VARNO(static_cast<const Var *>(lfirst(cell))->varno))
			return true;
	return false;
}

bool HasPlaceholders(const RelOptInfo *rel)
{
	ListCell *cell;
	foreach (cell, pull_var_clause(reinterpret_cast<Node *>(rel->reltarget->exprs), PVC_INCLUDE_PLACEHOLDERS))
		if (IsA(lfirst(cell), PlaceHolderVar))
			return true;
	return false;
}

Plan *MakeLookupPlan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *targets, List *clauses,
					 List *children);

const CustomPathMethods kPathMethods = {"FabricLookupJoin", MakeLookupPlan, nullptr};
const CustomScanMethods kScanMethods = {"FabricLookupJoin", CreateLookupState};

// What it costs: the other side's rows, a statement for so many different keys, the rows that have them.
void EstimateLookup(PlannerInfo *root, const RelOptInfo *joinrel, const Path *outer, const LookupPlan &plan,
					CustomPath *path)
{
	List *expressions = NIL;
	List *checked = plan.match;
	ListCell *cell;
	foreach (cell, plan.keys)
	{
		const LookupKey &key = *static_cast<LookupKey *>(lfirst(cell));
		expressions = lappend(expressions, key.outer);
		checked = list_difference_ptr(checked, list_make1(key.clause));
	}
	const ServerSettings &settings = *plan.inner->settings;
	double keys = estimate_num_groups(root, expressions, outer->rows, nullptr, nullptr);
	double statements = std::ceil(keys / Max(settings.lookup_batch_size, 1));
	// The pairs that are looked at, and the rows that have one of the keys. Of an outer join those that find nothing count as well.
	bool outer_join = plan.type == JOIN_LEFT || plan.type == JOIN_ANTI;
	double pairs = outer_join ? joinrel->rows : RowsBefore(root, joinrel->rows, checked);
	double matched = Max(pairs * keys / Max(outer->rows, 1), 1);
	double fetched = Min(plan.type == JOIN_INNER || plan.type == JOIN_LEFT ? matched : keys, plan.inner->rows);
	bool indexed = false;
	foreach (cell, plan.keys)
		indexed = indexed || IsLookedUpByIndex(root, static_cast<LookupKey *>(lfirst(cell))->inner);
	Cost asked = statements * plan.inner->work;
	if (indexed)
		asked = Min(asked, keys * LookupCost() + fetched * FoundCost());
	QualCost match;
	cost_qual_eval(&match, plan.match, root);
	QueryCost remote = CostOf(*plan.inner->settings, fetched, plan.inner_rel->reltarget->width, 0, asked, QualCost{});
	Cost round_trips = (statements - 1) * remote.startup;
	path->path.startup_cost = outer->startup_cost + remote.startup + match.startup;
	path->path.total_cost = outer->total_cost + remote.total + match.startup + Max(round_trips, 0) +
							outer->rows * (cpu_operator_cost * list_length(plan.keys) + cpu_tuple_cost) +
							pairs * (cpu_tuple_cost + match.per_tuple);
}

void AddLookupPath(PlannerInfo *root, RelOptInfo *joinrel, Path *outer, LookupPlan *plan)
{
	CustomPath *path = makeNode(CustomPath);
	path->path.pathtype = T_CustomScan;
	path->path.parent = joinrel;
	path->path.pathtarget = joinrel->reltarget;
	path->path.rows = joinrel->rows;
	path->flags = CUSTOMPATH_SUPPORT_PROJECTION;
	path->custom_paths = list_make1(outer);
	path->custom_private = list_make1(plan);
	path->methods = &kPathMethods;
	EstimateLookup(root, joinrel, outer, *plan, path);
	add_path(joinrel, &path->path);
}

} // namespace

void OfferLookupJoin(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
					 JoinType jointype, JoinPathExtraData *extra)
{
	if (previous_hook != nullptr)
		previous_hook(root, joinrel, outerrel, innerrel, jointype, extra);
	if (innerrel->fdwroutine == nullptr || innerrel->fdwroutine->GetForeignPlan != GetForeignPlan)
		return;
	const RemoteRelation *inner = RelationOf(innerrel);
	// The different rows of what IN asks for, and each joined with the remote rows: as good as a semi-join the other way round.
	bool unique = pg::compat::IsUniqueOuterJoin(jointype);
	bool offered =
		unique || jointype == JOIN_INNER || jointype == JOIN_LEFT || jointype == JOIN_SEMI || jointype == JOIN_ANTI;
	if (inner == nullptr || !offered || !bms_is_empty(joinrel->lateral_relids) ||
		!bms_is_empty(innerrel->lateral_relids))
		return;
	// Rows that are locked or changed may have to be joined again, by the copy that was made of the remote row.
	bool rechecked = root->rowMarks != NIL || root->parse->commandType != CMD_SELECT;
	if (rechecked && (inner->info == nullptr || unique || (jointype != JOIN_INNER && jointype != JOIN_LEFT)))
		return;
	// The remote server does it by itself, and as well.
	if (joinrel->fdw_private != nullptr && RelationOf(joinrel)->by_index)
		return;
	Translator rules{};
	rules.rules = inner->rules;
	if (inner->rules->off || !NodeAllowed(&rules, "LOOKUP JOIN") || inner->settings->lookup_batch_size == 0)
		return;
	// A join cannot take its conditions home.
	if (inner->info == nullptr && inner->may_need_home)
		return;
	Path *outer = outerrel->cheapest_total_path;
	if (outer != nullptr && outer->param_info == nullptr && unique)
		outer = pg::compat::CreateUniquePath(root, outerrel, outer, extra->sjinfo);
	if (outer == nullptr || outer->param_info != nullptr)
		return;
	if (unique)
		jointype = JOIN_INNER;
	// What is computed of the remote row below an outer join is NULL where there is none; here it would be computed above.
	if (jointype != JOIN_INNER && HasPlaceholders(innerrel))
		return;
	if (HasRowIdentity(outerrel))
		return;

	LookupPlan *plan = static_cast<LookupPlan *>(palloc0(sizeof(LookupPlan)));
	plan->inner = inner;
	plan->inner_rel = innerrel;
	plan->type = jointype;
	ListCell *cell;
	foreach (cell, extra->restrictlist)
	{
		const RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		if (restriction->pseudoconstant)
			return;
		bool above = IS_OUTER_JOIN(jointype) && RINFO_IS_PUSHED_DOWN(restriction, joinrel->relids);
		if (above)
		{
			plan->above = lappend(plan->above, restriction->clause);
			continue;
		}
		plan->match = lappend(plan->match, restriction->clause);
		LookupKey *key = static_cast<LookupKey *>(palloc0(sizeof(LookupKey)));
		if (ReadKey(root, restriction, outerrel, inner, key))
			plan->keys = lappend(plan->keys, key);
	}
	if (plan->keys == NIL)
		return;
	// What the remote relation's own conditions leave to be checked here must hold for a row to match, and be seen before the
	// others: it may be a row security policy.
	List *own = LocalClauses(inner);
	if (contain_volatile_functions(reinterpret_cast<Node *>(own)))
		return;
	plan->match = list_concat(own, plan->match);
	List *wanted = pull_var_clause(reinterpret_cast<Node *>(innerrel->reltarget->exprs), PVC_RECURSE_PLACEHOLDERS);
	const char *reason;
	foreach (cell, wanted)
		if (!CanFetch(root, inner, static_cast<Expr *>(lfirst(cell)), &reason))
			return;
	AddLookupPath(root, joinrel, outer, plan);
}

namespace
{

// The remote values that the plan needs: those asked for, and those that are read here.
List *InnerTargets(PlannerInfo *root, const LookupPlan &plan)
{
	List *exprs = pull_var_clause(reinterpret_cast<Node *>(plan.inner_rel->reltarget->exprs), PVC_RECURSE_PLACEHOLDERS);
	List *read = list_make2(plan.match, plan.above);
	if (plan.inner->may_need_home)
	{
		ListCell *part;
		foreach (part, plan.inner->where)
			read = lappend(read, static_cast<const WherePart *>(lfirst(part))->clause);
	}
	ListCell *cell;
	foreach (cell, pull_var_clause(reinterpret_cast<Node *>(read), PVC_RECURSE_PLACEHOLDERS))
	{
		const Var *var = static_cast<Var *>(lfirst(cell));
		if (bms_is_member(static_cast<int>(var->varno), plan.inner->relids))
			exprs = lappend(exprs, lfirst(cell));
	}
	List *targets = add_to_flat_tlist(NIL, exprs);
	foreach (cell, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);
		const Var *var = reinterpret_cast<const Var *>(target->expr);
		if (IsA(var, Var) && var->varattno > 0)
			target->resname = get_attname(planner_rt_fetch(var->varno, root)->relid, var->varattno, true);
	}
	return targets;
}

// Writes "(a, b) IN ((1, 2), (3, 4))" for keys that are columns whose plain forms find all that matches. False for others.
bool WriteRowForm(Translator *translator, const LookupPlan &plan, StringInfo out)
{
	if (list_length(plan.keys) < 2)
		return false;
	ListCell *cell;
	foreach (cell, plan.keys)
	{
		const LookupKey &key = *static_cast<LookupKey *>(lfirst(cell));
		Operand operand{};
		appendStringInfoString(out, foreach_current_index(cell) == 0 ? "((" : ", ");
		if (!WriteOperand(translator, key.inner, Form::plain, out, &operand) || operand.column == nullptr ||
			!translator->dialect->PlainIsSupersetInRows(*operand.column))
			return false;
	}
	appendStringInfo(out, ") IN %c%c%04x)", kMarker, static_cast<char>(MarkerKind::rows), 0);
	return true;
}

// Writes the conditions that ask for the keys (List of String); *rows: as rows.
List *WriteKeys(Translator *translator, const LookupPlan &plan, bool *rows)
{
	StringInfoData row;
	initStringInfo(&row);
	*rows = WriteRowForm(translator, plan, &row);
	if (*rows)
		return list_make1(makeString(row.data));
	List *conditions = NIL;
	ListCell *cell;
	foreach (cell, plan.keys)
	{
		const LookupKey &key = *static_cast<LookupKey *>(lfirst(cell));
		StringInfoData sql;
		initStringInfo(&sql);
		if (!translator->Condition(ConditionOf(key, foreach_current_index(cell)), &sql))
			elog(ERROR, "a key of a lookup join is not translatable: %s", translator->reason);
		conditions = lappend(conditions, makeString(sql.data));
	}
	return conditions;
}

// Writes the statement: the relation with its conditions, and those that ask for the keys.
void WriteLookup(PlannerInfo *root, const LookupPlan &plan, List *targets, List *(&items)[kLookupItems], List **params,
				 bool *rows)
{
	RemoteQuery query{};
	query.source = plan.inner;
	Translator translator = MakeKeyTranslator(root, plan.inner, plan.keys);
	List *conditions = NIL;
	for (int attempt = 0; attempt < 2; ++attempt)
	{
		translator.params = list_truncate(translator.params, list_length(plan.keys));
		conditions = WriteKeys(&translator, plan, rows);
		Statement statement = ContinueStatement(root, &translator, &query, targets);
		items[kLookupFrom] = list_make1(makeString(const_cast<char *>(statement.from)));
		items[kLookupConditions] = statement.conditions;
		items[kLookupTail] = list_make1(makeString(const_cast<char *>(statement.tail)));
		items[kLookupTexts] = statement.texts;
		items[kLookupKinds] = statement.kinds;
		if (!translator.raises)
			break;
	}
	items[kLookupKeys] = conditions;
	*params = list_copy_tail(translator.params, list_length(plan.keys));
}

Plan *MakeLookupPlan(PlannerInfo *root, RelOptInfo *rel, CustomPath *path, List *targets, List *, List *children)
{
	const LookupPlan &plan = *static_cast<LookupPlan *>(linitial(path->custom_private));
	const Plan *outer = static_cast<Plan *>(linitial(children));
	List *inner_targets = InnerTargets(root, plan);
	List *items[kLookupItems] = {};
	List *params = NIL;
	bool rows;
	WriteLookup(root, plan, inner_targets, items, &params, &rows);

	// The tuple that expressions are computed over: the other side's row, then the remote row.
	List *scanned = NIL;
	ListCell *cell;
	for (List *side : {outer->targetlist, inner_targets})
	{
		foreach (cell, side)
		{
			const TargetEntry *target = lfirst_node(TargetEntry, cell);
			scanned = lappend(scanned, makeTargetEntry(static_cast<Expr *>(copyObjectImpl(target->expr)),
													   static_cast<AttrNumber>(list_length(scanned) + 1),
													   target->resname, false));
		}
	}
	List *exprs[kLookupExprLists] = {};
	exprs[kLookupMatch] = plan.match;
	List *oids = list_make1_oid(plan.inner->settings->server->serverid);
	foreach (cell, plan.keys)
	{
		const LookupKey &key = *static_cast<LookupKey *>(lfirst(cell));
		exprs[kLookupOuterKeys] = lappend(exprs[kLookupOuterKeys], key.outer);
		exprs[kLookupInnerKeys] = lappend(exprs[kLookupInnerKeys], key.inner);
		oids = lappend_oid(oids, key.equality);
		oids = lappend_oid(oids, key.clause->inputcollid);
	}
	exprs[kLookupParams] = params;
	if (plan.inner->may_need_home)
		foreach (cell, plan.inner->where)
			exprs[kLookupHome] = lappend(exprs[kLookupHome], static_cast<const WherePart *>(lfirst(cell))->clause);

	items[kLookupServer] = list_make1_int(plan.type);
	items[kLookupOids] = oids;
	items[kLookupFigures] =
		list_make3_int(list_length(outer->targetlist), static_cast<int>(plan.inner->settings->lookup_batch_size), rows);
	foreach (cell, plan.inner->local)
		items[kLookupReasons] =
			lappend(items[kLookupReasons], makeString(pstrdup(static_cast<Condition *>(lfirst(cell))->reason)));
	items[kLookupName] = list_make1(makeString(NamesOf(root, plan.inner->relids)));
	items[kLookupRelids] = KeepRelids(bms_next_member(rel->relids, -1), plan.inner->relids);
	items[kLookupOffline] = IsOffline(root, plan.inner) ? list_make1_int(1) : NIL;

	// Above an outer join its other side's columns go by another name than below: here there is one row for both.
	List *above = list_concat_copy(rel->reltarget->exprs, plan.above);
	scanned = pg::compat::WithNullingRelsOf(above, scanned);
	for (List *&list : exprs)
		list = pg::compat::WithNullingRelsOf(above, list);

	CustomScan *scan = makeNode(CustomScan);
	scan->scan.plan.targetlist = targets;
	scan->scan.plan.qual = plan.above;
	scan->flags = path->flags;
	scan->custom_plans = children;
	scan->custom_scan_tlist = scanned;
	for (List *item : items)
		scan->custom_private = lappend(scan->custom_private, item);
	for (List *list : exprs)
		scan->custom_exprs = lappend(scan->custom_exprs, list);
	scan->custom_relids = nullptr;
	scan->methods = &kScanMethods;
	return &scan->scan.plan;
}

} // namespace

void InitLookupJoin()
{
	RegisterCustomScanMethods(&kScanMethods);
	previous_hook = set_join_pathlist_hook;
	set_join_pathlist_hook = OfferLookupJoin;
}

} // namespace fabric::fdw
