/*
 * Tests of the ranges for an index of another collation: what they are for plain cases, and that they miss no text, against
 * collations written down here.
 */
#include "core/text_range.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace fabric::core;

namespace
{

using Text = std::optional<std::string_view>;

CollationRange folded(Text low, Text high)
{
	return collation_range(CharacterOrder::folded, low, high);
}

CollationRange by_code_point(Text low, Text high)
{
	return collation_range(CharacterOrder::code_points, low, high);
}

/* ---- plain cases */

TEST(TextRange, DigitsKeepTheirPlaceAmongLetters)
{
	const CollationRange range = folded("2024-01-15", "2024-02-01");
	EXPECT_EQ(range.lower, "2024-01-14~");
	EXPECT_EQ(range.upper, "2024-02-01!");
}

TEST(TextRange, LettersDecideOnlyWhereAllTextsHaveThem)
{
	const CollationRange range = folded("box 1", "box 11");
	EXPECT_EQ(range.lower, "box 0~");
	EXPECT_EQ(range.upper, "box 11!");
	const CollationRange apart = folded("apple", "banana");
	EXPECT_FALSE(apart.lower);
	EXPECT_FALSE(apart.upper);
	const CollationRange near = folded("Box", "Boy");
	EXPECT_EQ(near.lower, "BN~");
	EXPECT_EQ(near.upper, "BP!");
}

TEST(TextRange, WhatLiesBesideASmallLetterIsACapital)
{
	const CollationRange range = folded("az", "az");
	EXPECT_EQ(range.lower, "aY~");
	const CollationRange open = folded("az1x", "az1y");
	EXPECT_EQ(open.lower, "az0~");
	EXPECT_EQ(open.upper, "az2!");
}

TEST(TextRange, OneSideAlone)
{
	EXPECT_EQ(folded("5", {}).lower, "4~");
	EXPECT_FALSE(folded("5", {}).upper);
	EXPECT_EQ(folded({}, "5").upper, "5!");
	EXPECT_FALSE(folded({}, "5").lower);
	EXPECT_EQ(folded({}, "5x").upper, "6!");
	EXPECT_FALSE(folded("x5", {}).lower);
	EXPECT_EQ(by_code_point("x5", {}).lower, "x4~");
	EXPECT_EQ(by_code_point({}, "x5").upper, "x5!");
}

TEST(TextRange, ByCodePointPassesOverTheSurrogates)
{
	EXPECT_EQ(by_code_point("\xEE\x80\x80", {}).lower, "\xED\x9F\xBF~");	 /* U+E000 */
	EXPECT_EQ(by_code_point({}, "\xED\x9F\xBF\x01").upper, "\xEE\x80\x80!"); /* U+D7FF and a control character */
	EXPECT_EQ(by_code_point({}, "a\xF4\x8F\xBF\xBF\x01").upper, "b!");		 /* nothing is above U+10FFFF */
	EXPECT_FALSE(by_code_point({}, "\xF4\x8F\xBF\xBF\x01").upper);
}

TEST(TextRange, OpenWhereNothingIsKnown)
{
	const CollationRange unknown = collation_range(CharacterOrder::unknown, "1", "2");
	EXPECT_FALSE(unknown.lower || unknown.upper);
	const CollationRange crossed = by_code_point("2", "1");
	EXPECT_FALSE(crossed.lower || crossed.upper);
	const CollationRange empty = by_code_point("", "");
	EXPECT_FALSE(empty.lower || empty.upper);
	EXPECT_FALSE(folded("\xC3\xA9", "\xC3\xA9").lower);
	EXPECT_FALSE(by_code_point("\x01", {}).lower);
}

TEST(TextRange, OfUnicodeCollationsOnlyWhatAllTextsBeginWith)
{
	const auto range = [](Text low, Text high) { return collation_range(CharacterOrder::alphanumeric, low, high); };
	EXPECT_EQ(range("box 1", "box 11").lower, "box 0~");
	EXPECT_EQ(range("box 1", "box 11").upper, "box 2!");
	EXPECT_EQ(range("2024-01", "2024-02").lower, "2023~");
	EXPECT_EQ(range("2024-01", "2024-02").upper, "2024-1!");
	EXPECT_FALSE(range("1", "2").lower || range("1", "2").upper);
}

TEST(TextRange, OfAPrefix)
{
	EXPECT_EQ(prefix_range(CharacterOrder::alphanumeric, "abc").lower, "abb~");
	EXPECT_EQ(prefix_range(CharacterOrder::alphanumeric, "abc").upper, "abd!");
	EXPECT_EQ(prefix_range(CharacterOrder::alphanumeric, "9z-").lower, "9y~");
	EXPECT_EQ(prefix_range(CharacterOrder::alphanumeric, "9z-").upper, "a!");
	EXPECT_EQ(prefix_range(CharacterOrder::code_points, "a").lower, "`~");
	EXPECT_EQ(prefix_range(CharacterOrder::code_points, "a").upper, "b!");
	EXPECT_EQ(prefix_range(CharacterOrder::folded, "a").lower, "@~");
	EXPECT_EQ(prefix_range(CharacterOrder::folded, "a").upper, "B!");
	EXPECT_FALSE(prefix_range(CharacterOrder::folded, "").lower);
	EXPECT_FALSE(prefix_range(CharacterOrder::unknown, "a").upper);
	EXPECT_FALSE(prefix_range(CharacterOrder::alphanumeric, "z-").upper);
}

/* ---- against collations */

const std::u32string alphabet = U"\x01\t !09@AEZ[_`aez{|}~\x7F\u00E9\u00C9\uD7FF\uE000\uFFFF\U00010000\U0010FFFF";

struct Collation
{
	CharacterOrder order;
	bool padded;
};

/* é and É weigh what E does, as in utf8mb4_general_ci; what lies beyond U+FFFF has one weight. */
char32_t weight(CharacterOrder order, char32_t c)
{
	if (order == CharacterOrder::code_points)
		return c;
	if (c >= 'a' && c <= 'z')
		c = c - 'a' + 'A';
	if (c == 0xE9 || c == 0xC9)
		c = 'E';
	if (order == CharacterOrder::folded)
		return c > 0xFFFF ? 0xFFFD : c;
	return c >= '0' && c <= '9' ? 0x200000 + c : c >= 'A' && c <= 'Z' ? 0x300000 + c : c > 0xFFFF ? 0x400000 + c : c;
}

/* What counts: the Unicode tables give no weight to control characters other than white space. */
std::u32string counted(const Collation &collation, const std::u32string &text)
{
	std::u32string result;
	for (const char32_t c : text)
		if (collation.order != CharacterOrder::alphanumeric || (c != 0x01 && c != 0x7F && c != 0xFFFF))
			result += c;
	return result;
}

/* -1, 0 or 1 */
int compare(const Collation &collation, const std::u32string &whole_left, const std::u32string &whole_right)
{
	const std::u32string left = counted(collation, whole_left);
	const std::u32string right = counted(collation, whole_right);
	for (std::size_t i = 0; i < std::max(left.size(), right.size()); i++)
	{
		const bool both = i < left.size() && i < right.size();
		if (!both && !collation.padded)
			return i < left.size() ? 1 : -1;
		const char32_t a = i < left.size() ? weight(collation.order, left[i]) : U' ';
		const char32_t b = i < right.size() ? weight(collation.order, right[i]) : U' ';
		if (a != b)
			return a < b ? -1 : 1;
	}
	return 0;
}

std::string encoded(const std::u32string &text)
{
	std::string bytes;
	for (const char32_t c : text)
	{
		if (c < 0x80)
			bytes += static_cast<char>(c);
		else if (c < 0x800)
			bytes += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
		else if (c < 0x10000)
			bytes += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
					  static_cast<char>(0x80 | (c & 0x3F))};
		else
			bytes += {static_cast<char>(0xF0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
					  static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
	}
	return bytes;
}

std::u32string decoded(std::string_view bytes)
{
	std::u32string text;
	for (std::size_t i = 0; i < bytes.size();)
	{
		const auto lead = static_cast<unsigned char>(bytes[i]);
		const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
		char32_t c = size == 1 ? lead : lead & (0xFF >> (size + 1));
		for (std::size_t j = 1; j < size; j++)
			c = c << 6 | (static_cast<unsigned char>(bytes[i + j]) & 0x3F);
		text += c;
		i += size;
	}
	return text;
}

/* Up to so many characters of the alphabet. */
std::u32string text_of(std::mt19937 &random, std::size_t most)
{
	std::u32string text;
	for (std::size_t size = random() % (most + 1); size > 0; size--)
		text += alphabet[random() % alphabet.size()];
	return text;
}

class TextRangeUnder : public testing::TestWithParam<Collation>
{
};

TEST_P(TextRangeUnder, NoTextIsMissed)
{
	const Collation collation = GetParam();
	std::mt19937 random(20261120);
	const auto draw = [&](std::size_t most) { return text_of(random, most); };
	std::size_t bounded = 0;
	for (int turn = 0; turn < 20000; turn++)
	{
		const std::u32string shared = draw(3);
		std::u32string low = shared + draw(3);
		std::u32string high = turn % 7 == 0 ? low : shared + draw(3);
		if (high < low)
			std::swap(low, high);
		const std::string low_bytes = encoded(low);
		const std::string high_bytes = encoded(high);
		const CollationRange range = collation_range(collation.order, turn % 5 == 0 ? Text() : Text(low_bytes),
													 turn % 5 == 1 ? Text() : Text(high_bytes));
		bounded += range.lower.has_value() + range.upper.has_value();
		const std::u32string lower = decoded(range.lower.value_or(""));
		const std::u32string upper = decoded(range.upper.value_or(""));
		std::vector<std::u32string> texts = {low, high, shared, low + U'\x01', low + U' ', high + U' ', low + U"~"};
		for (int i = 0; i < 60; i++)
			texts.push_back((i % 3 == 0	  ? low
							 : i % 3 == 1 ? shared
										  : high.substr(0, random() % (high.size() + 1))) +
							draw(3));
		for (const std::u32string &text : texts)
		{
			if ((turn % 5 != 0 && text < low) || (turn % 5 != 1 && text > high))
				continue;
			ASSERT_TRUE(!range.lower || compare(collation, text, lower) > 0)
				<< encoded(text) << " and " << *range.lower;
			ASSERT_TRUE(!range.upper || compare(collation, text, upper) < 0)
				<< encoded(text) << " and " << *range.upper;
		}
	}
	EXPECT_GT(bounded, 7000U);
}

TEST_P(TextRangeUnder, NoTextWithThePrefixIsMissed)
{
	const Collation collation = GetParam();
	std::mt19937 random(20261120);
	const auto draw = [&](std::size_t most) { return text_of(random, most); };
	for (int turn = 0; turn < 20000; turn++)
	{
		const std::u32string prefix = draw(4);
		const CollationRange range = prefix_range(collation.order, encoded(prefix));
		for (int i = 0; i < 20; i++)
		{
			const std::u32string text = prefix + draw(3);
			ASSERT_TRUE(!range.lower || compare(collation, text, decoded(*range.lower)) > 0)
				<< encoded(text) << " and " << *range.lower;
			ASSERT_TRUE(!range.upper || compare(collation, text, decoded(*range.upper)) < 0)
				<< encoded(text) << " and " << *range.upper;
		}
	}
}

INSTANTIATE_TEST_SUITE_P(
	Collations, TextRangeUnder,
	testing::Values(Collation{CharacterOrder::code_points, true}, Collation{CharacterOrder::code_points, false},
					Collation{CharacterOrder::folded, true}, Collation{CharacterOrder::folded, false},
					Collation{CharacterOrder::alphanumeric, true}, Collation{CharacterOrder::alphanumeric, false}));

} // namespace
