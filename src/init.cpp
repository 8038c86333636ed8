// The program's table of contents: what happens when a backend loads pg_fabric.
#include "pg/postgres.hpp"

#include "fdw/shared/connection.hpp"
#include "fdw/shared/facts.hpp"
#include "fdw/shared/lookup.hpp"
#include "fdw/shared/mutation.hpp"
#include "fdw/shared/setops.hpp"
#include "fdw/shared/statistics.hpp"

#include "fdw/objectstore/tenant.hpp"

#include "secrets/keys.hpp"
#include "secrets/store.hpp"

extern "C"
{
PG_MODULE_MAGIC;
PGDLLEXPORT void _PG_init(void);
}

void _PG_init(void)
{
	fabric::fdw::InitConnections();
	fabric::fdw::InitFacts();
	fabric::fdw::InitLookupJoin();
	fabric::fdw::InitSetOperations();
	fabric::fdw::InitStatistics();
	fabric::fdw::InitMutations();
	fabric::fdw::objectstore::InitObjectStore();
	fabric::secrets::InitKeys();
	fabric::secrets::InitStore();
}
