/*
 * Tests of CSV and JSON in the object store driver.
 */
#include "driver_objectstore.hpp"

#include <random>
#include <set>

namespace
{

using namespace fabric::test;

TEST_F(ObjectStoreDriver, ReadsTextFiles)
{
	write("root/a.jsonl", "{\"k\": 1.50, \"s\": \"x\\n\", \"l\": [1, [\"q\\\"\"], null]}\n\n{\"s\": null}\n");
	Connection connection;
	const std::string columns = "columns := MAP {'k': 'text', 's': 'text', 'l': 'json'}";
	EXPECT_EQ(connection.rows("SELECT k, s, l FROM fabric_scan('a.jsonl', " + columns + ")"),
			  (Rows{{"1.50", "x\n", "[1, [\"q\\\"\"], null]"}, {std::nullopt, std::nullopt, std::nullopt}}));
	EXPECT_EQ(connection.rows("SELECT l FROM fabric_scan('a.jsonl', columns := MAP {'l': 'text[]'}) LIMIT 1"),
			  (Rows{{"{\"1\",{\"q\\\"\"},NULL}"}}));
	EXPECT_EQ(connection.outcome("SELECT k FROM fabric_scan('a.jsonl')"), "HV002");
	write("root/b.csv", "a,b\r\nx\"y\"z,\r\n\"\",\"1\n2\"\r\n");
	EXPECT_EQ(connection.rows("SELECT a, b, CAST(row_number AS VARCHAR) FROM fabric_scan('b.csv', row_number := true)"),
			  (Rows{{"xyz", std::nullopt, "1"}, {"", "1\n2", "2"}}));
	write("root/c.csv", "a,b\n1,\xB0\n");
	EXPECT_EQ(connection.rows("SELECT b FROM fabric_scan('c.csv', encoding := 'ISO-8859-1')"), (Rows{{"\xC2\xB0"}}));
	EXPECT_EQ(connection.outcome("SELECT b FROM fabric_scan('c.csv')"), "22021");
	EXPECT_EQ(connection.outcome("SELECT b FROM fabric_scan('c.csv', encoding := 'nonsense')"), "0A000");
}

/* What is read beyond a buffer, or twice, is for the address sanitizer to see. */
TEST_F(ObjectStoreDriver, DamagedTextFilesEndNothing)
{
	const std::string json = "{\"a\": \"x\\u00e9\\n\", \"b\": [1, {\"c\": null}], \"d\": -1.5e3}\n{\"a\": true}\n[]\n";
	const std::string csv = "a,b,d\n1,\"x\"\"y\nz\",\n,,\"\"\n2,\xC3\xA9,3\n";
	const std::string bytes = std::string("{}[]\",:\\ \n\r\tnull-0123.eE\xFF") + '\0';
	const std::vector<std::string> options = {
		"format := 'jsonl', columns := MAP {'a': 'text', 'b': 'text[]', 'd': 'json'}", "format := 'csv'",
		"format := 'json', columns := MAP {'a': 'json', 'b': 'json[]'}",
		"format := 'csv', quote := '''', escape := '\\', header := false"};
	const std::set<std::string> expected = {"ok", "22P02", "22P04", "22021", "XX001", "HV021"};
	std::mt19937 random(7); // NOLINT: the same files every time
	const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : random() % bound; };
	Connection connection;
	std::size_t read = 0;
	for (int i = 0; i < 400; ++i)
	{
		std::string text = i % 2 == 0 ? json : csv;
		for (std::size_t n = below(4); n > 0; --n)
			if (below(3) == 0)
				text.erase(below(text.size()), 1 + below(3));
			else
				text.insert(below(text.size()), 1, bytes[below(bytes.size())]);
		if (below(8) == 0)
			text.resize(below(text.size()));
		write("root/damaged.text", text);
		const std::string outcome =
			connection.outcome("SELECT * FROM fabric_scan('damaged.text', " + options[below(options.size())] + ")");
		EXPECT_TRUE(expected.contains(outcome)) << outcome << ": " << connection.error().message << "\n" << text;
		read += outcome == "ok";
	}
	EXPECT_GT(read, 20U);
	EXPECT_LT(read, 380U);
}

} // namespace
