// A lookup join at run time. See lookup.hpp.
//
// Rows of the other side are gathered and hashed by their keys; the remote rows that have one of the keys stream past them. So
// memory is bounded by a batch, whatever the number of matches.
//
// Lifecycle: the state lives in the query's context; a batch in a context of its own; a stream as in scan.cpp.
#include "pg/compat.hpp"
#include "pg/memory.hpp"

#include "fdw/shared/lookup.hpp"
#include "fdw/shared/scan.hpp"

extern "C"
{
#include <common/hashfn.h>
#include <miscadmin.h>
#include <utils/array.h>
#include <utils/datum.h>
#include <utils/ruleutils.h>
#include <utils/typcache.h>
}

namespace fabric::fdw
{

namespace
{

// A row of the other side.
struct OuterRow
{
	MinimalTuple tuple;
	uint32 hash;
	int next;	 // in the hash chain; -1 at its end
	bool no_key; // a key is NULL, or no remote row can have it
	bool matched;
};

// A column of the keys.
struct KeyColumn
{
	ExprState *outer;
	ExprState *inner;
	FmgrInfo hash_outer;
	FmgrInfo hash_inner;
	Oid collation;
	Oid type; // of the other side
	int16 length;
	bool by_value;
	char align;
	bool may_be_unsayable;
	// The different values of a batch.
	Datum *values;
	int count;
	int *table; // positions in values by hash; -1: none
	int mask;
};

struct LookupState
{
	CustomScanState css; // first
	JoinType type;
	ServerSettings *settings;
	Oid user_id;
	const char *name;
	int nouter;

	List *params;
	ExprState *match;
	List *home;			 // of ExprState: conditions that can come home, by position
	ExprState **at_home; // of these, those that have for this batch
	int nat_home;
	int nkeys;
	KeyColumn *keys;
	FetchedValues values;

	TupleTableSlot *outer_slot;
	bool outer_ended;
	MemoryContext batch_context;
	MemoryContext row_context;
	MemoryContext stream_context;
	OuterRow *rows;
	int nrows;
	int capacity;
	int *buckets;
	int mask;
	int limit; // keys in the next statement

	Stream *stream;
	int candidate; // the next row of the other side to be compared with the current remote row; -1: none
	uint32 remote_hash;
	int leftover; // the next row of the other side to be given without a match; -1: not yet

	// Figures.
	uint64 batches;
	uint64 keys_sent;
	ScanState figures;
};

constexpr int kFirstLimit = 100; // a LIMIT above may want no more
constexpr int kGrowth = 4;
constexpr Size kMostKeyBytes = 512 * 1024; // of a statement: well below what servers accept

List *Item(const CustomScan *plan, LookupItem item)
{
	return static_cast<List *>(list_nth(plan->custom_private, item));
}

List *Exprs(const CustomScan *plan, LookupExprs list)
{
	return static_cast<List *>(list_nth(plan->custom_exprs, list));
}

const CustomScan *PlanOf(const LookupState *state)
{
	return reinterpret_cast<const CustomScan *>(state->css.ss.ps.plan);
}

// The current row of the other side into the tuple that expressions are computed over; the remote part is NULL.
void ShowOuter(LookupState *state, TupleTableSlot *from)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	slot_getallattrs(from);
	ExecClearTuple(slot);
	memcpy(slot->tts_values, from->tts_values, sizeof(Datum) * static_cast<size_t>(state->nouter));
	memcpy(slot->tts_isnull, from->tts_isnull, sizeof(bool) * static_cast<size_t>(state->nouter));
	memset(slot->tts_isnull + state->nouter, true, static_cast<size_t>(state->values.count));
	ExecStoreVirtualTuple(slot);
	state->css.ss.ps.ps_ExprContext->ecxt_scantuple = slot;
}

// Puts a row of the other side before the remote row that is there.
void Combine(LookupState *state, const OuterRow &row)
{
	TupleTableSlot *slot = state->css.ss.ss_ScanTupleSlot;
	ExecStoreMinimalTuple(row.tuple, state->outer_slot, false);
	slot_getallattrs(state->outer_slot);
	memcpy(slot->tts_values, state->outer_slot->tts_values, sizeof(Datum) * static_cast<size_t>(state->nouter));
	memcpy(slot->tts_isnull, state->outer_slot->tts_isnull, sizeof(bool) * static_cast<size_t>(state->nouter));
}

uint32 Mix(uint32 hash, uint32 more)
{
	return hash_combine(hash, more);
}

// Adds a value to those of a batch unless it is there. True when it was added.
bool AddValue(KeyColumn *key, Datum value, uint32 hash, MemoryContext context)
{
	int at = static_cast<int>(hash) & key->mask;
	for (; key->table[at] >= 0; at = (at + 1) & key->mask)
		if (datum_image_eq(key->values[key->table[at]], value, key->by_value, key->length))
			return false;
	MemoryContext old = MemoryContextSwitchTo(context);
	key->values[key->count] = datumCopy(value, key->by_value, key->length);
	MemoryContextSwitchTo(old);
	key->table[at] = key->count++;
	return true;
}

// Computes the keys of the row that is shown, and notes their values. Returns whether one of them is new.
bool NoteKeys(LookupState *state, OuterRow *row, Size *bytes)
{
	ExprContext *context = state->css.ss.ps.ps_ExprContext;
	Datum *values = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<size_t>(state->nkeys)));
	row->hash = 0;
	for (int i = 0; i < state->nkeys; ++i)
	{
		KeyColumn &key = state->keys[i];
		bool isnull;
		values[i] = ExecEvalExpr(key.outer, context, &isnull);
		StringInfoData ignored;
		if (!isnull && key.may_be_unsayable)
			initStringInfo(&ignored);
		if (isnull || (key.may_be_unsayable &&
					   !state->settings->tenant->dialect->AppendLiteral(&ignored, values[i], key.type, Form::compare)))
		{
			// An equality with NULL is not true, and what cannot be said remotely is not there.
			row->no_key = true;
			return false;
		}
		if (key.length == -1)
			values[i] = PointerGetDatum(PG_DETOAST_DATUM_PACKED(values[i]));
		row->hash = Mix(row->hash, DatumGetUInt32(FunctionCall1Coll(&key.hash_outer, key.collation, values[i])));
	}
	bool added = false;
	for (int i = 0; i < state->nkeys; ++i)
	{
		KeyColumn &key = state->keys[i];
		uint32 hash = DatumGetUInt32(FunctionCall1Coll(&key.hash_outer, key.collation, values[i]));
		if (!AddValue(&key, values[i], hash, state->batch_context))
			continue;
		added = true;
		*bytes += datumGetSize(values[i], key.by_value, key.length);
	}
	return added;
}

