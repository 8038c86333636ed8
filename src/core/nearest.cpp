/*
 * The nearest name among candidates: rows of the distance matrix on the stack.
 */
#include "nearest.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace fabric::core
{
namespace
{

/* A name as characters. It is not usable when the text is too long. */
struct Characters
{
	char32_t at[nearest_longest_name];
	std::size_t size = 0;
	bool usable = true;
};

/* The length of the well-formed UTF-8 sequence at the front of text, else 1. */
std::size_t sequence_length(std::string_view text) noexcept
{
	const unsigned char first = static_cast<unsigned char>(text[0]);
	const std::size_t length = first >= 0xC2 && first <= 0xDF	? 2
							   : first >= 0xE0 && first <= 0xEF ? 3
							   : first >= 0xF0 && first <= 0xF4 ? 4
																: 1;
	if (length > text.size())
		return 1;
	for (std::size_t i = 1; i < length; i++)
	{
		if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80)
			return 1;
	}
	return length;
}

/* The bytes of a character are kept side by side: only equality matters. */
void split(std::string_view text, bool fold, Characters *characters) noexcept
{
	while (!text.empty())
	{
		if (characters->size == nearest_longest_name)
		{
			characters->usable = false;
			return;
		}
		const std::size_t length = sequence_length(text);
		std::uint32_t character = 0;
		for (std::size_t i = 0; i < length; i++)
			character = (character << 8) | static_cast<unsigned char>(text[i]);
		if (fold && character >= 'A' && character <= 'Z')
			character += 'a' - 'A';
		characters->at[characters->size++] = static_cast<char32_t>(character);
		text.remove_prefix(length);
	}
}

std::size_t distance(const Characters &left, const Characters &right, std::size_t limit) noexcept
{
	limit = std::min(limit, nearest_longest_name);
	const std::size_t longer = std::max(left.size, right.size);
	const std::size_t shorter = std::min(left.size, right.size);
	if (!left.usable || !right.usable || longer - shorter > limit)
		return limit + 1;

	std::uint16_t rows[3][nearest_longest_name + 1];
	std::uint16_t *before_last = rows[0];
	std::uint16_t *last = rows[1];
	std::uint16_t *row = rows[2];
	for (std::size_t j = 0; j <= right.size; j++)
		last[j] = static_cast<std::uint16_t>(j);

	for (std::size_t i = 1; i <= left.size; i++)
	{
		row[0] = static_cast<std::uint16_t>(i);
		std::size_t least = i;
		for (std::size_t j = 1; j <= right.size; j++)
		{
			const char32_t a = left.at[i - 1];
			const char32_t b = right.at[j - 1];
			std::size_t best = last[j - 1] + (a == b ? 0U : 1U);
			best = std::min<std::size_t>(best, last[j] + 1U);
			best = std::min<std::size_t>(best, row[j - 1] + 1U);
			if (i > 1 && j > 1 && a == right.at[j - 2] && left.at[i - 2] == b)
				best = std::min<std::size_t>(best, before_last[j - 2] + 1U);
			row[j] = static_cast<std::uint16_t>(best);
			least = std::min(least, best);
		}
		/* No later row has less: a step down adds nothing below 0, and a swap adds 1 to the row before this one. */
		if (least > limit)
			return limit + 1;
		std::swap(before_last, last);
		std::swap(last, row);
	}
	return std::min<std::size_t>(last[right.size], limit + 1);
}

} // namespace

std::size_t edit_distance(std::string_view left, std::string_view right, std::size_t limit) noexcept
{
	Characters left_characters;
	Characters right_characters;
	split(left, false, &left_characters);
	split(right, false, &right_characters);
	return distance(left_characters, right_characters, limit);
}

std::string_view nearest(std::string_view wanted, std::span<const std::string_view> candidates,
						 std::size_t limit) noexcept
{
	Characters wanted_characters;
	split(wanted, true, &wanted_characters);
	limit = std::min({limit, wanted_characters.size / 2, nearest_longest_name});

	std::string_view best;
	for (const std::string_view candidate : candidates)
	{
		Characters characters;
		split(candidate, true, &characters);
		const std::size_t found = distance(wanted_characters, characters, limit);
		if (found > limit)
			continue;
		best = candidate;
		if (found == 0)
			break;
		limit = found - 1;
	}
	return best;
}

std::string hint_of_names(std::string_view wanted, std::span<const std::string_view> candidates, std::string_view kind,
						  std::string_view others)
{
	if (candidates.empty())
		return {};
	if (const std::string_view near = nearest(wanted, candidates); !near.empty())
		return "Perhaps you mean the " + std::string(kind) + " \"" + std::string(near) + "\".";
	std::string all;
	for (const std::string_view candidate : candidates)
		all += (all.empty() ? "" : ", ") + std::string(candidate);
	return std::string(others) + ": " + all + ".";
}

} // namespace fabric::core
