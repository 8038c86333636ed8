/*
 * Options by JSON Schema. See option_schema.hpp.
 */
#include "core/option_schema.hpp"

#include "core/nearest.hpp"
#include "core/parse.hpp"
#include "core/sqlstate.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>

#include <regex.h>

namespace fabric::core
{

namespace
{

using Json = nlohmann::ordered_json;

/* Longer values match no pattern. */
constexpr std::size_t longest_matched = 4096;
constexpr std::size_t longest_shown = 60;

const std::set<std::string> &object_keywords()
{
	static const std::set<std::string> keywords = {"$schema",	 "title",	 "description",			 "type",
												   "properties", "required", "additionalProperties", "anyOf"};
	return keywords;
}

const std::set<std::string> &property_keywords()
{
	static const std::set<std::string> keywords = {"title",	  "description", "type",	  "enum",
												   "minimum", "maximum",	 "minLength", "maxLength",
												   "pattern", "default",	 "examples",  "writeOnly"};
	return keywords;
}

Error bad_schema(const std::string &message)
{
	return Error(sqlstate::invalid_parameter_value, message, {},
				 "Options are described by an object of JSON Schema whose properties are strings, integers, numbers "
				 "and booleans.");
}

/* A name in quotes for messages. */
std::string named(std::string_view name)
{
	return "\"" + std::string(name) + "\"";
}

bool is_list_of_strings(const Json &value)
{
	return value.is_array() && std::all_of(value.begin(), value.end(), [](const Json &one) { return one.is_string(); });
}

/* A regular expression, freed when it goes. */
class Pattern
{
public:
	explicit Pattern(const std::string &text)
		: good_(::regcomp(&compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB) == 0)
	{
	}
	Pattern(const Pattern &) = delete;
	Pattern &operator=(const Pattern &) = delete;
	~Pattern()
	{
		if (good_)
			::regfree(&compiled_);
	}

