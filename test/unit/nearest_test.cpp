/*
 * Tests of the nearest name, against the definition of the distance, and of the errors that carry it as a hint.
 */
#include "core/error.hpp"
#include "core/nearest.hpp"
#include "core/sqlstate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace fabric::core;

namespace
{

constexpr std::size_t far = 100;

constexpr std::string_view options[] = {"host",		"port",			"connect_timeout", "read_timeout",
										"tls_mode", "tls_identity", "username",		   "password"};

/* The distance as it is defined: recursively, over the ends of both texts. */
std::size_t defined_distance(std::string_view a, std::string_view b)
{
	if (a.empty() || b.empty())
		return a.size() + b.size();
	const std::string_view a1 = a.substr(0, a.size() - 1);
	const std::string_view b1 = b.substr(0, b.size() - 1);
	std::size_t least = defined_distance(a1, b1) + (a.back() == b.back() ? 0 : 1);
	least = std::min(least, defined_distance(a1, b) + 1);
	least = std::min(least, defined_distance(a, b1) + 1);
	if (a.size() > 1 && b.size() > 1 && a.back() == b1.back() && a1.back() == b.back())
		least = std::min(least, defined_distance(a1.substr(0, a1.size() - 1), b1.substr(0, b1.size() - 1)) + 1);
	return least;
}

} // namespace

TEST(EditDistance, Known)
{
	EXPECT_EQ(edit_distance("", "", far), 0U);
	EXPECT_EQ(edit_distance("a", "", far), 1U);
	EXPECT_EQ(edit_distance("", "abc", far), 3U);
	EXPECT_EQ(edit_distance("kitten", "sitting", far), 3U);
	EXPECT_EQ(edit_distance("host", "hots", far), 1U) << "a swap is one edit";
	EXPECT_EQ(edit_distance("ca", "abc", far), 3U) << "the restricted form";
	EXPECT_EQ(edit_distance("Host", "host", far), 1U);
	EXPECT_EQ(edit_distance("\xE8\xA1\xA8\xE6\xA0\xBC", "\xE8\xA1\xA8", far), 1U) << "a character, not three bytes";
	EXPECT_EQ(edit_distance("\xC3\xA4", "\xC3\xB6", far), 1U);
	EXPECT_EQ(edit_distance("\xC3", "\xC3\xB6", far), 1U) << "a byte that begins nothing";
	EXPECT_EQ(edit_distance("\xFF\x80", "", far), 2U);
}

TEST(EditDistance, EveryPairOfShortTextsAndEveryLimit)
{
	std::vector<std::string> texts{""};
	for (std::size_t i = 0; texts[i].size() < 4; i++)
	{
		for (const char c : {'a', 'b', 'c'})
			texts.push_back(texts[i] + c);
	}
	for (const std::string &a : texts)
	{
		for (const std::string &b : texts)
		{
			const std::size_t expected = defined_distance(a, b);
			for (std::size_t limit = 0; limit <= 5; limit++)
				ASSERT_EQ(edit_distance(a, b, limit), std::min(expected, limit + 1)) << a << ' ' << b << ' ' << limit;
		}
	}
}

TEST(EditDistance, RandomPairsAreSymmetricAndCloseToTheirSource)
{
	std::mt19937_64 random(1);
	for (int i = 0; i < 20000; i++)
	{
		std::string a;
		for (std::size_t left = random() % 60; left > 0; left--)
			a += static_cast<char>('a' + random() % 4);
		std::string b = a;
		const std::size_t edits = random() % 6;
		for (std::size_t left = edits; left > 0; left--)
		{
			const std::size_t at = random() % (b.size() + 1);
			if (at == b.size() || random() % 2 == 0)
				b.insert(at, 1, static_cast<char>('a' + random() % 4));
			else
				b.erase(at, 1);
		}
		ASSERT_LE(edit_distance(a, b, far), edits);
		for (const std::size_t limit : {std::size_t{0}, std::size_t{2}, far})
			ASSERT_EQ(edit_distance(a, b, limit), edit_distance(b, a, limit));
		ASSERT_EQ(edit_distance(a, b, 2), std::min<std::size_t>(edit_distance(a, b, far), 3));
	}
}

TEST(EditDistance, LongTexts)
{
	const std::string longest(nearest_longest_name, 'a');
	EXPECT_EQ(edit_distance(longest, longest, far), 0U);
	EXPECT_EQ(edit_distance(longest, std::string(nearest_longest_name, 'b'), 1000), 256U);
	EXPECT_EQ(edit_distance(longest, "", SIZE_MAX), 256U);
	EXPECT_EQ(edit_distance(longest + "a", longest + "a", far), far + 1) << "too long to be near to anything";
	EXPECT_EQ(edit_distance(longest + "a", longest, SIZE_MAX), nearest_longest_name + 1);
	EXPECT_EQ(edit_distance(std::string(100000, '\xE8'), "a", far), far + 1);
}

TEST(EditDistance, RandomBytes)
{
	std::mt19937_64 random(2);
	for (int i = 0; i < 20000; i++)
	{
		const auto noise = [&random]
		{
			std::string text;
			for (std::size_t left = random() % 20; left > 0; left--)
				text += static_cast<char>(random());
			return text;
		};
		const std::string a = noise();
		const std::string b = noise();
		ASSERT_LE(edit_distance(a, b, far), std::max(a.size(), b.size()));
		ASSERT_EQ(edit_distance(a, b, far), edit_distance(b, a, far));
		ASSERT_EQ(edit_distance(a, a, 0), 0U);
	}
}

