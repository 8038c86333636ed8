/*
 * Tests of the first record of a CSV text, however its bytes come in parts.
 */
#include "core/csv_record.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace fabric::core;
using Fields = std::vector<std::string>;

namespace
{

/* The fields, with the bytes fed in parts of that size; "open" when a quote stays open, "empty" when there is nothing. */
Fields first(const std::string &text, CsvDialect dialect = {}, std::size_t part = 1000)
{
	CsvRecord record(dialect);
	bool done = false;
	for (std::size_t at = 0; at < text.size() && !done; at += part)
		done = record.feed(std::string_view(text).substr(at, part));
	if (!done && !record.finish())
		return {"open"};
	return record.empty() ? Fields{"empty"} : record.fields();
}

TEST(CsvRecord, EndsWithTheLine)
{
	for (const char *end : {"\n", "\r\n", "\r", "", "\nc,d\n"})
		EXPECT_EQ(first(std::string("a,b") + end), (Fields{"a", "b"})) << end;
	EXPECT_EQ(first(","), (Fields{"", ""}));
	EXPECT_EQ(first("\n"), (Fields{""}));
	EXPECT_EQ(first(""), (Fields{"empty"}));
	EXPECT_EQ(first("\xEF\xBB\xBFid,b\n"), (Fields{"id", "b"}));
}

TEST(CsvRecord, KnowsWhichFieldsWereQuoted)
{
	CsvRecord record(CsvDialect{});
	ASSERT_TRUE(record.feed("a,\"\",,\"b\"\n"));
	const bool quoted[] = {false, true, false, true};
	for (std::size_t i = 0; i < 4; ++i)
		EXPECT_EQ(record.quoted(i), quoted[i]) << i;
}

TEST(CsvRecord, QuotesHoldAnything)
{
	const std::string text = "\"a,\"\"b\"\"\nc\",\"\",d\"e\n1,2,3\n";
	for (const std::size_t part : {1, 2, 3, 1000})
		EXPECT_EQ(first(text, {}, part), (Fields{"a,\"b\"\nc", "", "d\"e"})) << part;
	EXPECT_EQ(first("\"a,b\n"), (Fields{"open"}));
	EXPECT_EQ(first("\"a\""), (Fields{"a"}));
	EXPECT_EQ(first("'a;b';c\n", {';', '\'', '\''}), (Fields{"a;b", "c"}));
	EXPECT_EQ(first("\"a\\\"b\",c\n", {',', '"', '\\'}), (Fields{"a\"b", "c"}));
	EXPECT_EQ(first("\"a\\", {',', '"', '\\'}), (Fields{"open"}));
}

TEST(CsvRecord, NamesBecomeDistinct)
{
	EXPECT_EQ(distinct_names({"a", "A", "a", "b"}), (Fields{"a", "A_1", "a_2", "b"}));
	EXPECT_EQ(distinct_names({"", "x", ""}), (Fields{"column1", "x", "column3"}));
	EXPECT_EQ(distinct_names({"a", "a_1", "a"}), (Fields{"a", "a_1", "a_2"}));
}

} // namespace
