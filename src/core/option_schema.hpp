/*
 * Options described by JSON Schema (draft 7), and checked by it: a plain object of named values, as CREATE SERVER takes them.
 *
 * Of JSON Schema it has what describes such options, and refuses a schema with anything else, so that nothing is left unchecked in
 * silence:
 *   the object      type ("object"), properties, required, additionalProperties (a boolean; false if not given), title, description,
 *                   $schema, anyOf (a list of objects with `required` alone: one of these sets must be there)
 *   each property   type ("string", "integer", "number", "boolean", or a list of them), enum, minimum, maximum, minLength, maxLength (characters), pattern (a
 *                   POSIX extended regular expression: no \d), default, examples, title, description, writeOnly (a secret)
 * Values are taken as people write them: a number or a boolean may come as a string.
 *
 * Lifecycle: plain values.
 */
#ifndef FABRIC_CORE_OPTION_SCHEMA_HPP
#define FABRIC_CORE_OPTION_SCHEMA_HPP

#include "core/error.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fabric::core
{

/* A checked option with its value as text: numbers in digits, booleans as true and false. */
using OptionTexts = std::vector<std::pair<std::string, std::string>>;

class OptionSchema
{
public:
	/* Reads a schema; invalid_parameter_value, which names the keyword and the property, when it is none or has more than the above. */
	static Result<OptionSchema> parse(std::string_view text);

	/*
	 * Checks options, which are JSON as well, and returns them in the schema's order. `owner` is what they are of, in messages: "connector
	 * \"mysql\"". fdw_invalid_option_name for an option that is not there, with the nearest one in the hint; fdw_option_name_not_found for
	 * a missing one; invalid_parameter_value for a value. Values of options that are secrets are never shown. Options that are null are
	 * as if not given; `partial`: missing ones are no error (for changes).
	 */
	Result<OptionTexts> check(std::string_view options, const std::string &owner, bool partial = false) const;

	/* Whether there is a property of that name. */
	bool has(const std::string &name) const { return schema_.at("properties").contains(name); }
	/* Whether a property is a secret. */
	bool is_secret(const std::string &name) const;
	/* Whether a property must be given. */
	bool is_required(const std::string &name) const;

private:
	nlohmann::ordered_json schema_;
};

} // namespace fabric::core

#endif
