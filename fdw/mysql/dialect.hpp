// The MySQL dialect: MariaDB 10.2 and newer, MySQL 5.7 and newer. Texts are chosen so that one form is right on all of
// them; only the session's settings depend on the flavour.
#pragma once

#include "fdw/shared/dialect.hpp"

#include "fdw/shared/text.hpp"

namespace fabric::fdw::mysql
{

// A text of the database as a literal, which means the same whatever the session's settings.
void AppendString(StringInfo out, const char *text);

class MysqlDialect final : public Dialect
{
public:
	void AppendIdentifier(StringInfo out, const char *name) const override;
	bool AppendLiteral(StringInfo out, Datum value, Oid type, Form form) const override;
	Kind LiteralKind(Oid type) const override;

	Kind ColumnKind(Oid type, int32 typmod, const ColumnFacts &facts, ZeroDates zero_dates,
					const char **reason) const override;
	void AppendColumn(StringInfo out, const ColumnReference &column, Form form) const override;
	void AppendFetch(StringInfo out, const ColumnFacts *facts, const char *column_name, Oid type,
					 int alias) const override;
	bool PlainIsSuperset(const ColumnReference &column, Repertoire literal) const override;
	bool PlainIsSupersetInRows(const ColumnReference &column) const override;
	bool LikeFindsAllByIndex(const ColumnReference &column) const override;
	core::CharacterOrder IndexOrder(const ColumnReference &column) const override;
	void AppendPinnedText(StringInfo out, const ColumnReference &column, const char *text) const override;
	bool ComplainsInList(const ColumnReference &column, Oid type, const Datum *value) const override;
	void AppendDetached(StringInfo out, const char *column) const override;
	bool JoinsByIndex(const ColumnReference &left, const ColumnReference &right) const override;
	bool ColumnBounds(const ColumnReference &column, Bounds *out) const override;
	void AppendIsNull(StringInfo out, const ColumnReference &column, const char *operand, bool negated) const override;
	void AppendExactText(StringInfo out, const char *expression) const override;
	void AppendLikeText(StringInfo out, const char *expression) const override;
	void AppendExactWhole(StringInfo out, const char *expression, int digits) const override;

	std::span<const Signature> Signatures() const override;
#ifdef FABRIC_MUTATIONS
	const char *MutatedForm(Oid function) const override;
#endif
	bool HasWindows(const char *server_version) const override;
	const char *SetOperator(SetOperation operation, bool all, const char *server_version) const override;
	std::span<const AggregateSignature> Aggregates() const override;
	void AppendTextOfBytes(StringInfo out, const char *expression) const override;
	void AppendDecimal(StringInfo out, const char *expression, int digits, int scale) const override;
	const char *LockClause(bool exclusive, LockWaitPolicy policy, const char *server_version) const override;
	bool CanSayAll(Oid type) const override;
	bool PlainIsByteOrder(const ColumnReference &column) const override;
	int64 SortedBytes() const override { return 1024; } // max_sort_length, which the session sets (R4)
	const char *ExtractForm(const char *field, Kind kind, int *scale, const char **reason) const override;
	const char *TruncateForm(const char *field, Kind kind, const char **reason) const override;
	// MariaDB lets 0 - (-9223372036854775808) wrap, and makes a decimal of - (-9223372036854775808).
	const char *DifferenceFromZeroForm() const override
	{
		return "(CASE WHEN $1 = 0 THEN ((-1 - $2) + 1) ELSE ($1 - $2) END)";
	}
	void AppendChecked(StringInfo out, const char *expression, Oid type) const override;
	int DecimalDigits() const override { return 65; }
	int DecimalFractionDigits() const override { return 30; }
	bool DecimalsMeetInOneType() const override { return false; }
	bool HavingKnowsColumnsOnly() const override { return true; }
	const char *AsDouble(const char *form) const override { return psprintf("(%s + 0e0)", form); }

	const char *SameForm() const override { return "$c1 <=> $c2"; }
	bool LeavesEqualityToIndex() const override { return true; }
	const char *EmptyList() const override { return "(SELECT NULL FROM DUAL WHERE FALSE)"; }
	// 1 BC, and after 9999.
	DayRange Moments() const override { return {-POSTGRES_EPOCH_JDATE + 1721426 - 366, 3 * 1000 * 1000}; }
	const char *NullOf(Oid) const override { return "NULL"; }
	const char *NoLimit() const override { return "18446744073709551615"; } // R22
	void AppendSortKey(StringInfo out, const char *key, bool descending, bool nulls_first,
					   bool never_null) const override;
	// R21: NULLs come first where ascending, last where descending.
	bool NullsAreNatural(bool descending, bool nulls_first) const override { return nulls_first != descending; }
	bool Hashes() const override { return false; }

	List *SessionSetup(const FabricServerInfo &server, int64 statement_timeout_ms) const override;
	void AppendKill(StringInfo out, uint64 connection_id) const override;
	const char *SqlState(const FabricErrorInfo &error, bool connecting) const override;
	const char *Hint(const FabricErrorInfo &error, bool connecting) const override;
	bool EndsTransaction(const FabricErrorInfo &error) const override;
	int MostTables() const override { return 61; }

	const char *WarningsQuery() const override { return "SHOW WARNINGS"; }
	bool WarningIsLoss(int code) const override;

	void AppendFactsQuery(StringInfo out, const FabricServerInfo &server, const char *schema, List *tables, bool except,
						  bool indexes) const override;
	void AppendValuesQuery(StringInfo out, const FabricServerInfo &server, const char *schema,
						   List *tables) const override;
	ColumnValues *ReadValues(const FabricCell *cells) const override;
	void AppendNamesQuery(StringInfo out, const char *schema, List *tables, bool except) const override;
	void AppendSchemaQuery(StringInfo out, const char *schema) const override;
	bool ParseRemoteType(const char *remote_type, ColumnFacts *out) const override;
	void ReadFacts(const FabricCell *cells, ColumnFacts *out) const override;
	void ReadIndexes(const FabricCell &cell, TableFacts *out) const override;
	const char *ImportType(const ColumnFacts &facts, const ImportChoices &choices) const override;
	const char *ImportDefault(const ColumnFacts &facts, bool *now) const override;
	bool WireTypeFits(const FabricColumn &column, Oid type) const override;

	void AppendByChance(StringInfo out, double probability) const override;
	bool AppendShortened(StringInfo out, const char *fetch, const ColumnFacts &facts, Oid type,
						 int limit) const override;
	void AppendExplain(StringInfo out, const FabricServerInfo &server, const char *sql) const override;
	void ReadExplain(std::span<const FabricColumn> columns, const FabricCell *cells,
					 RemoteEstimate *estimate) const override;
};

// The one instance.
const MysqlDialect &Instance();

inline bool IsIntegerType(const char *type)
{
	return IsOneOf(type, {"tinyint", "smallint", "mediumint", "int", "bigint"});
}

// Whether the server rounds what a TIME column is compared with to the column's fraction.
inline bool RoundsTime(const ColumnReference &column)
{
	return column.kind == Kind::time && column.facts->precision < 6;
}

} // namespace fabric::fdw::mysql