TEST(Nearest, OptionNames)
{
	EXPECT_EQ(nearest("hots", options), "host");
	EXPECT_EQ(nearest("hosts", options), "host");
	EXPECT_EQ(nearest("prot", options), "port");
	EXPECT_EQ(nearest("user_name", options), "username");
	EXPECT_EQ(nearest("HOST", options), "host");
	EXPECT_EQ(nearest("connection_timeout", options), "connect_timeout");
	EXPECT_EQ(nearest("passwd", options), "password");
	EXPECT_EQ(nearest("tls-mode", options), "tls_mode");
	EXPECT_EQ(nearest("password", options), "password");
}

TEST(Nearest, NothingNear)
{
	EXPECT_EQ(nearest("fetch_direction", options), "");
	EXPECT_EQ(nearest("", options), "");
	EXPECT_EQ(nearest("x", options), "") << "one letter resembles everything";
	EXPECT_EQ(nearest("ho", options), "") << "more than half would be new";
	EXPECT_EQ(nearest("hosts", options, 0), "");
	EXPECT_EQ(nearest("hosts", {}), "");
	EXPECT_EQ(nearest(std::string(1000, 'h'), options), "");
}

TEST(Nearest, TheFirstOfEqualsAndACandidatesOwnView)
{
	const std::string_view tables[] = {"orders_2", "orders_1", "Orders", "orders"};
	EXPECT_EQ(nearest("orders_3", tables), "orders_2");
	EXPECT_EQ(nearest("ORDERS", tables), "Orders");
	EXPECT_EQ(nearest("order", tables), "Orders");
	EXPECT_EQ(nearest("orders_3", tables).data(), tables[0].data());
}

TEST(Nearest, AsAHint)
{
	const std::string_view few[] = {"host", "port"};
	EXPECT_EQ(hint_of_names("hots", few, "option", "Its options are"), "Perhaps you mean the option \"host\".");
	EXPECT_EQ(hint_of_names("fetch_size", few, "option", "Its options are"), "Its options are: host, port.");
	EXPECT_EQ(hint_of_names("fetch_size", {few, 1}, "option", "Its options are"), "Its options are: host.");
	EXPECT_EQ(hint_of_names("host", {}, "option", "Its options are"), "");
}

TEST(Error, CarriesAllFieldsAndTheHint)
{
	const Error error(sqlstate::fdw_invalid_option_name, "invalid option \"hots\"", "servers have other options",
					  "Perhaps you meant the option \"" + std::string(nearest("hots", options)) + "\".");
	EXPECT_STREQ(error.sqlstate, "HV00D");
	EXPECT_STREQ(error.what(), "invalid option \"hots\"");
	EXPECT_EQ(error.detail, "servers have other options");
	EXPECT_EQ(error.hint, "Perhaps you meant the option \"host\".");

	try
	{
		throw error;
	}
	catch (const std::exception &caught)
	{
		EXPECT_STREQ(caught.what(), "invalid option \"hots\"");
		EXPECT_STREQ(dynamic_cast<const Error &>(caught).sqlstate, "HV00D");
	}
	EXPECT_STREQ(Error(nullptr, "m").sqlstate, "XX000");
	EXPECT_STREQ(Error("", "m").sqlstate, "XX000");
	EXPECT_STREQ(Error("0800", "m").sqlstate, "XX000");
	EXPECT_STREQ(Error("080000", "m").sqlstate, "XX000");
}

TEST(Result, IsAValueOrAnError)
{
	Result<int> good = 7;
	ASSERT_TRUE(good.ok());
	EXPECT_TRUE(good);
	EXPECT_EQ(good.value(), 7);
	EXPECT_EQ(good.error(), nullptr);
	good.value() = 8;
	EXPECT_EQ(good.value(), 8);

	const Result<int> failed = Error(sqlstate::connection_failure, "lost");
	ASSERT_FALSE(failed);
	ASSERT_NE(failed.error(), nullptr);
	EXPECT_EQ(failed.error()->message, "lost");
	EXPECT_THROW(
		{
			try
			{
				static_cast<void>(failed.value());
			}
			catch (const Error &error)
			{
				EXPECT_STREQ(error.sqlstate, "08006");
				throw;
			}
		},
		Error);

	Result<std::unique_ptr<int>> owner = std::make_unique<int>(9);
	const std::unique_ptr<int> taken = std::move(owner).value();
	EXPECT_EQ(*taken, 9);

	const Result<std::string> text = std::string("x");
	EXPECT_EQ(text.value(), "x");
}

TEST(Result, OfNothing)
{
	const Result<void> good;
	EXPECT_TRUE(good);
	EXPECT_EQ(good.error(), nullptr);
	EXPECT_NO_THROW(good.value());

	const Result<void> failed = Error(sqlstate::disk_full, "full");
	EXPECT_FALSE(failed.ok());
	EXPECT_EQ(failed.error()->message, "full");
	EXPECT_THROW(failed.value(), Error);
}
