// What the parts of a lookup join share at run time. Not for other files; see lookup.hpp.
#pragma once

#include "fdw/shared/lookup.hpp"
#include "fdw/shared/scan.hpp"

extern "C"
{
#include <common/hashfn.h>
}

namespace fabric::fdw
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
	ValueContext context;
	int nouter;

	List *params;
	ExprState *match;
	List *home;			 // of ExprState: conditions that can come home, by position
	ExprState **at_home; // of these, those that have for this batch
	int nat_home;
	int nkeys;
	KeyColumn *keys;
	bool side_by_side; // the keys are sent as rows: their values stand side by side
	FetchedValues values;

	TupleTableSlot *outer_slot;
	TupleTableSlot *copy_slot; // of the remote row that a locked row was joined with
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

// An item of the plan's private list, and one of its lists of expressions.
inline List *Item(const CustomScan *plan, LookupItem item)
{
	return static_cast<List *>(list_nth(plan->custom_private, item));
}

// The range table indexes of the remote tables.
inline Relids RemoteRelids(const CustomScan *plan)
{
	return KeptRelids(Item(plan, kLookupRelids), plan->custom_relids);
}

inline List *Exprs(const CustomScan *plan, LookupExprs list)
{
	return static_cast<List *>(list_nth(plan->custom_exprs, list));
}

inline const CustomScan *PlanOf(const LookupState *state)
{
	return reinterpret_cast<const CustomScan *>(state->css.ss.ps.plan);
}

inline uint32 MixHashes(uint32 hash, uint32 more)
{
	return hash_combine(hash, more);
}

// lookup_batch.cpp
// Makes the keys ready.
void PrepareKeys(LookupState *state, const CustomScan *plan);
// The current row of the other side into the tuple that expressions are computed over; the remote part is NULL.
void ShowOuter(LookupState *state, TupleTableSlot *from);
// Gathers rows of the other side. False when there are no more.
bool Gather(LookupState *state);

} // namespace fabric::fdw
