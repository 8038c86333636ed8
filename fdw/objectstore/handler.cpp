// fabric_objectstore's handler and validator, as CREATE FOREIGN DATA WRAPPER names them.
#include "fdw/objectstore/tenant.hpp"
#include "fdw/shared/routine.hpp"

extern "C"
{
#include <access/reloptions.h>

PG_FUNCTION_INFO_V1(fabric_objectstore_handler);
PG_FUNCTION_INFO_V1(fabric_objectstore_validator);
}

extern "C" Datum fabric_objectstore_handler(PG_FUNCTION_ARGS)
{
	(void)fcinfo;
	return PointerGetDatum(fabric::fdw::MakeRoutine());
}

extern "C" Datum fabric_objectstore_validator(PG_FUNCTION_ARGS)
{
	List *options = untransformRelOptions(PG_GETARG_DATUM(0));
	fabric::fdw::ValidateOptions(fabric::fdw::objectstore::ObjectStoreTenant(), options, PG_GETARG_OID(1));
	PG_RETURN_VOID();
}
