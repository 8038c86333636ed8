// Arrow vectors as rows of cells. See chunks.hpp, and https://arrow.apache.org/docs/format/CDataInterface.html for the formats.
#include "fdw/shared/chunks.hpp"

extern "C"
{
#include <lib/stringinfo.h>
}

namespace fabric::fdw
{

namespace
{

struct Format
{
	const char *format;
	Wire wire;
	int64 units_per_second;
};

constexpr Format kFormats[] = {
	{"n", Wire::nothing, 0},	  {"b", Wire::boolean, 0},		   {"c", Wire::int8, 0},
	{"C", Wire::uint8, 0},		  {"s", Wire::int16, 0},		   {"S", Wire::uint16, 0},
	{"i", Wire::int32, 0},		  {"I", Wire::uint32, 0},		   {"l", Wire::int64, 0},
	{"L", Wire::uint64, 0},		  {"f", Wire::float4, 0},		   {"g", Wire::float8, 0},
	{"U", Wire::text, 0},		  {"Z", Wire::bytes, 0},		   {"tdD", Wire::date, 0},
	{"ttu", Wire::time, 1000000}, {"ttn", Wire::time, 1000000000}, {"tin", Wire::interval, 0},
	{"+L", Wire::list, 0},
};

// A number of bytes that each value has; 0 when that differs, or there are less than one.
int WidthOf(Wire wire)
{
	switch (wire)
	{
		case Wire::int8:
		case Wire::uint8:
			return 1;
		case Wire::int16:
		case Wire::uint16:
			return 2;
		case Wire::int32:
		case Wire::uint32:
		case Wire::float4:
		case Wire::date:
			return 4;
		case Wire::int64:
		case Wire::uint64:
		case Wire::float8:
		case Wire::time:
		case Wire::timestamp:
		case Wire::timestamptz:
			return 8;
		case Wire::decimal:
		case Wire::interval:
			return 16;
		default:
			return 0;
	}
}

void ReadFormat(const char *format, WireColumn *column)
{
	for (const Format &known : kFormats)
	{
		if (strcmp(known.format, format) != 0)
			continue;
		column->wire = known.wire;
		column->units_per_second = known.units_per_second;
		return;
	}
	// ts and a unit, a colon, and a time zone where the moment is an absolute one.
	if (format[0] == 't' && format[1] == 's' && format[2] != '\0' && format[3] == ':')
	{
		column->wire = format[4] == '\0' ? Wire::timestamp : Wire::timestamptz;
		column->units_per_second = format[2] == 's'	  ? 1
								   : format[2] == 'm' ? 1000
								   : format[2] == 'u' ? 1000000
													  : 1000000000;
		return;
	}
	int precision, scale, width;
	int found = sscanf(format, "d:%d,%d,%d", &precision, &scale, &width);
	if (found == 2 || (found == 3 && width == 128))
	{
		column->wire = Wire::decimal;
		column->precision = precision;
		column->scale = scale;
		return;
	}
	column->wire = Wire::unknown;
}

void ReadSchema(const ArrowSchema &schema, WireColumn *column)
{
	*column = WireColumn{};
	column->format = pstrdup(schema.format);
	if (schema.dictionary != nullptr)
	{
		WireColumn key;
		ReadFormat(schema.format, &key);
		column->key_width = WidthOf(key.wire);
		WireColumn *values = static_cast<WireColumn *>(palloc(sizeof(WireColumn)));
		ReadSchema(*schema.dictionary, values);
		column->values = values;
		column->wire = values->wire == Wire::text ? Wire::text : Wire::unknown;
		return;
	}
	ReadFormat(schema.format, column);
	if (column->wire == Wire::list)
	{
		WireColumn *element = static_cast<WireColumn *>(palloc(sizeof(WireColumn)));
		ReadSchema(*schema.children[0], element);
		column->element = element;
	}
}

void ReleaseChunk(void *argument) noexcept
{
	ChunkReader *reader = static_cast<ChunkReader *>(argument);
	if (reader->chunk.release != nullptr)
		reader->chunk.release(&reader->chunk);
	reader->chunk.release = nullptr;
}

bool IsNull(const ArrowArray &array, int64 at)
{
	const uint8 *valid = array.n_buffers > 0 ? static_cast<const uint8 *>(array.buffers[0]) : nullptr;
	return valid != nullptr && (valid[at / 8] >> (at % 8) & 1) == 0;
}

uint64 KeyAt(const void *keys, int64 width, int64 at)
{
	const char *key = static_cast<const char *>(keys) + at * width;
	uint64 value = 0;
	memcpy(&value, key, static_cast<size_t>(width));
	return value;
}

FabricCell CellAt(const WireColumn &column, const ArrowArray &array, int64 row, StringInfo scratch);

// A list's elements one behind the other: each its size, or ~0 for NULL, and its bytes.
constexpr uint64 kNullElement = ~static_cast<uint64>(0);

void PackList(const WireColumn &column, const ArrowArray &array, int64 at, StringInfo out)
{
	const int64 *offsets = static_cast<const int64 *>(array.buffers[1]);
	const ArrowArray &elements = *array.children[0];
	for (int64 i = offsets[at]; i < offsets[at + 1]; ++i)
	{
		int place = out->len;
		uint64 size = kNullElement;
		appendBinaryStringInfo(out, reinterpret_cast<char *>(&size), sizeof size);
		if (column.element->wire == Wire::list && !IsNull(elements, i + elements.offset))
		{
			PackList(*column.element, elements, i + elements.offset, out);
			size = static_cast<uint64>(out->len - place) - sizeof size;
		}
		else
		{
			FabricCell cell = CellAt(*column.element, elements, i, nullptr);
			if (cell.data == nullptr)
				continue;
			appendBinaryStringInfo(out, cell.data, static_cast<int>(cell.size));
			size = cell.size;
		}
		memcpy(out->data + place, &size, sizeof size);
	}
}

// The value of a row, counted from the array's own beginning. Of lists only the place in the scratch, as a number.
FabricCell CellAt(const WireColumn &column, const ArrowArray &array, int64 row, StringInfo scratch)
{
	static constexpr char kBooleans[2] = {0, 1};
	int64 at = row + array.offset;
	if (column.wire == Wire::nothing || IsNull(array, at))
		return {nullptr, 0};
	if (column.values != nullptr)
		return CellAt(*column.values, *array.dictionary,
					  static_cast<int64>(KeyAt(array.buffers[1], column.key_width, at)), nullptr);
	const char *values = static_cast<const char *>(array.buffers[1]);
	switch (column.wire)
	{
		case Wire::boolean:
			return {&kBooleans[values[at / 8] >> (at % 8) & 1], 1};
		case Wire::text:
		case Wire::bytes:
		{
			const int64 *offsets = reinterpret_cast<const int64 *>(values);
			// Where all are empty there need be no bytes; but a missing pointer says NULL here.
			const char *bytes = array.buffers[2] != nullptr ? static_cast<const char *>(array.buffers[2]) : "";
			return {bytes + offsets[at], static_cast<size_t>(offsets[at + 1] - offsets[at])};
		}
		case Wire::list:
		{
			size_t place = static_cast<size_t>(scratch->len);
			PackList(column, array, at, scratch);
			return {reinterpret_cast<const char *>(place), static_cast<size_t>(scratch->len) - place};
		}
		default:
		{
			int width = WidthOf(column.wire);
			return {values + at * width, static_cast<size_t>(width)};
		}
	}
}

} // namespace

ChunkReader *MakeChunkReader(const FabricDriver *driver, const FabricConnection *handle, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	ChunkReader *reader = static_cast<ChunkReader *>(palloc0(sizeof(ChunkReader)));
	ArrowSchema schema;
	driver->schema(handle, &schema);
	if (schema.release == nullptr)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	reader->ncolumns = static_cast<int>(schema.n_children);
	size_t count = static_cast<size_t>(Max(reader->ncolumns, 1));
	// What this allocates is little; should it fail after all, the schema is lost until the process ends.
	reader->columns = static_cast<WireColumn *>(palloc(sizeof(WireColumn) * count));
	for (int i = 0; i < reader->ncolumns; ++i)
		ReadSchema(*schema.children[i], &reader->columns[i]);
	schema.release(&schema);
	reader->cells = static_cast<FabricCell *>(palloc0(sizeof(FabricCell) * count));
	initStringInfo(&reader->scratch);
	reader->callback.func = ReleaseChunk;
	reader->callback.arg = reader;
	MemoryContextRegisterResetCallback(context, &reader->callback);
	MemoryContextSwitchTo(old);
	return reader;
}

void TakeChunk(ChunkReader *reader, const ArrowArray &chunk)
{
	ReleaseChunk(reader);
	reader->chunk = chunk;
	reader->row = 0;
}

bool HasRows(const ChunkReader *reader)
{
	return reader->chunk.release != nullptr && reader->row < reader->chunk.length;
}

bool NextChunkRow(ChunkReader *reader, const FabricCell **cells)
{
	if (unlikely(!HasRows(reader)))
	{
		ReleaseChunk(reader);
		return false;
	}
	bool lists = false;
	resetStringInfo(&reader->scratch);
	for (int i = 0; i < reader->ncolumns; ++i)
	{
		const WireColumn &column = reader->columns[i];
		lists = lists || column.wire == Wire::list;
		reader->cells[i] =
			CellAt(column, *reader->chunk.children[i], reader->row + reader->chunk.offset, &reader->scratch);
	}
	// The scratch stays where it is now.
	for (int i = 0; lists && i < reader->ncolumns; ++i)
		if (reader->columns[i].wire == Wire::list &&
			!IsNull(*reader->chunk.children[i], reader->row + reader->chunk.offset + reader->chunk.children[i]->offset))
			reader->cells[i].data = reader->scratch.data + reinterpret_cast<size_t>(reader->cells[i].data);
	++reader->row;
	*cells = reader->cells;
	return true;
}

bool ReadListElement(const FabricCell &list, const char **at, FabricCell *element)
{
	if (*at == list.data + list.size)
		return false;
	uint64 size;
	memcpy(&size, *at, sizeof size);
	*at += sizeof size;
	*element = {nullptr, 0};
	if (size == kNullElement)
		return true;
	*element = {*at, static_cast<size_t>(size)};
	*at += size;
	return true;
}

} // namespace fabric::fdw
