/*
 * Tests of where the records of JSON begin and end, however its bytes come in parts, and of what is a number.
 */
#include "core/json_text.hpp"

#include "split_records.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace
{

using fabric::core::is_json_number;
using fabric::core::JsonSplitter;
using fabric::test::Records;
using fabric::test::split_records;

void expect(JsonSplitter::Form form, const std::string &text, const Records &wanted)
{
	for (std::size_t step = 1; step <= text.size() + 1; ++step)
	{
		JsonSplitter splitter(form);
		EXPECT_EQ(split_records(splitter, text, step), wanted) << text << " by " << step;
	}
}

TEST(JsonSplitter, LinesAreRecords)
{
	const auto lines = JsonSplitter::Form::lines;
	expect(lines, "", {});
	expect(lines, "\n \r\n", {});
	expect(lines, "{}", {"{}"});
	expect(lines, "{\"a\":\"\\n\"}\n\n  {} \r\n[1]\n", {"{\"a\":\"\\n\"}", "{}", "[1]"});
	expect(lines, "{\n}\n", {"{", "}"});
}

TEST(JsonSplitter, ValuesStandOneBehindTheOther)
{
	const auto values = JsonSplitter::Form::values;
	expect(values, "", {});
	expect(values, " \n", {});
	expect(values, "{}{\"a\": [1, {\"b\": 2}]}\n\n\"x\" 12 true",
		   {"{}", "{\"a\": [1, {\"b\": 2}]}", "\"x\"", "12", "true"});
	expect(values, "{\"}\\\"{\": \"]\\\\\"} {}", {"{\"}\\\"{\": \"]\\\\\"}", "{}"});
	expect(values, "{\"a\": 1", {"!it ends within a value"});
	expect(values, "{\"a\": \"}", {"!it ends within a value"});
	expect(values, "{},{}", {"{}", "!it has no value where one is expected"});
	expect(values, "}", {"!it has no value where one is expected"});
}

TEST(JsonSplitter, AnArraysElementsAreRecords)
{
	const auto values = JsonSplitter::Form::values;
	expect(values, "[]", {});
	expect(values, " [ ]\n", {});
	expect(values, "[{}]", {"{}"});
	expect(values, " [ {\"a\": [1]} ,\n2,\"x,]\" , [3] ] ", {"{\"a\": [1]}", "2", "\"x,]\"", "[3]"});
	expect(values, "[{}", {"{}", "!it ends within its array"});
	expect(values, "[{},", {"{}", "!it ends within its array"});
	expect(values, "[{} {}]", {"{}", "!a comma is missing between two elements of its array"});
	expect(values, "[{},]", {"{}", "!it has no value where one is expected"});
	expect(values, "[{}] {}", {"{}", "!something follows its array"});
	expect(values, "[,{}]", {"!it has no value where one is expected"});
}

TEST(JsonNumber, IsWrittenAsTheStandardSays)
{
	for (const char *number : {"0", "-0", "1", "-12.50", "1e5", "1E-5", "0.1e+10", "123456789012345678901234567890"})
		EXPECT_TRUE(is_json_number(number)) << number;
	for (const char *other :
		 {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x1", "1 ", "NaN", "Infinity", "1.2.3"})
		EXPECT_FALSE(is_json_number(other)) << other;
}

} // namespace
