/*
 * Ranges of text for an index that another collation orders: of "at least low, at most high" by code point, what a server may
 * look up in its own order without missing a text.
 */
#ifndef FABRIC_CORE_TEXT_RANGE_HPP
#define FABRIC_CORE_TEXT_RANGE_HPP

#include <optional>
#include <string>
#include <string_view>

namespace fabric::core
{

/*
 * How a collation orders characters.
 *
 * code_points: by code point. folded: ASCII's characters from '!' to '@' by code point, all else before or after them so, too;
 * ASCII's letters as their capitals among the rest of ASCII; nothing is known of other characters (utf8mb4_general_ci,
 * latin1_swedish_ci). Under these two, texts are compared character by character, each with one weight.
 *
 * alphanumeric: ASCII's digits, then its letters whatever their case, each with one primary weight and not joined with what
 * precedes them; other characters may come anywhere or count for nothing (unicode_ci, 0900_ai_ci).
 *
 * Under all of them a text that ends early ends before the other goes on, or is continued with blanks.
 */
enum class CharacterOrder
{
	unknown,
	code_points,
	folded,
	alphanumeric,
};

/*
 * A range under the collation, between lower and upper, which are not part of it. Both end in a character that no number has:
 * a server whose column has become one cannot take them for numbers without a warning.
 */
struct CollationRange
{
	std::optional<std::string> lower;
	std::optional<std::string> upper;
};

/*
 * The narrowest range found that holds every text not below low and not above high, both by code point; without low or high
 * that side is open. low and high must be valid UTF-8. A side about which the collation's order says nothing stays open.
 *
 * What low and high begin with alike, every text between them begins with. From there on a text is decided, in both
 * orders alike, at the first place where it differs from low or high, as long as their characters keep their
 * order under the collation.
 */
[[nodiscard]] CollationRange collation_range(CharacterOrder order, std::optional<std::string_view> low,
											 std::optional<std::string_view> high);

/* The same for texts that begin with prefix. */
[[nodiscard]] CollationRange prefix_range(CharacterOrder order, std::string_view prefix);

} // namespace fabric::core

#endif
