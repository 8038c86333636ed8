/*
 * CSV as COPY reads it (CopyReadLineText and CopyReadAttributesCSV of PostgreSQL's copyfromparse.c, and its manual): where lines begin
 * and end, and what their fields are. A quote may begin anywhere in a field, and all lines end the same way.
 *
 * Lifecycle: one CsvSplitter per file, or part of a file, fed from its beginning to its end; one CsvFields per thread, whose fields are
 * valid until its next line.
 */
#ifndef FABRIC_CORE_CSV_TEXT_HPP
#define FABRIC_CORE_CSV_TEXT_HPP

#include "core/splitter.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace fabric::core
{

struct CsvDialect
{
	char delimiter = ',';
	char quote = '"';
	char escape = '"';
};

/* How lines end. */
enum class LineEnd : unsigned char
{
	unknown,
	line_feed,
	carriage_return,
	both
};

class CsvSplitter final : public Splitter
{
public:
	/* `end`: of the lines before, if that is known. */
	explicit CsvSplitter(CsvDialect dialect, LineEnd end = LineEnd::unknown) : dialect_(dialect), line_end_(end) {}

	/* A record is a line, without its end; quoted ends are of the line. */
	Found next(std::string_view text, bool last) noexcept override;

	LineEnd line_end() const noexcept { return line_end_; }

private:
	Found end_line(std::size_t at, std::size_t size, LineEnd end) noexcept;

	CsvDialect dialect_;
	LineEnd line_end_;
	bool quoted_ = false;
	bool escaped_ = false;
	std::size_t seen_ = 0;
};

struct CsvField
{
	std::string_view text;
	bool quoted; /* some of it was: then it is no NULL */
};

class CsvFields
{
public:
	explicit CsvFields(CsvDialect dialect) : dialect_(dialect) {}

	/* The fields of a line; a quote that is never closed closes with the line. */
	const std::vector<CsvField> &parse(std::string_view line);

private:
	std::size_t parse_quoted(std::string_view line, std::size_t begin);

	CsvDialect dialect_;
	std::vector<CsvField> fields_;
	std::deque<std::string> texts_; /* of fields that had quotes */
	std::size_t used_ = 0;
};

/*
 * The length of whole lines that a text begins with, where quotes are escaped by themselves: up to behind the last end of a line that is
 * in no quotes; 0 when there is none. `end`: how lines end.
 */
[[nodiscard]] std::size_t whole_lines(std::string_view text, char quote, LineEnd end) noexcept;

/*
 * Names for columns: those given, an empty one replaced by columnN (from 1), and one that differs from an earlier one in nothing
 * but case followed by _1, _2, ...
 */
[[nodiscard]] std::vector<std::string> distinct_names(std::vector<std::string> names);

} // namespace fabric::core

#endif
