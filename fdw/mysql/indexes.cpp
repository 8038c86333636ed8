// The MySQL dialect: what the index of a column finds, by its plain form.
#include "fdw/shared/mutation.hpp"

#include "fdw/mysql/dialect.hpp"
#include "fdw/shared/text.hpp"

namespace fabric::fdw::mysql
{

namespace
{

// Whether no two codes of a character set are one character to us: by trying all of MariaDB 10.11's.
bool IsOneToOne(const char *character_set)
{
	return IsOneOf(character_set, {"utf8mb4", "utf8mb3", "utf8",   "ucs2",	 "utf16",  "utf16le", "utf32",
								   "ascii",	  "latin1",	 "latin2", "latin5", "latin7", "cp850",	  "cp852",
								   "cp866",	  "keybcs2", "koi8r",  "koi8u",	 "macce",  "macroman"});
}

// Whether at least the common characters have one code each; codes without a character come as '?', U+FFFD or '\\'.
bool IsNearlyOneToOne(const char *character_set)
{
	return IsOneOf(character_set, {"cp1250", "cp1251", "cp1256", "cp1257", "greek", "hebrew", "hp8", "dec8", "tis620",
								   "big5", "gb2312", "gbk", "gb18030", "euckr", "cp932", "sjis", "eucjpms"});
}

} // namespace

bool MysqlDialect::PlainIsSuperset(const ColumnReference &column, Repertoire literal) const
{
	if (column.kind != Kind::text && column.kind != Kind::bpchar)
		return !RoundsTime(column);
	// Equal strings are equal under every collation, if one character has one code; a literal that the column's character set
	// lacks is error 1267.
	const char *character_set = column.facts->character_set;
	if (Mutated("index_form_of_any_character"))
		return true;
	if (literal <= Repertoire::ascii)
		return IsOneToOne(character_set) || (literal == Repertoire::common && IsNearlyOneToOne(character_set));
	if (IsOneOf(character_set, {"utf8mb3", "utf8", "ucs2"}))
		return literal == Repertoire::basic_plane;
	return IsOneOf(character_set, {"utf8mb4", "utf16", "utf16le", "utf32"});
}

// MariaDB compares the rows of such a list without converting their literals to the column's character set: (v, i) IN (('a', 1),
// ('b', 2)) finds nothing in a column of utf16.
bool MysqlDialect::PlainIsSupersetInRows(const ColumnReference &column) const
{
	bool text = column.kind == Kind::text || column.kind == Kind::bpchar;
	return PlainIsSuperset(column, Repertoire::any) && (!text || Is(column.facts->character_set, "utf8mb4"));
}

// R8: MariaDB makes of LIKE 'a%' a range of the index. Under utf8mb4_bin, unicode_ci and their like it leaves out what has a control
// character or one beyond U+FFFF after the prefix; these collations were tried with every character.
bool MysqlDialect::LikeFindsAllByIndex(const ColumnReference &column) const
{
	return IsOneOf(column.facts->collation,
				   {"utf8mb4_general_ci", "utf8mb3_general_ci", "utf8_general_ci", "utf16_general_ci",
					"ucs2_general_ci", "latin1_swedish_ci", "latin2_general_ci", "gbk_chinese_ci", "ascii_general_ci"});
}

// R3: what core::CharacterOrder says was tried with every character. An ENUM is sorted by position. utf8mb3 is left out: pinned to
// it, a column that has become utf8mb4 would be compared without the characters that utf8mb3 lacks.
core::CharacterOrder MysqlDialect::IndexOrder(const ColumnReference &column) const
{
	const char *collation = column.facts->collation;
	if (IsOneOf(column.facts->data_type, {"enum", "set"}))
		return core::CharacterOrder::unknown;
	if (IsOneOf(collation, {"utf8mb4_bin", "utf8mb4_nopad_bin", "utf8mb4_0900_bin"}))
		return core::CharacterOrder::code_points;
	if (IsOneOf(collation, {"utf8mb4_general_ci", "utf8mb4_general_nopad_ci", "latin1_swedish_ci"}))
		return core::CharacterOrder::folded;
	// Those by the Unicode tables that are not made for a language.
	bool unicode = IsOneOf(collation, {"utf8mb4_unicode_ci", "utf8mb4_unicode_nopad_ci", "utf8mb4_unicode_520_ci",
									   "utf8mb4_unicode_520_nopad_ci", "utf8mb4_0900_ai_ci", "utf8mb4_0900_as_ci",
									   "utf8mb4_0900_as_cs", "utf8mb4_uca1400_ai_ci", "utf8mb4_uca1400_ai_cs",
									   "utf8mb4_uca1400_as_ci", "utf8mb4_uca1400_as_cs", "utf8mb4_uca1400_nopad_ai_ci",
									   "utf8mb4_uca1400_nopad_ai_cs", "utf8mb4_uca1400_nopad_as_ci",
									   "utf8mb4_uca1400_nopad_as_cs"});
	return unicode ? core::CharacterOrder::alphanumeric : core::CharacterOrder::unknown;
}

// A constant is stored as the indexed column's type before it is looked up, and the comparison itself left out. MariaDB 10.11 joins
// exactly all the same; that is not relied on.
bool MysqlDialect::JoinsByIndex(const ColumnReference &left, const ColumnReference &right) const
{
	const ColumnFacts &one = *left.facts;
	const ColumnFacts &other = *right.facts;
	if (left.kind != right.kind)
		return false;
	switch (left.kind)
	{
		case Kind::integer:
			return !Is(one.data_type, "year") && !Is(other.data_type, "year");
		case Kind::decimal:
			return IsIntegerType(one.data_type) == IsIntegerType(other.data_type) && one.scale == other.scale;
		case Kind::float4:
		case Kind::float8:
			return Is(one.data_type, other.data_type);
		case Kind::date:
		case Kind::bytes:
			return true;
		case Kind::timestamp:
		case Kind::timestamptz:
			return one.precision == other.precision;
		case Kind::time:
			return !RoundsTime(left) && !RoundsTime(right);
		case Kind::text:
		case Kind::bpchar:
			// Two collations are not comparable; ENUM and SET are numbers to an index.
			return Is(one.collation, other.collation) && IsOneToOne(one.character_set) &&
				   !IsOneOf(one.data_type, {"enum", "set"}) && !IsOneOf(other.data_type, {"enum", "set"});
		default:
			return false;
	}
}

} // namespace fabric::fdw::mysql
