// The executor's side of a foreign scan.
#pragma once

#include "fdw/shared/cells.hpp"
#include "fdw/shared/plan.hpp"
#include "fdw/shared/stream.hpp"
#include "fdw/shared/values.hpp"

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
	bool table;		  // of one foreign table; else of a statement over several, or over groups
	const char *name; // of what is read, for messages

	ValueContext context;
	List *params; // of ExprState
	int ncolumns;
	ColumnConverter *converters;
	int nspare;
	ColumnConverter *spare_converters;
	FetchedValues values; // of several tables or groups
	int statement;		  // which of the plan's statements is running

	// The local way out, when a value that is to be sent has no remote form.
	PlanState *home;
	bool home_gives_scan; // it gives the scan's tuple; else what the node gives
	bool decided;
	bool at_home;
	bool went_home;
	ExecProcNodeMtd exec; // PostgreSQL's own

	bool checked;	// the result's description is what was asked for
	Stream *stream; // nullptr before the first row is asked for
	MemoryContext stream_context;
	int nfetched;			   // cells of a row
	ColumnConverter **fetched; // the converter of each cell
	ExprState *recheck;		   // shipped conditions that had to come home; nullptr mostly

	// The rows, once they are wanted a second time with the same parameters.
	Tuplestorestate *kept; // nullptr: not kept
	TupleTableSlot *kept_slot;
	bool all_kept; // all are there: they come from there

	// Figures over all rescans.
	uint64 statements;
	uint64 round_trips;
	uint64 rows;
	uint64 bytes;
	instr_time waited;
	bool has_usage; // of an engine in this process
	FabricUsage usage;
};

// EXPLAIN's lines of what stays local (List of char *) and why (List of String).
void ExplainReasons(List *kept, List *reasons, struct ExplainState *es);

// EXPLAIN ANALYZE's lines of what a scan took.
void ExplainFigures(const ScanState &figures, struct ExplainState *es);

// Sends the next statement; without `waiting` its answer is not waited for. False when a value of it has no remote form, so that
// the local plan must do.
bool Start(ForeignScanState *node, ScanState *state, bool waiting = true);

// Whether a plan node takes part in EvalPlanQual's second look at a locked row, with the rows as they are now; a subquery that
// is computed beside them reads as ever. As PostgreSQL's ExecScan tells them apart.
bool IsRecheck(const PlanState *node);

// async.cpp: several servers at once below an Append.
bool IsForeignPathAsyncCapable(ForeignPath *path);
void ForeignAsyncRequest(AsyncRequest *request);
void ForeignAsyncConfigureWait(AsyncRequest *request);
void ForeignAsyncNotify(AsyncRequest *request);

// Makes sure of the facts of tables that were planned from their import, because the server could not be reached.
void VerifyTables(EState *estate, const ServerSettings &settings, Oid user_id, const Bitmapset *relids);

// Adds a stream's figures to the scan's.
void AddFigures(ScanState *state, const Stream *stream);

void BeginForeignScan(ForeignScanState *node, int eflags);
TupleTableSlot *IterateForeignScan(ForeignScanState *node);
void ReScanForeignScan(ForeignScanState *node);
bool RecheckForeignScan(ForeignScanState *node, TupleTableSlot *slot);
void EndForeignScan(ForeignScanState *node);
void ExplainForeignScan(ForeignScanState *node, struct ExplainState *es);

} // namespace fabric::fdw
