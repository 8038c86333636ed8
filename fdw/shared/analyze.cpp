// ANALYZE of a foreign table. See analyze.hpp.
//
// PostgreSQL computes the statistics; here it is decided how a random sample of the rows comes over the wire, and how many
// rows there are:
//
//   all     every row is sent: small tables. The count is exact.
//   random  the server reads every row and sends each by chance. The count is that of the sample over the chance.
//   keys    rows are looked up by random values of the integer primary key; a value that no row has finds none. Each row is
//           as likely as any other, whatever gaps there are. The count is the share of values found, of the key's range.
//
// Rows come in the order of the primary key. A first attempt that shows the server's own estimate to be far off is followed
// by a second one that knows better.
#include <cmath>

#include "core/parse.hpp"

#include "pg/compat.hpp"
#include "pg/encoding.hpp"
#include "pg/memory.hpp"

#include "fdw/shared/analyze.hpp"
#include "fdw/shared/sample.hpp"
#include "fdw/shared/statement.hpp"

extern "C"
{
#include <catalog/pg_class.h>
#include <common/pg_prng.h>
#include <utils/rel.h>
}

namespace fabric::fdw
{

namespace
{

enum class Method : uint8_t
{
	choose, // the option's "auto"
	all,
	random,
	keys,
};

// Up to so many times the wanted rows, all are sent; when so many times as many come, an estimate was wrong.
constexpr double kSmall = 2;
constexpr double kTooMany = 10;
constexpr double kMargin = 1.1; // more than wanted is asked for, since chance may give less
// The least share of the key's values that must have rows: more lookups than this allows are not worth it.
constexpr double kSparsest = 0.05;
constexpr double kMostKeys = 5000000;
constexpr int kKeysOfStatement = 10000; // that a server still looks up one by one
// Pages of the remote server; what a lookup and reading a row cost in pages read in sequence.
constexpr double kRemotePage = 16384;
constexpr double kLookupCost = 4;
constexpr double kRowCost = 0.01;

// One ANALYZE of one table.
struct Analysis
{
	const ServerSettings *settings;
	Connection *connection;
	const TableFacts *facts;
	const char *from;	  // remote table, quoted
	const char *order_by; // its primary key, nullptr without one
	int wanted;
	Sample *sample;

	double rows; // believed at this attempt; -1 when nothing is known
	bool exact;	 // counted

