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
	return IsA(expr, Var) && FindColumn(translator, var) != nullptr ? var : nullptr;
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

const Var *ReadTextLimit(const Translator &translator, const Expr *expr, TextLimits *limits)
{
	const OpExpr *clause = reinterpret_cast<const OpExpr *>(expr);
	if (!IsA(expr, OpExpr) || list_length(clause->args) != 2 || GetDatabaseEncoding() != PG_UTF8)
		return nullptr;
	const Var *column = ColumnOf(translator, static_cast<Expr *>(linitial(clause->args)));
	bool column_first = column != nullptr;
	if (!column_first)
		column = ColumnOf(translator, static_cast<Expr *>(lsecond(clause->args)));
	if (column == nullptr)
		return nullptr;
	Kind kind = FindColumn(translator, column)->reference.kind;
	if (kind != Kind::text && kind != Kind::bpchar)
		return nullptr;
	StrategyNumber strategy = ByteOrderStrategy(clause);
	bool below = strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber;
	bool above = strategy == BTGreaterStrategyNumber || strategy == BTGreaterEqualStrategyNumber;
	if (!below && !above)
		return nullptr;
	const char *limit = LimitOf(static_cast<Expr *>(list_nth(clause->args, column_first ? 1 : 0)), kind);
	if (limit == nullptr)
		return nullptr;
	*limits = below == column_first ? TextLimits{nullptr, limit} : TextLimits{limit, nullptr};
	return column;
}

void Narrow(TextLimits *limits, const TextLimits &more)
{
	if (more.low != nullptr && (limits->low == nullptr || strcmp(more.low, limits->low) > 0))
		limits->low = more.low;
	if (more.high != nullptr && (limits->high == nullptr || strcmp(more.high, limits->high) < 0))
		limits->high = more.high;
}

bool AppendRangeForIndex(const Translator &translator, const Var *var, const TextLimits &limits, StringInfo out)
{
	const ColumnReference &column = *WrittenAs(translator, FindColumn(translator, var)->reference, var);
	auto side = [](const char *text) { return text != nullptr ? std::optional<std::string_view>(text) : std::nullopt; };
	return pg::entry(
		[&]
		{
			core::CollationRange range =
				core::collation_range(OrderOf(*translator.dialect, column), side(limits.low), side(limits.high));
			return pg::call([&] { return AppendRange(*translator.dialect, column, range, out); });
		});
}

void AddRangesForIndex(const Translator &translator, int count, Expr *const *clauses, const char **texts)
{
	struct Range
	{
		const Var *column;
		int first;
		TextLimits limits;
	};
	Range *ranges = static_cast<Range *>(palloc0(sizeof(Range) * static_cast<size_t>(count + 1)));
	int nranges = 0;
	for (int i = 0; i < count; ++i)
	{
		TextLimits limits;
		const Var *column = clauses[i] != nullptr ? ReadTextLimit(translator, clauses[i], &limits) : nullptr;
		if (column == nullptr || bms_is_member(static_cast<int>(column->varno), translator.absent))
			continue;
		Range *range = ranges;
		while (range < ranges + nranges &&
			   (range->column->varno != column->varno || range->column->varattno != column->varattno))
			++range;
		if (range == ranges + nranges)
		{
			range->column = column;
			range->first = i;
			++nranges;
		}
		Narrow(&range->limits, limits);
	}
	for (const Range *range = ranges; range < ranges + nranges; ++range)
	{
		StringInfoData sql;
		initStringInfo(&sql);
		if (AppendRangeForIndex(translator, range->column, range->limits, &sql))
			texts[range->first] = psprintf("(%s AND %s)", sql.data, texts[range->first]);
	}
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
