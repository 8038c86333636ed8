// Results that the remote server computes: aggregates, group keys, other values of expressions.
#pragma once

#include "fdw/shared/statement.hpp"
#include "fdw/shared/translate_internal.hpp"

namespace fabric::fdw
{

// Writes an aggregate where an expression may stand. False for one that takes more than one cell.
bool WriteAggregate(Translator *translator, Aggref *aggregate, StringInfo out, Operand *operand);

// Writes the cells of an aggregate.
bool WriteAggregateFetch(Translator *translator, Aggref *aggregate, List **texts, FetchKind *kind);

// Writes the cells of a window function with its window.
bool WriteWindowFetch(Translator *translator, WindowFunc *function, List **texts, FetchKind *kind);

// Whether the remote server sorts values by all of their bytes.
bool IsSortedWhole(const Translator &translator, const Operand &operand);

// Writes a key of GROUP BY: values are in one group exactly when PostgreSQL says so.
bool WriteGroupKey(Translator *translator, Expr *expr, StringInfo out, Operand *operand);

// Whether the remote HAVING finds the columns of a condition that are outside of aggregates (Dialect::HavingKnowsColumnsOnly).
bool KeysAreKnownInHaving(Translator *translator, List *keys, Expr *clause);

// Writes an expression whose value is fetched: its text must be PostgreSQL's, also the digits of a numeric.
bool WriteResult(Translator *translator, Expr *expr, StringInfo out);

} // namespace fabric::fdw
