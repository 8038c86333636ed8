/*
 * Tests of CSV as COPY reads it: lines, however their bytes come in parts, fields, and where a file can be cut.
 */
#include "core/csv_text.hpp"

#include "split_records.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace
{

using namespace fabric::core;
using fabric::test::split_records;
using Lines = fabric::test::Records;

void expect_lines(const std::string &text, const Lines &wanted, CsvDialect dialect = {})
{
	for (std::size_t step = 1; step <= text.size() + 1; ++step)
	{
		CsvSplitter splitter(dialect);
		EXPECT_EQ(split_records(splitter, text, step), wanted) << text << " by " << step;
	}
}

/* The fields, quoted ones between |. */
Lines fields(const std::string &line, CsvDialect dialect = {})
{
	CsvFields parser(dialect);
	Lines fields;
	for (const CsvField &field : parser.parse(line))
		fields.push_back(field.quoted ? "|" + std::string(field.text) + "|" : std::string(field.text));
	return fields;
}

TEST(CsvSplitter, LinesEndAllTheSameWay)
{
	expect_lines("", {});
	expect_lines("a,b", {"a,b"});
	expect_lines("a\nb\n", {"a", "b"});
	expect_lines("a\r\nb", {"a", "b"});
	expect_lines("a\rb\r", {"a", "b"});
	expect_lines("\n\n", {"", ""});
	expect_lines("a\nb\r\nc", {"a", "!it ends by \\r\\n, the lines before it by \\n"});
	expect_lines("a\nb\rc", {"a", "!it ends by \\r, the lines before it by \\n"});
	expect_lines("a\r\nb\nc", {"a", "!it ends by \\n, the lines before it by \\r\\n"});
	expect_lines("a\rb\nc", {"a", "!it ends by \\n, the lines before it by \\r"});
}

TEST(CsvSplitter, QuotesHoldEndsOfLines)
{
	expect_lines("\"a\nb\",c\nd", {"\"a\nb\",c", "d"});
	expect_lines("x\"\r\n\"y\nd", {"x\"\r\n\"y", "d"});
	expect_lines("\"a\"\"\nb\"\nc", {"\"a\"\"\nb\"", "c"});
	expect_lines("\"a", {"!a quote is never closed"});
	expect_lines("a\n\"b\nc", {"a", "!a quote is never closed"});
	const CsvDialect backslash = {',', '"', '\\'};
	expect_lines("\"a\\\"\nb\"\nc", {"\"a\\\"\nb\"", "c"}, backslash);
	expect_lines("\"a\\\\\"\nc", {"\"a\\\\\"", "c"}, backslash);
	expect_lines("a\\\"\nb\"\nc", {"a\\\"\nb\"", "c"}, backslash);
}

TEST(CsvFields, ArePartedAndUnquoted)
{
	EXPECT_EQ(fields(""), (Lines{""}));
	EXPECT_EQ(fields(",a,"), (Lines{"", "a", ""}));
	EXPECT_EQ(fields("\"\",\"a,b\",\"c\"\"d\""), (Lines{"||", "|a,b|", "|c\"d|"}));
	EXPECT_EQ(fields("x\"y\"z,\"a\"b"), (Lines{"|xyz|", "|ab|"}));
	EXPECT_EQ(fields("\"a\\\"b\\\\c\\d\"", {',', '"', '\\'}), (Lines{"|a\"b\\c\\d|"}));
	EXPECT_EQ(fields("a;'b;''c'", {';', '\'', '\''}), (Lines{"a", "|b;'c|"}));
}

TEST(CsvText, IsCutBehindLines)
{
	EXPECT_EQ(whole_lines("a\nb\nc", '"', LineEnd::line_feed), 4u);
	EXPECT_EQ(whole_lines("a\n\"b\nc\"", '"', LineEnd::line_feed), 2u);
	EXPECT_EQ(whole_lines("a\n\"b\nc", '"', LineEnd::line_feed), 2u);
	EXPECT_EQ(whole_lines("\"a\n\"\"b\nc\"\nd\"", '"', LineEnd::line_feed), 10u);
	EXPECT_EQ(whole_lines("\"a\nb\n", '"', LineEnd::line_feed), 0u);
	EXPECT_EQ(whole_lines("a\r\nb\r", '"', LineEnd::both), 3u);
	EXPECT_EQ(whole_lines("a\rb", '"', LineEnd::carriage_return), 2u);
	EXPECT_EQ(whole_lines("abc", '"', LineEnd::unknown), 0u);
}

TEST(CsvText, NamesBecomeDistinct)
{
	EXPECT_EQ(distinct_names({"a", "A", "a", "b"}), (Lines{"a", "A_1", "a_2", "b"}));
	EXPECT_EQ(distinct_names({"", "x", ""}), (Lines{"column1", "x", "column3"}));
	EXPECT_EQ(distinct_names({"a", "a_1", "a"}), (Lines{"a", "a_1", "a_2"}));
}

} // namespace