int PowerOfTwo(int least)
{
	int size = 16;
	while (size < least)
		size *= 2;
	return size;
}

void StartBatch(LookupState *state)
{
	MemoryContextReset(state->batch_context);
	MemoryContext old = MemoryContextSwitchTo(state->batch_context);
	state->nrows = 0;
	state->capacity = 256;
	state->rows = static_cast<OuterRow *>(palloc(sizeof(OuterRow) * static_cast<size_t>(state->capacity)));
	int size = PowerOfTwo(state->limit * 2 + 2);
	for (int i = 0; i < state->nkeys; ++i)
	{
		KeyColumn &key = state->keys[i];
		key.count = 0;
		key.mask = size - 1;
		key.values = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<size_t>(state->limit + 1)));
		key.table = static_cast<int *>(palloc(sizeof(int) * static_cast<size_t>(size)));
		memset(key.table, -1, sizeof(int) * static_cast<size_t>(size));
	}
	MemoryContextSwitchTo(old);
}

void HashRows(LookupState *state)
{
	int size = PowerOfTwo(state->nrows * 2);
	state->mask = size - 1;
	state->buckets =
		static_cast<int *>(MemoryContextAllocHuge(state->batch_context, sizeof(int) * static_cast<size_t>(size)));
	memset(state->buckets, -1, sizeof(int) * static_cast<size_t>(size));
	// Backwards, so that each chain is in the order in which the rows came.
	for (int i = state->nrows - 1; i >= 0; --i)
	{
		OuterRow &row = state->rows[i];
		if (row.no_key)
			continue;
		int bucket = static_cast<int>(row.hash) & state->mask;
		row.next = state->buckets[bucket];
		state->buckets[bucket] = i;
	}
}