	bool good() const noexcept { return good_; }
	bool matches(const std::string &text) const
	{
		return text.size() <= longest_matched && ::regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0;
	}

private:
	regex_t compiled_;
	bool good_;
};

/* ---- reading a schema ---- */

std::optional<Error> check_required(const Json &schema, const Json &list, const std::string &where)
{
	if (!is_list_of_strings(list))
		return bad_schema("keyword \"required\" " + where + " is no list of names");
	for (const Json &name : list)
		if (!schema.at("properties").contains(name.get<std::string>()))
			return bad_schema("keyword \"required\" " + where + " names " + named(name.get<std::string>()) +
							  ", which is no property");
	return std::nullopt;
}

/* The types of a property, which is one or several; none when it says something else. */
std::vector<std::string> types_of(const Json &property)
{
	static const std::set<std::string> known = {"string", "integer", "number", "boolean"};
	const auto said = property.find("type");
	if (said == property.end() || !(said->is_string() || is_list_of_strings(*said)))
		return {};
	const Json list = said->is_string() ? Json::array({*said}) : *said;
	std::vector<std::string> types;
	for (const Json &type : list)
	{
		if (!known.contains(type.get<std::string>()))
			return {};
		types.push_back(type.get<std::string>());
	}
	return types;
}

/* What the keyword of a property must be; nullptr: it is right. */
const char *wrong_keyword(const std::string &keyword, const Json &value, const std::vector<std::string> &types)
{
	const auto may_be = [&](const char *type) { return std::find(types.begin(), types.end(), type) != types.end(); };
	const bool number = may_be("integer") || may_be("number");
	if (keyword == "enum")
		return value.is_array() && !value.empty() ? nullptr : "is no list of values";
	if (keyword == "minimum" || keyword == "maximum")
		return number && value.is_number() ? nullptr : "is for numbers";
	if (keyword == "minLength" || keyword == "maxLength")
		return may_be("string") && value.is_number_unsigned() ? nullptr : "is a length of strings";
	if (keyword == "pattern")
		return may_be("string") && value.is_string() && Pattern(value.get<std::string>()).good()
				   ? nullptr
				   : "is no regular expression for strings";
	if (keyword == "examples")
		return value.is_array() ? nullptr : "is no list";
	if (keyword == "writeOnly")
		return value.is_boolean() ? nullptr : "is no boolean";
	if (keyword == "title" || keyword == "description")
		return value.is_string() ? nullptr : "is no string";
	return nullptr;
}

std::optional<Error> check_property(const std::string &name, const Json &property)
{
	if (!property.is_object())
		return bad_schema("property " + named(name) + " is no object");
	const std::vector<std::string> types = types_of(property);
	if (types.empty())
		return bad_schema("property " + named(name) + " has no type that options have");
	for (const auto &[keyword, value] : property.items())
	{
		if (!property_keywords().contains(keyword))
			return bad_schema("property " + named(name) + " has the keyword " + named(keyword) +
							  ", which is not known here");
		if (const char *wrong = wrong_keyword(keyword, value, types))
			return bad_schema("keyword " + named(keyword) + " of property " + named(name) + " " + wrong);
	}
	return std::nullopt;
}

std::optional<Error> check_schema(const Json &schema)
{
	if (!schema.is_object())
		return bad_schema("the schema is no object");
	for (const auto &[keyword, value] : schema.items())
		if (!object_keywords().contains(keyword))
			return bad_schema("the schema has the keyword " + named(keyword) + ", which is not known here");
	if (schema.value("type", Json("object")) != "object")
		return bad_schema("the schema's type is not \"object\"");
	const auto properties = schema.find("properties");
	if (properties == schema.end() || !properties->is_object())
		return bad_schema("the schema has no properties");
	for (const auto &[name, property] : properties->items())
		if (auto error = check_property(name, property))
			return error;
	if (schema.contains("required"))
		if (auto error = check_required(schema, schema.at("required"), "of the schema"))
			return error;
	if (schema.contains("additionalProperties") && !schema.at("additionalProperties").is_boolean())
		return bad_schema("keyword \"additionalProperties\" is no boolean");
	if (!schema.contains("anyOf"))
		return std::nullopt;
	if (!schema.at("anyOf").is_array())
		return bad_schema("keyword \"anyOf\" is no list");
	for (const Json &one : schema.at("anyOf"))
	{
		if (!one.is_object() || one.size() != 1 || !one.contains("required"))
			return bad_schema("keyword \"anyOf\" has more than \"required\"");
		if (auto error = check_required(schema, one.at("required"), "of \"anyOf\""))
			return error;
	}
	return std::nullopt;
}

/* ---- values ---- */

std::size_t characters(std::string_view text) noexcept
{
	return static_cast<std::size_t>(
		std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string shown(const Json &value)
{
	const std::string text =
		value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, Json::error_handler_t::replace);
	if (text.size() <= longest_shown)
		return named(text);
	std::size_t size = longest_shown;
	while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
		--size;
	return named(text.substr(0, size) + "...");
}

/* Digits as a whole number; nothing when it is none, or beyond 64 bits. */
std::optional<std::int64_t> whole_number(const std::string &text)
{
	std::int64_t value = 0;
	return parse_int64(text.data(), text.size(), &value) == ParseError::ok ? std::optional(value) : std::nullopt;
}

std::optional<double> any_number(const std::string &text)
{
	const Json parsed = Json::parse(text, nullptr, false);
	return parsed.is_number() && std::isfinite(parsed.get<double>()) ? std::optional(parsed.get<double>())
																	 : std::nullopt;
}

/* The value as text of that type; nothing when it is of another. */
std::optional<std::string> text_of(const Json &value, const std::string &type)
{
	if (type == "string")
		return value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
	if (type == "boolean")
	{
		if (value.is_boolean())
			return value.get<bool>() ? "true" : "false";
		static const std::set<std::string> yes = {"true", "on", "yes", "1"};
		static const std::set<std::string> no = {"false", "off", "no", "0"};
		const std::string text = value.is_string() ? value.get<std::string>() : "";
		return yes.contains(text)  ? std::optional<std::string>("true")
			   : no.contains(text) ? std::optional<std::string>("false")
								   : std::nullopt;
	}
	if (!value.is_number() && !value.is_string())
		return std::nullopt;
	std::string text = value.is_string() ? value.get<std::string>() : value.dump();
	const bool good = type == "integer" ? whole_number(text).has_value() : any_number(text).has_value();
	return good ? std::optional(std::move(text)) : std::nullopt;
}

std::string text_of_number(const Json &number)
{
	return number.dump();
}

/* Why a value of this type is refused; empty: it is not. */
std::string refusal(const Json &property, const std::string &type, const std::string &text)
{
	if (const auto allowed = property.find("enum"); allowed != property.end())
	{
		std::string list;
		for (const Json &one : *allowed)
		{
			if (text_of(one, type) == text)
				return {};
			list += (list.empty() ? "" : ", ") + (one.is_string() ? one.get<std::string>() : one.dump());
		}
		return "is none of " + list;
	}
	if (type == "integer" || type == "number")
	{
		const double value = *any_number(type == "integer" ? std::to_string(*whole_number(text)) : text);
		if (property.contains("minimum") && value < property.at("minimum").get<double>())
			return "is less than " + text_of_number(property.at("minimum"));
		if (property.contains("maximum") && value > property.at("maximum").get<double>())
			return "is more than " + text_of_number(property.at("maximum"));
	}
	if (type != "string")
		return {};
	if (text.find('\0') != text.npos)
		return "holds a NUL character";
	const std::size_t size = characters(text);
	if (property.contains("minLength") && size < property.at("minLength").get<std::size_t>())
		return "is shorter than " + text_of_number(property.at("minLength")) + " characters";
	if (property.contains("maxLength") && size > property.at("maxLength").get<std::size_t>())
		return "is longer than " + text_of_number(property.at("maxLength")) + " characters";
	if (const auto pattern = property.find("pattern");
		pattern != property.end() && !Pattern(pattern->get<std::string>()).matches(text))
		return "does not match " + pattern->get<std::string>();
	return {};
}

std::string in_words(const std::string &type)
{
	return type == "integer"   ? "a whole number"
		   : type == "number"  ? "a number"
		   : type == "boolean" ? "true or false"
							   : "a string";
}

std::string in_words(const std::vector<std::string> &types)
{
	std::string words;
	for (const std::string &type : types)
		words += (words.empty() ? "" : " or ") + in_words(type);
	return words;
}

std::string list_of(const Json &names)
{
	std::string list;
	for (const Json &name : names)
		list += (list.empty() ? "" : ", ") + name.get<std::string>();
	return list;
}

bool has_all(const OptionTexts &options, const Json &names)
{
	return std::all_of(names.begin(), names.end(),
					   [&](const Json &name)
					   {
						   const std::string wanted = name.get<std::string>();
						   return std::any_of(options.begin(), options.end(),
											  [&](const auto &option) { return option.first == wanted; });
					   });
}

/* Appends a value as text, if it is what its property says. */
std::optional<Error> take(const std::string &name, const Json &property, const Json &value, const std::string &owner,
						  OptionTexts *found)
{
	const std::vector<std::string> types = types_of(property);
	std::string what = "option " + named(name) + " of " + owner;
	if (!property.value("writeOnly", false))
		what = "value " + shown(value) + " of " + what;
	for (const std::string &type : types)
	{
		const std::optional<std::string> text = text_of(value, type);
		if (!text)
			continue;
		if (const std::string reason = refusal(property, type, *text); !reason.empty())
			return Error(sqlstate::invalid_parameter_value, what + " " + reason, {},
						 property.value("description", std::string()));
		found->emplace_back(name, *text);
		return std::nullopt;
	}
	return Error(sqlstate::invalid_parameter_value, what + " is not " + in_words(types));
}

} // namespace

Result<OptionSchema> OptionSchema::parse(std::string_view text)
{
	OptionSchema parsed;
	parsed.schema_ = Json::parse(text, nullptr, false);
	if (parsed.schema_.is_discarded())
		return bad_schema("the schema is no JSON");
	if (auto error = check_schema(parsed.schema_))
		return *error;
	return parsed;
}

bool OptionSchema::is_secret(const std::string &name) const
{
	const Json &properties = schema_.at("properties");
	const auto found = properties.find(name);
	return found != properties.end() && found->value("writeOnly", false);
}

bool OptionSchema::is_required(const std::string &name) const
{
	const auto found = schema_.find("required");
	return found != schema_.end() && std::find(found->begin(), found->end(), name) != found->end();
}

Result<OptionTexts> OptionSchema::check(std::string_view options, const std::string &owner, bool partial) const
{
	const Json given = Json::parse(options, nullptr, false);
	if (!given.is_object())
		return Error(sqlstate::invalid_parameter_value, "options of " + owner + " are no JSON object", {},
					 "Such as {\"host\": \"db.example.com\", \"port\": 3306}.");
	const Json &properties = schema_.at("properties");
	for (const auto &[name, value] : given.items())
	{
		if (properties.contains(name) || schema_.value("additionalProperties", false))
			continue;
		std::vector<std::string> names;
		for (const auto &[known, property] : properties.items())
			names.push_back(known);
		const std::vector<std::string_view> views(names.begin(), names.end());
		const std::string hint = hint_of_names(name, views, "option", "Its options are");
		return Error(sqlstate::fdw_invalid_option_name, owner + " has no option " + named(name), {},
					 hint.empty() ? "It has no options." : hint);
	}
	OptionTexts found;
	for (const auto &[name, property] : properties.items())
	{
		const auto value = given.find(name);
		if (value == given.end() || value->is_null())
			continue;
		if (auto error = take(name, property, *value, owner, &found))
			return *error;
	}
	if (schema_.value("additionalProperties", false))
		for (const auto &[name, value] : given.items())
			if (!properties.contains(name) && !value.is_null())
				found.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
	if (partial)
		return found;
	if (schema_.contains("required"))
		for (const Json &name : schema_.at("required"))
			if (!has_all(found, Json::array({name})))
				return Error(sqlstate::fdw_option_name_not_found,
							 owner + " needs the option " + named(name.get<std::string>()), {},
							 properties.at(name.get<std::string>()).value("description", std::string()));
	if (!schema_.contains("anyOf"))
		return found;
	std::string sets;
	for (const Json &one : schema_.at("anyOf"))
	{
		if (has_all(found, one.at("required")))
			return found;
		sets += (sets.empty() ? "" : ", or ") + list_of(one.at("required"));
	}
	return Error(sqlstate::fdw_option_name_not_found, owner + " needs one of these options: " + sets);
}

} // namespace fabric::core
