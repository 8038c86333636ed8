// What the wrapper engine asks of a tenant's SQL dialect: names, literals, columns, session and remote facts.
// Dialects are constant objects without state; everything they return is a literal or palloc'd in the current context.
#pragma once

#include <span>

#include "core/text_range.hpp"

#include "fdw/shared/driver.h"

#include "pg/postgres.hpp"

namespace fabric::fdw
{

// How the remote server holds a value, as far as shipping an expression over it is concerned. `none` means that
// only fetching and IS NULL are exact.
enum class Kind : uint8_t
{
	none,
	boolean,
	integer, // signed, at most 64 bits
	decimal, // exact decimal, also unsigned 64-bit integers
	float4,
	float8,
	text,	// text and varchar, also enum and set read as text
	bpchar, // char(n): trailing blanks do not count
	bytes,
	date,
	timestamp, // without time zone
	timestamptz,
	time, // time of day, or MySQL's TIME, a duration
	bits,
	uuid,
};

// The value range of an integer or decimal expression, for proofs that nothing overflows. Unknown when !known.
struct Bounds
{
	bool known;
	bool integral;
	__int128 low, high; // integral
	int whole_digits;	// not integral: digits before and after the point
	int fraction_digits;
	int64 characters; // of text: the most it can have, 0 when that is not known
};

// What a remote server knows of the values of a column. Texts are as it prints them, in UTF-8.
struct ColumnValues
{
	double null_share;	   // of all rows; -1: not known
	double distinct;	   // different values; 0: not known
	double rows_per_value; // of those that are not NULL; 0: not known
	int ncommon;
	const char **common; // the most common values first
	double *shares;		 // of the rows that are not NULL
	int nbounds;
	const char **bounds; // of the others, from low to high: between two neighbours lie equally many rows
};

// What a remote server said of one column. Strings are palloc'd with the facts; NULL when it does not apply.
struct ColumnFacts
{
	bool found;
	const char *name;	  // as the server spells it
	const char *own_name; // what it is called, where that is not how it is addressed; else NULL
	const char *
		date_format; // what dates and, after a line feed, timestamps are written by, where that is not ISO 8601; else NULL
	const char *looks_like;	   // the local type that its values look like, where it has none of its own; for import
	const char *data_type;	   // base type, lower case: "varchar"
	const char *remote_type;   // full type, lower case: "varchar(20)", "int(10) unsigned"
	const char *character_set; // of a text column
	const char *collation;
	const char *comment;
	const char *column_default; // SQL text as the server tells it, NULL when there is none
	const char *generation;		// expression of a generated column, NULL otherwise
	bool nullable;
	bool is_unsigned;
	bool is_json; // JSON by type or by a CHECK (json_valid(...))
	bool auto_increment;
	int key;	   // position in the primary key, 0 when not part of it
	int64 length;  // characters (text) or bytes (binary)
	int precision; // digits, or fraction digits of a temporal type
	int scale;
	const ColumnValues *values; // nullptr: not known
};

// A column of a remote index.
struct IndexPart
{
	const char *column; // as the server spells it; nullptr: an expression
	int prefix;			// how much of it the index holds, in characters or bytes; 0: all
	bool descending;
	int64 distinct; // different values of the columns up to this one, by the server's estimate; -1 when it has none
};

// A remote index that finds rows by the values of columns (none for full text or space).
struct IndexFacts
{
	const char *name;
	bool primary;
	bool unique;  // NULLs may repeat
	bool ordered; // false: it knows only equality of all its columns (a hash)
	bool ignored; // the remote optimizer was told not to use it
	int nparts;
	IndexPart *parts;
};

// What a remote server said of one table.
struct TableFacts
{
	const char *server; // its version, as it announces it
	const char *schema;
	const char *name;
	const char *comment;
	const char *location; // what its foreign table's option location is to say; nullptr: schema and name do
	const char *format;	  // and its option format
	bool is_view;
	int64 rows;	 // the server's estimate, -1 when it has none
	int64 bytes; // data length, -1 when unknown
	int ncolumns;
	ColumnFacts *columns; // in the table's order
	bool has_values;	  // something may be known of columns' values
	int nindexes;
	IndexFacts *indexes; // the primary key first
};

struct DayRange
{
	int32 first;
	int32 last;
};

// The cells of a facts row. The first four are needed to name things, the rest describe the column.
enum FactsColumn
{
	kFactTable,
	kFactTableComment,
	kFactIsView,
	kFactRows,
	kFactBytes,
	kFactColumn,
	kFactDataType,
	kFactColumnType,
	kFactCharacterSet,
	kFactCollation,
	kFactNullable,
	kFactLength,
	kFactPrecision,
	kFactScale,
	kFactDefault,
	kFactExtra,
	kFactGeneration,
	kFactComment,
	kFactKeyPosition,
	kFactIsJson,
	kFactIndexes,	 // of the table, beside its first column; as the dialect itself writes and reads it
	kFactHasValues,	 // whether the query for columns' values may be asked
	kFactLocation,	 // of a table that is found by that instead of schema and name; else NULL
	kFactFormat,	 // of such a table
	kFactOwnName,	 // the column's, where it is addressed by another
	kFactLooksLike,	 // the local type of a column that has none of its own
	kFactDateFormat, // what dates are written by, where they are texts: a line each for dates and for timestamps
	kFactsColumns
};

// The cells of a row about a column's values; what comes after them is the dialect's own.
enum ValuesColumn
{
	kValuesTable,
	kValuesColumn,
	kValuesFirst
};

// What a remote optimizer expects of a statement.
struct RemoteEstimate
{
	double rows;	 // that come
	double examined; // that are read for them
};

// What IMPORT FOREIGN SCHEMA's options choose.
struct ImportChoices
{
	bool tinyint1_as_boolean;
	bool enum_as_text;
	bool set_as_array;
	bool json_as_text;
	bool time_as_time;
	const char *enum_type; // the name of the type made for an ENUM column
};

// How zero dates (0000-00-00, 2020-00-05) of the remote table are read.
enum class ZeroDates : uint8_t
{
	error,
	null,
	minus_infinity,
};

// What the translator knows of a column reference when the dialect writes it.
struct ColumnReference
{
	const ColumnFacts *facts;
	Oid type;
	int32 typmod;
	Kind kind;
	ZeroDates zero_dates;
	int alias; // of the relation in a statement over several (AppendAlias); 0: the name stands alone
};

// How an operand is to be written.
enum class Form : uint8_t
{
	value,	 // anywhere: an operand of arithmetic, an argument, a result
	compare, // an operand of a comparison: exact, for text byte by byte
	plain,	 // bare column or literal: the index's form, exact only where the dialect says so
	like,	 // the left operand of LIKE: exact, character by character
	pattern, // the right operand of LIKE: a literal checked to mean the same in both worlds
};

// The characters of a text literal: a column's character set may lack some of them.
enum class Repertoire : uint8_t
{
	common, // ASCII but ? and the backslash: one code each in most character sets
	ascii,
	basic_plane, // up to U+FFFF
	any,		 // or not known
};

// One entry of the allow-list. The same shape serves functions, operators (by their function) and expression nodes.
//
// `form` is the remote text with $1..$9 for the arguments: $1 value form, $c1 compare form, $p1 plain form, $l1 like form,
// $m1 pattern form. nullptr keeps the call local and `reason` says why.
enum SignatureFlag : uint16_t
{
	kNothing = 0,
	kTextEquality = 1 << 0, // compares text for equality: needs a deterministic collation
	kTextOrder = 1 << 1,	// orders text: needs byte order (C)
	kIndexable = 1 << 2,	// a comparison: beside the exact form the plain one may be shipped for the index
	kEquality = 1 << 3,		// an equality: IS DISTINCT FROM, NULLIF, IN are derived from it
	kInequality = 1 << 4,	// its negation: NOT IN (<> ALL) is derived from it
	kDivides = 1 << 5,		// second argument must be a constant other than zero
	kUtf8Database = 1 << 6, // exact only in a database whose encoding is UTF8
	kLike = 1 << 7,			// a LIKE: needs a deterministic collation, its plain form may help the index
	kNotLike = 1 << 8,		// its negation
	kPrefix = 1 << 9,		// says what a text begins with, which may help the index
	kRaises = 1 << 10,		// may raise an error
};

// Work that a template cannot say.
enum class Special : uint8_t
{
	none,
	// Arithmetic: the result must provably fit, or the remote side is made to raise 22003 as PostgreSQL does.
	sum,
	difference,
	product,
	quotient,
	remainder,
	negate,
	absolute,
	bitwise,	  // and, or, xor, not of signed integers
	widen,		  // a cast that cannot fail: the value's bounds go on
	narrow,		  // a cast to a narrower integer or from a decimal: only where the bounds prove that it fits
	round_digits, // second argument is a constant number of digits, 0 to what the remote decimal has
	// Text and time: constants among the arguments decide.
	extract,	   // extract(field FROM x)
	truncate_time, // date_trunc(field, x)
	substring,	   // start >= 1 and length >= 0
	non_negative,  // second argument >= 0
	non_empty,	   // second argument is not the empty string
	concatenate,   // the result must provably stay short: a long one is NULL remotely
};

struct Signature
{
	Oid function;
	const char *form;
	const char *reason; // why local, or a remark for the documentation
	uint16_t flags = kNothing;
	Special special = Special::none;
};

// How an aggregate treats its argument.
enum class AggregateKind : uint8_t
{
	count,	 // only whether it is NULL, or the same as another
	sum,	 // of integers and decimals: exact
	average, // of integers and decimals: fetched as sum and count, divided here
	real,	 // of floating-point numbers: the order of addition is free
	extreme, // min and max: the order must be the same here and there
	boolean, // of conditions
	bits,	 // of integers
};

// An aggregate: the remote text with $1 for what stands between the parentheses. nullptr keeps it local, and `remark` says why.
struct AggregateSignature
{
	Oid function;
	const char *form;
	AggregateKind kind;
	const char *remark;
};

class Dialect
{
public:
	// ---- names and literals ----
	virtual void AppendIdentifier(StringInfo out, const char *name) const = 0;
	// What stands after FROM for a table; names are those that the tenant gives it.
	virtual void AppendTable(StringInfo out, const char *schema, const char *name) const
	{
		AppendIdentifier(out, schema);
		appendStringInfoChar(out, '.');
		AppendIdentifier(out, name);
	}
	// Writes a constant, not NULL, of a PostgreSQL type in the given form. False when the remote side cannot say it
	// (NaN, infinity, BC, too many digits): then the condition stays local. Nothing is appended in that case.
	virtual bool AppendLiteral(StringInfo out, Datum value, Oid type, Form form) const = 0;
	// The kind a constant or parameter of this type has when it is shipped; none when it cannot be.
	virtual Kind LiteralKind(Oid type) const = 0;

