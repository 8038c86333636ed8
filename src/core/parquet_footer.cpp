/*
 * A reader of Thrift's compact protocol that passes over what is not wanted.
 */
#include "core/parquet_footer.hpp"

#include "core/sqlstate.hpp"

#include <algorithm>
#include <functional>

namespace fabric::core
{

namespace
{

enum Type : std::uint8_t
{
	stop = 0,
	boolean_true = 1,
	boolean_false = 2,
	byte = 3,
	int16 = 4,
	int32 = 5,
	int64 = 6,
	real = 7,
	binary = 8,
	list = 9,
	set = 10,
	map = 11,
	structure = 12,
	uuid = 13
};

/* Deeper than any footer is. */
constexpr int most_levels = 32;

/* Reads on until something is wrong; from then on everything is nothing. */
class Reader
{
public:
	explicit Reader(std::string_view bytes) : bytes_(bytes) {}

	bool good() const noexcept { return good_; }

	/* How far it is; and what was passed since it was there. */
	std::size_t place() const noexcept { return at_; }
	std::string_view since(std::size_t place) const noexcept { return bytes_.substr(place, at_ - place); }

	std::uint8_t next_byte()
	{
		if (at_ >= bytes_.size())
			return fail();
		return static_cast<std::uint8_t>(bytes_[at_++]);
	}

	std::uint64_t unsigned_number()
	{
		std::uint64_t value = 0;
		for (unsigned shift = 0; shift < 64; shift += 7)
		{
			const std::uint8_t part = next_byte();
			value |= static_cast<std::uint64_t>(part & 0x7f) << shift;
			if ((part & 0x80) == 0)
				return value;
		}
		return fail();
	}

	std::int64_t number()
	{
		const std::uint64_t zigzag = unsigned_number();
		return static_cast<std::int64_t>(zigzag >> 1) ^ -static_cast<std::int64_t>(zigzag & 1);
	}

	std::string_view text()
	{
		const std::uint64_t size = unsigned_number();
		const std::string_view found = bytes_.substr(at_ < bytes_.size() ? at_ : bytes_.size(), size);
		skip_bytes(size);
		return good_ ? found : std::string_view();
	}

	/* The next field of a structure, whose number is kept in `field`; stop at its end. */
	Type field(std::int64_t *field)
	{
		const std::uint8_t head = next_byte();
		if (head == stop || !good_)
			return stop;
		const unsigned step = head >> 4;
		*field = step != 0 ? *field + step : number();
		return static_cast<Type>(head & 0x0f);
	}

	/* The size of a list and the type of its elements. */
	std::uint64_t elements(Type *type)
	{
		const std::uint8_t head = next_byte();
		*type = static_cast<Type>(head & 0x0f);
		const std::uint64_t size = head >> 4;
		return size == 15 ? unsigned_number() : size;
	}

	void skip(Type type, int level = 0)
	{
		if (level > most_levels)
			fail();
		switch (type)
		{
			case boolean_true:
			case boolean_false:
				return;
			case byte:
				return skip_bytes(1);
			case int16:
			case int32:
			case int64:
				(void)unsigned_number();
				return;
			case real:
				return skip_bytes(8);
			case uuid:
				return skip_bytes(16);
			case binary:
				return skip_bytes(unsigned_number());
			case list:
			case set:
			{
				Type element;
				const std::uint64_t size = elements(&element);
				return skip_elements(size, element, level);
			}
			case map:
			{
				const std::uint64_t size = unsigned_number();
				const std::uint8_t types = size > 0 ? next_byte() : 0;
				for (std::uint64_t i = 0; i < size && good_; ++i)
				{
					skip_element(static_cast<Type>(types >> 4), level);
					skip_element(static_cast<Type>(types & 0x0f), level);
				}
				return;
			}
			case structure:
			{
				std::int64_t number = 0;
				for (Type inner = field(&number); inner != stop; inner = field(&number))
					skip(inner, level + 1);
				return;
			}
			default:
				fail();
		}
	}

private:
	std::uint8_t fail() noexcept
	{
		good_ = false;
		at_ = bytes_.size();
		return 0;
	}

	void skip_bytes(std::uint64_t size)
	{
		if (size > bytes_.size() - at_)
			fail();
		else
			at_ += static_cast<std::size_t>(size);
	}

	/* Within a collection a boolean is a byte of its own. */
	void skip_element(Type type, int level)
	{
		if (type == boolean_true || type == boolean_false)
			skip_bytes(1);
		else
			skip(type, level + 1);
	}

	void skip_elements(std::uint64_t size, Type type, int level)
	{
		for (std::uint64_t i = 0; i < size && good_; ++i)
			skip_element(type, level);
	}

