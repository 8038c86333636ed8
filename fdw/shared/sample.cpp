// Samples of remote rows. See sample.hpp.
//
// A value that cannot be read (a text with a NUL byte, a number that does not fit) counts as NULL, since the statistics of
// the other columns and values are right all the same. To catch its error, rows are converted within a subtransaction, which
// is begun anew after each; the loop is guarded as a whole.
#include "pg/compat.hpp"
#include "pg/guard.hpp"
#include "pg/memory.hpp"

#include "fdw/shared/cells.hpp"
#include "fdw/shared/place.hpp"
#include "fdw/shared/sample.hpp"

extern "C"
{
#include <access/xact.h>
#include <catalog/pg_inherits.h>
#include <utils/rel.h>
#include <utils/resowner.h>
#include <utils/sampling.h>
}

namespace fabric::fdw
{

namespace
{

// PostgreSQL looks at no value of more than 1 kB (WIDTH_THRESHOLD of its analyze.c), except for its length, and takes all such
// for different. So that a shortened one is still one of them, twice that at least.
constexpr size_t kShortestCut = 2048;

// Whether ANALYZE wants a column. One that an ancestor samples along with its own tables is always wanted: the target is the
// ancestor's.
bool IsWanted(const FormData_pg_attribute *attribute, bool has_ancestors)
{
	return has_ancestors || pg::compat::StatisticsTarget(attribute) != 0;
}

// How long a value may be so that a sample with all columns at that length still fits.
int LengthLimit(const Sample *sample)
{
	size_t values = static_cast<size_t>(Max(sample->capacity, 1)) * static_cast<size_t>(Max(sample->ncolumns, 1));
	return static_cast<int>(Max(kSampleBytes / values, kShortestCut));
}

} // namespace

Sample *MakeSample(const ServerSettings &settings, const RelationInfo &info, Relation relation, int wanted)
{
	const Dialect &dialect = *settings.tenant->dialect;
	Sample *sample = pg::make_plain<Sample>();
	sample->descriptor = RelationGetDescr(relation);
	sample->context = CurrentMemoryContext;
	sample->row_context = AllocSetContextCreate(CurrentMemoryContext, "pg_fabric sampled row", ALLOCSET_DEFAULT_SIZES);
	sample->capacity = wanted;
	sample->rows = pg::make_array<SampledRow>(static_cast<size_t>(wanted));
	sample->cell = -1;
	sampler_random_init_state(pg_prng_uint32(&pg_global_prng_state), &sample->random);

	int natts = sample->descriptor->natts;
	sample->values = pg::make_array<Datum>(static_cast<size_t>(natts));
	sample->nulls = pg::make_array<bool>(static_cast<size_t>(natts));
	sample->columns = pg::make_array<SampledColumn>(static_cast<size_t>(natts));
	// A zero date that is an error in a query is NULL here: a table can be full of them.
	ZeroDates zero_dates = settings.zero_dates == ZeroDates::error ? ZeroDates::null : settings.zero_dates;
	bool has_ancestors = has_superclass(RelationGetRelid(relation));
	for (int i = 0; i < natts; ++i)
	{
		const FormData_pg_attribute *attribute = TupleDescAttr(sample->descriptor, i);
		if (attribute->attisdropped || !IsWanted(attribute, has_ancestors))
			continue;
		SampledColumn &column = sample->columns[sample->ncolumns++];
		PrepareConverter(&column.converter, static_cast<AttrNumber>(i + 1), attribute->atttypid, attribute->atttypmod,
						 zero_dates, NameStr(attribute->attname), RelationGetRelationName(relation));
	}
	// The limit is shared out among the columns, so these must be known first.
	for (int i = 0; i < sample->ncolumns; ++i)
	{
		SampledColumn &column = sample->columns[i];
		const TranslatableColumn &known = info.columns[column.converter.attnum - 1];
		StringInfoData fetch, shortened;
		initStringInfo(&fetch);
		initStringInfo(&shortened);
		dialect.AppendRead(&fetch, known.reference.facts, known.name, column.converter.type);
		bool shorter =
			known.reference.facts != nullptr && dialect.AppendShortened(&shortened, fetch.data, *known.reference.facts,
																		column.converter.type, LengthLimit(sample));
		column.fetched = shorter ? shortened.data : fetch.data;
	}
	return sample;
}

void EmptySample(Sample *sample)
{
	for (int i = 0; i < sample->count; ++i)
		heap_freetuple(sample->rows[i].tuple);
	for (int i = 0; i < sample->ncolumns; ++i)
		sample->columns[i].unreadable = 0;
	sample->count = 0;
	sample->bytes = 0;
	sample->seen = 0;
}

void AppendSampleSelect(StringInfo out, const Sample *sample, const char *from)
{
	appendStringInfoString(out, "SELECT ");
	for (int i = 0; i < sample->ncolumns; ++i)
		appendStringInfo(out, "%s%s", i > 0 ? ", " : "", sample->columns[i].fetched);
	appendStringInfo(out, "%s FROM %s", sample->ncolumns == 0 ? "NULL" : "", from);
}

namespace
{

// Checks the result's own description against the columns, as a scan does.
void CheckResult(const Sample *sample)
{
	CheckCellCount(sample->stream, sample->ncolumns);
	for (int i = 0; i < sample->ncolumns; ++i)
		CheckColumn(sample->stream, i, &sample->columns[i].converter);
}

int RandomRow(Sample *sample, int count)
{
	return Min(static_cast<int>(sampler_random_fract(&sample->random) * count), count - 1);
}

void FreeRow(Sample *sample, const SampledRow &row)
{
	sample->bytes -= row.tuple->t_len;
	heap_freetuple(row.tuple);
}

// Rows that are too wide: fewer will do. Those that stay are a random choice.
void Shrink(Sample *sample)
{
	sample->capacity = Max(sample->count - sample->count / 8, 1);
	while (sample->count > sample->capacity)
	{
		SampledRow &row = sample->rows[RandomRow(sample, sample->count)];
		FreeRow(sample, row);
		row = sample->rows[--sample->count];
	}
}

// The place for the row that has just come, by Vitter's algorithm R: each row is kept with the same probability. nullptr: it
// is not.
SampledRow *ChoosePlace(Sample *sample)
{
	if (sample->count < sample->capacity && sample->seen == static_cast<uint64>(sample->count) + 1)
		return &sample->rows[sample->count++];
	double place = sampler_random_fract(&sample->random) * static_cast<double>(sample->seen);
	if (place >= static_cast<double>(sample->capacity))
		return nullptr;
	SampledRow *row = &sample->rows[RandomRow(sample, sample->count)];
	FreeRow(sample, *row);
	return row;
}

// Converts what is left of the current row. An error leaves sample->cell at the one that it is about.
void ConvertCells(Sample *sample)
{
	MemoryContext old = MemoryContextSwitchTo(sample->row_context);
	for (; sample->cell < sample->ncolumns; ++sample->cell)
	{
		const FabricCell &cell = sample->cells[sample->cell];
		const ColumnConverter &column = sample->columns[sample->cell].converter;
		if (cell.data == nullptr)
			continue;
		bool isnull = false;
		sample->values[column.attnum - 1] = column.convert(column, cell, &isnull);
		sample->nulls[column.attnum - 1] = isnull;
	}
	MemoryContextSwitchTo(old);
}

// Takes the current row in.
void KeepRow(Sample *sample, SampledRow *place)
{
	MemoryContext old = MemoryContextSwitchTo(sample->context);
	place->tuple = heap_form_tuple(sample->descriptor, sample->values, sample->nulls);
	place->position = sample->seen;
	MemoryContextSwitchTo(old);
	sample->bytes += place->tuple->t_len;
}

struct Reading
{
	Sample *sample;
	uint64 most;
	uint64 rows;	   // of this statement
	SampledRow *place; // of the current row
	bool complete;
	MemoryContext context; // around the subtransaction
	ResourceOwner owner;
};

void ReadRows(Reading *reading)
{
	Sample *sample = reading->sample;
	for (;;)
	{
		if (sample->cell < 0)
		{
			if (!NextRow(sample->stream, &sample->cells))
			{
				reading->complete = true;
				return;
			}
			if (++reading->rows > reading->most)
				return;
			CHECK_FOR_INTERRUPTS();
			++sample->seen;
			reading->place = ChoosePlace(sample);
			if (reading->place == nullptr)
				continue;
			MemoryContextReset(sample->row_context);
			memset(sample->nulls, true, sizeof(bool) * static_cast<size_t>(sample->descriptor->natts));
			sample->cell = 0;
		}
		ConvertCells(sample);
		sample->cell = -1;
		KeepRow(sample, reading->place);
		if (sample->bytes > kSampleBytes && sample->count >= 8)
			Shrink(sample);
	}
}

void BeginPart(Reading *reading)
{
	reading->context = CurrentMemoryContext;
	reading->owner = CurrentResourceOwner;
	BeginInternalSubTransaction(nullptr);
	MemoryContextSwitchTo(reading->context);
}

void EndPart(Reading *reading, bool failed)
{
	if (failed)
		RollbackAndReleaseCurrentSubTransaction();
	else
		ReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(reading->context);
	CurrentResourceOwner = reading->owner;
}

void NoteUnreadable(Sample *sample, const char *message)
{
	SampledColumn &column = sample->columns[sample->cell];
	sample->nulls[column.converter.attnum - 1] = true;
	if (column.unreadable++ == 0)
		column.complaint = MemoryContextStrdup(sample->context, message);
	++sample->cell;
}

// ReadRows until the end, past errors about values. Throws others.
void ReadPastErrors(Reading *reading)
{
	Sample *sample = reading->sample;
	for (;;)
	{
		pg::call([&] { BeginPart(reading); });
		try
		{
			pg::call([&] { ReadRows(reading); });
			break;
		}
		catch (const pg::PgError &error)
		{
			// PostgreSQL leaves it to us to end the subtransaction, whatever the error.
			pg::call([&] { EndPart(reading, true); });
			if (sample->cell < 0 || !IsAboutValue(error.sqlerrcode()))
				throw;
			pg::call([&] { NoteUnreadable(sample, error.what()); });
		}
	}
	pg::call([&] { EndPart(reading, false); });
}

} // namespace

bool ReadSample(Sample *sample, Connection *connection, const StringInfoData &sql, uint64 most)
{
	MemoryContext stream_context =
		AllocSetContextCreate(CurrentMemoryContext, "pg_fabric sample", ALLOCSET_DEFAULT_SIZES);
	sample->stream = OpenStream(connection, sql.data, static_cast<size_t>(sql.len), stream_context);
	CheckResult(sample);
	Reading reading{};
	reading.sample = sample;
	reading.most = most;
	pg::entry([&] { ReadPastErrors(&reading); });
	CloseStream(sample->stream);
	sample->stream = nullptr;
	MemoryContextDelete(stream_context);
	return reading.complete;
}

int TakeTuples(Sample *sample, HeapTuple *tuples)
{
	qsort(sample->rows, static_cast<size_t>(sample->count), sizeof(SampledRow),
		  [](const void *left, const void *right)
		  {
			  uint64 a = static_cast<const SampledRow *>(left)->position;
			  uint64 b = static_cast<const SampledRow *>(right)->position;
			  return a < b ? -1 : a > b ? 1 : 0;
		  });
	for (int i = 0; i < sample->count; ++i)
		tuples[i] = sample->rows[i].tuple;
	return sample->count;
}

} // namespace fabric::fdw