	// ---- columns ----
	// Whether expressions over this column are exact; Kind::none with a reason otherwise.
	virtual Kind ColumnKind(Oid type, int32 typmod, const ColumnFacts &facts, ZeroDates zero_dates,
							const char **reason) const = 0;
	virtual void AppendColumn(StringInfo out, const ColumnReference &column, Form form) const = 0;
	// The text selected for a column so that its cell parses into the local type (floats with all digits, ...). `facts` may be
	// missing, `alias` is as in ColumnReference.
	virtual void AppendFetch(StringInfo out, const ColumnFacts *facts, const char *column_name, Oid type,
							 int alias) const = 0;
	// The same for rows of one table that nothing is computed with remotely: whatever the column's converter reads will do.
	virtual void AppendRead(StringInfo out, const ColumnFacts *facts, const char *column_name, Oid type) const
	{
		AppendFetch(out, facts, column_name, type, 0);
	}
	// Whether the plain form of a column next to any text literal finds at least what the compare form finds.
	virtual bool PlainIsSuperset(const ColumnReference &column, Repertoire literal) const = 0;
	// The same of any literals in a list of rows: (column, ...) IN ((literal, ...), ...).
	virtual bool PlainIsSupersetInRows(const ColumnReference &column) const = 0;
	// Whether an index of the column finds all that LIKE matches.
	virtual bool LikeFindsAllByIndex(const ColumnReference &column) const = 0;
	// How an index of a text column orders characters.
	virtual core::CharacterOrder IndexOrder(const ColumnReference &column) const = 0;
	// A text as a literal that is compared with the column under the collation that the facts tell, even if the column has
	// another one by now.
	virtual void AppendPinnedText(StringInfo out, const ColumnReference &column, const char *text) const = 0;
	// Whether the remote server would turn the values of a list into the column's type and complain of this one; `value` is
	// nullptr when it is not known before it runs. Then AppendDetached hides from it that this is a column.
	virtual bool ComplainsInList(const ColumnReference &column, Oid type, const Datum *value) const = 0;
	virtual void AppendDetached(StringInfo out, const char *column) const = 0;
	// Whether an equality of two columns of different relations may be looked up by an index of either and stay exact: each
	// holds the other's values unchanged, or not at all. For text: whether the plain forms find all that the compare forms do.
	virtual bool JoinsByIndex(const ColumnReference &left, const ColumnReference &right) const = 0;
	virtual bool ColumnBounds(const ColumnReference &column, Bounds *out) const = 0;
	virtual void AppendIsNull(StringInfo out, const ColumnReference &column, const char *operand,
							  bool negated) const = 0;
	// Wraps a text expression that is not a column, so that it compares byte by byte.
	virtual void AppendExactText(StringInfo out, const char *expression) const = 0;
	virtual void AppendLikeText(StringInfo out, const char *expression) const = 0;
	// Wraps an integer expression of so many digits, so that arithmetic over it is that of exact decimals.
	virtual void AppendExactWhole(StringInfo out, const char *expression, int digits) const = 0;

