// The lookup join: rows of anything joined with a remote relation by asking for their keys, many in one statement.
//
// The other side's rows are gathered until there are enough different keys; the remote rows that have them come by one statement
// and are matched here by PostgreSQL's own operators. So the remote condition need only find at least what matches.
#pragma once

#include "fdw/shared/relation.hpp"

extern "C"
{
#include <nodes/extensible.h>
#include <nodes/plannodes.h>
}

namespace fabric::fdw
{

// The private list of the CustomScan node, in this order. custom_exprs holds the LookupExprs.
enum LookupItem
{
	kLookupServer,	   // IntList: join type; OidList would not mix: see kLookupOids
	kLookupOids,	   // OidList: the foreign server; the equality operator of each key
	kLookupFrom,	   // String
	kLookupConditions, // List of String; those that can come home have a counterpart in kLookupHome
	kLookupKeys,	   // List of String: the conditions that ask for the keys
	kLookupTail,	   // String
	kLookupTexts,	   // List of String
	kLookupKinds,	   // IntList of FetchKind
	kLookupFigures, // IntList: values of the other side's row, keys in a statement at most, 1 when keys are sent as rows
	kLookupReasons, // List of String: why the first of kLookupMatch stay local
	kLookupName,	// String: the remote relation, for people
	kLookupOffline, // IntList, not NIL when the server could not be reached at plan time
	kLookupRelids, // IntList: range table indexes, as they were in the subquery: the join's first, those of the remote tables
	kLookupItems
};

enum LookupExprs
{
	kLookupMatch,	  // what makes two rows match, all of it
	kLookupOuterKeys, // over the other side's row
	kLookupInnerKeys, // over the remote row
	kLookupParams,	  // values that are sent
	kLookupHome,	  // conditions that can come home
	kLookupExprLists
};

// Offers a lookup join for a join whose inner side is a remote relation; the set_join_pathlist_hook.
void OfferLookupJoin(PlannerInfo *root, RelOptInfo *joinrel, RelOptInfo *outerrel, RelOptInfo *innerrel,
					 JoinType jointype, JoinPathExtraData *extra);

// Makes the executor's state of a lookup join (lookup_scan.cpp).
Node *CreateLookupState(CustomScan *plan);

// Installs the hook; called by _PG_init.
void InitLookupJoin();

} // namespace fabric::fdw
