// A lookup join at run time. See lookup.hpp.
//
// Rows of the other side are gathered and hashed by their keys; the remote rows that have one of the keys stream past them. So
// memory is bounded by a batch, whatever the number of matches.
//
// Lifecycle: the state lives in the query's context; a batch in a context of its own; a stream as in scan.cpp.
#include "pg/compat.hpp"
#include "pg/memory.hpp"

#include "fdw/shared/lookup_state.hpp"

extern "C"
{
#include <access/htup_details.h>
#include <executor/executor.h>
#include <utils/array.h>
#include <utils/rel.h>
#include <utils/ruleutils.h>
}

namespace fabric::fdw
{

namespace
{

constexpr int kFirstLimit = 100; // a LIMIT above may want no more
constexpr int kGrowth = 4;

// Puts a row of the other side before the remote row that is there.
void Combine(LookupState *state, const OuterRow &row)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	ExecStoreMinimalTuple(row.tuple, state->outer_slot, false);
	slot_getallattrs(state->outer_slot);
	memcpy(slot->tts_values, state->outer_slot->tts_values, sizeof(Datum) * static_cast<size_t>(state->nouter));
	memcpy(slot->tts_isnull, state->outer_slot->tts_isnull, sizeof(bool) * static_cast<size_t>(state->nouter));
}

// The values of the keys as arrays, in place of the first markers.
const Const **KeyArrays(LookupState *state)
{
	const Const **arrays = static_cast<const Const **>(palloc(sizeof(Const *) * static_cast<size_t>(state->nkeys)));
	for (int i = 0; i < state->nkeys; ++i)
	{
		const KeyColumn &key = state->keys[i];
		Const *array = makeNode(Const);
		array->consttype = get_array_type(key.type);
		array->constvalue =
			PointerGetDatum(construct_array(key.values, key.count, key.type, key.length, key.by_value, key.align));
		arrays[i] = array;
	}
	return arrays;
}

// Sends the statement for the keys of the batch.
void Ask(LookupState *state)
{
	const CustomScan *plan = PlanOf(state);
	EState *estate = state->css.ss.ps.state;
	ExprContext *context = state->css.ss.ps.ps_ExprContext;
	ResetExprContext(context);
	MemoryContext old = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	ValueSource source{state->settings->tenant->dialect, state->params, context, KeyArrays(state), state->nkeys};
	StringInfoData select, sql;
	initStringInfo(&select);
	initStringInfo(&sql);
	AppendSelect(&select, Item(plan, kLookupTexts), NIL, strVal(linitial(Item(plan, kLookupFrom))));
	if (!AppendText(source, select.data, &sql))
		elog(ERROR, "a value of the remote statement has no remote form");
	state->nat_home = 0;
	bool first = true;
	ListCell *cell;
	auto append = [&](const char *condition)
	{
		int before = sql.len;
		appendStringInfoString(&sql, first ? " WHERE " : " AND ");
		if (!AppendText(source, condition, &sql))
		{
			sql.len = before;
			sql.data[before] = '\0';
			return false;
		}
		first = false;
		return true;
	};
	foreach (cell, Item(plan, kLookupConditions))
	{
		if (append(strVal(lfirst(cell))))
			continue;
		if (state->home == NIL)
			elog(ERROR, "a value of the remote statement has no remote form");
		state->at_home[state->nat_home++] =
			static_cast<ExprState *>(list_nth(state->home, foreach_current_index(cell)));
	}
	foreach (cell, Item(plan, kLookupKeys))
		if (!append(strVal(lfirst(cell))))
			elog(ERROR, "a key of a lookup join has no remote form");
	if (!AppendText(source, strVal(linitial(Item(plan, kLookupTail))), &sql))
		elog(ERROR, "a value of the remote statement has no remote form");
	MemoryContextSwitchTo(estate->es_query_cxt);
	if (Item(plan, kLookupOffline) != NIL)
	{
		VerifyTables(estate, *state->settings, state->user_id, RemoteRelids(plan));
	}
	MemoryContextReset(state->stream_context);
	Connection *connection = GetConnection(*state->settings, state->user_id);
	state->stream = OpenStream(connection, sql.data, static_cast<size_t>(sql.len), state->stream_context);
	state->stream->strict = true;
	++state->batches;
	++state->figures.statements;
	for (int i = 0; i < (state->side_by_side ? 1 : state->nkeys); ++i)
		state->keys_sent += static_cast<uint64>(state->keys[i].count);
	CheckCompound(state->values, state->stream, list_copy_tail(plan->custom_scan_tlist, state->nouter));
	MemoryContextSwitchTo(old);
}

void StopStream(LookupState *state)
{
	Stream *stream = state->stream;
	if (stream == nullptr)
		return;
	state->stream = nullptr;
	CloseStream(stream);
	AddFigures(&state->figures, stream);
	MemoryContextReset(state->stream_context);
}

// The next remote row, into the tuple that expressions are computed over. False at the end.
bool NextRemote(LookupState *state)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	ExprContext *context = state->css.ss.ps.ps_ExprContext;
	const FabricCell *cells;
	if (!NextRow(state->stream, &cells))
		return false;
	MemoryContextReset(state->row_context);
	MemoryContext old = MemoryContextSwitchTo(state->row_context);
	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, static_cast<size_t>(state->nouter));
	FillCompound(state->values, cells, state->nouter, slot);
	ExecStoreVirtualTuple(slot);
	MemoryContextSwitchTo(old);
	context->ecxt_scantuple = slot;
	state->candidate = -1;
	uint32 hash = 0;
	for (int i = 0; i < state->nkeys; ++i)
	{
		KeyColumn &key = state->keys[i];
		bool isnull;
		Datum value = ExecEvalExprSwitchContext(key.inner, context, &isnull);
		if (isnull)
			return true;
		hash = MixHashes(hash, DatumGetUInt32(FunctionCall1Coll(&key.hash_inner, key.collation, value)));
	}
	for (int i = 0; i < state->nat_home; ++i)
		if (!ExecQual(state->at_home[i], context))
			return true;
	state->remote_hash = hash;
	state->candidate = state->buckets[static_cast<int>(hash) & state->mask];
	return true;
}

