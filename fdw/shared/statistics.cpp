// Statistics without ANALYZE. See statistics.hpp.
//
// Once a column has a row in pg_statistic, that counts; but that it is unique is told in any case.
#include <cfloat>

#include "core/parse.hpp"

#include "pg/compat.hpp"
#include "pg/memory.hpp"

#include "fdw/shared/facts.hpp"
#include "fdw/shared/statistics.hpp"
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <access/htup_details.h>
#include <access/table.h>
#include <catalog/pg_statistic.h>
#include <nodes/pathnodes.h>
#include <mb/pg_wchar.h>
#include <miscadmin.h>
#include <nodes/value.h>
#include <utils/acl.h>
#include <utils/array.h>
#include <utils/builtins.h>
#include <utils/date.h>
#include <utils/numeric.h>
#include <utils/selfuncs.h>
#include <utils/timestamp.h>
#include <utils/typcache.h>
}

namespace fabric::fdw
{

namespace
{

get_relation_stats_hook_type next_relation_stats = nullptr;
get_attavgwidth_hook_type next_average_width = nullptr;

// Of nullable columns, as PostgreSQL assumes where it knows nothing (DEFAULT_UNK_SEL).
constexpr float4 kUnknownNullFraction = 0.005f;

// From this many rows on, the bytes of a table say how long its rows are: a few rows fill no page.
constexpr int64 kRowsForWidth = 100;
constexpr double kBytesOfRowItself = 20;  // the remote server's own, about
constexpr double kBytesOfFixedColumn = 6; // a number or a date, about

bool HasStatistics(Oid relid, AttrNumber attnum)
{
	return SearchSysCacheExists3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(attnum), BoolGetDatum(false));
}

struct WantedColumn
{
	Index relid;
	AttrNumber attnum;
};

bool IsColumn(const Node *node, const WantedColumn &column)
{
	if (node != nullptr && IsA(node, RelabelType))
		node = reinterpret_cast<const Node *>(reinterpret_cast<const RelabelType *>(node)->arg);
	if (node == nullptr || !IsA(node, Var))
		return false;
	const Var *var = reinterpret_cast<const Var *>(node);
	return var->varno == static_cast<int>(column.relid) && var->varattno == column.attnum && var->varlevelsup == 0;
}

bool IsOrderEstimator(Oid function)
{
	return function == F_SCALARLTSEL || function == F_SCALARLESEL || function == F_SCALARGTSEL ||
		   function == F_SCALARGESEL;
}

bool AnyIsColumn(const List *arguments, const WantedColumn &column)
{
	ListCell *cell;
	foreach (cell, arguments)
		if (IsColumn(static_cast<Node *>(lfirst(cell)), column))
			return true;
	return false;
}

// Whether an expression asks for a range of the column's values.
bool AsksForRange(Node *node, void *context)
{
	const WantedColumn &column = *static_cast<const WantedColumn *>(context);
	if (node == nullptr)
		return false;
	if (IsA(node, RestrictInfo))
		return AsksForRange(reinterpret_cast<Node *>(reinterpret_cast<RestrictInfo *>(node)->clause), context);
	if (IsA(node, OpExpr))
	{
		const OpExpr *operation = reinterpret_cast<const OpExpr *>(node);
		if (AnyIsColumn(operation->args, column) && IsOrderEstimator(get_oprrest(operation->opno)))
			return true;
	}
	else if (IsA(node, ScalarArrayOpExpr))
	{
		const ScalarArrayOpExpr *operation = reinterpret_cast<const ScalarArrayOpExpr *>(node);
		if (AnyIsColumn(operation->args, column) && IsOrderEstimator(get_oprrest(operation->opno)))
			return true;
	}
	else if (IsA(node, RowCompareExpr))
	{
		const RowCompareExpr *comparison = reinterpret_cast<const RowCompareExpr *>(node);
		if (AnyIsColumn(comparison->largs, column) || AnyIsColumn(comparison->rargs, column))
			return true;
	}
	return pg::compat::WalkExpressionTree(node, AsksForRange, context);
}

// The planner's relation of a range table entry; nullptr when it has none (yet).
RelOptInfo *RelationOf(const PlannerInfo *root, const RangeTblEntry *entry)
{
	for (int i = 1; i < root->simple_rel_array_size; ++i)
		if (root->simple_rte_array[i] == entry)
			return root->simple_rel_array[i];
	return nullptr;
}

// A value as the server prints it; false when it is none of the type, or of a type whose values are not read here. Nothing is raised.
bool ReadValue(Oid type, const char *text, Datum *value)
{
	size_t size = strlen(text);
	using core::ParseError;
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		{
			// A bound between two values may be computed.
			int64_t number;
			double nearest;
			if (core::parse_int64(text, size, &number) != ParseError::ok)
			{
				if (core::parse_double(text, size, &nearest) != ParseError::ok || fabs(nearest) > 1e18)
					return false;
				number = static_cast<int64_t>(rint(nearest));
			}
			const Bounds range = IntegerBoundsOfType(type);
			if (number < range.low || number > range.high)
				return false;
			*value = type == INT2OID   ? Int16GetDatum(static_cast<int16>(number))
					 : type == INT4OID ? Int32GetDatum(static_cast<int32>(number))
									   : Int64GetDatum(number);
			return true;
		}
		case NUMERICOID:
		{
			constexpr size_t kLongestNumber = 100;
			if (size > kLongestNumber || strspn(text, "+-.0123456789eE") != size)
				return false;
			double number;
			if (core::parse_double(text, size, &number) != ParseError::ok)
				return false;
			// An exponent may ask for more digits than there are.
			*value = strpbrk(text, "eE") != nullptr
						 ? DirectFunctionCall1(float8_numeric, Float8GetDatum(number))
						 : DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
											   Int32GetDatum(-1));
			return true;
		}
		case FLOAT4OID:
		case FLOAT8OID:
		{
			double number;
			bool read = core::parse_double(text, size, &number) == ParseError::ok &&
						(type == FLOAT8OID || fabs(number) <= static_cast<double>(FLT_MAX));
			*value = !read				 ? 0
					 : type == FLOAT8OID ? Float8GetDatum(number)
										 : Float4GetDatum(static_cast<float4>(number));
			return read;
		}
		case DATEOID:
		{
			int32 day;
			bool read = core::parse_date(text, size, &day) == ParseError::ok;
			*value = read ? DateADTGetDatum(day) : 0;
			return read;
		}
		case TIMESTAMPOID:
		{
			int64_t moment;
			bool read = core::parse_datetime(text, size, &moment) == ParseError::ok;
			*value = read ? TimestampGetDatum(moment) : 0;
			return read;
		}
		case TEXTOID:
		case VARCHAROID:
			if (GetDatabaseEncoding() != PG_UTF8 || !pg_verify_mbstr(PG_UTF8, text, static_cast<int>(size), true))
				return false;
			*value = CStringGetTextDatum(text);
			return true;
		default:
			return false;
	}
}

