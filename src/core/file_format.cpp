/*
 * Formats of files by their names.
 */
#include "core/file_format.hpp"

#include <algorithm>
#include <cstddef>

namespace fabric::core
{

namespace
{

struct Named
{
	const char *name;
	FileFormat format;
};

constexpr Named names[] = {{"parquet", FileFormat::parquet},
						   {"csv", FileFormat::csv},
						   {"json", FileFormat::json},
						   {"jsonl", FileFormat::json_lines}};

constexpr Named ends[] = {{".parquet", FileFormat::parquet},  {".pq", FileFormat::parquet},
						  {".csv", FileFormat::csv},		  {".tsv", FileFormat::csv},
						  {".json", FileFormat::json},		  {".jsonl", FileFormat::json_lines},
						  {".ndjson", FileFormat::json_lines}};

} // namespace

FileFormat format_named(std::string_view name) noexcept
{
	for (const Named &one : names)
		if (name == one.name)
			return one.format;
	return FileFormat::unknown;
}

const char *format_name(FileFormat format) noexcept
{
	for (const Named &one : names)
		if (format == one.format)
			return one.name;
	return "auto";
}

bool ends_with_any_case(std::string_view text, std::string_view end) noexcept
{
	return text.size() >= end.size() &&
		   std::equal(end.begin(), end.end(), text.end() - static_cast<std::ptrdiff_t>(end.size()),
					  [](char wanted, char found)
					  { return wanted == (found >= 'A' && found <= 'Z' ? found + ('a' - 'A') : found); });
}

std::string_view unpacked_name(std::string_view path) noexcept
{
	for (const std::string_view compressed : {".gz", ".zst"})
		if (ends_with_any_case(path, compressed))
			path.remove_suffix(compressed.size());
	return path;
}

FileFormat format_of_file(std::string_view path) noexcept
{
	path = unpacked_name(path);
	for (const Named &one : ends)
		if (ends_with_any_case(path, one.name))
			return one.format;
	return FileFormat::unknown;
}

} // namespace fabric::core
