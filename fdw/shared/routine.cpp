// The table of callbacks behind every foreign data wrapper of the house.
#include "fdw/shared/routine.hpp"

#include "fdw/shared/analyze.hpp"
#include "fdw/shared/import.hpp"
#include "fdw/shared/relation.hpp"
#include "fdw/shared/scan.hpp"

namespace fabric::fdw
{

FdwRoutine *MakeRoutine()
{
	FdwRoutine *routine = makeNode(FdwRoutine);
	routine->GetForeignRelSize = GetForeignRelSize;
	routine->GetForeignPaths = GetForeignPaths;
	routine->GetForeignJoinPaths = GetForeignJoinPaths;
	routine->GetForeignUpperPaths = GetForeignUpperPaths;
	routine->GetForeignPlan = GetForeignPlan;
	routine->BeginForeignScan = BeginForeignScan;
	routine->IterateForeignScan = IterateForeignScan;
	routine->ReScanForeignScan = ReScanForeignScan;
	routine->RecheckForeignScan = RecheckForeignScan;
	routine->EndForeignScan = EndForeignScan;
	routine->ExplainForeignScan = ExplainForeignScan;
	routine->AnalyzeForeignTable = AnalyzeForeignTable;
	routine->IsForeignPathAsyncCapable = IsForeignPathAsyncCapable;
	routine->ForeignAsyncRequest = ForeignAsyncRequest;
	routine->ForeignAsyncConfigureWait = ForeignAsyncConfigureWait;
	routine->ForeignAsyncNotify = ForeignAsyncNotify;
	routine->ImportForeignSchema = ImportForeignSchema;
	return routine;
}

} // namespace fabric::fdw