// The values of a column that can be read.
struct KnownValues
{
	int count;
	Datum *values;
	Datum *shares; // float4, of all rows
};

KnownValues ReadCommon(const ColumnValues &known, Oid type, double not_null)
{
	KnownValues read{0, pg::make_array<Datum>(static_cast<size_t>(known.ncommon)),
					 pg::make_array<Datum>(static_cast<size_t>(known.ncommon))};
	for (int i = 0; i < known.ncommon; ++i)
	{
		if (!ReadValue(type, known.common[i], &read.values[read.count]))
			continue;
		read.shares[read.count++] = Float4GetDatum(static_cast<float4>(known.shares[i] * not_null));
	}
	return read;
}

// The bounds; none when they are not in PostgreSQL's order: text is in that of the remote collation.
KnownValues ReadBounds(const ColumnValues &known, const TypeCacheEntry &type)
{
	KnownValues read{0, pg::make_array<Datum>(static_cast<size_t>(known.nbounds)), nullptr};
	if (type.type_id == TEXTOID || type.type_id == VARCHAROID || !OidIsValid(type.cmp_proc))
		return read;
	for (int i = 0; i < known.nbounds; ++i)
	{
		Datum *at = &read.values[read.count];
		if (!ReadValue(type.type_id, known.bounds[i], at))
			return KnownValues{};
		if (read.count > 0 && DatumGetInt32(OidFunctionCall2(type.cmp_proc, at[-1], at[0])) > 0)
			return KnownValues{};
		++read.count;
	}
	return read.count >= 2 ? read : KnownValues{};
}

// What is told of a column.
struct ColumnStatistics
{
	double null_share;
	double distinct; // as in pg_statistic: negative is a share of the rows
	int32 width;
	KnownValues common;
	KnownValues bounds;
};

