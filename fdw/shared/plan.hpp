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
	kPlanFrom,		   // String: remote table, quoted
	kPlanConditions,   // List of String: shipped conditions with markers, in the order of fdw_recheck_quals
	kPlanReasons,	   // List of String: why each condition of the plan's own qual stays local
	kPlanFetchedAttrs, // IntList: attribute numbers fetched
	kPlanFetchedTexts, // List of String: what is selected for each
	kPlanSpareAttrs, // the same for columns that only shipped conditions read: fetched when a condition must come home
	kPlanSpareTexts,
	kPlanOffline, // IntList, not NIL when the server could not be reached at plan time
	kPlanItems
};

// The expression behind a shipped condition is in fdw_recheck_quals; parameters are in fdw_exprs.

// "SELECT a, b FROM t"; NULL where no column is wanted.
void AppendSelect(StringInfo out, List *texts, List *more_texts, const char *from);
// `schema`.`table`, in UTF-8.
void AppendRemoteTable(const Dialect &dialect, const char *schema, const char *table, StringInfo out);

// The remote SELECT of a plan as people read it: markers as $1, $2, ...; in the database's encoding.
char *RemoteSqlForPeople(const ForeignScan *plan);

void GetForeignRelSize(PlannerInfo *root, RelOptInfo *rel, Oid foreign_table);
void GetForeignPaths(PlannerInfo *root, RelOptInfo *rel, Oid foreign_table);
ForeignScan *GetForeignPlan(PlannerInfo *root, RelOptInfo *rel, Oid foreign_table, ForeignPath *best_path,
							List *targets, List *scan_clauses, Plan *outer_plan);

} // namespace fabric::fdw
