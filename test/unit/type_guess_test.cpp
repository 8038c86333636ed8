/*
 * Tests of the types that texts look like.
 */
#include "core/type_guess.hpp"

#include <gtest/gtest.h>

#include <initializer_list>

namespace
{

using fabric::core::TypeGuess;

const char *of_texts(std::initializer_list<const char *> texts)
{
	TypeGuess guess;
	for (const char *text : texts)
		guess.add_text(text);
	return guess.type();
}

TEST(TypeGuess, TakesTheNarrowestTypeOfAllValues)
{
	EXPECT_STREQ(of_texts({}), "text");
	EXPECT_STREQ(of_texts({"1", "-5"}), "bigint");
	EXPECT_STREQ(of_texts({"9223372036854775807", "-9223372036854775808"}), "bigint");
	EXPECT_STREQ(of_texts({"1", "9223372036854775808"}), "numeric");
	EXPECT_STREQ(of_texts({"1", "1.50"}), "numeric");
	EXPECT_STREQ(of_texts({"true", "false"}), "boolean");
	EXPECT_STREQ(of_texts({"2024-02-29", "0001-01-01"}), "date");
	EXPECT_STREQ(of_texts({"2024-02-29 00:00:00", "2024-02-29T23:59:59.123456"}), "timestamp without time zone");
	EXPECT_STREQ(of_texts({"2024-02-29 00:00:00Z", "2024-02-29T23:59:59-09:30", "2024-02-29T00:00:00+14"}),
				 "timestamp with time zone");
	EXPECT_STREQ(of_texts({"23:59:59", "00:00:00.5"}), "time without time zone");
	EXPECT_STREQ(of_texts({"6ba7b810-9dad-11d1-80b4-00C04FD430C8"}), "uuid");
	EXPECT_STREQ(of_texts({"1", "x"}), "text");
	EXPECT_STREQ(of_texts({"1", ""}), "text");
	EXPECT_STREQ(of_texts({"2024-02-29", "2024-02-29 00:00:00"}), "text");
}

TEST(TypeGuess, LeavesToTextWhatWouldNotBeTheSameOtherwise)
{
	for (const char *text : {"01234",
							 "+1",
							 "-0",
							 "1e5",
							 " 1",
							 "1 ",
							 "0x10",
							 "1_000",
							 ".5",
							 "5.",
							 "NaN",
							 "t",
							 "TRUE",
							 "yes",
							 "2023-02-29",
							 "2024-2-3",
							 "0000-01-01",
							 "24:00:00",
							 "12:30",
							 "2024-01-01 12:00",
							 "2024-01-01 00:00:60",
							 "2024-01-01 00:00:00.1234567",
							 "2024-01-01 00:00:00 UTC",
							 "2024-01-01 00:00:00+16",
							 "6ba7b8109dad11d180b400c04fd430c8",
							 "infinity"})
		EXPECT_STREQ(of_texts({text}), "text") << text;
}

TEST(TypeGuess, KeepsApartWhatJsonKeepsApart)
{
	TypeGuess numbers;
	numbers.add_json_number("1");
	EXPECT_STREQ(numbers.type(), "bigint");
	numbers.add_json_number("1e2");
	EXPECT_STREQ(numbers.type(), "numeric");
	numbers.add_json_string("1");
	EXPECT_STREQ(numbers.type(), "jsonb");

	TypeGuess strings;
	strings.add_json_string("2024-01-01");
	EXPECT_STREQ(strings.type(), "date");
	strings.add_json_string("1");
	EXPECT_STREQ(strings.type(), "text");
	strings.add_json_boolean();
	EXPECT_STREQ(strings.type(), "jsonb");

	TypeGuess string_of_digits;
	string_of_digits.add_json_string("12");
	EXPECT_STREQ(string_of_digits.type(), "text");

	TypeGuess huge;
	huge.add_json_number("1e999999");
	EXPECT_STREQ(huge.type(), "jsonb");

	TypeGuess booleans;
	booleans.add_json_boolean();
	EXPECT_STREQ(booleans.type(), "boolean");
	booleans.add_json_nested();
	EXPECT_STREQ(booleans.type(), "jsonb");
}

} // namespace
