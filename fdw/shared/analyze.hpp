// ANALYZE of a foreign table: a sample of its remote rows.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <foreign/fdwapi.h>
}

namespace fabric::fdw
{

// Reads the table's facts anew and says that it can be sampled; *pages is its remote size in PostgreSQL's blocks. As the
// table's owner.
bool AnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *acquire, BlockNumber *pages);

} // namespace fabric::fdw
