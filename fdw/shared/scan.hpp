// The executor's side of a foreign scan.
#pragma once

#include "fdw/shared/convert.hpp"
#include "fdw/shared/plan.hpp"
#include "fdw/shared/stream.hpp"

extern "C"
{
#include <executor/executor.h>
#include <nodes/execnodes.h>
}

namespace fabric::fdw
{

// node->fdw_state; lives in the query's context. The stream lives in a child context that is reset at each rescan.
struct ScanState
{
	ServerSettings *settings;
	Oid user_id;
	Relation relation;

	List *params; // of ExprState
	int ncolumns;
	ColumnConverter *converters;
	int nspare;
	ColumnConverter *spare_converters;

	Stream *stream; // nullptr before the first row is asked for
	MemoryContext stream_context;
	int nfetched;					 // cells of a row
	const ColumnConverter **fetched; // the converter of each cell
	ExprState *recheck;				 // shipped conditions that had to come home; nullptr mostly

	// Figures over all rescans.
	uint64 statements;
	uint64 round_trips;
	uint64 rows;
	uint64 bytes;
	instr_time waited;
};

// Adds a stream's figures to the scan's.
void AddFigures(ScanState *state, const Stream *stream);

void BeginForeignScan(ForeignScanState *node, int eflags);
TupleTableSlot *IterateForeignScan(ForeignScanState *node);
void ReScanForeignScan(ForeignScanState *node);
void EndForeignScan(ForeignScanState *node);
void ExplainForeignScan(ForeignScanState *node, struct ExplainState *es);

} // namespace fabric::fdw
