// Text ranges for the remote index. See ranges.hpp; the limits under the other order are those of core/text_range.hpp.
//
// The exact condition compares byte by byte and cannot use an index that is sorted by the column's collation. In a database of
// another encoding than UTF8 nothing is written: a limit could be a character that it has not.
#include "core/text_range.hpp"

#include "pg/compat.hpp"
#include "pg/guard.hpp"

#include "fdw/shared/ranges.hpp"
#include "fdw/shared/translate_internal.hpp"

extern "C"
{
#include <catalog/pg_opfamily.h>
#include <mb/pg_wchar.h>
#include <utils/builtins.h>
}

namespace fabric::fdw
{

namespace
{

// The strategy of an operator that orders text by bytes; InvalidStrategy for others.
StrategyNumber ByteOrderStrategy(const OpExpr *clause)
{
	ListCell *cell;
	foreach (cell, pg::compat::OrderMeanings(clause->opno))
	{
		pg::compat::OrderMeaning meaning = pg::compat::ReadOrderMeaning(lfirst(cell));
		switch (meaning.family)
		{
			case TEXT_PATTERN_BTREE_FAM_OID:
			case BPCHAR_PATTERN_BTREE_FAM_OID:
				return meaning.strategy;
			case TEXT_BTREE_FAM_OID:
			case BPCHAR_BTREE_FAM_OID:
				if (CollationIsByteOrder(clause->inputcollid))
					return meaning.strategy;
				break;
			default:
				break;
		}
	}
	return InvalidStrategy;
}

// A column of the relation, perhaps as another name of its type; nullptr for anything else.
const Var *ColumnOf(const Translator &translator, const Expr *expr)
{
	while (IsA(expr, RelabelType))
		expr = reinterpret_cast<const RelabelType *>(expr)->arg;
	const Var *var = reinterpret_cast<const Var *>(expr);
	bool ours = IsA(expr, Var) && var->varno == static_cast<int>(translator.relid) && var->varlevelsup == 0 &&
				var->varattno > 0;
	return ours ? var : nullptr;
}

// The constant as it is compared: of bpchar without its trailing blanks. nullptr when it is none.
const char *LimitOf(const Expr *expr, Kind kind)
{
	while (IsA(expr, RelabelType))
		expr = reinterpret_cast<const RelabelType *>(expr)->arg;
	const Const *constant = reinterpret_cast<const Const *>(expr);
	if (!IsA(expr, Const) || constant->constisnull)
		return nullptr;
	char *limit = TextDatumGetCString(constant->constvalue);
	if (kind == Kind::bpchar)
		for (size_t size = strlen(limit); size > 0 && limit[size - 1] == ' '; --size)
			limit[size - 1] = '\0';
	return limit;
}

void AppendLimit(const Dialect &dialect, const ColumnReference &column, const std::string &limit, const char *sign,
				 StringInfo out)
{
	if (!dialect.PlainIsSuperset(column, RepertoireOf(limit.c_str())))
		return;
	appendStringInfoString(out, out->len > 0 ? " AND (" : "(");
	dialect.AppendColumn(out, column, Form::plain);
	appendStringInfoString(out, sign);
	dialect.AppendPinnedText(out, column, limit.c_str());
	appendStringInfoChar(out, ')');
}

bool AppendRange(const Dialect &dialect, const ColumnReference &column, const core::CollationRange &range,
				 StringInfo out)
{
	StringInfoData text;
	initStringInfo(&text);
	if (range.lower)
		AppendLimit(dialect, column, *range.lower, " > ", &text);
	if (range.upper)
		AppendLimit(dialect, column, *range.upper, " < ", &text);
	appendBinaryStringInfo(out, text.data, text.len);
	return text.len > 0;
}

core::CharacterOrder OrderOf(const Dialect &dialect, const ColumnReference &column)
{
	core::CharacterOrder order = dialect.IndexOrder(column);
	bool believed = order != core::CharacterOrder::unknown && Mutated("index_range_of_letters");
	return believed ? core::CharacterOrder::code_points : order;
}

} // namespace

AttrNumber ReadTextLimit(const Translator &translator, const Expr *expr, TextLimits *limits)
{
	const OpExpr *clause = reinterpret_cast<const OpExpr *>(expr);
	if (!IsA(expr, OpExpr) || list_length(clause->args) != 2 || GetDatabaseEncoding() != PG_UTF8)
		return 0;
	const Var *column = ColumnOf(translator, static_cast<Expr *>(linitial(clause->args)));
	bool column_first = column != nullptr;
	if (!column_first)
		column = ColumnOf(translator, static_cast<Expr *>(lsecond(clause->args)));
	if (column == nullptr)
		return 0;
	Kind kind = translator.columns[column->varattno - 1].reference.kind;
	if (kind != Kind::text && kind != Kind::bpchar)
		return 0;
	StrategyNumber strategy = ByteOrderStrategy(clause);
	bool below = strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber;
	bool above = strategy == BTGreaterStrategyNumber || strategy == BTGreaterEqualStrategyNumber;
	if (!below && !above)
		return 0;
	const char *limit = LimitOf(static_cast<Expr *>(list_nth(clause->args, column_first ? 1 : 0)), kind);
	if (limit == nullptr)
		return 0;
	*limits = below == column_first ? TextLimits{nullptr, limit} : TextLimits{limit, nullptr};
	return column->varattno;
}

void Narrow(TextLimits *limits, const TextLimits &more)
{
	if (more.low != nullptr && (limits->low == nullptr || strcmp(more.low, limits->low) > 0))
		limits->low = more.low;
	if (more.high != nullptr && (limits->high == nullptr || strcmp(more.high, limits->high) < 0))
		limits->high = more.high;
}

bool AppendRangeForIndex(const Translator &translator, AttrNumber attribute, const TextLimits &limits, StringInfo out)
{
	const ColumnReference &column = translator.columns[attribute - 1].reference;
	auto side = [](const char *text) { return text != nullptr ? std::optional<std::string_view>(text) : std::nullopt; };
	return pg::entry(
		[&]
		{
			core::CollationRange range =
				core::collation_range(OrderOf(*translator.dialect, column), side(limits.low), side(limits.high));
			return pg::call([&] { return AppendRange(*translator.dialect, column, range, out); });
		});
}

char *PrefixOf(const Node *pattern, bool wildcards)
{
	const Const *constant = reinterpret_cast<const Const *>(pattern);
	if (!IsA(pattern, Const) || constant->constisnull)
		return nullptr;
	char *prefix = TextDatumGetCString(constant->constvalue);
	char *to = prefix;
	for (const char *from = prefix; wildcards; *to++ = *from++)
	{
		if (*from == '\\' && from[1] != '\0')
			++from;
		else if (*from == '%' || *from == '_' || *from == '\0')
		{
			*to = '\0';
			break;
		}
	}
	return prefix;
}

bool AppendPrefixForIndex(const Dialect &dialect, const ColumnReference &column, const char *prefix, StringInfo out)
{
	if (GetDatabaseEncoding() != PG_UTF8 || (column.kind != Kind::text && column.kind != Kind::bpchar))
		return false;
	return pg::entry(
		[&]
		{
			core::CollationRange range = core::prefix_range(OrderOf(dialect, column), prefix);
			return pg::call([&] { return AppendRange(dialect, column, range, out); });
		});
}

} // namespace fabric::fdw
