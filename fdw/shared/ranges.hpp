// Text ranges for the remote index: what follows, in a column's own collation, from conditions that order it byte by byte or
// say what it begins with.
#pragma once

#include "fdw/shared/translate.hpp"

namespace fabric::fdw
{

// The limits that a query's conditions set to one text column, by code point; nullptr where there is none.
struct TextLimits
{
	const char *low;
	const char *high;
};

// A condition `column < constant` or its like over text in byte order: the column and the limit it sets, with the other one
// nullptr. nullptr for every other condition.
const Var *ReadTextLimit(const Translator &translator, const Expr *clause, TextLimits *limits);

// Leaves of two sets of limits the narrower.
void Narrow(TextLimits *limits, const TextLimits &more);

// Writes what a column within the limits fulfils under its collation; false when nothing is known of it.
bool AppendRangeForIndex(const Translator &translator, const Var *column, const TextLimits &limits, StringInfo out);

// Puts before the first condition over each text column what the remote index can use of all of them. `clauses` may hold
// nullptr; `texts` are what was written for them.
void AddRangesForIndex(const Translator &translator, int count, Expr *const *clauses, const char **texts);

// What everything begins with that a constant pattern finds, palloc'd, in the database's encoding; nullptr when it is no
// constant. Without `wildcards` the pattern stands for itself.
char *PrefixOf(const Node *pattern, bool wildcards);

// Writes what a column whose values begin with this text, in the database's encoding, fulfils under its collation; false when
// nothing is known of it.
bool AppendPrefixForIndex(const Dialect &dialect, const ColumnReference &column, const char *prefix, StringInfo out);

} // namespace fabric::fdw
