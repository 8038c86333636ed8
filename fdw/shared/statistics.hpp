// Statistics of foreign columns that ANALYZE has not seen: what the remote indexes tell, given to PostgreSQL's planner by its
// hooks. Nothing is asked for: only what the cache of facts has.
#pragma once

namespace fabric::fdw
{

// Installs the hooks; called by _PG_init.
void InitStatistics();

} // namespace fabric::fdw