// A row as ANALYZE would have written it.
HeapTuple MakeStatistics(const RangeTblEntry *entry, AttrNumber attnum, const TypeCacheEntry &type, Oid collation,
						 const ColumnStatistics &told)
{
	Datum values[Natts_pg_statistic] = {};
	bool nulls[Natts_pg_statistic] = {};
	values[Anum_pg_statistic_starelid - 1] = ObjectIdGetDatum(entry->relid);
	values[Anum_pg_statistic_staattnum - 1] = Int16GetDatum(attnum);
	values[Anum_pg_statistic_stainherit - 1] = BoolGetDatum(false);
	values[Anum_pg_statistic_stanullfrac - 1] = Float4GetDatum(static_cast<float4>(told.null_share));
	values[Anum_pg_statistic_stawidth - 1] = Int32GetDatum(told.width);
	values[Anum_pg_statistic_stadistinct - 1] = Float4GetDatum(static_cast<float4>(told.distinct));
	for (int slot = 0; slot < STATISTIC_NUM_SLOTS; ++slot)
	{
		nulls[Anum_pg_statistic_stanumbers1 - 1 + slot] = true;
		nulls[Anum_pg_statistic_stavalues1 - 1 + slot] = true;
	}
	int slot = 0;
	auto add = [&](int16 kind, Oid comparison, const KnownValues &known)
	{
		if (known.count == 0)
			return;
		values[Anum_pg_statistic_stakind1 - 1 + slot] = Int16GetDatum(kind);
		values[Anum_pg_statistic_staop1 - 1 + slot] = ObjectIdGetDatum(comparison);
		values[Anum_pg_statistic_stacoll1 - 1 + slot] = ObjectIdGetDatum(collation);
		if (known.shares != nullptr)
		{
			values[Anum_pg_statistic_stanumbers1 - 1 + slot] = PointerGetDatum(
				construct_array(known.shares, known.count, FLOAT4OID, sizeof(float4), true, TYPALIGN_INT));
			nulls[Anum_pg_statistic_stanumbers1 - 1 + slot] = false;
		}
		values[Anum_pg_statistic_stavalues1 - 1 + slot] = PointerGetDatum(
			construct_array(known.values, known.count, type.type_id, type.typlen, type.typbyval, type.typalign));
		nulls[Anum_pg_statistic_stavalues1 - 1 + slot] = false;
		++slot;
	};
	add(STATISTIC_KIND_MCV, type.eq_opr, told.common);
	add(STATISTIC_KIND_HISTOGRAM, type.lt_opr, told.bounds);
	Relation catalog = table_open(StatisticRelationId, AccessShareLock);
	HeapTuple tuple = heap_form_tuple(RelationGetDescr(catalog), values, nulls);
	table_close(catalog, AccessShareLock);
	return tuple;
}

// The number of different values, as in pg_statistic; 0 when it is not known.
double DistinctOf(const TableFacts &facts, const ColumnFacts &column, bool unique)
{
	if (unique)
		return -1;
	double distinct =
		static_cast<double>(DistinctValues(facts, list_make1(makeString(const_cast<char *>(column.name)))));
	if (distinct <= 0 && column.values != nullptr && column.values->rows_per_value > 0)
		distinct = rint(static_cast<double>(facts.rows) * (1 - Max(column.values->null_share, 0)) /
						column.values->rows_per_value);
	if (distinct <= 0 && column.values != nullptr)
		distinct = column.values->distinct;
	return Max(distinct, 0);
}

// Whether who asks may know values of the column: EXPLAIN tells of them.
bool MayKnowValues(PlannerInfo *root, const RangeTblEntry *entry, RelOptInfo *rel, AttrNumber attnum)
{
	Oid user = pg::compat::CheckAsUser(root, rel);
	if (!OidIsValid(user))
		user = GetUserId();
	return entry->securityQuals == NIL &&
		   (pg_class_aclcheck(entry->relid, user, ACL_SELECT) == ACLCHECK_OK ||
			pg_attribute_aclcheck(entry->relid, attnum, user, ACL_SELECT) == ACLCHECK_OK);
}

