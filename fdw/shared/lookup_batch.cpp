// Batches of a lookup join: rows of the other side, hashed by their keys, and the different values of these. See lookup.hpp.
#include "pg/memory.hpp"

#include "fdw/shared/lookup_state.hpp"

extern "C"
{
#include <miscadmin.h>
#include <utils/array.h>
#include <nodes/nodeFuncs.h>
#include <utils/datum.h>
#include <utils/typcache.h>
}

namespace fabric::fdw
{

namespace
{

constexpr Size kMostKeyBytes = 512 * 1024; // of a statement: well below what servers accept

} // namespace

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

namespace
{

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

// Adds the values of a row's keys to those of a batch unless they are there. True when they were added.
bool AddRow(LookupState *state, const Datum *values, uint32 hash, Size *bytes)
{
	KeyColumn &first = state->keys[0];
	int at = static_cast<int>(hash) & first.mask;
	for (; first.table[at] >= 0; at = (at + 1) & first.mask)
	{
		bool same = true;
		for (int i = 0; i < state->nkeys && same; ++i)
		{
			const KeyColumn &key = state->keys[i];
			same = datum_image_eq(key.values[first.table[at]], values[i], key.by_value, key.length);
		}
		if (same)
			return false;
	}
	first.table[at] = first.count;
	MemoryContext old = MemoryContextSwitchTo(state->batch_context);
	for (int i = 0; i < state->nkeys; ++i)
	{
		KeyColumn &key = state->keys[i];
		key.values[key.count++] = datumCopy(values[i], key.by_value, key.length);
		*bytes += datumGetSize(values[i], key.by_value, key.length);
	}
	MemoryContextSwitchTo(old);
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
		if (isnull || (key.may_be_unsayable && !CanBeSent(*state->settings->tenant->dialect, key.type, values[i])))
		{
			// An equality with NULL is not true, and what cannot be said remotely is not there.
			row->no_key = true;
			row->matched = Mutated("lookup_key_nulls_match");
			return false;
		}
		if (key.length == -1)
			values[i] = PointerGetDatum(PG_DETOAST_DATUM_PACKED(values[i]));
		row->hash = MixHashes(row->hash, DatumGetUInt32(FunctionCall1Coll(&key.hash_outer, key.collation, values[i])));
	}
	bool added = false;
	if (state->side_by_side)
		return AddRow(state, values, row->hash, bytes);
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

} // namespace

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

} // namespace fabric::fdw
