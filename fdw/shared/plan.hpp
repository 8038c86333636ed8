// What the planner leaves for the executor: the private list of a ForeignScan node, in this order.
#pragma once

#include "fdw/shared/facts.hpp"

extern "C"
{
#include <foreign/fdwapi.h>
#include <nodes/plannodes.h>
}

namespace fabric::fdw
{

enum PlanItem
{
	kPlanFrom,		 // String: remote table, quoted; or several, joined
	kPlanConditions, // List of String: shipped conditions with markers; of one table in the order of fdw_recheck_quals
	kPlanTails,		 // List of String: what comes after them: GROUP BY, ORDER BY, LIMIT; one for each statement
	kPlanArms,		 // List of String: the condition that each statement has besides, when there are two
	kPlanReasons,	 // List of String: why each condition of the plan's own qual stays local
	kPlanFetchedAttrs, // IntList: attribute numbers of the scan's tuple that are fetched
	kPlanFetchedKinds, // IntList: how their cells make them (FetchKind)
	kPlanFetchedTexts, // List of String: what is selected for them
	kPlanSpareAttrs, // the same for columns that only shipped conditions read: fetched when a condition must come home
	kPlanSpareTexts,
	kPlanRelations, // List of String: of a statement over several tables, what it does, for people; else NIL
	kPlanNotes,		// List of String in threes: what else stayed local, of which relations, why
	kPlanScanHome,	// not NIL when the local way out gives the scan's tuple
	kPlanOffline,	// IntList, not NIL when the server could not be reached at plan time
	kPlanRelids, // of a set operation IntList: the first of all tables of such at its level, then those that it reads; else NIL
	kPlanItems
};

// Of one table, the expression behind a shipped condition is in fdw_recheck_quals; parameters are in fdw_exprs.

// Range table indexes in a plan's private list: setrefs.c makes only its own sets right for the whole query's range table. An IntList:
// the first member of such a set, then the indexes.
List *KeepRelids(int first, Relids relids);
// The indexes as they are at run time, `moved` being that set.
Relids KeptRelids(const List *kept, const Bitmapset *moved);

// The range table indexes of the foreign tables that a plan reads.
Relids RelidsOf(const ForeignScan *plan);

// The remote SELECT of a plan as people read it: markers as $1, $2, ...; in the database's encoding.
char *RemoteSqlForPeople(const ForeignScan *plan);

ForeignScan *GetForeignPlan(PlannerInfo *root, RelOptInfo *rel, Oid foreign_table, ForeignPath *best_path,
							List *targets, List *scan_clauses, Plan *outer_plan);

} // namespace fabric::fdw