	// ---- functions ----
	virtual std::span<const Signature> Signatures() const = 0;
#ifdef FABRIC_MUTATIONS
	// The broken form of a function under the current mutation; nullptr when it is not concerned.
	virtual const char *MutatedForm(Oid function) const = 0;
#endif
	virtual std::span<const AggregateSignature> Aggregates() const = 0;
	// The text that was made into bytes to compare it.
	virtual void AppendTextOfBytes(StringInfo out, const char *expression) const = 0;
	// The expression with so many digits, of which `scale` after the point.
	virtual void AppendDecimal(StringInfo out, const char *expression, int digits, int scale) const = 0;
	// What stands between the arms of a set operation; nullptr when a server of this version has none (nullptr: not known).
	virtual const char *SetOperator(SetOperation operation, bool all, const char *server_version) const = 0;
	// Whether a server of this version has window functions (nullptr: not known).
	virtual bool HasWindows(const char *server_version) const = 0;
	// What makes a SELECT lock the rows it reads; nullptr when a server of this version cannot (nullptr: not known).
	virtual const char *LockClause(bool exclusive, LockWaitPolicy policy, const char *server_version) const = 0;
	// Whether every value of a type can be said as a literal.
	virtual bool CanSayAll(Oid type) const = 0;
	// Moments that are nearer than any that the remote side cannot hold, and, but the first of them, cannot be said there: where a
	// moment is kept within them, a condition with one beyond is not shipped. Days from 2000-01-01.
	virtual DayRange Moments() const = 0;
	// Whether the plain column is ordered as its bytes are in UTF-8.
	virtual bool PlainIsByteOrder(const ColumnReference &column) const = 0;
	// The longest byte string that is sorted by all of its bytes; PG_INT64_MAX: any.
	virtual int64 SortedBytes() const = 0;
	// The remote form of extract(field FROM $1) and date_trunc(field, $1); nullptr with a reason when there is none.
	// *scale: the digits after the point that it has as a numeric here.
	virtual const char *ExtractForm(const char *field, Kind kind, int *scale, const char **reason) const = 0;
	virtual const char *TruncateForm(const char *field, Kind kind, const char **reason) const = 0;
	// The form of $1 - $2 over 64-bit integers that raises also where $1 is 0 and $2 the least of them.
	virtual const char *DifferenceFromZeroForm() const = 0;
	// Writes integer arithmetic whose result may leave its type, so that 22003 is raised where it does.
	virtual void AppendChecked(StringInfo out, const char *expression, Oid type) const = 0;
	virtual int DecimalDigits() const = 0;		   // the most digits of an exact decimal
	virtual int DecimalFractionDigits() const = 0; // of these after the point
	// Whether numbers that are compared, or chosen among, become decimals of one type first: then the digits before the point of
	// any of them and those after it of any other must have room in it together.
	virtual bool DecimalsMeetInOneType() const = 0;
	// The form of a sum, difference or product whose result has so many digits, where its operands' types, of which the widest
	// has so many, would not have room for it; nullptr: they will do. `left`: the digits of the first operand.
	virtual const char *WiderForm(const char *, const Bounds &, int, int) const { return nullptr; }
	// The most digits of a numeric that is sent as a value; false: any.
	virtual bool MostDigitsSent(Bounds *) const { return false; }
	// Whether HAVING knows, outside of aggregates, those keys only that are columns and are written as such: MariaDB finds none of the
	// columns of another key there.
	virtual bool HavingKnowsColumnsOnly() const { return false; }
	// The form of a number as one of double precision.
	virtual const char *AsDouble(const char *form) const = 0;

