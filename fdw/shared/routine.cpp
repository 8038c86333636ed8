// The table of callbacks behind every foreign data wrapper of the house, and the SQL functions that hand it out.
#include "pg/guard.hpp"

#include "fdw/mysql/tenant.hpp"
#include "fdw/shared/import.hpp"
#include "fdw/shared/scan.hpp"

extern "C"
{
#include <access/reloptions.h>

PG_FUNCTION_INFO_V1(fabric_mysql_handler);
PG_FUNCTION_INFO_V1(fabric_mysql_validator);
}

namespace fabric::fdw
{

std::span<const Tenant *const> Tenants()
{
	static const Tenant *const tenants[] = {&mysql::MysqlTenant()};
	return tenants;
}

namespace
{

Datum MakeRoutine()
{
	FdwRoutine *routine = makeNode(FdwRoutine);
	routine->GetForeignRelSize = GetForeignRelSize;
	routine->GetForeignPaths = GetForeignPaths;
	routine->GetForeignPlan = GetForeignPlan;
	routine->BeginForeignScan = BeginForeignScan;
	routine->IterateForeignScan = IterateForeignScan;
	routine->ReScanForeignScan = ReScanForeignScan;
	routine->EndForeignScan = EndForeignScan;
	routine->ExplainForeignScan = ExplainForeignScan;
	routine->ImportForeignSchema = ImportForeignSchema;
	return PointerGetDatum(routine);
}

} // namespace

} // namespace fabric::fdw

extern "C"
{

Datum fabric_mysql_handler(PG_FUNCTION_ARGS)
{
	(void) fcinfo;
	return fabric::fdw::MakeRoutine();
}

Datum fabric_mysql_validator(PG_FUNCTION_ARGS)
{
	List *options = untransformRelOptions(PG_GETARG_DATUM(0));
	fabric::fdw::ValidateOptions(fabric::fdw::mysql::MysqlTenant(), options, PG_GETARG_OID(1));
	PG_RETURN_VOID();
}

}
