// Values into a statement's text, where the plan has left markers.
#pragma once

#include "fdw/shared/translate.hpp"

extern "C"
{
#include <nodes/execnodes.h>
}

namespace fabric::fdw
{

// Where the values of markers come from.
struct ValueSource
{
	const Dialect *dialect;
	List *params; // of ExprState
	ExprContext *context;
	// The markers with the lowest numbers stand for these values, which are no expressions.
	const Const *const *given;
	int ngiven;
};

// Writes a text with its markers' values. False, with nothing appended, when one of them cannot be said remotely.
bool AppendText(const ValueSource &source, const char *sql, StringInfo out);

// Whether a value that is not NULL can be sent.
bool CanBeSent(const Dialect &dialect, Oid type, Datum value);

} // namespace fabric::fdw
