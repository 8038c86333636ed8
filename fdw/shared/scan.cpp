// A foreign scan at run time: parameters into text, statement, rows into the slot. See scan.hpp.
//
// The path of a row holds no C++ object with a destructor, so errors may pass through it.
#include "pg/compat.hpp"
#include "pg/memory.hpp"

#include "fdw/shared/scan.hpp"

extern "C"
{
#include <access/htup_details.h>
#include <access/table.h>
#include <executor/nodeForeignscan.h>
#include <miscadmin.h>
#include <nodes/nodeFuncs.h>
#include <utils/rel.h>
#include <utils/typcache.h>
}

namespace fabric::fdw
{

namespace
{

List *PlanList(const ForeignScan *plan, PlanItem item)
{
	return static_cast<List *>(list_nth(plan->fdw_private, item));
}

ValueSource SourceOf(const ForeignScanState *node, const ScanState *state)
{
	return {state->settings->tenant->dialect, state->params, node->ss.ps.ps_ExprContext, nullptr, 0};
}

// Checks the result's own description against the columns it is read into.
void CheckResult(const ForeignScanState *node, const ScanState *state)
{
	const ForeignScan *plan = reinterpret_cast<const ForeignScan *>(node->ss.ps.plan);
	if (!state->table)
	{
		CheckCompound(state->values, state->stream, plan->fdw_scan_tlist);
		return;
	}
	CheckCellCount(state->stream, state->nfetched);
	for (int i = 0; i < state->nfetched; ++i)
		CheckColumn(state->stream, i, state->fetched[i]);
}

// Writes the conditions of a statement; those whose values cannot be said remotely go into *home.
void AppendConditions(ForeignScanState *node, const ScanState *state, StringInfo out, List **home)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	ListCell *cell;
	auto append = [&](const char *sql)
	{
		int before = out->len;
		appendStringInfoString(out, before == 0 ? " WHERE " : " AND ");
		if (AppendText(SourceOf(node, state), sql, out))
			return true;
		out->len = before;
		out->data[before] = '\0';
		return Mutated("unsayable_parameter_ignored");
	};
	foreach (cell, PlanList(plan, kPlanConditions))
	{
		if (append(strVal(lfirst(cell))))
			continue;
		*home = state->table ? lappend(*home, list_nth(plan->fdw_recheck_quals, foreach_current_index(cell)))
							 : lappend(*home, lfirst(cell));
	}
	List *arms = PlanList(plan, kPlanArms);
	if (arms != NIL && !append(strVal(list_nth(arms, state->statement))))
		*home = lappend(*home, arms);
}

// Writes the statement that is next, without its conditions' values that must come home: those of one table are checked here
// (List of Expr), any other makes it false.
bool WriteSql(ForeignScanState *node, const ScanState *state, StringInfo sql, List **home)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	StringInfoData conditions, select;
	initStringInfo(&conditions);
	initStringInfo(&select);
	AppendConditions(node, state, &conditions, home);
	if (*home != NIL && !state->table)
		return false;
	AppendSelect(&select, PlanList(plan, kPlanFetchedTexts), *home != NIL ? PlanList(plan, kPlanSpareTexts) : NIL,
				 strVal(linitial(PlanList(plan, kPlanFrom))));
	return AppendText(SourceOf(node, state), select.data, sql) &&
		   (appendBinaryStringInfo(sql, conditions.data, conditions.len),
			AppendText(SourceOf(node, state), strVal(list_nth(PlanList(plan, kPlanTails), state->statement)), sql));
}

} // namespace