// Gives what is known of a column; true when that is all there is to know.
bool GiveStatistics(PlannerInfo *root, RangeTblEntry *entry, AttrNumber attnum, VariableStatData *data)
{
	if (entry->rtekind != RTE_RELATION || entry->inh)
		return false;
	const TableFacts *facts = CachedFacts(entry->relid);
	const ColumnFacts *column = facts != nullptr ? CachedColumnFacts(entry->relid, attnum) : nullptr;
	if (column == nullptr || facts->rows < 0)
		return false;
	RelOptInfo *rel = RelationOf(root, entry);
	bool unique = ColumnIsUnique(*facts, column->name);
	// Of a column that a subquery hands on, a value may repeat all the same: then the data's relation is the subquery.
	if (unique && rel != nullptr && data->rel == rel)
	{
		data->isunique = true;
		if (column->values == nullptr)
			return false;
	}
	if (HasStatistics(entry->relid, attnum))
		return false;
	double distinct = DistinctOf(*facts, *column, unique);
	bool nulls_known = column->values != nullptr && column->values->null_share >= 0;
	if ((distinct == 0 && !nulls_known) || rel == nullptr)
		return false;
	Oid type_id, collation;
	int32 typmod;
	get_atttypetypmodcoll(entry->relid, attnum, &type_id, &typmod, &collation);
	const TypeCacheEntry *type = lookup_type_cache(type_id, TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR | TYPECACHE_CMP_PROC);
	ColumnStatistics told{
		column->nullable ? kUnknownNullFraction : 0.0, distinct, get_attavgwidth(entry->relid, attnum), {}, {}};
	if (column->values != nullptr && OidIsValid(type->eq_opr))
	{
		if (column->values->null_share >= 0)
			told.null_share = column->values->null_share;
		told.common = ReadCommon(*column->values, type_id, 1 - told.null_share);
		told.bounds = ReadBounds(*column->values, *type);
	}
	// A statistics row without a histogram would make PostgreSQL take half of the rows for less than any value, and none for
	// between two. Without a row it assumes a third, and one in two hundred: better for a column that is asked for a range.
	WantedColumn wanted{rel->relid, attnum};
	bool ordered = told.bounds.count > 0 || (told.common.count > 0 && told.common.count >= distinct);
	ListCell *cell;
	foreach (cell, rel->baserestrictinfo)
		if (!ordered && AsksForRange(static_cast<Node *>(lfirst(cell)), &wanted))
			return false;
	data->statsTuple = MakeStatistics(entry, attnum, *type, collation, told);
	data->freefunc = heap_freetuple;
	data->acl_ok = (told.common.count == 0 && told.bounds.count == 0) || MayKnowValues(root, entry, rel, attnum);
	return true;
}

bool RelationStatistics(PlannerInfo *root, RangeTblEntry *entry, AttrNumber attnum, VariableStatData *data)
{
	if (next_relation_stats != nullptr && next_relation_stats(root, entry, attnum, data))
		return true;
	return GiveStatistics(root, entry, attnum, data);
}

// How much of a row a column of texts or bytes may take, by its declared length: as PostgreSQL guesses for varchar(n).
double ShareOf(const ColumnFacts &column)
{
	double length = static_cast<double>(Min(column.length, 1000));
	return length <= 32 ? Max(length, 1.0) : 32 + (length - 32) / 2;
}

// The average length of a text or byte column: the remote rows' length is known, and shared out by the declared lengths.
int32 WidthByFacts(const TableFacts &facts, const ColumnFacts &column)
{
	if (facts.rows < kRowsForWidth || facts.bytes <= 0 || column.length <= 0)
		return 0;
	double left = static_cast<double>(facts.bytes) / static_cast<double>(facts.rows) - kBytesOfRowItself;
	double shares = 0;
	for (int i = 0; i < facts.ncolumns; ++i)
	{
		if (facts.columns[i].length > 0)
			shares += ShareOf(facts.columns[i]);
		else
			left -= kBytesOfFixedColumn;
	}
	constexpr double kBytesOfCharacter = 4;
	double width = Max(left, 0.0) * ShareOf(column) / shares;
	width = Min(width, static_cast<double>(column.length) * kBytesOfCharacter);
	return static_cast<int32>(Min(Max(width, 1.0) + VARHDRSZ, static_cast<double>(MaxAllocSize)));
}

int32 AverageWidth(Oid relid, AttrNumber attnum)
{
	if (next_average_width != nullptr)
	{
		int32 width = next_average_width(relid, attnum);
		if (width > 0)
			return width;
	}
	const TableFacts *facts = CachedFacts(relid);
	const ColumnFacts *column = facts != nullptr ? CachedColumnFacts(relid, attnum) : nullptr;
	if (column == nullptr || get_typlen(get_atttype(relid, attnum)) > 0 || HasStatistics(relid, attnum))
		return 0;
	return WidthByFacts(*facts, *column);
}

} // namespace

void InitStatistics()
{
	next_relation_stats = get_relation_stats_hook;
	get_relation_stats_hook = RelationStatistics;
	next_average_width = get_attavgwidth_hook;
	get_attavgwidth_hook = AverageWidth;
}

} // namespace fabric::fdw
