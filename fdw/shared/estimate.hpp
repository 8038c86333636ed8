// What the remote optimizer expects of a statement. Costs a round trip for each question; nothing is kept.
#pragma once

#include "fdw/shared/connection.hpp"

namespace fabric::fdw
{

// Asks how the remote server would run a SELECT (UTF-8, without markers). False when its answer is not understood; errors of
// the statement are raised.
bool EstimateRemotely(Connection *connection, const char *sql, RemoteEstimate *estimate);

} // namespace fabric::fdw
