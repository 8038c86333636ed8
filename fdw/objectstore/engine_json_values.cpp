/*
 * Records by simdjson's On-Demand parser, which leaves numbers as they are written. It looks only at what it is asked for: so that
 * a record is an error or none whatever columns are wanted, everything in it is looked at here.
 */
#include "fdw/objectstore/engine_json_values.hpp"

#include "fdw/objectstore/engine_records.hpp"

#include "core/error.hpp"
#include "core/json_text.hpp"
#include "core/type_guess.hpp"

#include <simdjson.h>

#include <deque>
#include <functional>
#include <unordered_map>

namespace fabric::fdw::objectstore
{

namespace
{

/* What simdjson says, without the name of the error that newer versions put before it. */
std::string_view without_code(std::string_view message)
{
	const std::size_t code = message.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	return code > 0 && code < message.size() && message.substr(code).starts_with(": ") ? message.substr(code + 2)
																					   : message;
}

namespace ondemand = simdjson::ondemand;

static_assert(record_padding >= simdjson::SIMDJSON_PADDING);

[[noreturn]] void fail(const std::string &why)
{
	throw core::Error(core::sqlstate::invalid_text_representation, why);
}

constexpr int most_levels = 500;

std::string_view trimmed(std::string_view text) noexcept
{
	while (!text.empty() && core::is_json_blank(text.back()))
		text.remove_suffix(1);
	return text;
}

/* Parses records with a parser of its own. */
class Reader
{
public:
	/* Calls visit(key, value) for each member of the record, which must walk() the value. */
	template <typename Visit> void read(std::string_view record, Visit visit)
	{
		try
		{
			document_ = parser_.iterate(record.data(), record.size(), record.size() + record_padding);
			if (record[0] != '{')
				fail("it is no JSON object");
			for (ondemand::field field : document_.get_object())
				visit(field.unescaped_key().value(), field.value());
			const char *rest;
			if (document_.current_location().get(rest) == simdjson::SUCCESS)
				fail("something follows the object");
		}
		catch (const simdjson::simdjson_error &error)
		{
			fail("it is not JSON: " + std::string(without_code(error.what())));
		}
	}

	/* A value as it is written; everything in it has been looked at. */
	std::string_view walk(ondemand::value value, int level = 0)
	{
		require_level(level);
		const std::string_view token = value.raw_json_token();
		switch (token[0])
		{
			case '{':
				for (ondemand::field field : value.get_object())
				{
					(void)field.unescaped_key().value();
					(void)walk(field.value(), level + 1);
				}
				return up_to_here(token.data());
			case '[':
				for (ondemand::value element : value.get_array())
					(void)walk(element, level + 1);
				return up_to_here(token.data());
			case '"':
				(void)value.get_string().value();
				return trimmed(token);
			default:
				return scalar(trimmed(token));
		}
	}

	/* What was written from a place to where the parser stands, behind a value. */
	std::string_view up_to_here(const char *begin)
	{
		const char *here = document_.current_location();
		return trimmed(std::string_view(begin, static_cast<std::size_t>(here - begin)));
	}

	/* Each takes its part of the stack. */
	static void require_level(int level)
	{
		if (level > most_levels)
			fail("its values are nested more than " + std::to_string(most_levels) + " deep");
	}

	static std::string_view scalar(std::string_view token)
	{
		if (token != "null" && token != "true" && token != "false" && !core::is_json_number(token))
			fail("\"" + std::string(token.substr(0, 40)) + "\" is no JSON value");
		return token;
	}

private:
	ondemand::parser parser_;
	ondemand::document document_;
};

} // namespace

struct JsonRecord::Parts
{
	explicit Parts(std::vector<JsonColumn> all) : columns(std::move(all)), values(columns.size())
	{
		for (std::size_t i = 0; i < columns.size(); ++i)
			by_key.emplace(columns[i].key, i);
	}

	/* The column of a key, or none; records have their keys in about the same order. */
	std::size_t column_of(std::string_view key)
	{
		if (next < order.size() && order[next].key == key)
			return order[next++].column;
		const auto found = by_key.find(key);
		const std::size_t column = found == by_key.end() ? none : found->second;
		if (next == order.size())
			order.push_back({std::string(key), column});
		++next;
		return column;
	}

