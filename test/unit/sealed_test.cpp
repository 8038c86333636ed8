/*
 * Tests of sealed texts: known keys, every damaged byte, other owners, key files that are none.
 */
#include "core/sealed.hpp"
#include "core/sqlstate.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

using namespace fabric::core;

namespace
{

constexpr const char *one = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
constexpr const char *other = "//////////////////////////////////////////8="; /* 32 bytes of 255 */

using Bytes = std::basic_string_view<std::uint8_t>;

Bytes view(const std::vector<std::uint8_t> &sealed)
{
	return {sealed.data(), sealed.size()};
}

KeyRing ring(const std::string &text)
{
	return KeyRing::parse(text).value();
}

std::string opened(const KeyRing &keys, std::string_view bound_to, const std::vector<std::uint8_t> &sealed)
{
	return std::string(unseal(keys, bound_to, view(sealed)).value().view());
}

std::string state_of(const Error *error)
{
	return error != nullptr ? error->sqlstate : "";
}

TEST(Sealed, WhatIsSealedOpens)
{
	const KeyRing keys = ring(one);
	for (const std::string &text :
		 {std::string(), std::string("x"), std::string("a\0b", 3), std::string(longest_sealed, 's')})
		EXPECT_EQ(opened(keys, "shop", seal(keys, "shop", text).value()), text);
}

TEST(Sealed, TwoSealingsAreNotAlike)
{
	const KeyRing keys = ring(one);
	std::set<std::vector<std::uint8_t>> seen;
	for (int i = 0; i < 1000; ++i)
		EXPECT_TRUE(seen.insert(seal(keys, "shop", "secret").value()).second);
}

TEST(Sealed, NothingOfTheTextShows)
{
	const std::string text = "very secret text of some length";
	const std::vector<std::uint8_t> sealed = seal(ring(one), "shop", text).value();
	EXPECT_EQ(std::string(sealed.begin(), sealed.end()).find(text.substr(0, 4)), std::string::npos);
	EXPECT_EQ(sealed.size(), text.size() + 37);
}

TEST(Sealed, EachDamagedByteIsAnError)
{
	const KeyRing keys = ring(one);
	const std::vector<std::uint8_t> sealed = seal(keys, "shop", "secret").value();
	for (std::size_t i = 0; i < sealed.size(); ++i)
	{
		std::vector<std::uint8_t> damaged = sealed;
		damaged[i] ^= 1;
		const Result<SecretText> found = unseal(keys, "shop", view(damaged));
		EXPECT_FALSE(found) << i;
		/* Another id is that of a key which is not there. */
		EXPECT_EQ(state_of(found.error()),
				  i > 0 && i < 9 ? sqlstate::object_not_in_prerequisite_state : sqlstate::data_corrupted)
			<< i;
	}
	for (std::size_t size = 0; size < sealed.size(); ++size)
		EXPECT_EQ(state_of(unseal(keys, "shop", view(sealed).substr(0, size)).error()), sqlstate::data_corrupted)
			<< size;
	std::vector<std::uint8_t> longer = sealed;
	longer.push_back(0);
	EXPECT_FALSE(unseal(keys, "shop", view(longer)));
}

TEST(Sealed, AnotherOwnerDoesNotOpenIt)
{
	const KeyRing keys = ring(one);
	const std::vector<std::uint8_t> sealed = seal(keys, binding_of({"shop", "ann"}), "secret").value();
	EXPECT_TRUE(unseal(keys, binding_of({"shop", "ann"}), view(sealed)));
	for (const std::string &bound :
		 {binding_of({"shop", "bob"}), binding_of({"shopann"}), binding_of({"sho", "pann"}), std::string()})
		EXPECT_EQ(state_of(unseal(keys, bound, view(sealed)).error()), sqlstate::data_corrupted);
}

TEST(Sealed, TheFirstKeySealsAndAllOpen)
{
	const KeyRing before = ring(one);
	const KeyRing after = ring(std::string(other) + "\n" + one);
	const std::vector<std::uint8_t> old = seal(before, "shop", "secret").value();
	EXPECT_EQ(opened(after, "shop", old), "secret");
	const std::vector<std::uint8_t> fresh = seal(after, "shop", "secret").value();
	EXPECT_EQ(key_of(view(fresh)).value(), after.current().id);
	EXPECT_NE(after.current().id, before.current().id);
	const Result<SecretText> locked = unseal(before, "shop", view(fresh));
	EXPECT_EQ(state_of(locked.error()), sqlstate::object_not_in_prerequisite_state);
	EXPECT_NE(locked.error()->message.find(to_text(after.current().id)), std::string::npos);
}

TEST(Sealed, KeyFilesHaveRemarksAndBlankLines)
{
	const KeyRing keys = ring(std::string("# ours, of 2026\r\n\r\n  ") + one + " \r\n\n" + other);
	EXPECT_EQ(keys.size(), 2u);
	EXPECT_EQ(keys.current().bytes[1], 1);
	EXPECT_EQ(to_text(keys.current().id).size(), 16u);
}

TEST(Sealed, WhatIsNoKeyFileIsAnErrorThatShowsNothingOfIt)
{
	const std::string hexadecimal = one;
	for (const std::string &text :
		 {std::string(), std::string("\n# none\n"), hexadecimal.substr(1), hexadecimal + "0",
		  "g" + hexadecimal.substr(1), std::string(43, 'A') + "A",
		  std::string(42, 'A') + "==", std::string(20, 'A') + "=" + std::string(22, 'A') + "=",
		  hexadecimal + "\n" + hexadecimal, std::string(32, '\xff'), std::string(64, '\0')})
	{
		const Result<KeyRing> found = KeyRing::parse(text);
		ASSERT_FALSE(found) << text;
		EXPECT_EQ(state_of(found.error()), sqlstate::invalid_parameter_value);
		EXPECT_EQ(found.error()->message.find(hexadecimal.substr(0, 8)), std::string::npos);
		EXPECT_NE(found.error()->hint.find("openssl rand"), std::string::npos);
	}
	EXPECT_NE(KeyRing::parse(hexadecimal + "\n# x\nbad").error()->message.find("line 3"), std::string::npos);
}

TEST(Sealed, NewKeysAreKeys)
{
	std::set<std::string> seen;
	for (int i = 0; i < 50; ++i)
	{
		const std::string line(new_key().value().view());
		EXPECT_TRUE(seen.insert(line).second);
		EXPECT_EQ(ring(line).size(), 1u) << line;
	}
}

TEST(Sealed, TooLongATextIsAnError)
{
	const Result<std::vector<std::uint8_t>> found = seal(ring(one), "shop", std::string(longest_sealed + 1, 's'));
	EXPECT_EQ(state_of(found.error()), sqlstate::program_limit_exceeded);
}

} // namespace
