// Opens driver libraries: beside pg_fabric.so, with symbols of their own, once per backend, at first use.
#pragma once

#include "fdw/shared/driver.h"

#include "pg/postgres.hpp"

namespace fabric::pg
{

// The driver in `library` (a file name without ".so"). Raises feature_not_supported with a hint when the library is not
// there, and when it speaks another version of the contract.
const FabricDriver *LoadDriver(const char *library);

// The driver if it has been opened already, else nullptr.
const FabricDriver *LoadedDriver(const char *library);

} // namespace fabric::pg