bool Start(ForeignScanState *node, ScanState *state, bool waiting)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	EState *estate = node->ss.ps.state;
	MemoryContext old = MemoryContextSwitchTo(node->ss.ps.ps_ExprContext->ecxt_per_tuple_memory);
	StringInfoData sql;
	initStringInfo(&sql);
	List *home = NIL;
	if (!WriteSql(node, state, &sql, &home))
	{
		MemoryContextSwitchTo(old);
		return false;
	}
	MemoryContextSwitchTo(estate->es_query_cxt);
	state->recheck = home != NIL ? ExecInitQual(static_cast<List *>(copyObjectImpl(home)), &node->ss.ps) : nullptr;
	state->nfetched = state->ncolumns + (home != NIL ? state->nspare : 0);
	for (int i = 0; i < state->ncolumns; ++i)
		state->fetched[i] = &state->converters[i];
	for (int i = state->ncolumns; i < state->nfetched; ++i)
		state->fetched[i] = &state->spare_converters[i - state->ncolumns];

	if (PlanList(plan, kPlanOffline) != NIL)
		VerifyTables(estate, *state->settings, state->user_id, RelidsOf(plan));
	MemoryContextReset(state->stream_context);
	Connection *connection = GetConnection(*state->settings, state->user_id);
	size_t size = static_cast<size_t>(sql.len);
	state->stream = waiting ? OpenStream(connection, sql.data, size, state->stream_context)
							: AskStream(connection, sql.data, size, state->stream_context);
	state->stream->strict = true;
	state->checked = waiting;
	++state->statements;
	if (waiting)
		CheckResult(node, state);
	MemoryContextSwitchTo(old);
	return true;
}

namespace
{

void Stop(ScanState *state)
{
	Stream *stream = state->stream;
	if (stream == nullptr)
		return;
	state->stream = nullptr;
	CloseStream(stream);
	AddFigures(state, stream);
	MemoryContextReset(state->stream_context);
}

} // namespace

bool IsRecheck(const PlanState *node)
{
	const EPQState *recheck = node->state->es_epq_active;
	return recheck != nullptr && bms_is_member(recheck->epqParam, node->plan->extParam);
}

void VerifyTables(EState *estate, const ServerSettings &settings, Oid user_id, const Bitmapset *relids)
{
	List *tables = TablesOfServer(estate->es_range_table, settings.server->serverid);
	for (int varno = -1; (varno = bms_next_member(relids, varno)) >= 0;)
	{
		const RangeTblEntry *entry = exec_rt_fetch(static_cast<Index>(varno), estate);
		if (!list_member_oid(tables, entry->relid))
			continue;
		Relation relation = table_open(entry->relid, NoLock);
		VerifyFacts(settings, relation, user_id, tables);
		table_close(relation, NoLock);
	}
}

void AddFigures(ScanState *state, const Stream *stream)
{
	state->round_trips += stream->round_trips;
	state->rows += stream->rows;
	state->bytes += StreamBytes(stream);
	INSTR_TIME_ADD(state->waited, stream->waited);
	FabricUsage usage;
	if (!UsageOf(stream, &usage))
		return;
	state->has_usage = true;
	state->usage.files += usage.files;
	state->usage.bytes += usage.bytes;
	state->usage.row_groups += usage.row_groups;
	state->usage.row_groups_read += usage.row_groups_read;
	state->usage.threads = Max(state->usage.threads, usage.threads);
}

namespace
{

// Runs a plan over joins or groups: remotely, or by the local plan beside it when a value has no remote form.
TupleTableSlot *ExecRemoteOrHome(PlanState *plan_state)
{
	ForeignScanState *node = reinterpret_cast<ForeignScanState *>(plan_state);
	ScanState *state = static_cast<ScanState *>(node->fdw_state);
	if (IsRecheck(plan_state))
		return state->exec(plan_state);
	if (!state->decided)
	{
		state->decided = true;
		state->at_home = !Start(node, state);
		state->went_home = state->went_home || state->at_home;
	}
	if (!state->at_home || state->home_gives_scan)
		return state->exec(plan_state);
	// The local plan gives what this node gives.
	TupleTableSlot *slot = ExecProcNode(state->home);
	if (TupIsNull(slot))
		return nullptr;
	TupleTableSlot *result =
		plan_state->ps_ProjInfo != nullptr ? plan_state->ps_ResultTupleSlot : node->ss.ss_ScanTupleSlot;
	return ExecCopySlot(result, slot);
}

// The next of the rows that were kept for being read again.
TupleTableSlot *NextKept(ForeignScanState *node, ScanState *state)
{
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	// A row that comes from disk is allocated here, and freed when the slot takes the next one.
	MemoryContext old = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	bool found = tuplestore_gettupleslot(state->kept, true, false, state->kept_slot);
	MemoryContextSwitchTo(old);
	return found ? ExecCopySlot(slot, state->kept_slot) : ExecClearTuple(slot);
}

TupleTableSlot *NextAtHome(ForeignScanState *node, ScanState *state)
{
	MemoryContext old = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	TupleTableSlot *from = ExecProcNode(state->home);
	MemoryContextSwitchTo(old);
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	return TupIsNull(from) ? ExecClearTuple(slot) : ExecCopySlot(slot, from);
}

} // namespace