	// The primary key, when it is one integer.
	const char *key; // quoted; nullptr otherwise
	bool range_known;
	bool empty;
	int64 first_key;
	int64 last_key;
};

char *Quoted(const Dialect &dialect, const char *name)
{
	StringInfoData out;
	initStringInfo(&out);
	dialect.AppendIdentifier(&out, pg::ToUtf8(name));
	return out.data;
}

const ColumnFacts *ColumnNamed(const TableFacts &facts, const char *name)
{
	for (int i = 0; name != nullptr && i < facts.ncolumns; ++i)
		if (strcmp(facts.columns[i].name, name) == 0)
			return &facts.columns[i];
	return nullptr;
}

void FindPrimaryKey(Analysis *analysis)
{
	const TableFacts &facts = *analysis->facts;
	const Dialect &dialect = *analysis->settings->tenant->dialect;
	if (facts.nindexes == 0 || !facts.indexes[0].primary || !facts.indexes[0].ordered)
		return;
	const IndexFacts &index = facts.indexes[0];
	StringInfoData order;
	initStringInfo(&order);
	for (int i = 0; i < index.nparts; ++i)
	{
		const IndexPart &part = index.parts[i];
		// A column that the user may not read cannot be ordered by either.
		if (ColumnNamed(facts, part.column) == nullptr)
			return;
		appendStringInfo(&order, "%s%s%s", i > 0 ? ", " : " ORDER BY ", Quoted(dialect, part.column),
						 part.descending ? " DESC" : "");
	}
	analysis->order_by = order.data;
	if (index.nparts > 1 || index.parts[0].prefix > 0)
		return;
	const char *reason;
	const ColumnFacts &column = *ColumnNamed(facts, index.parts[0].column);
	if (dialect.ColumnKind(INT8OID, -1, column, ZeroDates::error, &reason) == Kind::integer)
		analysis->key = Quoted(dialect, column.name);
}

// The numbers of a query's one row; false when one of them is NULL or no such number.
bool AskNumbers(const Analysis *analysis, const char *sql, int count, int64 *numbers)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric numbers", ALLOCSET_SMALL_SIZES);
	Stream *stream = OpenStream(analysis->connection, sql, strlen(sql), context);
	const FabricCell *cells;
	bool good = stream->ncolumns == count && NextRow(stream, &cells);
	for (int i = 0; good && i < count; ++i)
	{
		int64_t number;
		bool whole = stream->reader != nullptr && stream->reader->columns[i].wire == Wire::int64;
		good = cells[i].data != nullptr &&
			   (whole || core::parse_int64(cells[i].data, cells[i].size, &number) == core::ParseError::ok);
		if (whole && good)
			memcpy(&number, cells[i].data, sizeof number);
		if (good)
			numbers[i] = number;
	}
	CloseStream(stream);
	MemoryContextDelete(context);
	return good;
}

void CountRows(Analysis *analysis)
{
	int64 count = 0;
	if (!AskNumbers(analysis, psprintf("SELECT COUNT(*) FROM %s", analysis->from), 1, &count))
		elog(ERROR, "remote count(*) is no number");
	analysis->rows = static_cast<double>(count);
	analysis->exact = true;
}

// The share of the values in the key's range that have rows; 0 when there is no such key.
double KeyDensity(Analysis *analysis)
{
	if (analysis->key == nullptr)
		return 0;
	if (!analysis->range_known)
	{
		int64 range[2];
		if (!AskNumbers(analysis,
						psprintf("SELECT MIN(%s), MAX(%s) FROM %s", analysis->key, analysis->key, analysis->from), 2,
						range))
		{
			analysis->key = nullptr;
			return 0;
		}
		analysis->first_key = range[0];
		analysis->last_key = range[1];
		analysis->range_known = true;
	}
	double values = static_cast<double>(analysis->last_key) - static_cast<double>(analysis->first_key) + 1;
	return Min(analysis->rows / values, 1.0);
}

double KeysNeeded(const Analysis *analysis, double density)
{
	return std::ceil(analysis->wanted * kMargin / density);
}

Method Choose(Analysis *analysis)
{
	double bytes = static_cast<double>(Max(analysis->facts->bytes, 0));
	if (analysis->rows <= kSmall * analysis->wanted)
		return Method::all;
	// Looking up is worth it when it needs far fewer pages than there are.
	double scan = bytes / kRemotePage + analysis->rows * kRowCost;
	if (analysis->key == nullptr || scan <= analysis->wanted * kMargin * kLookupCost)
		return Method::random;
	double density = KeyDensity(analysis);
	if (density < kSparsest || KeysNeeded(analysis, density) > kMostKeys ||
		scan <= KeysNeeded(analysis, density) * kLookupCost)
		return Method::random;
	return Method::keys;
}

Method OptionMethod(const ServerSettings &settings, const ForeignTable *table)
{
	const char *word = OptionValue(*settings.tenant, table->options, "analyze_sampling");
	if (word == nullptr)
		word = OptionValue(*settings.tenant, settings.server->options, "analyze_sampling");
	if (word == nullptr || strcmp(word, "auto") == 0)
		return Method::choose;
	return strcmp(word, "all") == 0 ? Method::all : strcmp(word, "random") == 0 ? Method::random : Method::keys;
}

// What an attempt found: the number of rows it makes the table to have. `misled`: the belief it began with was far off.
struct Attempt
{
	double rows;
	bool misled;
};

// All rows, or each by this chance.
Attempt ReadThrough(Analysis *analysis, double chance, bool trusting)
{
	StringInfoData sql;
	initStringInfo(&sql);
	AppendSampleSelect(&sql, analysis->sample, analysis->from);
	if (chance < 1)
	{
		appendStringInfoString(&sql, " WHERE ");
		analysis->settings->tenant->dialect->AppendByChance(&sql, chance);
	}
	if (analysis->order_by != nullptr)
		appendStringInfoString(&sql, analysis->order_by);
	uint64 most = trusting ? PG_UINT64_MAX : static_cast<uint64>(kTooMany * analysis->wanted);
	bool complete = ReadSample(analysis->sample, analysis->connection, sql, most);
	Attempt attempt;
	attempt.rows = static_cast<double>(analysis->sample->seen) / chance;
	attempt.misled = !complete || (!trusting && chance < 1 && attempt.rows < analysis->rows / 2);
	if (!complete)
		attempt.rows = -1;
	return attempt;
}

// Different random values of the key's range, in their order; fewer than asked for when the range has fewer.
int64 *DrawKeys(const Analysis *analysis, int *count)
{
	uint64 last = static_cast<uint64>(analysis->last_key) - static_cast<uint64>(analysis->first_key);
	int64 *keys =
		static_cast<int64 *>(MemoryContextAllocHuge(CurrentMemoryContext, sizeof(int64) * static_cast<Size>(*count)));
	for (int i = 0; i < *count; ++i)
		keys[i] = static_cast<int64>(static_cast<uint64>(analysis->first_key) +
									 pg_prng_uint64_range(&pg_global_prng_state, 0, last));
	qsort(keys, static_cast<size_t>(*count), sizeof(int64),
		  [](const void *left, const void *right)
		  {
			  int64 a = *static_cast<const int64 *>(left);
			  int64 b = *static_cast<const int64 *>(right);
			  return a < b ? -1 : a > b ? 1 : 0;
		  });
	int different = 0;
	for (int i = 0; i < *count; ++i)
		if (i == 0 || keys[i] != keys[different - 1])
			keys[different++] = keys[i];
	*count = different;
	return keys;
}

Attempt LookUp(Analysis *analysis, double density, bool trusting)
{
	int count = static_cast<int>(Min(KeysNeeded(analysis, density), kMostKeys));
	int64 *keys = DrawKeys(analysis, &count);
	StringInfoData sql;
	initStringInfo(&sql);
	for (int i = 0; i < count;)
	{
		resetStringInfo(&sql);
		AppendSampleSelect(&sql, analysis->sample, analysis->from);
		appendStringInfo(&sql, " WHERE %s IN (", analysis->key);
		for (int end = Min(i + kKeysOfStatement, count), first = i; i < end; ++i)
			appendStringInfo(&sql, "%s" INT64_FORMAT, i > first ? ", " : "", keys[i]);
		appendStringInfo(&sql, ")%s", analysis->order_by);
		ReadSample(analysis->sample, analysis->connection, sql, PG_UINT64_MAX);
	}
	pfree(keys);
	double values = static_cast<double>(analysis->last_key) - static_cast<double>(analysis->first_key) + 1;
	Attempt attempt;
	attempt.rows = static_cast<double>(analysis->sample->seen) / count * values;
	attempt.misled = !trusting && attempt.rows < analysis->rows / 2;
	return attempt;
}

// Fills the sample; returns the number of rows of the table.
double TakeSample(Analysis *analysis, Method wanted)
{
	for (bool again = false;; again = true)
	{
		bool trusting = again || analysis->exact || wanted == Method::all;
		Method method = wanted;
		if (method != Method::all && analysis->rows < 0)
			CountRows(analysis);
		if (method == Method::choose)
			method = Choose(analysis);
		double density = method == Method::keys ? KeyDensity(analysis) : 0;
		Attempt attempt;
		if (method == Method::keys && density > 0)
			attempt = LookUp(analysis, density, trusting);
		else
		{
			bool part = method != Method::all && analysis->rows > analysis->wanted * kMargin;
			attempt = ReadThrough(analysis, part ? analysis->wanted * kMargin / analysis->rows : 1, trusting);
		}
		if (!attempt.misled)
			return analysis->exact ? analysis->rows : attempt.rows;
		EmptySample(analysis->sample);
		analysis->rows = attempt.rows;
		if (analysis->rows < analysis->wanted)
			CountRows(analysis);
	}
}

// Says which values could not be read.
void TellUnreadable(const Sample *sample, const char *table)
{
	for (int i = 0; i < sample->ncolumns; ++i)
	{
		const SampledColumn &column = sample->columns[i];
		if (column.unreadable > 0)
			ereport(
				NOTICE,
				(errmsg_plural(
					 "column \"%s\" of \"%s\": " UINT64_FORMAT " value of the sample cannot be read and counts as NULL",
					 "column \"%s\" of \"%s\": " UINT64_FORMAT " values of the sample cannot be read and count as NULL",
					 static_cast<unsigned long>(column.unreadable), column.converter.column, table, column.unreadable),
				 errdetail("The first one: %s", column.complaint)));
	}
}

int AcquireSample(Relation relation, int elevel, HeapTuple *rows, int wanted, double *total, double *dead)
{
	const ForeignTable *table = GetForeignTable(RelationGetRelid(relation));
	const ServerSettings &settings = *LoadServerSettings(table->serverid);
	Oid owner = relation->rd_rel->relowner;
	EnsureFacts(settings, owner, list_make1_oid(RelationGetRelid(relation)));
	const RelationInfo &info = *LoadRelation(settings, relation, owner, NIL);

	Analysis *analysis = pg::make_plain<Analysis>();
	analysis->settings = &settings;
	analysis->connection = GetConnection(settings, owner);
	analysis->facts = CachedFacts(RelationGetRelid(relation));
	analysis->wanted = wanted;
	if (analysis->facts == nullptr)
		elog(ERROR, "the definition of foreign table \"%s\" has changed meanwhile", RelationGetRelationName(relation));
	StringInfoData from;
	initStringInfo(&from);
	AppendRemoteTable(*settings.tenant->dialect, info.schema, info.table, &from);
	analysis->from = from.data;
	analysis->rows = analysis->facts->is_view ? -1 : static_cast<double>(analysis->facts->rows);
	FindPrimaryKey(analysis);
	analysis->sample = MakeSample(settings, info, relation, wanted);

	*total = TakeSample(analysis, OptionMethod(settings, table));
	*dead = 0;
	int count = TakeTuples(analysis->sample, rows);
	TellUnreadable(analysis->sample, RelationGetRelationName(relation));
	ereport(elevel, (errmsg("\"%s\": table contains %.0f rows, %d rows in sample", RelationGetRelationName(relation),
							*total, count)));
	return count;
}

} // namespace

bool AnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *acquire, BlockNumber *pages)
{
	Oid relid = RelationGetRelid(relation);
	const ServerSettings &settings = *LoadServerSettings(GetForeignTable(relid)->serverid);
	ForgetFacts(relid);
	EnsureFacts(settings, relation->rd_rel->relowner, list_make1_oid(relid));
	const TableFacts *facts = CachedFacts(relid);
	// At least one block: PostgreSQL passes over an inheritance child without any.
	double blocks = facts != nullptr && facts->bytes > 0 ? static_cast<double>(facts->bytes) / BLCKSZ : 1;
	*pages = static_cast<BlockNumber>(Min(std::ceil(blocks), static_cast<double>(MaxBlockNumber)));
	*acquire = AcquireSample;
	return true;
}

} // namespace fabric::fdw
