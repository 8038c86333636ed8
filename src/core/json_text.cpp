/*
 * Splitting JSON into records: brackets and quotes are counted, nothing is parsed.
 */
#include "core/json_text.hpp"

#include <cstring>

namespace fabric::core
{

JsonSplitter::Found JsonSplitter::next(std::string_view text, bool last) noexcept
{
	return form_ == Form::lines ? next_line(text, last) : next_value(text, last);
}

JsonSplitter::Found JsonSplitter::next_line(std::string_view text, bool last) noexcept
{
	std::size_t line = 0;
	for (;;)
	{
		const void *newline = seen_ < text.size() ? memchr(text.data() + seen_, '\n', text.size() - seen_) : nullptr;
		if (newline == nullptr && !last)
		{
			taken_ = line;
			seen_ = text.size() - line;
			return Found::more;
		}
		const std::size_t after = newline == nullptr
									  ? text.size()
									  : static_cast<std::size_t>(static_cast<const char *>(newline) - text.data());
		begin_ = line;
		end_ = after;
		while (begin_ < end_ && is_json_blank(text[begin_]))
			++begin_;
		while (end_ > begin_ && is_json_blank(text[end_ - 1]))
			--end_;
		line = newline == nullptr ? after : after + 1;
		seen_ = line;
		if (begin_ < end_)
		{
			taken_ = line;
			seen_ = 0;
			return Found::record;
		}
		if (newline == nullptr)
			return Found::end;
	}
}

/* Goes on through the value that the text begins with; true when its end was found, which seen_ then is. */
bool JsonSplitter::pass_value(std::string_view text) noexcept
{
	std::size_t at = seen_;
	for (; at < text.size(); ++at)
	{
		const char byte = text[at];
		if (quoted_)
		{
			if (escaped_)
				escaped_ = false;
			else if (byte == '\\')
				escaped_ = true;
			else if (byte == '"')
				quoted_ = false;
			else
				continue;
			if (quoted_ || depth_ > 0)
				continue;
			seen_ = at + 1;
			return true;
		}
		if (scalar_)
		{
			if (!is_json_blank(byte) && byte != ',' && byte != ']' && byte != '}')
				continue;
			seen_ = at;
			return true;
		}
		switch (byte)
		{
			case '"':
				quoted_ = true;
				break;
			case '{':
			case '[':
				++depth_;
				break;
			case '}':
			case ']':
				if (--depth_ == 0)
				{
					seen_ = at + 1;
					return true;
				}
				break;
			default:
				break;
		}
	}
	seen_ = at;
	return false;
}

JsonSplitter::Found JsonSplitter::next_value(std::string_view text, bool last) noexcept
{
	if (!inside_)
	{
		std::size_t at = 0;
		for (; at < text.size(); ++at)
		{
			const char byte = text[at];
			if (is_json_blank(byte))
				continue;
			if (place_ == Place::start && byte == '[')
			{
				place_ = Place::first;
				continue;
			}
			if ((place_ == Place::first || place_ == Place::comma) && byte == ']')
			{
				place_ = Place::after;
				continue;
			}
			if (place_ == Place::comma && byte == ',')
			{
				place_ = Place::element;
				continue;
			}
			break;
		}
		text.remove_prefix(at);
		taken_ = at;
		if (text.empty())
		{
			if (!last)
				return Found::more;
			const bool complete = place_ == Place::start || place_ == Place::after || place_ == Place::between;
			return complete ? Found::end : fail("it ends within its array");
		}
		if (place_ == Place::after)
			return fail("something follows its array");
		if (place_ == Place::comma)
			return fail("a comma is missing between two elements of its array");
		if (text[0] == ',' || text[0] == ']' || text[0] == '}' || text[0] == ':')
			return fail("it has no value where one is expected");
		inside_ = true;
		scalar_ = text[0] != '{' && text[0] != '[' && text[0] != '"';
		quoted_ = escaped_ = false;
		depth_ = 0;
		seen_ = 0;
		begin_ = at;
	}
	else
		begin_ = taken_ = 0;
	if (!pass_value(text) && !(scalar_ && last))
		return last ? fail("it ends within a value") : Found::more;
	inside_ = false;
	end_ = begin_ + seen_;
	taken_ = end_;
	place_ = place_ == Place::start || place_ == Place::between ? Place::between : Place::comma;
	return Found::record;
}

bool is_json_number(std::string_view text) noexcept
{
	std::size_t at = 0;
	const auto digits = [&]
	{
		const std::size_t first = at;
		while (at < text.size() && text[at] >= '0' && text[at] <= '9')
			++at;
		return at - first;
	};
	const auto is = [&](char byte) { return at < text.size() && text[at] == byte; };
	at += is('-');
	const bool zero = is('0');
	const std::size_t whole = digits();
	if (whole == 0 || (zero && whole > 1))
		return false;
	if (is('.'))
	{
		++at;
		if (digits() == 0)
			return false;
	}
	if (is('e') || is('E'))
	{
		++at;
		at += is('+') || is('-');
		if (digits() == 0)
			return false;
	}
	return at == text.size();
}

} // namespace fabric::core