void BeginForeignScan(ForeignScanState *node, int eflags)
{
	const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
	ScanState *state = pg::make_plain<ScanState>();
	node->fdw_state = state;
	state->table = plan->scan.scanrelid > 0;
	List *relations = PlanList(plan, kPlanRelations);
	state->name = state->table ? RelationGetRelationName(node->ss.ss_currentRelation) : strVal(linitial(relations));
	state->settings = LoadServerSettings(plan->fs_server);
	Oid user = pg::compat::CheckAsUser(node, state->table ? static_cast<int>(plan->scan.scanrelid)
														  : bms_next_member(RelidsOf(plan), -1));
	state->user_id = OidIsValid(user) ? user : GetUserId();
	// The local way out is none of EXPLAIN's business unless it is taken.
	state->home = outerPlanState(node);
	outerPlanState(node) = nullptr;
	state->home_gives_scan = relations != NIL && PlanList(plan, kPlanScanHome) != NIL;
	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) != 0)
		return;
	if (state->home != nullptr)
	{
		state->exec = node->ss.ps.ExecProcNode;
		node->ss.ps.ExecProcNode = ExecRemoteOrHome;
	}
	state->params = ExecInitExprList(plan->fdw_exprs, &node->ss.ps);
	List *attrs = PlanList(plan, kPlanFetchedAttrs);
	List *spare = PlanList(plan, kPlanSpareAttrs);
	TupleDesc descriptor = node->ss.ss_ScanTupleSlot->tts_tupleDescriptor;
	state->context = {state->settings, state->user_id,		 node->ss.ps.state, state->name,
					  descriptor,	   plan->scan.scanrelid, &state->stream};
	if (state->table)
	{
		state->ncolumns = list_length(attrs);
		state->nspare = list_length(spare);
		state->converters = MakeConverters(&state->context, attrs);
		state->spare_converters = MakeConverters(&state->context, spare);
		state->fetched = pg::make_array<ColumnConverter *>(static_cast<size_t>(state->ncolumns + state->nspare));
	}
	else
		state->values = PrepareCompound(&state->context, 0, PlanList(plan, kPlanFetchedKinds), plan->fdw_scan_tlist);
	state->stream_context =
		AllocSetContextCreate(node->ss.ps.state->es_query_cxt, "pg_fabric stream", ALLOCSET_DEFAULT_SIZES);
}

