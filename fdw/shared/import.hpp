// IMPORT FOREIGN SCHEMA for all tenants.
#pragma once

#include "fdw/shared/options.hpp"

extern "C"
{
#include <nodes/parsenodes.h>
}

namespace fabric::fdw
{

// The CREATE FOREIGN TABLE statements for a remote schema (List of char *). Types for ENUM columns are made before it returns.
// A table that cannot be imported is passed over with a NOTICE.
List *ImportForeignSchema(ImportForeignSchemaStmt *statement, Oid server_id);

} // namespace fabric::fdw
