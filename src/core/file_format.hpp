/*
 * What format a data file has, by what somebody calls it or by the file's name.
 */
#ifndef FABRIC_CORE_FILE_FORMAT_HPP
#define FABRIC_CORE_FILE_FORMAT_HPP

#include <cstdint>
#include <string_view>

namespace fabric::core
{

enum class FileFormat : std::uint8_t
{
	unknown,
	parquet,
	csv,
	json,	   /* an array of objects, or objects one behind the other */
	json_lines /* an object per line */
};

/* "parquet", "csv", "json", "jsonl"; unknown for anything else. */
[[nodiscard]] FileFormat format_named(std::string_view name) noexcept;

/* The name that format_named takes; "auto" for unknown. */
[[nodiscard]] const char *format_name(FileFormat format) noexcept;

/* By the end of a file's name or of a pattern, what compresses it left aside; upper and lower case are the same. */
[[nodiscard]] FileFormat format_of_file(std::string_view path) noexcept;

/* A file's name without what says that it is compressed: .gz, .zst. */
[[nodiscard]] std::string_view unpacked_name(std::string_view path) noexcept;

/* Whether a text ends so; the end is given in lower case, the text may be in any. */
[[nodiscard]] bool ends_with_any_case(std::string_view text, std::string_view end) noexcept;

} // namespace fabric::core

#endif
