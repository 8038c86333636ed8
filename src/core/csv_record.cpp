/*
 * A record of a CSV text: a small automaton over bytes.
 */
#include "csv_record.hpp"

#include <set>

namespace fabric::core
{

void CsvRecord::end_field()
{
	fields_.push_back(std::move(field_));
	field_.clear();
	quoted_.push_back(in_quotes_);
	in_quotes_ = false;
}

bool CsvRecord::feed(std::string_view bytes)
{
	/* The mark that some programs put before UTF-8. */
	if (!begun_ && bytes.substr(0, 3) == "\xEF\xBB\xBF")
	{
		bytes.remove_prefix(3);
		size_ += 3;
	}
	for (const char byte : bytes)
	{
		if (done_)
			break;
		begun_ = true;
		++size_;
		switch (state_)
		{
			case State::quoted:
				if (byte == dialect_.quote)
					state_ = State::closed;
				else if (byte == dialect_.escape)
					state_ = State::escaped;
				else
					field_ += byte;
				continue;
			case State::escaped:
				field_ += byte;
				state_ = State::quoted;
				continue;
			case State::closed:
				if (byte == dialect_.quote && dialect_.escape == dialect_.quote)
				{
					field_ += byte;
					state_ = State::quoted;
					continue;
				}
				state_ = State::field;
				break;
			case State::field:
				break;
		}
		if (byte == dialect_.delimiter)
			end_field();
		else if (byte == '\n' || byte == '\r')
		{
			end_field();
			done_ = true;
		}
		else if (byte == dialect_.quote && field_.empty())
		{
			state_ = State::quoted;
			in_quotes_ = true;
		}
		else
			field_ += byte;
	}
	return done_;
}

bool CsvRecord::finish()
{
	if (!done_ && begun_ && state_ != State::quoted && state_ != State::escaped)
	{
		end_field();
		done_ = true;
	}
	return done_ || !begun_;
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
