/*
 * Tests of options described by JSON Schema: schemas that are refused, values of each type, what errors say.
 */
#include "core/option_schema.hpp"
#include "core/sqlstate.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace fabric::core;

namespace
{

constexpr const char *mysql = R"({
	"$schema": "http://json-schema.org/draft-07/schema#",
	"type": "object",
	"properties": {
		"host": {"type": "string", "minLength": 1, "maxLength": 5, "description": "Name of the machine."},
		"port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 3306},
		"tls_mode": {"type": "string", "enum": ["disabled", "required"]},
		"share": {"type": "number", "minimum": 0, "maximum": 1},
		"compress": {"type": "boolean"},
		"name": {"type": "string", "pattern": "^[a-z]+$"},
		"password": {"type": "string", "writeOnly": true, "maxLength": 8}
	},
	"required": ["host"]
})";

OptionSchema schema(const char *text = mysql)
{
	return OptionSchema::parse(text).value();
}

/* name=value of each, or the error's state and message. */
std::string checked(const std::string &options, bool partial = false, const char *text = mysql)
{
	const Result<OptionTexts> found = schema(text).check(options, "connector \"mysql\"", partial);
	if (!found)
		return std::string(found.error()->sqlstate) + " " + found.error()->message;
	std::string all;
	for (const auto &[name, value] : found.value())
		all += (all.empty() ? "" : " ") + name + "=" + value;
	return all;
}

TEST(OptionSchema, ValuesComeAsText)
{
	EXPECT_EQ(checked(R"({"host": "db", "port": 3306, "compress": true, "share": 0.5, "tls_mode": "required"})"),
			  "host=db port=3306 tls_mode=required share=0.5 compress=true");
	EXPECT_EQ(checked(R"({"port": "3307", "host": "db", "compress": "off", "share": "1e-1"})"),
			  "host=db port=3307 share=1e-1 compress=false");
	EXPECT_EQ(checked(R"({"host": "db", "port": null, "name": "abc"})"), "host=db name=abc");
	EXPECT_EQ(checked(R"({"host": "数据库\"'"})"), "host=数据库\"'");
}

TEST(OptionSchema, AnUnknownOptionHasItsNearestName)
{
	const Result<OptionTexts> found = schema().check(R"({"hots": "db"})", "connector \"mysql\"");
	EXPECT_STREQ(found.error()->sqlstate, sqlstate::fdw_invalid_option_name);
	EXPECT_EQ(found.error()->message, "connector \"mysql\" has no option \"hots\"");
	EXPECT_EQ(found.error()->hint, "Perhaps you mean the option \"host\".");
	EXPECT_EQ(schema().check(R"({"zzzzzzzzzz": 1})", "x").error()->hint,
			  "Its options are: host, port, tls_mode, share, compress, name, password.");
	EXPECT_EQ(schema(R"({"properties": {}})").check(R"({"a": 1})", "x").error()->hint, "It has no options.");
}

TEST(OptionSchema, AMissingOneIsAnErrorUnlessForChanges)
{
	EXPECT_EQ(checked("{}"), "HV00J connector \"mysql\" needs the option \"host\"");
	EXPECT_EQ(checked(R"({"host": null})"), "HV00J connector \"mysql\" needs the option \"host\"");
	EXPECT_EQ(checked(R"({"port": 1})", true), "port=1");
	EXPECT_EQ(schema().check("{}", "x").error()->hint, "Name of the machine.");
}

TEST(OptionSchema, OneOfSeveralSetsMustBeThere)
{
	const char *files =
		R"({"properties": {"root": {"type": "string"}, "endpoint": {"type": "string"}, "region": {"type": "string"}},
		"anyOf": [{"required": ["root"]}, {"required": ["endpoint", "region"]}]})";
	EXPECT_EQ(checked(R"({"root": "/x"})", false, files), "root=/x");
	EXPECT_EQ(checked(R"({"endpoint": "e", "region": "r"})", false, files), "endpoint=e region=r");
	EXPECT_EQ(checked(R"({"endpoint": "e"})", false, files),
			  "HV00J connector \"mysql\" needs one of these options: root, or endpoint, region");
	EXPECT_EQ(checked(R"({"endpoint": "e"})", true, files), "endpoint=e");
}

TEST(OptionSchema, ValuesOfOtherTypesAreErrors)
{
	for (const char *port :
		 {"\"x\"", "3.5", "\"\"", "true", "[1]", "{}", "\"1 \"", "\"+1\"", "99999999999999999999", "\"0x10\"", "1e3"})
		EXPECT_NE(checked("{\"host\": \"db\", \"port\": " + std::string(port) + "}").find("is not a whole number"),
				  std::string::npos)
			<< port;
	for (const char *share : {"\"x\"", "\"nan\"", "\"1e999\"", "false", "\"\""})
		EXPECT_NE(checked("{\"host\": \"db\", \"share\": " + std::string(share) + "}").find("is not a number"),
				  std::string::npos)
			<< share;
	EXPECT_NE(checked(R"({"host": "db", "compress": "maybe"})").find("is not true or false"), std::string::npos);
	EXPECT_NE(checked(R"({"host": 5})").find("is not a string"), std::string::npos);
	for (const char *options : {"", "[]", "5", "null", "{", "{\"host\": \"\xff\"}"})
		EXPECT_EQ(checked(options), "22023 options of connector \"mysql\" are no JSON object") << options;
}