	// ---- words ----
	// The template of $c1 IS NOT DISTINCT FROM $c2.
	virtual const char *SameForm() const = 0;
	// Whether an equality that an index answers is left out, and its value put into other expressions (equality.cpp).
	virtual bool LeavesEqualityToIndex() const = 0;
	// A list, for IN, that has nothing in it.
	virtual const char *EmptyList() const = 0;
	// NULL as an operand that is a value of a type here.
	virtual const char *NullOf(Oid type) const = 0;
	// The number of rows after LIMIT that is no limit.
	virtual const char *NoLimit() const = 0;
	// Writes a key of ORDER BY. `never_null`: there are no NULLs whose place would matter.
	virtual void AppendSortKey(StringInfo out, const char *key, bool descending, bool nulls_first,
							   bool never_null) const = 0;
	// Whether NULLs come where they are wanted without a key of their own, so that an index may give the order.
	virtual bool NullsAreNatural(bool descending, bool nulls_first) const = 0;

	// ---- costs ----
	// Whether the engine hashes what it joins, groups and compares, and needs no index for that.
	virtual bool Hashes() const = 0;
	// What a statement costs before its first row, in the planner's units, and a row that the engine looks at, of what such a row
	// costs here.
	virtual double StatementCost() const { return 25; }
	virtual double RowWork() const { return 1; }