// Gathers rows of the other side. False when there are no more.
bool Gather(LookupState *state)
{
	PlanState *outer = static_cast<PlanState *>(linitial(state->css.custom_ps));
	ExprContext *context = state->css.ss.ps.ps_ExprContext;
	StartBatch(state);
	Size bytes = 0;
	bool wants_unmatched = state->type == JOIN_LEFT || state->type == JOIN_ANTI;
	while (!state->outer_ended)
	{
		CHECK_FOR_INTERRUPTS();
		TupleTableSlot *slot = ExecProcNode(outer);
		if (TupIsNull(slot))
		{
			state->outer_ended = true;
			break;
		}
		ResetExprContext(context);
		ShowOuter(state, slot);
		if (state->nrows == state->capacity)
		{
			state->capacity *= 2;
			state->rows = static_cast<OuterRow *>(
				repalloc_huge(state->rows, sizeof(OuterRow) * static_cast<size_t>(state->capacity)));
		}
		OuterRow &row = state->rows[state->nrows];
		row = OuterRow{};
		row.next = -1;
		MemoryContext old = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
		NoteKeys(state, &row, &bytes);
		MemoryContextSwitchTo(old);
		if (row.no_key && !wants_unmatched)
			continue;
		old = MemoryContextSwitchTo(state->batch_context);
		row.tuple = ExecCopySlotMinimalTuple(slot);
		MemoryContextSwitchTo(old);
		++state->nrows;
		bool full = bytes > kMostKeyBytes ||
					MemoryContextMemAllocated(state->batch_context, true) > static_cast<Size>(work_mem) * 1024;
		for (int i = 0; i < state->nkeys; ++i)
			full = full || state->keys[i].count >= state->limit;
		if (full)
			break;
	}
	if (state->nrows == 0)
		return false;
	HashRows(state);
	return true;
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
	appendStringInfoString(&sql, strVal(linitial(Item(plan, kLookupTail))));
	MemoryContextSwitchTo(estate->es_query_cxt);
	if (Item(plan, kLookupOffline) != NIL)
	{
		Bitmapset *relids = nullptr;
		foreach (cell, Item(plan, kLookupRelids))
			relids = bms_add_member(relids, lfirst_int(cell));
		VerifyTables(estate, *state->settings, state->user_id, relids);
	}
	MemoryContextReset(state->stream_context);
	Connection *connection = GetConnection(*state->settings, state->user_id);
	state->stream = OpenStream(connection, sql.data, static_cast<size_t>(sql.len), state->stream_context);
	state->stream->strict = true;
	++state->batches;
	++state->figures.statements;
	for (int i = 0; i < state->nkeys; ++i)
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
		hash = Mix(hash, DatumGetUInt32(FunctionCall1Coll(&key.hash_inner, key.collation, value)));
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
	bool wants_unmatched = state->type == JOIN_LEFT || state->type == JOIN_ANTI;
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
		if (wants_unmatched)
			state->leftover = 0;
	}
}

TupleTableSlot *ExecLookup(CustomScanState *node)
{
	LookupState *state = reinterpret_cast<LookupState *>(node);
	ExprContext *context = node->ss.ps.ps_ExprContext;
	for (;;)
	{
		ResetExprContext(context);
		if (!NextJoined(state))
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

void PrepareKeys(LookupState *state, const CustomScan *plan)
{
	List *outer = Exprs(plan, kLookupOuterKeys);
	List *inner = Exprs(plan, kLookupInnerKeys);
	List *oids = Item(plan, kLookupOids);
	state->nkeys = list_length(outer);
	state->keys = pg::make_array<KeyColumn>(static_cast<size_t>(state->nkeys));
	for (int i = 0; i < state->nkeys; ++i)
	{
		KeyColumn &key = state->keys[i];
		Expr *expr = static_cast<Expr *>(list_nth(outer, i));
		key.outer = ExecInitExpr(expr, &state->css.ss.ps);
		key.inner = ExecInitExpr(static_cast<Expr *>(list_nth(inner, i)), &state->css.ss.ps);
		key.type = exprType(reinterpret_cast<Node *>(expr));
		key.collation = list_nth_oid(oids, 2 + 2 * i);
		get_typlenbyvalalign(key.type, &key.length, &key.by_value, &key.align);
		key.may_be_unsayable = !state->settings->tenant->dialect->CanSayAll(key.type);
		Oid hash_inner, hash_outer;
		if (!get_op_hash_functions(list_nth_oid(oids, 1 + 2 * i), &hash_inner, &hash_outer))
			elog(ERROR, "the equality of a lookup join has no hash functions");
		fmgr_info(hash_inner, &key.hash_inner);
		fmgr_info(hash_outer, &key.hash_outer);
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
	Oid user = pg::compat::CheckAsUser(estate, linitial_int(Item(plan, kLookupRelids)));
	state->user_id = OidIsValid(user) ? user : GetUserId();
	PrepareKeys(state, plan);
	if ((eflags & EXEC_FLAG_EXPLAIN_ONLY) != 0)
		return;
	state->params = ExecInitExprList(Exprs(plan, kLookupParams), &node->ss.ps);
	state->match = ExecInitQual(Exprs(plan, kLookupMatch), &node->ss.ps);
	ListCell *cell;
	foreach (cell, Exprs(plan, kLookupHome))
		state->home = lappend(state->home, ExecInitQual(list_make1(lfirst(cell)), &node->ss.ps));
	state->at_home = pg::make_array<ExprState *>(static_cast<size_t>(list_length(state->home) + 1));
	ValueContext context{state->settings->zero_dates, state->name, node->ss.ss_ScanTupleSlot->tts_tupleDescriptor};
	state->values = PrepareCompound(context, state->nouter, Item(plan, kLookupKinds));
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
	int joining = list_length(conditions) - list_length(reasons);
	ExplainPropertyList("Join Conditions", list_truncate(list_copy(conditions), joining), es);
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
		ExplainReasons(list_copy_tail(conditions, joining), reasons, es);
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
