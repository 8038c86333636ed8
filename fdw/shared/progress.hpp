// How far an engine in this process has come, for other sessions to see: the view fabric.progress. It is told where PostgreSQL's own
// commands tell theirs, in the session's entry of the server's status, which needs no memory of ours.
#pragma once

#include "fdw/shared/connection.hpp"

namespace fabric::fdw
{

// Tells it, a few times a second at most, unless a command of PostgreSQL's own is telling something there.
void TellProgress(const Connection *connection);

// There is nothing more to tell.
void EndProgress();

} // namespace fabric::fdw
