// The dialect of files: DuckDB's SQL, for the version that test/deps/duckdb names, with the functions of engine_functions.hpp.
//
// A foreign table is a call of the engine's fabric_scan(), which is what AppendTable is given as its name. Integers are computed as
// BIGINT, whatever their type, and brought back into it by fabric_int4() and the like.
#pragma once

#include "fdw/shared/dialect.hpp"

namespace fabric::fdw::objectstore
{

class ObjectStoreDialect final : public Dialect
{
public:
	void AppendIdentifier(StringInfo out, const char *name) const override;
	void AppendTable(StringInfo out, const char *schema, const char *name) const override;
	bool AppendLiteral(StringInfo out, Datum value, Oid type, Form form) const override;
	Kind LiteralKind(Oid type) const override;

	Kind ColumnKind(Oid type, int32 typmod, const ColumnFacts &facts, ZeroDates zero_dates,
					const char **reason) const override;
	void AppendColumn(StringInfo out, const ColumnReference &column, Form form) const override;
	void AppendFetch(StringInfo out, const ColumnFacts *facts, const char *column_name, Oid type,
					 int alias) const override;
	void AppendRead(StringInfo out, const ColumnFacts *facts, const char *column_name, Oid type) const override;
	bool PlainIsSuperset(const ColumnReference &column, Repertoire) const override;
	bool PlainIsSupersetInRows(const ColumnReference &) const override { return false; }
	bool LikeFindsAllByIndex(const ColumnReference &) const override { return false; }
	core::CharacterOrder IndexOrder(const ColumnReference &) const override { return core::CharacterOrder::unknown; }
	void AppendPinnedText(StringInfo out, const ColumnReference &column, const char *text) const override;
	bool ComplainsInList(const ColumnReference &, Oid, const Datum *) const override { return false; }
	void AppendDetached(StringInfo out, const char *column) const override;
	bool JoinsByIndex(const ColumnReference &, const ColumnReference &) const override { return false; }
	bool ColumnBounds(const ColumnReference &column, Bounds *out) const override;
	void AppendIsNull(StringInfo out, const ColumnReference &column, const char *operand, bool negated) const override;
	void AppendExactText(StringInfo out, const char *expression) const override;
	void AppendLikeText(StringInfo out, const char *expression) const override;
	void AppendExactWhole(StringInfo out, const char *expression, int digits) const override;

	std::span<const Signature> Signatures() const override;
#ifdef FABRIC_MUTATIONS
	const char *MutatedForm(Oid function) const override;
#endif
	bool HasWindows(const char *) const override { return true; }
	const char *SetOperator(SetOperation operation, bool all, const char *) const override;
	std::span<const AggregateSignature> Aggregates() const override;
	void AppendTextOfBytes(StringInfo out, const char *expression) const override;
	void AppendDecimal(StringInfo out, const char *expression, int digits, int scale) const override;
	const char *LockClause(bool, LockWaitPolicy, const char *) const override { return nullptr; }
	bool CanSayAll(Oid type) const override;
	bool PlainIsByteOrder(const ColumnReference &column) const override { return column.kind == Kind::text; }
	int64 SortedBytes() const override { return PG_INT64_MAX; }
	const char *ExtractForm(const char *field, Kind kind, int *scale, const char **reason) const override;
	const char *TruncateForm(const char *field, Kind kind, const char **reason) const override;
	const char *DifferenceFromZeroForm() const override { return "($1 - $2)"; }
	void AppendChecked(StringInfo out, const char *expression, Oid type) const override;
	int DecimalDigits() const override { return 38; }
	int DecimalFractionDigits() const override { return 38; }
	bool DecimalsMeetInOneType() const override { return true; }
	const char *WiderForm(const char *form, const Bounds &left, int widest, int digits) const override;
	bool MostDigitsSent(Bounds *bounds) const override;
	const char *AsDouble(const char *form) const override { return psprintf("CAST(%s AS DOUBLE)", form); }

	const char *SameForm() const override { return "$c1 IS NOT DISTINCT FROM $c2"; }
	bool LeavesEqualityToIndex() const override { return false; }
	const char *EmptyList() const override { return "(SELECT NULL WHERE FALSE)"; }
	// PostgreSQL's own first days, which files may have, and the end of its moments, which they have not. Both can be moved a little.
	DayRange Moments() const override
	{
		return {static_cast<int32>(MIN_TIMESTAMP / USECS_PER_DAY) + 3,
				static_cast<int32>(END_TIMESTAMP / USECS_PER_DAY) - 4};
	}
	const char *NullOf(Oid type) const override;
	const char *NoLimit() const override { return "9223372036854775807"; }
	void AppendSortKey(StringInfo out, const char *key, bool descending, bool nulls_first,
					   bool never_null) const override;
	bool NullsAreNatural(bool, bool) const override { return true; }
	bool Hashes() const override { return true; }
	// Measured: one to three milliseconds, and five nanoseconds.
	double StatementCost() const override { return 200; }
	double RowWork() const override { return 0.25; }

	List *SessionSetup(const FabricServerInfo &, int64) const override { return NIL; }
	bool HasTransactions() const override { return false; }
	void AppendKill(StringInfo out, uint64 connection_id) const override;
	const char *SqlState(const FabricErrorInfo &error, bool connecting) const override;
	const char *Hint(const FabricErrorInfo &error, bool connecting) const override;
	bool EndsTransaction(const FabricErrorInfo &) const override { return false; }
	const char *Guard() const override { return "fabric_guarded"; }
	bool MeansOtherTables(const FabricErrorInfo &error) const override;
	int MostTables() const override { return 1000; }

	const char *WarningsQuery() const override { return ""; } // there are none
	bool WarningIsLoss(int) const override { return true; }

	void AppendFactsQuery(StringInfo out, const FabricServerInfo &server, const char *schema, List *tables, bool except,
						  bool indexes) const override;
	void AppendValuesQuery(StringInfo out, const FabricServerInfo &server, const char *schema,
						   List *tables) const override;
	ColumnValues *ReadValues(const FabricCell *) const override { return nullptr; }
	void AppendNamesQuery(StringInfo out, const char *schema, List *tables, bool except) const override;
	void AppendSchemaQuery(StringInfo out, const char *schema) const override;
	bool ParseRemoteType(const char *remote_type, ColumnFacts *out) const override;
	void ReadFacts(const FabricCell *cells, ColumnFacts *out) const override;
	void ReadIndexes(const FabricCell &, TableFacts *) const override {}
	const char *ImportType(const ColumnFacts &facts, const ImportChoices &choices) const override;
	bool NotNullLasts() const override { return false; } // the next file may be another
	const char *ImportDefault(const ColumnFacts &, bool *) const override { return nullptr; }
	bool WireTypeFits(const FabricColumn &, Oid) const override { return true; } // chunks have a schema of their own

	void AppendByChance(StringInfo out, double probability) const override;
	bool AppendShortened(StringInfo out, const char *fetch, const ColumnFacts &facts, Oid type,
						 int limit) const override;
	void AppendExplain(StringInfo out, const FabricServerInfo &server, const char *sql) const override;
	void ReadExplain(std::span<const FabricColumn>, const FabricCell *, RemoteEstimate *) const override {}
};

// The one instance.
const ObjectStoreDialect &Instance();

} // namespace fabric::fdw::objectstore
