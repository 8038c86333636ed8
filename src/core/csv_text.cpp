/*
 * CSV by two passes: one finds the ends of lines, one the fields of a line.
 */
#include "core/csv_text.hpp"

#include <algorithm>
#include <set>

namespace fabric::core
{

namespace
{

const char *mixed(LineEnd before, LineEnd now) noexcept
{
	if (now == LineEnd::line_feed)
		return before == LineEnd::both ? "it ends by \\n, the lines before it by \\r\\n"
									   : "it ends by \\n, the lines before it by \\r";
	if (now == LineEnd::both)
		return before == LineEnd::line_feed ? "it ends by \\r\\n, the lines before it by \\n"
											: "it ends by \\r\\n, the lines before it by \\r";
	return before == LineEnd::both ? "it ends by \\r, the lines before it by \\r\\n"
								   : "it ends by \\r, the lines before it by \\n";
}

} // namespace

CsvSplitter::Found CsvSplitter::end_line(std::size_t at, std::size_t size, LineEnd end) noexcept
{
	if (line_end_ != LineEnd::unknown && line_end_ != end)
		return fail(mixed(line_end_, end));
	line_end_ = end;
	end_ = at;
	taken_ = at + size;
	seen_ = 0;
	return Found::record;
}

CsvSplitter::Found CsvSplitter::next(std::string_view text, bool last) noexcept
{
	const char quote = dialect_.quote;
	const char escape = dialect_.escape;
	begin_ = taken_ = 0;
	std::size_t at = seen_;
	for (; at < text.size(); ++at)
	{
		const char byte = text[at];
		if (quoted_)
		{
			if (escape == quote)
				quoted_ = byte != quote;
			else
			{
				if (byte == escape)
					escaped_ = !escaped_;
				else
				{
					quoted_ = byte != quote || escaped_;
					escaped_ = false;
				}
			}
		}
		else if (byte == quote)
			quoted_ = true;
		else if (byte == '\n')
			return end_line(at, 1, LineEnd::line_feed);
		else if (byte == '\r')
		{
			if (at + 1 == text.size() && !last)
				break;
			const bool both = at + 1 < text.size() && text[at + 1] == '\n';
			return end_line(at, both ? 2 : 1, both ? LineEnd::both : LineEnd::carriage_return);
		}
	}
	seen_ = at;
	if (!last)
		return Found::more;
	if (quoted_)
		return fail("a quote is never closed");
	if (text.empty())
		return Found::end;
	end_ = taken_ = text.size();
	seen_ = 0;
	return Found::record;
}

/* Reads on from the first quote of a field; where the field ends. */
std::size_t CsvFields::parse_quoted(std::string_view line, std::size_t begin)
{
	if (used_ == texts_.size())
		texts_.emplace_back();
	std::string &text = texts_[used_++];
	text.clear();
	bool quoted = false;
	std::size_t at = begin;
	for (; at < line.size(); ++at)
	{
		const char byte = line[at];
		if (!quoted)
		{
			if (byte == dialect_.delimiter)
				break;
			if (byte == dialect_.quote)
				quoted = true;
			else
				text += byte;
		}
		else if (byte == dialect_.escape && at + 1 < line.size() &&
				 (line[at + 1] == dialect_.escape || line[at + 1] == dialect_.quote))
			text += line[++at];
		else if (byte == dialect_.quote)
			quoted = false;
		else
			text += byte;
	}
	fields_.push_back({text, true});
	return at;
}

const std::vector<CsvField> &CsvFields::parse(std::string_view line)
{
	fields_.clear();
	used_ = 0;
	std::size_t at = 0;
	for (;;)
	{
		const std::size_t begin = at;
		while (at < line.size() && line[at] != dialect_.delimiter && line[at] != dialect_.quote)
			++at;
		if (at < line.size() && line[at] == dialect_.quote)
			at = parse_quoted(line, begin);
		else
			fields_.push_back({line.substr(begin, at - begin), false});
		if (at == line.size())
			return fields_;
		++at;
	}
}

std::size_t whole_lines(std::string_view text, char quote, LineEnd end) noexcept
{
	const char last = end == LineEnd::carriage_return ? '\r' : '\n';
	bool quoted = std::count(text.begin(), text.end(), quote) % 2 != 0;
	for (std::size_t at = text.size(); at > 0; --at)
	{
		if (text[at - 1] == last && !quoted)
			return at;
		quoted ^= text[at - 1] == quote;
	}
	return 0;
}

std::vector<std::string> distinct_names(std::vector<std::string> names)
{
	const auto folded = [](std::string name)
	{
		for (char &byte : name)
			if (byte >= 'A' && byte <= 'Z')
				byte = static_cast<char>(byte + ('a' - 'A'));
		return name;
	};
	std::set<std::string> taken;
	for (std::size_t i = 0; i < names.size(); ++i)
	{
		const std::string base = names[i].empty() ? "column" + std::to_string(i + 1) : names[i];
		std::string name = base;
		for (int number = 1; !taken.insert(folded(name)).second; ++number)
			name = base + "_" + std::to_string(number);
		names[i] = std::move(name);
	}
	return names;
}

} // namespace fabric::core
