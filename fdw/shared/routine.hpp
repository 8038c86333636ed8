// The callbacks that a tenant's handler hands to PostgreSQL.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <foreign/fdwapi.h>
}

namespace fabric::fdw
{

// The same table for every tenant; which one a server belongs to is found by its wrapper's handler. Palloc'd.
FdwRoutine *MakeRoutine();

} // namespace fabric::fdw
