// What a collation's order is. Looks into the catalogue at every call; keeps nothing.
#include <initializer_list>

#include "pg/collation.hpp"
#include "pg/compat.hpp"

extern "C"
{
#include <catalog/pg_collation.h>
#include <catalog/pg_database.h>
#include <mb/pg_wchar.h>
}

namespace fabric::pg
{

namespace
{

struct Locale
{
	char provider;
	const char *name; // nullptr when the provider keeps none there
};

bool ReadDatabaseLocale(Locale *locale)
{
	HeapTuple tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(MyDatabaseId));
	if (!HeapTupleIsValid(tuple))
		return false;
	locale->provider = reinterpret_cast<Form_pg_database>(GETSTRUCT(tuple))->datlocprovider;
	bool isnull;
	Datum name = SysCacheGetAttr(DATABASEOID, tuple, compat::DatabaseLocaleAttribute(locale->provider), &isnull);
	locale->name = isnull ? nullptr : TextDatumGetCString(name);
	ReleaseSysCache(tuple);
	return true;
}

bool ReadLocale(Oid collation, Locale *locale)
{
	HeapTuple tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	if (!HeapTupleIsValid(tuple))
		return false;
	locale->provider = reinterpret_cast<Form_pg_collation>(GETSTRUCT(tuple))->collprovider;
	bool isnull;
	Datum name = SysCacheGetAttr(COLLOID, tuple, compat::CollationLocaleAttribute(locale->provider), &isnull);
	locale->name = isnull ? nullptr : TextDatumGetCString(name);
	ReleaseSysCache(tuple);
	return locale->provider != COLLPROVIDER_DEFAULT || ReadDatabaseLocale(locale);
}

bool IsOneOf(const char *name, std::initializer_list<const char *> names)
{
	for (const char *candidate : names)
		if (pg_strcasecmp(name, candidate) == 0)
			return true;
	return false;
}

} // namespace

bool OrdersByBytes(Oid collation)
{
	Locale locale;
	if (!OidIsValid(collation) || !ReadLocale(collation, &locale) || locale.name == nullptr)
		return false;
	bool builtin = compat::IsBuiltinProvider(locale.provider);
	if (locale.provider != COLLPROVIDER_LIBC && !builtin)
		return false;
	if (IsOneOf(locale.name, {"C", "POSIX"}))
		return true;
	bool by_code_point =
		IsOneOf(locale.name, {"C.UTF-8", "C.UTF8"}) || (builtin && IsOneOf(locale.name, {"PG_UNICODE_FAST"}));
	return by_code_point && GetDatabaseEncoding() == PG_UTF8;
}

} // namespace fabric::pg
