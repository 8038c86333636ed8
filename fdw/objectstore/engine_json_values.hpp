/*
 * A record of JSON as the values of columns, in the meaning of PostgreSQL's json_to_record.
 *
 * Lifecycle: one JsonRecord per thread and scan; what parse() answers is valid until its next call. The whole record is checked,
 * whatever columns are wanted; record_padding bytes behind it must be readable. Errors: core::Error, invalid_text_representation, without the name of the file.
 */
#ifndef FABRIC_FDW_OBJECTSTORE_ENGINE_JSON_VALUES_HPP
#define FABRIC_FDW_OBJECTSTORE_ENGINE_JSON_VALUES_HPP

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fabric::fdw::objectstore
{

/* How the value of a key becomes text. JSON's null is NULL in all of them. */
enum class JsonForm : unsigned char
{
	text,		   /* a string's content, anything else as it is written */
	json,		   /* as it is written */
	array_of_text, /* an array as PostgreSQL writes one; what is none as text */
	array_of_json
};

struct JsonColumn
{
	std::string key;
	JsonForm form;
};

class JsonRecord
{
public:
	/* Keys are unique. */
	explicit JsonRecord(std::vector<JsonColumn> columns);
	~JsonRecord();

	/*
	 * The values of the columns, one each; data() is nullptr where the record has no such key, or null. Of a key that it has twice
	 * the last one.
	 */
	const std::vector<std::string_view> &parse(std::string_view record);

private:
	struct Parts;
	std::unique_ptr<Parts> parts_;
};

/* What keys records have, in the order of their first appearance, and of which types their values look. */
class JsonKeys
{
public:
	JsonKeys();
	~JsonKeys();

	void add(std::string_view record);
	std::size_t count() const noexcept;
	const std::string &name(std::size_t key) const;
	const char *type(std::size_t key) const;

private:
	struct Parts;
	std::unique_ptr<Parts> parts_;
};

} // namespace fabric::fdw::objectstore

#endif