// The next row of the other side that matches the remote row; false when there is none.
bool NextMatch(LookupState *state)
{
	ExprContext *context = state->css.ss.ps.ps_ExprContext;
	while (state->candidate >= 0)
	{
		OuterRow &row = state->rows[state->candidate];
		state->candidate = row.next;
		bool once = state->type == JOIN_SEMI || state->type == JOIN_ANTI;
		if (row.hash != state->remote_hash || (once && row.matched))
			continue;
		ResetExprContext(context);
		Combine(state, row);
		if (!ExecQual(state->match, context))
			continue;
		row.matched = true;
		if (state->type != JOIN_ANTI)
			return true;
	}
	return false;
}

// The next row of the other side that has found nothing, with the remote columns NULL.
bool NextUnmatched(LookupState *state)
{
	while (state->leftover < state->nrows)
	{
		const OuterRow &row = state->rows[state->leftover++];
		if (row.matched)
			continue;
		ExecStoreMinimalTuple(row.tuple, state->outer_slot, false);
		ShowOuter(state, state->outer_slot);
		return true;
	}
	return false;
}

// Makes the next joined row. False when there are no more.
bool NextJoined(LookupState *state)
{
	bool wants_unmatched = (state->type == JOIN_LEFT || state->type == JOIN_ANTI) && !Mutated("lookup_unmatched_lost");
	for (;;)
	{
		if (state->leftover >= 0)
		{
			if (NextUnmatched(state))
				return true;
			state->leftover = -1;
			state->nrows = 0;
		}
		if (state->stream == nullptr)
		{
			if (!Gather(state))
				return false;
			if (state->keys[0].count > 0)
			{
				Ask(state);
				state->limit = Min(state->limit * kGrowth, lsecond_int(Item(PlanOf(state), kLookupFigures)));
				state->candidate = -1;
			}
			else
			{
				state->leftover = wants_unmatched ? 0 : -1;
				continue;
			}
		}
		if (NextMatch(state))
			return true;
		CHECK_FOR_INTERRUPTS();
		if (NextRemote(state))
			continue;
		StopStream(state);
		state->outer_ended = state->outer_ended || Mutated("lookup_first_batch_only");
		if (wants_unmatched)
			state->leftover = 0;
	}
}

// The copy of the remote row that was made when a row of the other side was locked; nullptr when there was none.
TupleTableSlot *RemoteCopy(LookupState *state, EPQState *recheck)
{
	EState *estate = state->css.ss.ps.state;
	Index varno = static_cast<Index>(bms_next_member(RemoteRelids(PlanOf(state)), -1));
	if (recheck->relsubs_slot[varno - 1] != nullptr)
		return recheck->relsubs_slot[varno - 1];
	if (recheck->relsubs_rowmark[varno - 1] == nullptr)
		return nullptr;
	if (state->copy_slot == nullptr)
		state->copy_slot = ExecInitExtraTupleSlot(
			estate, RelationGetDescr(pg::compat::RangeTableRelation(estate, varno)), &TTSOpsHeapTuple);
	return EvalPlanQualFetchRowMark(recheck, varno, state->copy_slot) ? state->copy_slot : nullptr;
}

