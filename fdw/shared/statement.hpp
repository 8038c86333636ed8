// The remote SELECT of a plan: written once the plan is chosen, completed with its values when it runs.
#pragma once

#include "fdw/shared/relation.hpp"

extern "C"
{
#include <nodes/plannodes.h>
}

namespace fabric::fdw
{

// How the cells of a result make a value.
enum FetchKind
{
	kFetchValue,		 // one cell
	kFetchAverage,		 // two: sum and count
	kFetchScaledSum,	 // two: sum and the number of its digits after the point
	kFetchScaledAverage, // three: sum, count and the number of the sum's digits
	kFetchRow,			 // a whole row: whether there is one, then a cell for each column
};

// The parts of a statement, as they are kept in a plan.
struct Statement
{
	const char *from;
	List *conditions; // of String
	const char *tail; // GROUP BY and what follows; for rows in two arms that of the first
	const char *arm;  // of two arms: the condition that parts them, else nullptr
	const char *second_arm;
	const char *second_tail;
	List *texts;  // of String: the cells that are selected
	List *kinds;  // IntList of FetchKind, one for each value
	List *params; // expressions whose values are sent
};

// Writes the statement of a query that gives `targets` (List of TargetEntry). Everything in it is known to be translatable: what
// is not is an internal error.
Statement WriteStatement(PlannerInfo *root, const RemoteQuery *query, List *targets);

// The same by a translator that has parameters already; when it `raises` afterwards, the statement has to be written again.
Statement ContinueStatement(PlannerInfo *root, Translator *translator, const RemoteQuery *query, List *targets);

// Of one foreign table: what comes after its conditions. `query` may be nullptr.
struct TableTails
{
	const char *tail;
	const char *arm; // as in a Statement
	const char *second_arm;
	const char *second_tail;
};
TableTails WriteTableTails(PlannerInfo *root, Translator *translator, const RemoteQuery *query);

// Writes the cells of one value, and says how they make it. False when it cannot be fetched so.
bool WriteFetch(Translator *translator, Expr *expr, List **texts, FetchKind *kind);

// Whether a value can be fetched; the reason otherwise.
bool CanFetch(PlannerInfo *root, const RemoteRelation *relation, Expr *expr, const char **reason);

// "SELECT a, b FROM t"; NULL where no column is wanted.
void AppendSelect(StringInfo out, List *texts, List *more_texts, const char *from);
// `schema`.`table`, in UTF-8.
void AppendRemoteTable(const Dialect &dialect, const char *schema, const char *table, StringInfo out);

} // namespace fabric::fdw