	// ---- session ----
	// Statements that make a fresh session's answers independent of the server's configuration (List of String).
	virtual List *SessionSetup(const FabricServerInfo &server, int64 statement_timeout_ms) const = 0;
	// The statement that ends what another connection is running.
	virtual void AppendKill(StringInfo out, uint64 connection_id) const = 0;
	// The SQLSTATE a remote failure is reported with.
	virtual const char *SqlState(const FabricErrorInfo &error, bool connecting) const = 0;
	virtual const char *Hint(const FabricErrorInfo &error, bool connecting) const = 0;

	// How many tables a SELECT may have.
	virtual int MostTables() const = 0;

	// Whether statements run in a transaction that is to be ended; otherwise each one stands alone and only reads.
	virtual bool HasTransactions() const { return true; }
	// Whether the server has rolled the whole transaction back, not only the statement that ended so.
	virtual bool EndsTransaction(const FabricErrorInfo &error) const = 0;

	// The function that a condition is put into which may raise for a NULL that no row has; nullptr: none.
	virtual const char *Guard() const { return nullptr; }

	// Whether the tables are not what plans were made by.
	virtual bool MeansOtherTables(const FabricErrorInfo &) const { return false; }

	// The statement that tells the warnings of the last one: rows of (level, code, message).
	virtual const char *WarningsQuery() const = 0;
	// Whether a warning means that a value was changed, cut or lost. A statement of ours must not cause any.
	virtual bool WarningIsLoss(int code) const = 0;

