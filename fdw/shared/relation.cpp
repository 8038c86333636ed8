// Planning of one foreign table: what is shipped, what stays, what it may cost. See relation.hpp.
#include "pg/compat.hpp"

#include "fdw/shared/order.hpp"
#include "fdw/shared/plan.hpp"
#include "fdw/shared/ranges.hpp"
#include "fdw/shared/setops.hpp"
#include "fdw/shared/statement.hpp"
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <access/table.h>
#include <nodes/makefuncs.h>
#include <optimizer/cost.h>
#include <optimizer/optimizer.h>
#include <optimizer/pathnode.h>
#include <optimizer/paths.h>
#include <optimizer/restrictinfo.h>
#include <parser/parsetree.h>
}

namespace fabric::fdw
{

namespace
{

Oid UserOf(PlannerInfo *root, RelOptInfo *rel)
{
	Oid user = pg::compat::CheckAsUser(root, rel);
	return OidIsValid(user) ? user : GetUserId();
}

// A condition of the relation's own: a wider one may be shipped beside it.
Condition *Translate(RemoteRelation *relation, RelOptInfo *rel, RestrictInfo *restriction)
{
	Condition *condition = TranslateCondition(relation, rel, restriction);
	StringInfoData sql;
	initStringInfo(&sql);
	if (condition->sql == nullptr && restriction_is_securely_promotable(restriction, rel) &&
		relation->translator.WiderCondition(restriction->clause, &sql))
	{
		condition->wider = sql.data;
		condition->reason = psprintf("%s; a wider condition is shipped beside it", condition->reason);
	}
	return condition;
}

// Translates the relation's own conditions.
void TranslateAll(RemoteRelation *relation, RelOptInfo *rel)
{
	int count = list_length(rel->baserestrictinfo);
	Expr **clauses = static_cast<Expr **>(palloc0(sizeof(Expr *) * static_cast<size_t>(count + 1)));
	const char **texts = static_cast<const char **>(palloc0(sizeof(char *) * static_cast<size_t>(count + 1)));
	relation->conditions = NIL;
	ListCell *cell;
	foreach (cell, rel->baserestrictinfo)
	{
		int i = foreach_current_index(cell);
		Condition *condition = Translate(relation, rel, lfirst_node(RestrictInfo, cell));
		relation->conditions = lappend(relation->conditions, condition);
		clauses[i] = condition->sql != nullptr ? condition->clause : nullptr;
		texts[i] = condition->sql;
	}
	AddRangesForIndex(relation->translator, count, clauses, texts);
	foreach (cell, relation->conditions)
		static_cast<Condition *>(lfirst(cell))->sql = texts[foreach_current_index(cell)];
}

// What of the conditions is shipped, what stays; returns the shipped ones (List of RestrictInfo).
List *Sort(RemoteRelation *relation, RelOptInfo *rel)
{
	List *shipped = NIL;
	ListCell *cell;
	foreach (cell, relation->conditions)
	{
		Condition *condition = static_cast<Condition *>(lfirst(cell));
		if (condition->sql != nullptr)
			shipped = lappend(shipped, list_nth(rel->baserestrictinfo, foreach_current_index(cell)));
		else
			relation->local = lappend(relation->local, condition);
		if (condition->sql == nullptr && condition->wider == nullptr)
			continue;
		WherePart *part = static_cast<WherePart *>(palloc0(sizeof(WherePart)));
		part->clause = condition->clause;
		part->wider = condition->sql == nullptr;
		relation->where = lappend(relation->where, part);
	}
	return shipped;
}

// The notes that the foreign tables of a server share in a query.
PlanNotes *NotesOf(PlannerInfo *root, const RemoteRelation *relation)
{
	for (int i = 1; i < root->simple_rel_array_size; ++i)
	{
		const RelOptInfo *rel = root->simple_rel_array[i];
		if (rel == nullptr || rel->fdw_private == nullptr || rel->fdwroutine == nullptr ||
			rel->serverid != relation->settings->server->serverid)
			continue;
		const RemoteRelation *other = RelationOf(rel);
		if (other != relation)
			return other->notes;
	}
	return static_cast<PlanNotes *>(palloc0(sizeof(PlanNotes)));
}

} // namespace

bool IsPromotable(PlannerInfo *root, const RestrictInfo *restriction, Relids relids)
{
	for (int varno = -1; (varno = bms_next_member(relids, varno)) >= 0;)
		if (restriction->security_level > find_base_rel(root, varno)->baserestrict_min_security &&
			!restriction->leakproof)
			return false;
	return true;
}

Condition *TranslateCondition(RemoteRelation *relation, RelOptInfo *rel, RestrictInfo *restriction)
{
	Condition *condition = static_cast<Condition *>(palloc0(sizeof(Condition)));
	condition->clause = restriction->clause;
	StringInfoData sql;
	initStringInfo(&sql);
	if (!restriction_is_securely_promotable(restriction, rel))
		condition->reason = kUnpromotable;
	else if (relation->translator.Condition(restriction->clause, &sql))
		condition->sql = sql.data;
	else
		condition->reason = relation->translator.reason;
	return condition;
}

Translator MakeTranslator(PlannerInfo *root, const RemoteRelation *relation)
{
	Translator translator{};
	int most = Max(bms_prev_member(relation->relids, -1), 0);
	bool several = bms_membership(relation->relids) == BMS_MULTIPLE;
	RelationInfo **relations =
		static_cast<RelationInfo **>(palloc0(sizeof(RelationInfo *) * static_cast<size_t>(most + 1)));
	for (int varno = -1; (varno = bms_next_member(relation->relids, varno)) >= 0;)
		relations[varno] = RelationOf(find_base_rel(root, varno))->info;
	translator.source = relation;
	translator.dialect = relation->settings->tenant->dialect;
	translator.rules = relation->rules;
	translator.root = root;
	translator.relids = relation->relids; // of a set operation none: its columns are its own
	translator.hidden = relation->hidden;
	translator.absent = relation->absent;
	translator.relations = relations;
	// What groups give has a name as well, by which a key of ORDER BY could be taken for it.
	bool names_of_results = relation->grouped != nullptr || relation->windowed != nullptr;
	translator.qualified =
		several || (names_of_results && relations[most] != nullptr && relations[most]->has_odd_names);
	translator.grouped = relation->grouped != nullptr;
	return translator;
}

char *NamesOf(PlannerInfo *root, Relids relids)
{
	StringInfoData names;
	initStringInfo(&names);
	for (int varno = -1; (varno = bms_next_member(relids, varno)) >= 0;)
	{
		const RangeTblEntry *entry = planner_rt_fetch(varno, root);
		// What is joined locally may be no table.
		const char *alias = entry->eref->aliasname;
		const char *name = entry->rtekind == RTE_RELATION ? get_rel_name(entry->relid) : alias;
		if (name == nullptr)
			name = alias;
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", quote_identifier(name));
		if (strcmp(name, alias) != 0)
			appendStringInfo(&names, " %s", quote_identifier(alias));
	}
	return names.data;
}

const char *ServerVersionOf(const RemoteRelation *relation)
{
	if (relation->arms != NIL)
		return relation->set_server;
	while (relation->info == nullptr)
		relation = relation->grouped != nullptr	   ? relation->grouped
				   : relation->windowed != nullptr ? relation->windowed
												   : relation->outer;
	const TableFacts *facts = CachedFacts(relation->info->relid);
	return facts != nullptr ? facts->server : nullptr;
}

bool IsOffline(PlannerInfo *root, const RemoteRelation *relation)
{
	ListCell *cell;
	foreach (cell, relation->arms)
	{
		const SetArm &arm = *static_cast<SetArm *>(lfirst(cell));
		if (IsOffline(arm.root, arm.query->source))
			return true;
	}
	for (int varno = -1; (varno = bms_next_member(relation->relids, varno)) >= 0;)
		if (RelationOf(find_base_rel(root, varno))->info->from_options)
			return true;
	return false;
}

void Note(const RemoteRelation *relation, const char *what, Relids relids, const char *reason)
{
	ListCell *cell;
	foreach (cell, relation->notes->notes)
	{
		const PlanNote &other = *static_cast<PlanNote *>(lfirst(cell));
		if (strcmp(other.what, what) == 0 && bms_equal(other.relids, relids))
			return;
	}
	// The genetic optimizer tries joins in a memory of its own, which is gone when the plan is made.
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(relation->notes));
	PlanNote *note = static_cast<PlanNote *>(palloc(sizeof(PlanNote)));
	*note = PlanNote{what, bms_copy(relids), pstrdup(reason != nullptr ? reason : "it has no exact remote form")};
	relation->notes->notes = lappend(relation->notes->notes, note);
	MemoryContextSwitchTo(old);
}