	std::string_view value_of(JsonForm form, ondemand::value value)
	{
		const std::string_view token = value.raw_json_token();
		if (token[0] == '"' && form != JsonForm::json)
		{
			const std::string_view content = value.get_string().value();
			if (content.find('\0') != std::string_view::npos)
				fail("\\u0000 is no character that a text can have");
			/* An empty text is a text. */
			return content.data() != nullptr ? content : std::string_view("");
		}
		if (token[0] == '[' && (form == JsonForm::array_of_text || form == JsonForm::array_of_json))
		{
			std::string &array = built.emplace_back();
			bool empty = true;
			append_array(&array, form, value, &empty);
			if (empty)
				array = "{}"; /* whatever is nested in it */
			return array;
		}
		const std::string_view written = reader.walk(value);
		return written == "null" ? std::string_view() : written;
	}

	void append_array(std::string *out, JsonForm form, ondemand::value value, bool *empty, int level = 0)
	{
		Reader::require_level(level);
		*out += '{';
		bool first = true;
		for (ondemand::value element : value.get_array())
		{
			if (!first)
				*out += ',';
			first = false;
			const std::string_view token = element.raw_json_token();
			if (token[0] == '[')
				append_array(out, form, element, empty, level + 1);
			else
			{
				*empty = false;
				const std::string_view text =
					value_of(form == JsonForm::array_of_json ? JsonForm::json : JsonForm::text, element);
				append_element(out, text);
			}
		}
		*out += '}';
	}

	static void append_element(std::string *out, std::string_view text)
	{
		if (text.data() == nullptr)
		{
			*out += "NULL";
			return;
		}
		*out += '"';
		for (const char byte : text)
		{
			if (byte == '"' || byte == '\\')
				*out += '\\';
			*out += byte;
		}
		*out += '"';
	}

	struct Hash
	{
		using is_transparent = void;
		std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
	};
	struct Seen
	{
		std::string key;
		std::size_t column;
	};
	static constexpr std::size_t none = static_cast<std::size_t>(-1);

	std::vector<JsonColumn> columns;
	std::vector<std::string_view> values;
	std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> by_key;
	std::vector<Seen> order; /* the keys of the first records, by their place */
	std::size_t next = 0;
	std::deque<std::string> built;
	Reader reader;
};

JsonRecord::JsonRecord(std::vector<JsonColumn> columns) : parts_(std::make_unique<Parts>(std::move(columns))) {}

JsonRecord::~JsonRecord() = default;

const std::vector<std::string_view> &JsonRecord::parse(std::string_view record)
{
	Parts &parts = *parts_;
	parts.values.assign(parts.columns.size(), std::string_view());
	parts.built.clear();
	parts.next = 0;
	parts.reader.read(record,
					  [&](std::string_view key, ondemand::value value)
					  {
						  const std::size_t column = parts.column_of(key);
						  if (column == Parts::none)
							  (void)parts.reader.walk(value);
						  else
							  parts.values[column] = parts.value_of(parts.columns[column].form, value);
					  });
	return parts.values;
}

struct JsonKeys::Parts
{
	struct Key
	{
		std::string name;
		core::TypeGuess guess;
	};
	std::vector<Key> keys;
	std::unordered_map<std::string, std::size_t> by_name;
	Reader reader;
};

JsonKeys::JsonKeys() : parts_(std::make_unique<Parts>()) {}

JsonKeys::~JsonKeys() = default;

void JsonKeys::add(std::string_view record)
{
	Parts &parts = *parts_;
	parts.reader.read(record,
					  [&](std::string_view key, ondemand::value value)
					  {
						  const auto [at, added] = parts.by_name.emplace(key, parts.keys.size());
						  if (added)
							  parts.keys.push_back({std::string(key), {}});
						  core::TypeGuess &guess = parts.keys[at->second].guess;
						  const std::string_view token = value.raw_json_token();
						  if (token[0] == '"')
							  return guess.add_json_string(value.get_string().value());
						  const std::string_view written = parts.reader.walk(value);
						  if (written[0] == '{' || written[0] == '[')
							  guess.add_json_nested();
						  else if (written == "true" || written == "false")
							  guess.add_json_boolean();
						  else if (written != "null")
							  guess.add_json_number(written);
					  });
}

std::size_t JsonKeys::count() const noexcept
{
	return parts_->keys.size();
}

const std::string &JsonKeys::name(std::size_t key) const
{
	return parts_->keys[key].name;
}

const char *JsonKeys::type(std::size_t key) const
{
	return parts_->keys[key].guess.type();
}

} // namespace fabric::fdw::objectstore