	// ---- facts ----
	// The query for the columns of the named tables of a schema; tables == NIL: of all. `except` turns the list round.
	// Its rows have kFactsColumns cells in the order of FactsColumn, sorted by table and position. `indexes`: those as well.
	virtual void AppendFactsQuery(StringInfo out, const FabricServerInfo &server, const char *schema, List *tables,
								  bool except, bool indexes) const = 0;
	// The query for what the server knows of the columns' values of the named tables. Its rows begin with the cells of ValuesColumn.
	virtual void AppendValuesQuery(StringInfo out, const FabricServerInfo &server, const char *schema,
								   List *tables) const = 0;
	// What a row of it says; nullptr when that is nothing. Palloc'd.
	virtual ColumnValues *ReadValues(const FabricCell *cells) const = 0;
	// The names of the same tables, also of those that the facts query has no columns of (a view that is broken); the second cell,
	// if there is one, says why there are none.
	virtual void AppendNamesQuery(StringInfo out, const char *schema, List *tables, bool except) const = 0;
	// A query that has a row when there is a schema of this name.
	virtual void AppendSchemaQuery(StringInfo out, const char *schema) const = 0;
	// The type, length and digits in a full remote type as IMPORT kept it; false when it is none.
	virtual bool ParseRemoteType(const char *remote_type, ColumnFacts *out) const = 0;
	// Fills a column's facts from such a row.
	virtual void ReadFacts(const FabricCell *cells, ColumnFacts *out) const = 0;
	// Fills a table's indexes from the cell kFactIndexes, which is not NULL.
	virtual void ReadIndexes(const FabricCell &cell, TableFacts *out) const = 0;
	// The PostgreSQL type IMPORT FOREIGN SCHEMA gives a column, e.g. "numeric(10,2)"; nullptr: unknown, becomes text.
	virtual const char *ImportType(const ColumnFacts &facts, const ImportChoices &choices) const = 0;
	// Whether a column that is not nullable stays so.
	virtual bool NotNullLasts() const { return true; }
	// The value of a column's default as a type's input function reads it; nullptr when it is not a constant. *now: it is the
	// current time.
	virtual const char *ImportDefault(const ColumnFacts &facts, bool *now) const = 0;
	// Whether a result column's wire type can be what the facts say (a changed remote type is an error).
	virtual bool WireTypeFits(const FabricColumn &column, Oid type) const = 0;

	// ---- statistics ----
	// A condition that each row meets with this probability, by chance.
	virtual void AppendByChance(StringInfo out, double probability) const = 0;
	// Writes `fetch` (of AppendFetch) so that no value much longer than `limit` comes: its beginning comes instead, or
	// something else of that length at least. False, with nothing appended, when the column's values cannot be that long, or
	// would not be of the type then.
	virtual bool AppendShortened(StringInfo out, const char *fetch, const ColumnFacts &facts, Oid type,
								 int limit) const = 0;
	// The statement that asks how another one would be run, and the reading of its result: called for each row, with
	// *estimate zero before the first.
	virtual void AppendExplain(StringInfo out, const FabricServerInfo &server, const char *sql) const = 0;
	virtual void ReadExplain(std::span<const FabricColumn> columns, const FabricCell *cells,
							 RemoteEstimate *estimate) const = 0;
};

// The switch of the oracle's mutation run: a rule broken on purpose. Compiled in only with FABRIC_MUTATIONS;
// otherwise every question is answered false at compile time.
#ifdef FABRIC_MUTATIONS
bool Mutated(const char *rule);
#else
constexpr bool Mutated(const char *)
{
	return false;
}
#endif

} // namespace fabric::fdw