// A row of the other side has changed while it was locked: joins it with the remote row that it was joined with.
bool JoinAgain(LookupState *state)
{
	EState *estate = state->css.ss.ps.state;
	TupleTableSlot *outer = ExecProcNode(static_cast<PlanState *>(linitial(state->css.custom_ps)));
	if (TupIsNull(outer))
		return false;
	ShowOuter(state, outer);
	TupleTableSlot *remote = RemoteCopy(state, estate->es_epq_active);
	if (TupIsNull(remote))
		return state->type == JOIN_LEFT;
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	for (int i = 0; i < state->values.count; ++i)
	{
		const TargetEntry *target = list_nth_node(TargetEntry, PlanOf(state)->custom_scan_tlist, state->nouter + i);
		const Var *var = reinterpret_cast<const Var *>(target->expr);
		bool isnull = false;
		Datum value = var->varattno == 0  ? ExecFetchSlotHeapTupleDatum(remote)
					  : var->varattno > 0 ? slot_getattr(remote, var->varattno, &isnull)
										  : slot_getsysattr(remote, var->varattno, &isnull);
		slot->tts_values[state->nouter + i] = value;
		slot->tts_isnull[state->nouter + i] = isnull;
	}
	if (ExecQual(state->match, state->css.ss.ps.ps_ExprContext))
		return true;
	if (state->type == JOIN_LEFT)
		ShowOuter(state, outer);
	return state->type == JOIN_LEFT;
}

TupleTableSlot *ExecLookup(CustomScanState *node)
{
	LookupState *state = reinterpret_cast<LookupState *>(node);
	ExprContext *context = node->ss.ps.ps_ExprContext;
	bool again = IsRecheck(&node->ss.ps);
	for (;;)
	{
		ResetExprContext(context);
		if (!(again ? JoinAgain(state) : NextJoined(state)))
			return nullptr;
		context->ecxt_scantuple = node->ss.ss_ScanTupleSlot;
		if (!ExecQual(node->ss.ps.qual, context))
		{
			InstrCountFiltered1(node, 1);
			continue;
		}
		return node->ss.ps.ps_ProjInfo != nullptr ? ExecProject(node->ss.ps.ps_ProjInfo) : node->ss.ss_ScanTupleSlot;
	}
}

void BeginLookup(CustomScanState *node, EState *estate, int eflags)
{
	LookupState *state = reinterpret_cast<LookupState *>(node);
	const CustomScan *plan = PlanOf(state);
	Plan *outer = static_cast<Plan *>(linitial(plan->custom_plans));
	node->custom_ps = list_make1(ExecInitNode(outer, estate, eflags));
	state->type = static_cast<JoinType>(linitial_int(Item(plan, kLookupServer)));
	state->settings = LoadServerSettings(linitial_oid(Item(plan, kLookupOids)));
	state->name = strVal(linitial(Item(plan, kLookupName)));
	state->nouter = linitial_int(Item(plan, kLookupFigures));
	Oid user = pg::compat::CheckAsUser(estate, bms_next_member(RemoteRelids(plan), -1));
	state->user_id = OidIsValid(user) ? user : GetUserId();
	state->side_by_side = lthird_int(Item(plan, kLookupFigures)) != 0;
	PrepareKeys(state, plan);
	state->params = ExecInitExprList(Exprs(plan, kLookupParams), &node->ss.ps);
	// EXPLAIN shows the subqueries that these have.
	state->match = ExecInitQual(Exprs(plan, kLookupMatch), &node->ss.ps);
	ListCell *cell;
	foreach (cell, Exprs(plan, kLookupHome))
		state->home = lappend(state->home, ExecInitQual(list_make1(lfirst(cell)), &node->ss.ps));
	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) != 0)
		return;
	state->at_home = pg::make_array<ExprState *>(static_cast<size_t>(list_length(state->home) + 1));
	state->context = {
		state->settings, state->user_id, estate, state->name, node->ss.ss_ScanTupleSlot->tts_tupleDescriptor, 0,
		&state->stream};
	state->values = PrepareCompound(&state->context, state->nouter, Item(plan, kLookupKinds),
									list_copy_tail(plan->custom_scan_tlist, state->nouter));
	PlanState *child = static_cast<PlanState *>(linitial(node->custom_ps));
	state->outer_slot = ExecInitExtraTupleSlot(estate, ExecGetResultType(child), &TTSOpsMinimalTuple);
	state->batch_context = AllocSetContextCreate(estate->es_query_cxt, "pg_fabric lookup", ALLOCSET_DEFAULT_SIZES);
	state->row_context = AllocSetContextCreate(estate->es_query_cxt, "pg_fabric row", ALLOCSET_DEFAULT_SIZES);
	state->stream_context = AllocSetContextCreate(estate->es_query_cxt, "pg_fabric stream", ALLOCSET_DEFAULT_SIZES);
	state->limit = Min(kFirstLimit, lsecond_int(Item(plan, kLookupFigures)));
	state->leftover = -1;
	state->candidate = -1;
}