List *LocalClauses(const RemoteRelation *relation)
{
	List *clauses = NIL;
	ListCell *cell;
	foreach (cell, relation->local)
		clauses = lappend(clauses, static_cast<Condition *>(lfirst(cell))->clause);
	return clauses;
}

bool MayNeedHome(const Translator &translator)
{
	if (translator.patterns)
		return true;
	ListCell *cell;
	foreach (cell, translator.params)
	{
		Oid type = exprType(static_cast<Node *>(lfirst(cell)));
		Oid element = get_element_type(type);
		if (!translator.dialect->CanSayAll(OidIsValid(element) ? element : type))
			return true;
	}
	return false;
}

void GetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid foreign_table)
{
	RemoteRelation *relation = static_cast<RemoteRelation *>(palloc0(sizeof(RemoteRelation)));
	relation->user_id = UserOf(root, rel);
	relation->settings = LoadServerSettings(GetForeignTable(foreign_table)->serverid);
	Relation table = table_open(foreign_table, NoLock);
	List *siblings = TablesOfServer(root->parse->rtable, relation->settings->server->serverid);
	relation->info = LoadRelation(*relation->settings, table, relation->user_id, siblings);
	table_close(table, NoLock);
	relation->rules = LoadPushRules(*relation->settings);
	relation->relids = relation->computed = rel->relids;
	relation->notes = NotesOf(root, relation);
	rel->fdw_private = relation;

	relation->translator = MakeTranslator(root, relation);
	TranslateAll(relation, rel);
	if (relation->translator.raises)
	{
		// The conditions before the one that may raise were written without knowing of it.
		relation->translator.params = NIL;
		TranslateAll(relation, rel);
	}
	relation->may_need_home = MayNeedHome(relation->translator);
	EstimateTable(root, rel, relation, Sort(relation, rel));
}

