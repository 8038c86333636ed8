/*
 * The nearest name among candidates, for hints that ask "did you mean".
 */
#ifndef FABRIC_CORE_NEAREST_HPP
#define FABRIC_CORE_NEAREST_HPP

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace fabric::core
{

/* Longer names, in characters, are near to nothing. MySQL's and PostgreSQL's identifiers end at 64. */
inline constexpr std::size_t nearest_longest_name = 256;

/* PostgreSQL's own limit for its option names. */
inline constexpr std::size_t nearest_default_limit = 4;

/*
 * The number of characters to insert, delete, replace or swap with their neighbour to make one text of the other
 * (Damerau and Levenshtein's distance in its restricted form: nothing is edited twice). Characters are those of
 * UTF-8; a byte that belongs to none counts as one. Whatever is more than limit is answered as limit + 1; a limit above
 * nearest_longest_name counts as that.
 */
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right, std::size_t limit) noexcept;

/*
 * The candidate with the least distance from wanted, the earlier of two equal ones; empty when none is within the
 * limit and within half of wanted's length. Upper and lower case of ASCII letters are the same here. The view is the
 * candidate's own.
 */
[[nodiscard]] std::string_view nearest(std::string_view wanted, std::span<const std::string_view> candidates,
									   std::size_t limit = nearest_default_limit) noexcept;

/*
 * The hint for a name that is none of the candidates: `Perhaps you mean the KIND "nearest".`, or, when none is near, `OTHERS: all of them.`;
 * empty without candidates.
 */
[[nodiscard]] std::string hint_of_names(std::string_view wanted, std::span<const std::string_view> candidates,
										std::string_view kind, std::string_view others);

} // namespace fabric::core

#endif