void EndLookup(CustomScanState *node)
{
	LookupState *state = reinterpret_cast<LookupState *>(node);
	StopStream(state);
	ExecEndNode(static_cast<PlanState *>(linitial(node->custom_ps)));
}

void ReScanLookup(CustomScanState *node)
{
	LookupState *state = reinterpret_cast<LookupState *>(node);
	PlanState *child = static_cast<PlanState *>(linitial(node->custom_ps));
	StopStream(state);
	state->outer_ended = false;
	state->leftover = -1;
	state->candidate = -1;
	state->nrows = 0;
	if (node->ss.ps.chgParam != nullptr)
		UpdateChangedParamSet(child, node->ss.ps.chgParam);
	if (child->chgParam == nullptr)
		ExecReScan(child);
}

void ExplainLookup(CustomScanState *node, List *ancestors, ExplainState *es)
{
	const LookupState *state = reinterpret_cast<LookupState *>(node);
	const CustomScan *plan = PlanOf(state);
	static const char *const kTypes[] = {"Inner", "Left", "Full", "Right", "Semi", "Anti"};
	ExplainPropertyText("Join Type", kTypes[state->type], es);
	ExplainPropertyText("Looked Up", state->name, es);
	List *context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, ancestors);
	bool prefix = list_length(es->rtable) > 1 || es->verbose;
	List *conditions = NIL;
	ListCell *cell;
	foreach (cell, Exprs(plan, kLookupMatch))
		conditions = lappend(conditions, deparse_expression(static_cast<Node *>(lfirst(cell)), context, prefix, false));
	List *reasons = Item(plan, kLookupReasons);
	int local = list_length(reasons);
	ExplainPropertyList("Join Conditions", list_copy_tail(conditions, local), es);
	if (es->verbose)
	{
		StringInfoData sql;
		initStringInfo(&sql);
		AppendSelect(&sql, Item(plan, kLookupTexts), NIL, strVal(linitial(Item(plan, kLookupFrom))));
		bool first = true;
		for (LookupItem item : {kLookupConditions, kLookupKeys})
			foreach (cell, Item(plan, item))
			{
				appendStringInfo(&sql, "%s%s", first ? " WHERE " : " AND ", strVal(lfirst(cell)));
				first = false;
			}
		appendStringInfoString(&sql, strVal(linitial(Item(plan, kLookupTail))));
		ExplainPropertyText("Remote SQL", ShowMarkers(sql.data), es);
		ExplainReasons(list_truncate(list_copy(conditions), local), reasons, es);
	}
	if (!es->analyze)
		return;
	ScanState figures = state->figures;
	if (state->stream != nullptr)
		AddFigures(&figures, state->stream);
	ExplainPropertyUInteger("Batches", nullptr, state->batches, es);
	ExplainPropertyUInteger("Keys Sent", nullptr, state->keys_sent, es);
	ExplainFigures(figures, es);
}

const CustomExecMethods kExecMethods = {"FabricLookupJoin",
										BeginLookup,
										ExecLookup,
										EndLookup,
										ReScanLookup,
										nullptr,
										nullptr,
										nullptr,
										nullptr,
										nullptr,
										nullptr,
										nullptr,
										ExplainLookup};

} // namespace

Node *CreateLookupState(CustomScan *)
{
	LookupState *state = static_cast<LookupState *>(palloc0(sizeof(LookupState)));
	NodeSetTag(&state->css, T_CustomScanState);
	state->css.methods = &kExecMethods;
	return reinterpret_cast<Node *>(state);
}

} // namespace fabric::fdw