namespace
{

QualCost LocalCost(PlannerInfo *root, const RelOptInfo *rel)
{
	QualCost local;
	cost_qual_eval(&local, rel->baserestrictinfo, root);
	return local;
}

// Of a partition, or another member of an Append that is all the query reads: no more rows are wanted of it than of the query.
Node *LimitOfMember(PlannerInfo *root, const RelOptInfo *rel, const RemoteRelation *relation)
{
	Translator rules{};
	rules.rules = relation->rules;
	// What is only an estimate (of a stable function, say) is no limit.
	bool counted = root->parse->limitCount != nullptr && IsA(root->parse->limitCount, Const) &&
				   (root->parse->limitOffset == nullptr || IsA(root->parse->limitOffset, Const));
	if (!counted || rel->reloptkind != RELOPT_OTHER_MEMBER_REL || root->limit_tuples <= 0 ||
		root->limit_tuples >= static_cast<double>(PG_INT64_MAX) || root->rowMarks != NIL ||
		root->parse->limitOption == LIMIT_OPTION_WITH_TIES || root->parse->commandType != CMD_SELECT ||
		!bms_equal(rel->top_parent_relids, root->all_baserels) || relation->local != NIL || relation->may_need_home ||
		!NodeAllowed(&rules, "LIMIT"))
		return nullptr;
	return reinterpret_cast<Node *>(makeConst(INT8OID, -1, InvalidOid, sizeof(int64),
											  Int64GetDatum(static_cast<int64>(root->limit_tuples)), false,
											  FLOAT8PASSBYVAL));
}

// A path that comes in the order the query asks for.
void AddOrderedPath(PlannerInfo *root, RelOptInfo *rel, const RemoteRelation *relation)
{
	List *keys;
	const char *reason;
	if (root->query_pathkeys == NIL || !OrderKeysOf(root, relation, root->query_pathkeys, &keys, &reason))
		return;
	RemoteQuery *query = MakeQuery(relation);
	query->order = keys;
	query->limit = LimitOfMember(root, rel, relation);
	query->two_arms = query->limit != nullptr && WantsTwoArms(query);
	double rows = query->limit != nullptr ? Min(rel->rows, root->limit_tuples) : rel->rows;
	// Reading all rows, the remote server sorts them even where it has an index.
	bool indexed = query->limit != nullptr && IndexGivesOrder(root, relation, keys);
	QueryCost cost = CostOf(*relation->settings, Min(relation->rows, rows), rel->reltarget->width,
							indexed ? 0 : relation->work + OrderWork(relation->rows), 0, LocalCost(root, rel));
	add_path(rel, reinterpret_cast<Path *>(pg::compat::CreateForeignScanPath(root, rel, rows, cost.startup, cost.total,
																			 root->query_pathkeys, rel->lateral_relids,
																			 nullptr, list_make1(query))));
}

// Whether a condition is shipped with other relations' columns as its parameters.
bool IsLookedUp(PlannerInfo *root, const RemoteRelation *relation, Expr *clause)
{
	Translator translator = MakeTranslator(root, relation);
	translator.outer = bms_difference(VarnosOf(reinterpret_cast<Node *>(clause)), relation->relids);
	StringInfoData sql;
	initStringInfo(&sql);
	return translator.Condition(clause, &sql);
}

// Paths for the inner side of a nested loop: one row of the other side after the other.
void AddParameterizedPaths(PlannerInfo *root, RelOptInfo *rel, const RemoteRelation *relation)
{
	List *clauses = list_copy(rel->joininfo);
	if (rel->has_eclass_joins)
		clauses = list_concat(clauses, EquivalentClauses(root, rel));
	List *infos = NIL;
	ListCell *cell;
	foreach (cell, clauses)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		if (!join_clause_is_movable_to(restriction, rel))
			continue;
		Relids required =
			bms_del_member(bms_union(restriction->clause_relids, rel->lateral_relids), static_cast<int>(rel->relid));
		if (bms_is_empty(required) || !restriction_is_securely_promotable(restriction, rel) ||
			!IsLookedUp(root, relation, restriction->clause))
			continue;
		infos = list_append_unique_ptr(infos, get_baserel_parampathinfo(root, rel, required));
	}
	foreach (cell, infos)
	{
		ParamPathInfo *info = static_cast<ParamPathInfo *>(lfirst(cell));
		// What is checked here is paid for each row that is fetched, and fewer are left.
		List *stays = LocalClauses(relation);
		ListCell *part;
		foreach (part, info->ppi_clauses)
		{
			Expr *clause = lfirst_node(RestrictInfo, part)->clause;
			if (!IsLookedUp(root, relation, clause))
				stays = lappend(stays, clause);
		}
		QualCost local;
		cost_qual_eval(&local, list_concat(list_copy(info->ppi_clauses), rel->baserestrictinfo), root);
		// A lookup join does as well with one statement, and with fewer when there are more rows than were expected.
		constexpr Cost kWorseThanLookup = 2.5;
		double fetched = RowsBefore(root, info->ppi_rows, stays);
		// Without an index all rows are looked at for each.
		Cost work = relation->settings->tenant->dialect->Hashes() ? relation->work : fetched * cpu_operator_cost;
		QueryCost cost = CostOf(*relation->settings, fetched, rel->reltarget->width, kWorseThanLookup, work, local);
		add_path(rel,
				 reinterpret_cast<Path *>(pg::compat::CreateForeignScanPath(
					 root, rel, info->ppi_rows, cost.startup, cost.total, NIL, info->ppi_req_outer, nullptr, NIL)));
	}
}

} // namespace

void GetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid)
{
	const RemoteRelation *relation = RelationOf(rel);
	QueryCost cost =
		CostOf(*relation->settings, relation->rows, rel->reltarget->width, 0, relation->work, LocalCost(root, rel));
	add_path(rel, reinterpret_cast<Path *>(pg::compat::CreateForeignScanPath(
					  root, rel, rel->rows, cost.startup, cost.total, NIL, rel->lateral_relids, nullptr, NIL)));
	AddOrderedPath(root, rel, relation);
	AddParameterizedPaths(root, rel, relation);
}

namespace
{

// What generate_implied_equalities_for_column asks for: the member that it looks for, and those it found already.
struct SoughtMember
{
	Expr *current;
	List *seen;
};

bool IsSoughtMember(PlannerInfo *, RelOptInfo *rel, EquivalenceClass *, EquivalenceMember *member, void *argument)
{
	SoughtMember *sought = static_cast<SoughtMember *>(argument);
	if (!bms_equal(VarnosOf(reinterpret_cast<Node *>(member->em_expr)), rel->relids))
		return false;
	if (sought->current != nullptr)
		return equal(member->em_expr, sought->current);
	if (list_member(sought->seen, member->em_expr))
		return false;
	sought->current = member->em_expr;
	return true;
}

} // namespace

List *EquivalentClauses(PlannerInfo *root, RelOptInfo *rel)
{
	List *clauses = NIL;
	SoughtMember sought{};
	for (;;)
	{
		sought.current = nullptr;
		List *found =
			generate_implied_equalities_for_column(root, rel, IsSoughtMember, &sought, rel->lateral_referencers);
		if (sought.current == nullptr)
			return clauses;
		clauses = list_concat(clauses, found);
		sought.seen = lappend(sought.seen, sought.current);
	}
}

} // namespace fabric::fdw