	std::string_view bytes_;
	std::size_t at_ = 0;
	bool good_ = true;
};

struct SchemaElement
{
	bool required = false;
	std::string_view name;
	std::int64_t children = 0;
	std::int64_t digits = 0; /* of a decimal */
};

/* The digits of a decimal, out of a field that tells a logical type. */
std::int64_t read_decimal_digits(Reader &reader)
{
	std::int64_t digits = 0;
	std::int64_t kind = 0;
	for (Type type = reader.field(&kind); type != stop; type = reader.field(&kind))
	{
		if (kind != 5 || type != structure)
		{
			reader.skip(type);
			continue;
		}
		std::int64_t field = 0;
		for (Type inner = reader.field(&field); inner != stop; inner = reader.field(&field))
			if (field == 2 && inner == int32)
				digits = reader.number();
			else
				reader.skip(inner);
	}
	return digits;
}

SchemaElement read_schema_element(Reader &reader)
{
	constexpr std::int64_t required = 0;
	SchemaElement element;
	std::int64_t field = 0;
	for (Type type = reader.field(&field); type != stop; type = reader.field(&field))
	{
		if (field == 3 && type == int32)
			element.required = reader.number() == required;
		else if (field == 4 && type == binary)
			element.name = reader.text();
		else if (field == 5 && type == int32)
			element.children = reader.number();
		else if (field == 8 && type == int32)
			element.digits = std::max(element.digits, reader.number());
		else if (field == 10 && type == structure)
			element.digits = std::max(element.digits, read_decimal_digits(reader));
		else
			reader.skip(type);
	}
	return element;
}

/* The schema is a tree, written depth first; its first element is the root. */
void read_schema(Reader &reader, ParquetFooter *footer)
{
	const std::size_t begin = reader.place();
	Type type;
	const std::uint64_t size = reader.elements(&type);
	/* Of elements that are still to come: how many, and whether they are columns of the outermost level. */
	std::vector<std::int64_t> open;
	for (std::uint64_t i = 0; i < size && reader.good(); ++i)
	{
		if (type != structure)
			return reader.skip(static_cast<Type>(stop));
		const SchemaElement element = read_schema_element(reader);
		while (!open.empty() && open.back() == 0)
			open.pop_back();
		if (!open.empty())
			--open.back();
		if (open.size() == 1)
			footer->columns.emplace_back(element.name);
		if (open.size() == 1 && element.required && element.children == 0)
			footer->required.emplace_back(element.name);
		if (element.digits > most_decimal_digits && !footer->columns.empty())
			footer->too_wide = footer->columns.back();
		if (i == 0 || element.children > 0)
			open.push_back(element.children);
	}
	footer->schema_hash = std::hash<std::string_view>()(reader.since(begin));
}

/* Where the pages of a column of a row group lie. */
void read_column_pages(Reader &reader, ParquetRowGroup *group)
{
	std::int64_t size = 0;
	std::int64_t data = 0;
	std::int64_t dictionary = 0;
	std::int64_t field = 0;
	for (Type type = reader.field(&field); type != stop; type = reader.field(&field))
	{
		if (field == 7 && type == int64)
			size = reader.number();
		else if (field == 9 && type == int64)
			data = reader.number();
		else if (field == 11 && type == int64)
			dictionary = reader.number();
		else
			reader.skip(type);
	}
	const std::int64_t begin = dictionary > 0 && dictionary < data ? dictionary : data;
	std::int64_t end;
	if (begin <= 0 || size < 0 || __builtin_add_overflow(begin, size, &end))
		return;
	group->begin = group->end == 0 ? begin : std::min(group->begin, begin);
	group->end = std::max(group->end, end);
}

void read_column_chunk(Reader &reader, ParquetRowGroup *group)
{
	std::int64_t field = 0;
	for (Type type = reader.field(&field); type != stop; type = reader.field(&field))
	{
		if (field == 3 && type == structure)
			read_column_pages(reader, group);
		else
			reader.skip(type);
	}
}

ParquetRowGroup read_row_group(Reader &reader)
{
	ParquetRowGroup group;
	std::int64_t field = 0;
	for (Type type = reader.field(&field); type != stop; type = reader.field(&field))
	{
		if (field == 1 && type == list)
		{
			Type element;
			const std::uint64_t size = reader.elements(&element);
			for (std::uint64_t i = 0; i < size && reader.good(); ++i)
				if (element == structure)
					read_column_chunk(reader, &group);
				else
					reader.skip(element);
		}
		else if (field == 3 && type == int64)
			group.rows = reader.number();
		else
			reader.skip(type);
	}
	return group;
}

Error damaged()
{
	return Error(sqlstate::data_corrupted, "the footer is damaged");
}

} // namespace

Result<std::size_t> parquet_footer_size(std::string_view tail)
{
	if (tail.size() == parquet_tail_size && tail.substr(4) == "PARE")
		return Error(sqlstate::feature_not_supported, "the file is encrypted");
	if (tail.size() != parquet_tail_size || tail.substr(4) != "PAR1")
		return Error(sqlstate::data_corrupted, "it does not end as a Parquet file does");
	std::size_t size = 0;
	for (std::size_t i = 4; i-- > 0;)
		size = size << 8 | static_cast<unsigned char>(tail[i]);
	return size;
}

Result<ParquetFooter> read_parquet_footer(std::string_view bytes)
{
	Reader reader(bytes);
	ParquetFooter footer;
	std::int64_t field = 0;
	for (Type type = reader.field(&field); type != stop; type = reader.field(&field))
	{
		if (field == 2 && type == list)
			read_schema(reader, &footer);
		else if (field == 3 && type == int64)
			footer.rows = reader.number();
		else if (field == 4 && type == list)
		{
			Type element;
			const std::uint64_t size = reader.elements(&element);
			for (std::uint64_t i = 0; i < size && reader.good(); ++i)
			{
				if (element != structure)
					return damaged();
				footer.row_groups.push_back(read_row_group(reader));
			}
		}
		else
			reader.skip(type);
	}
	if (!reader.good())
		return damaged();
	return footer;
}

} // namespace fabric::core
