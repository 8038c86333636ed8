// Testing a source: step by step, within a limit of time.
//
// Lifecycle: results are palloc'd in the current memory context.
#pragma once

#include "fdw/shared/probe.hpp"

namespace fabric::source
{

struct Connector;

// Tests a source as a user, whom CanTest() allows; `source` may have been made in this transaction. Raises feature_not_supported when its connector has no test.
fdw::ProbeOutcome *TestSource(const Connector &connector, const char *source, Oid user_id, int64 limit_ms);

// Whether there is a test of the connector's sources that the caller may make as this user: functions are called as the caller only, and
// nobody's secret is used but by who has his rights.
bool CanTest(const Connector &connector, Oid user_id);

// Raises when the test of a source that is being made or changed fails; `done`: what it was not, "added".
void RequireTest(const Connector &connector, const char *source, Oid user_id, const char *done);

// ---- by functions of connectors ----

struct FunctionTest
{
	const Connector *connector;
	const char *source;
	int64 limit_ms;
	fdw::ProbeOutcome *outcome; // what is found out
};

// Makes them, in background workers as far as there are free ones, `at_once` of them at most; the others, and those of a transaction that
// has changed something, which workers would not see, one by one in this session. Raises only when it is canceled.
void TestByFunctions(FunctionTest *tests, int count, int at_once);

// Makes one in this session.
fdw::ProbeOutcome *TestHere(const Connector &connector, const char *source, int64 limit_ms);

// Makes a failure of an outcome that is without steps.
void SayWhyNot(fdw::ProbeOutcome *outcome, const char *detail);
const char *TimeIsOver(int64 limit_ms);

} // namespace fabric::source
