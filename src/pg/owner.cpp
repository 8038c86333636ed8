// The extension's owner. See owner.hpp. Nothing is kept between calls.
#include "pg/owner.hpp"

extern "C"
{
#include <access/genam.h>
#include <access/htup_details.h>
#include <access/table.h>
#include <catalog/pg_extension.h>
#include <utils/fmgroids.h>
#include <utils/rel.h>
}

namespace fabric::pg
{

Oid ExtensionOwner()
{
	Relation extensions = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("pg_fabric"));
	SysScanDesc scan = systable_beginscan(extensions, ExtensionNameIndexId, true, nullptr, 1, &key);
	HeapTuple tuple = systable_getnext(scan);
	Oid owner = InvalidOid;
	if (HeapTupleIsValid(tuple))
		owner = reinterpret_cast<Form_pg_extension>(GETSTRUCT(tuple))->extowner;
	systable_endscan(scan);
	table_close(extensions, AccessShareLock);
	if (!OidIsValid(owner))
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("extension \"pg_fabric\" is not installed")));
	return owner;
}

} // namespace fabric::pg
