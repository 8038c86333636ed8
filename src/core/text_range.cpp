/*
 * Ranges of text for an index that another collation orders. The proofs beside the steps use two facts of every order:
 * characters that are the same have the same weight, and a text that ends is continued with blanks or with nothing, both of
 * which come before '!'.
 */
#include "text_range.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace fabric::core
{
namespace
{

constexpr char32_t first_graphic = '!';
constexpr char32_t last_character = 0x10FFFF;
constexpr char32_t first_surrogate = 0xD800;
constexpr char32_t last_surrogate = 0xDFFF;

/* After a lower limit, whose last character is already too low: whatever ASCII begins with it is left out. */
constexpr char after_lower = '~';
/* After an upper limit: a text that has ended there, or goes on with a blank, comes before it. */
constexpr char after_upper = '!';

std::u32string decode(std::string_view text)
{
	std::u32string characters;
	characters.reserve(text.size());
	for (std::size_t at = 0; at < text.size();)
	{
		const auto lead = static_cast<unsigned char>(text[at++]);
		const int more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
		char32_t character = more == 0 ? lead : lead & (0x3FU >> more);
		for (int i = 0; i < more && at < text.size(); i++)
			character = character << 6 | (static_cast<unsigned char>(text[at++]) & 0x3FU);
		characters.push_back(character);
	}
	return characters;
}

std::string encode(std::u32string_view characters)
{
	std::string text;
	for (const char32_t c : characters)
	{
		const int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
		constexpr std::uint32_t leads[] = {0, 0xC0, 0xE0, 0xF0};
		text.push_back(static_cast<char>(leads[more] | c >> (6 * more)));
		for (int i = more - 1; i >= 0; i--)
			text.push_back(static_cast<char>(0x80U | (c >> (6 * i) & 0x3FU)));
	}
	return text;
}

constexpr bool is_digit(char32_t c)
{
	return c >= '0' && c <= '9';
}

constexpr bool is_small_letter(char32_t c)
{
	return c >= 'a' && c <= 'z';
}

constexpr bool is_capital(char32_t c)
{
	return c >= 'A' && c <= 'Z';
}

/* Every character before c has less weight than c, every one after it more. */
bool keeps_its_place(CharacterOrder order, char32_t c)
{
	return c >= first_graphic &&
		   (order == CharacterOrder::code_points || (order == CharacterOrder::folded && c <= '@'));
}

/* A character of less weight than c, 0 when none is known. */
char32_t below(CharacterOrder order, char32_t c)
{
	if (c < first_graphic)
		return 0;
	if (order == CharacterOrder::code_points)
		return c == last_surrogate + 1 ? first_surrogate - 1 : c - 1;
	if (order == CharacterOrder::alphanumeric)
	{
		if (c == 'a' || c == 'A')
			return '9';
		return c != '0' && (is_digit(c) || is_small_letter(c) || is_capital(c)) ? c - 1 : 0;
	}
	if (c > '~')
		return 0;
	return is_small_letter(c) ? c - 'a' + 'A' - 1 : c - 1;
}

/* A character of more weight than c, 0 when none is known. */
char32_t above(CharacterOrder order, char32_t c)
{
	if (c < first_graphic || c == last_character)
		return 0;
	if (order == CharacterOrder::code_points)
		return c == first_surrogate - 1 ? last_surrogate + 1 : c + 1;
	if (order == CharacterOrder::alphanumeric)
	{
		if (c == '9')
			return 'a';
		return c != 'z' && c != 'Z' && (is_digit(c) || is_small_letter(c) || is_capital(c)) ? c + 1 : 0;
	}
	if (c >= '~')
		return 0;
	if (c == '`')
		return '{'; /* the letters between them weigh less */
	return is_small_letter(c) ? c - 'a' + 'A' + 1 : c + 1;
}

/* How many characters keep their place, from the front. */
std::size_t placed(CharacterOrder order, std::u32string_view text)
{
	const auto end = std::find_if(text.begin(), text.end(), [order](char32_t c) { return !keeps_its_place(order, c); });
	return static_cast<std::size_t>(end - text.begin());
}

/*
 * What lies beyond every text that begins with prefix: the last character that has a neighbour is replaced by that, which
 * decides, whatever follows. Empty when no character has one.
 */
std::u32string beside(CharacterOrder order, std::u32string_view prefix, char32_t (*neighbour)(CharacterOrder, char32_t))
{
	for (std::size_t at = prefix.size(); at-- > 0;)
		if (const char32_t next = neighbour(order, prefix[at]))
			return std::u32string(prefix.substr(0, at)) + next;
	return {};
}

void bound_below(CharacterOrder order, std::u32string_view decided, CollationRange *range)
{
	if (const std::u32string lower = beside(order, decided, below); !lower.empty())
		range->lower = encode(lower) + after_lower;
}

void bound_above(CharacterOrder order, std::u32string_view decided, CollationRange *range)
{
	if (const std::u32string upper = beside(order, decided, above); !upper.empty())
		range->upper = encode(upper) + after_upper;
}

} // namespace

CollationRange prefix_range(CharacterOrder order, std::string_view prefix)
{
	CollationRange range;
	if (order == CharacterOrder::unknown)
		return range;
	const std::u32string characters = decode(prefix);
	bound_below(order, characters, &range);
	bound_above(order, characters, &range);
	return range;
}

CollationRange collation_range(CharacterOrder order, std::optional<std::string_view> low,
							   std::optional<std::string_view> high)
{
	CollationRange range;
	/* Nothing lies between them: the exact condition will say so. */
	if (order == CharacterOrder::unknown || (low && high && *high < *low))
		return range;
	const std::u32string lowest = low ? decode(*low) : std::u32string();
	const std::u32string highest = high ? decode(*high) : std::u32string();
	std::size_t shared = 0;
	if (low && high)
	{
		const auto end = std::mismatch(lowest.begin(), lowest.end(), highest.begin(), highest.end()).first;
		shared = static_cast<std::size_t>(end - lowest.begin());
	}

	/*
	 * Up to `decided`, a text that is not below lowest differs first by a character of more weight, or goes on after it.
	 * Less weight in the last of these places puts the limit before all of them.
	 */
	const std::size_t decided = shared + placed(order, std::u32string_view(lowest).substr(shared));
	bound_below(order, std::u32string_view(lowest).substr(0, decided), &range);

	/*
	 * The other way round; and a text that ends before highest does ends before a character that keeps its place. When all of
	 * highest is decided, only highest itself goes on to its end, and comes before what is put after it.
	 */
	const std::size_t ceiling = shared + placed(order, std::u32string_view(highest).substr(shared));
	if (ceiling > shared && ceiling == highest.size())
		range.upper = std::string(*high) + after_upper;
	else
		bound_above(order, std::u32string_view(highest).substr(0, ceiling), &range);
	return range;
}

} // namespace fabric::core
