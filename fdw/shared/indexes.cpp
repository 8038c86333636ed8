// What a table's remote indexes say: which values are unique, how many differ, which conditions and orders they serve.
#include "fdw/shared/facts.hpp"

extern "C"
{
#include <nodes/value.h>
}

namespace fabric::fdw
{

namespace
{

const char *CopyText(const char *text)
{
	return text != nullptr ? pstrdup(text) : nullptr;
}

bool Names(List *columns, const char *name)
{
	ListCell *cell;
	foreach (cell, columns)
		if (name != nullptr && strcmp(strVal(lfirst(cell)), name) == 0)
			return true;
	return false;
}

// Whether the first parts of an index are these columns, in any order. `whole`: all of their values are in it.
bool BeginsWith(const IndexFacts &index, List *columns, bool whole)
{
	int count = list_length(columns);
	if (count == 0 || index.nparts < count)
		return false;
	for (int i = 0; i < count; ++i)
		if (!Names(columns, index.parts[i].column) || (whole && index.parts[i].prefix > 0))
			return false;
	return true;
}

} // namespace

IndexFacts *CopyIndexes(const TableFacts &from)
{
	IndexFacts *indexes = static_cast<IndexFacts *>(palloc(sizeof(IndexFacts) * Max(from.nindexes, 1)));
	for (int i = 0; i < from.nindexes; ++i)
	{
		IndexFacts &index = indexes[i];
		index = from.indexes[i];
		index.name = CopyText(index.name);
		index.parts = static_cast<IndexPart *>(palloc(sizeof(IndexPart) * Max(index.nparts, 1)));
		for (int j = 0; j < index.nparts; ++j)
		{
			index.parts[j] = from.indexes[i].parts[j];
			index.parts[j].column = CopyText(index.parts[j].column);
		}
	}
	return indexes;
}

bool ColumnIsUnique(const TableFacts &facts, const char *column)
{
	// What is unique in its beginning, or under a collation that tells less apart than we do, is unique.
	for (int i = 0; i < facts.nindexes; ++i)
	{
		const IndexFacts &index = facts.indexes[i];
		if (index.unique && index.nparts == 1 && index.parts[0].column != nullptr &&
			strcmp(index.parts[0].column, column) == 0)
			return true;
	}
	return false;
}

const IndexFacts *IndexBeginningWith(const TableFacts &facts, List *columns)
{
	for (int i = 0; i < facts.nindexes; ++i)
	{
		const IndexFacts &index = facts.indexes[i];
		if (!index.ignored && (index.ordered || index.nparts == list_length(columns)) &&
			BeginsWith(index, columns, false))
			return &index;
	}
	return nullptr;
}

const IndexFacts *IndexInOrderOf(const TableFacts &facts, List *columns)
{
	for (int i = 0; i < facts.nindexes; ++i)
	{
		const IndexFacts &index = facts.indexes[i];
		if (index.ignored || !index.ordered || !BeginsWith(index, columns, true))
			continue;
		bool fits = true;
		ListCell *cell;
		foreach (cell, columns)
		{
			const IndexPart &part = index.parts[foreach_current_index(cell)];
			fits =
				fits && strcmp(part.column, strVal(lfirst(cell))) == 0 && part.descending == index.parts[0].descending;
		}
		if (fits)
			return &index;
	}
	return nullptr;
}

int64 DistinctValues(const TableFacts &facts, List *columns)
{
	int64 most = -1;
	for (int i = 0; i < facts.nindexes; ++i)
	{
		const IndexFacts &index = facts.indexes[i];
		int count = list_length(columns);
		if (BeginsWith(index, columns, false) && index.unique && index.nparts == count && facts.rows >= 0)
			return facts.rows;
		// An index of beginnings tells too few values apart.
		if (BeginsWith(index, columns, true))
			most = Max(most, index.parts[count - 1].distinct);
	}
	return most;
}

} // namespace fabric::fdw