TEST(OptionSchema, AValueMayBeOfSeveralTypes)
{
	const OptionSchema schema =
		OptionSchema::parse(R"({"properties": {"wait": {"type": ["string", "integer"]}}})").value();
	EXPECT_EQ(schema.check(R"({"wait": "5s"})", "x").value(), (OptionTexts{{"wait", "5s"}}));
	EXPECT_EQ(schema.check(R"({"wait": 5000})", "x").value(), (OptionTexts{{"wait", "5000"}}));
	const Result<OptionTexts> wrong = schema.check(R"({"wait": 1.5})", "x");
	ASSERT_FALSE(wrong);
	EXPECT_EQ(wrong.error()->message, "value \"1.5\" of option \"wait\" of x is not a string or a whole number");
}

TEST(OptionSchema, RequiredOnesAreKnown)
{
	const OptionSchema schema =
		OptionSchema::parse(R"({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]})")
			.value();
	EXPECT_TRUE(schema.is_required("a"));
	EXPECT_FALSE(schema.is_required("b"));
	EXPECT_FALSE(OptionSchema::parse(R"({"properties": {}})").value().is_required("a"));
}

TEST(OptionSchema, ValuesOutOfBoundsAreErrors)
{
	EXPECT_EQ(checked(R"({"host": "db", "port": 0})"),
			  "22023 value \"0\" of option \"port\" of connector \"mysql\" is less than 1");
	EXPECT_EQ(checked(R"({"host": "db", "port": 65536})"),
			  "22023 value \"65536\" of option \"port\" of connector \"mysql\" is more than 65535");
	EXPECT_EQ(checked(R"({"host": "db", "share": 1.1})"),
			  "22023 value \"1.1\" of option \"share\" of connector \"mysql\" is more than 1");
	EXPECT_EQ(checked(R"({"host": ""})"),
			  "22023 value \"\" of option \"host\" of connector \"mysql\" is shorter than 1 characters");
	EXPECT_EQ(checked(R"({"host": "数据库数据"})"), "host=数据库数据");
	EXPECT_NE(checked(R"({"host": "数据库数据库"})").find("is longer than 5 characters"), std::string::npos);
	EXPECT_NE(checked(R"({"host": "a\u0000b"})").find("holds a NUL character"), std::string::npos);
	EXPECT_NE(checked(R"({"host": "db", "tls_mode": "on"})").find("is none of disabled, required"), std::string::npos);
	EXPECT_NE(checked(R"({"host": "db", "name": "aB"})").find("does not match ^[a-z]+$"), std::string::npos);
	EXPECT_NE(checked("{\"host\": \"db\", \"name\": \"" + std::string(1000000, 'a') + "\"}").find("does not match"),
			  std::string::npos);
}

TEST(OptionSchema, SecretsAreNotShown)
{
	EXPECT_TRUE(schema().is_secret("password"));
	EXPECT_FALSE(schema().is_secret("host"));
	EXPECT_FALSE(schema().is_secret("none"));
	for (const char *secret : {"\"hush, hush, hush\"", "[\"hush\"]"})
	{
		const std::string error = checked("{\"host\": \"db\", \"password\": " + std::string(secret) + "}");
		EXPECT_EQ(error.find("hush"), std::string::npos) << error;
		EXPECT_EQ(error.find("22023 option \"password\" of connector \"mysql\" is"), 0u) << error;
	}
}

TEST(OptionSchema, OthersMayBeAllowed)
{
	const char *open = R"({"properties": {"a": {"type": "integer"}}, "additionalProperties": true})";
	EXPECT_EQ(checked(R"({"b": "x", "a": 1, "c": 2, "d": null})", false, open), "a=1 b=x c=2");
}

TEST(OptionSchema, LongValuesAreShownInPart)
{
	const std::string error =
		checked("{\"host\": \"" + std::string(59, 'a') + "数据库" + std::string(1000, 'b') + "\"}");
	EXPECT_NE(error.find(std::string(59, 'a') + "..."), std::string::npos) << error;
	EXPECT_EQ(error.find('b', 8), error.find("bytes")); /* none */
}

TEST(OptionSchema, WhatIsNotCheckedIsRefused)
{
	for (const char *text : {"",
							 "[]",
							 "{",
							 "{}",
							 R"({"properties": []})",
							 R"({"type": "array", "properties": {}})",
							 R"({"properties": {}, "patternProperties": {}})",
							 R"({"properties": {"a": 1}})",
							 R"({"properties": {"a": {}}})",
							 R"({"properties": {"a": {"type": "array"}}})",
							 R"({"properties": {"a": {"type": []}}})",
							 R"({"properties": {"a": {"type": ["string", "null"]}}})",
							 R"({"properties": {"a": {"type": "string", "format": "uri"}}})",
							 R"({"properties": {"a": {"type": "string", "minimum": 1}}})",
							 R"({"properties": {"a": {"type": "integer", "minimum": "1"}}})",
							 R"({"properties": {"a": {"type": "integer", "maxLength": 1}}})",
							 R"({"properties": {"a": {"type": "string", "maxLength": -1}}})",
							 R"({"properties": {"a": {"type": "string", "pattern": "("}}})",
							 R"({"properties": {"a": {"type": "string", "enum": []}}})",
							 R"({"properties": {"a": {"type": "string", "writeOnly": 1}}})",
							 R"({"properties": {}, "required": ["a"]})",
							 R"({"properties": {}, "required": "a"})",
							 R"({"properties": {}, "additionalProperties": {}})",
							 R"({"properties": {}, "anyOf": {}})",
							 R"({"properties": {}, "anyOf": [{"required": ["a"]}]})",
							 R"({"properties": {}, "anyOf": [{"properties": {}}]})"})
	{
		const Result<OptionSchema> found = OptionSchema::parse(text);
		ASSERT_FALSE(found) << text;
		EXPECT_STREQ(found.error()->sqlstate, sqlstate::invalid_parameter_value);
		EXPECT_FALSE(found.error()->hint.empty());
	}
}

} // namespace