TupleTableSlot *IterateForeignScan(ForeignScanState *node)
{
	ScanState *state = static_cast<ScanState *>(node->fdw_state);
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	if (unlikely(state->at_home))
		return NextAtHome(node, state);
	if (unlikely(state->all_kept))
		return NextKept(node, state);
	if (unlikely(state->stream == nullptr) && !Start(node, state))
		elog(ERROR, "a value of the remote statement has no remote form");
	if (unlikely(!state->checked))
	{
		CompleteStream(state->stream);
		CheckResult(node, state);
		state->checked = true;
	}
	for (;;)
	{
		const FabricCell *cells;
		ExecClearTuple(slot);
		if (unlikely(!NextRow(state->stream, &cells)))
		{
			// Rows in two arms: those with NULL in the first key come after the others.
			const ForeignScan *plan = reinterpret_cast<ForeignScan *>(node->ss.ps.plan);
			if (state->statement + 1 >= list_length(PlanList(plan, kPlanTails)) || Mutated("second_arm_lost"))
			{
				state->all_kept = state->kept != nullptr;
				return slot;
			}
			Stop(state);
			++state->statement;
			if (!Start(node, state))
				elog(ERROR, "a value of the remote statement has no remote form");
			continue;
		}
		if (!state->table)
			FillCompound(state->values, cells, 0, slot);
		else
		{
			// The columns that nobody reads are NULL.
			memset(slot->tts_isnull, true, sizeof(bool) * static_cast<size_t>(slot->tts_tupleDescriptor->natts));
			for (int i = 0; i < state->nfetched; ++i)
			{
				if (cells[i].data == nullptr)
					continue;
				const ColumnConverter &column = *state->fetched[i];
				bool isnull = false;
				slot->tts_values[column.attnum - 1] = column.convert(column, cells[i], &isnull);
				slot->tts_isnull[column.attnum - 1] = isnull;
			}
		}
		ExecStoreVirtualTuple(slot);
		ExprContext *context = node->ss.ps.ps_ExprContext;
		context->ecxt_scantuple = slot;
		if (likely(state->recheck == nullptr) || ExecQual(state->recheck, context))
		{
			if (unlikely(state->kept != nullptr))
				tuplestore_puttupleslot(state->kept, slot);
			return slot;
		}
		ResetExprContext(context);
		CHECK_FOR_INTERRUPTS();
	}
}

namespace
{

// The rows are wanted again. The first time they are asked for again, and kept; a plan that reads them twice is rare enough.
void Rewind(ForeignScanState *node, ScanState *state)
{
	bool same = node->ss.ps.chgParam == nullptr && state->home == nullptr;
	if (same && state->all_kept)
	{
		tuplestore_rescan(state->kept);
		return;
	}
	bool started = state->stream != nullptr;
	Stop(state);
	state->statement = 0;
	state->all_kept = false;
	if (state->kept != nullptr)
		tuplestore_end(state->kept);
	state->kept = nullptr;
	if (!same || !started)
		return;
	MemoryContext old = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	state->kept = tuplestore_begin_heap(false, false, work_mem);
	if (state->kept_slot == nullptr)
		state->kept_slot =
			MakeSingleTupleTableSlot(node->ss.ss_ScanTupleSlot->tts_tupleDescriptor, &TTSOpsMinimalTuple);
	MemoryContextSwitchTo(old);
}

} // namespace

void ReScanForeignScan(ForeignScanState *node)
{
	ScanState *state = static_cast<ScanState *>(node->fdw_state);
	Rewind(node, state);
	state->decided = state->at_home = false;
	if (state->home == nullptr)
		return;
	if (node->ss.ps.chgParam != nullptr)
		UpdateChangedParamSet(state->home, node->ss.ps.chgParam);
	if (state->home->chgParam == nullptr)
		ExecReScan(state->home);
}

// A locked row has changed: a join is made again of the rows as they are now.
bool RecheckForeignScan(ForeignScanState *node, TupleTableSlot *slot)
{
	const ScanState *state = static_cast<ScanState *>(node->fdw_state);
	if (state->table)
		return true;
	// The minor versions of PostgreSQL before autumn 2025 ask that also of a subquery beside the rows.
	if (!IsRecheck(&node->ss.ps))
		return !TupIsNull(IterateForeignScan(node));
	Assert(state->home != nullptr);
	TupleTableSlot *result = ExecProcNode(state->home);
	if (TupIsNull(result))
		return false;
	ExecCopySlot(slot, result);
	return true;
}

void EndForeignScan(ForeignScanState *node)
{
	ScanState *state = static_cast<ScanState *>(node->fdw_state);
	if (state == nullptr)
		return;
	Stop(state);
	if (state->kept != nullptr)
		tuplestore_end(state->kept);
	if (state->kept_slot != nullptr)
		ExecDropSingleTupleTableSlot(state->kept_slot);
	if (state->home != nullptr && outerPlanState(node) == nullptr)
		ExecEndNode(state->home);
}

} // namespace fabric::fdw
