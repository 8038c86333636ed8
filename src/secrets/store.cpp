// Sealed secrets in their table. See store.hpp.
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/secret_file.hpp"
#include "core/sqlstate.hpp"

#include "pg/compat.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"
#include "pg/memory.hpp"
#include "pg/spi.hpp"

#include "secrets/keys.hpp"
#include "secrets/store.hpp"

#include "fdw/shared/sealed_options.hpp"

extern "C"
{
#include <access/genam.h>
#include <access/table.h>
#include <catalog/namespace.h>
#include <foreign/foreign.h>
#include <mb/pg_wchar.h>
#include <miscadmin.h>
#include <nodes/makefuncs.h>
#include <utils/builtins.h>
#include <utils/fmgroids.h>
#include <utils/guc.h>
#include <utils/lsyscache.h>
#include <utils/rel.h>
#include <utils/snapmgr.h>
#include <utils/varlena.h>
}

namespace fabric::secrets
{

namespace
{

constexpr int kColumnSource = 1;
constexpr int kColumnRole = 2;
constexpr int kColumnSealed = 3;

char *secret_files = nullptr;
char *secret_environment = nullptr;

std::string BindingOf(const char *source, const char *role)
{
	return core::binding_of({"pg_fabric secret", source, role});
}

// ---- reading the table ----

// Whether a source has a secret for a role, and the sealed bytes, palloc'd, unless `sealed` is nullptr. By the table's primary key,
// without rights of the caller.
bool Find(const char *source, const char *role, bytea **sealed)
{
	Oid space = get_namespace_oid("fabric_system", true);
	Oid relid = OidIsValid(space) ? get_relname_relid("secrets", space) : InvalidOid;
	if (!OidIsValid(relid))
		return false; // the extension is being made, or an older one
	NameData names[2];
	namestrcpy(&names[0], source);
	namestrcpy(&names[1], role);
	Relation table = table_open(relid, AccessShareLock);
	ScanKeyData keys[2];
	ScanKeyInit(&keys[0], kColumnSource, BTEqualStrategyNumber, F_NAMEEQ, NameGetDatum(&names[0]));
	ScanKeyInit(&keys[1], kColumnRole, BTEqualStrategyNumber, F_NAMEEQ, NameGetDatum(&names[1]));
	// As it is now, by a catalogue's snapshot: connections are made within parallel queries as well.
	SysScanDesc scan =
		systable_beginscan(table, pg::compat::PrimaryKeyIndex(table), true, nullptr, lengthof(keys), keys);
	HeapTuple tuple = systable_getnext(scan);
	bool found = HeapTupleIsValid(tuple);
	if (found && sealed != nullptr)
	{
		bool isnull;
		*sealed = DatumGetByteaPCopy(heap_getattr(tuple, kColumnSealed, RelationGetDescr(table), &isnull));
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	return found;
}

// The same for a user: its own, else that for all. *role: whose it is.
bool FindFor(const char *source, Oid user_id, const char **role, bytea **sealed)
{
	*role = GetUserNameFromId(user_id, true);
	if (*role != nullptr && Find(source, *role, sealed))
		return true;
	*role = kPublic;
	return Find(source, kPublic, sealed);
}

std::basic_string_view<uint8_t> BytesOf(const bytea *sealed)
{
	return {reinterpret_cast<const uint8_t *>(VARDATA_ANY(sealed)), VARSIZE_ANY_EXHDR(sealed)};
}

// ---- where values are ----

std::string Resolved(const std::string &path)
{
	char *resolved = realpath(path.c_str(), nullptr);
	std::string found = resolved != nullptr ? resolved : "";
	free(resolved);
	return found;
}

core::SecretText FromFile(const std::string &path)
{
	const std::string file = Resolved(path);
	List *directories = NIL;
	(void)pg::call([&] { return SplitDirectoriesString(pstrdup(secret_files), ',', &directories); });
	bool allowed = false;
	ListCell *cell;
	foreach (cell, directories)
	{
		const std::string below = Resolved(static_cast<const char *>(lfirst(cell))) + "/";
		allowed = allowed || (below.size() > 1 && file.starts_with(below));
	}
	if (!allowed)
		throw core::Error(core::sqlstate::insufficient_privilege,
						  "the file \"" + path + "\" must not be read for a secret, or there is none", {},
						  "A superuser allows directories by the setting fabric.secret_files.");
	const core::SecretText content = core::read_secret_file(file, "file of a secret", {}).value();
	// The end of the last line is no part of it: echo and editors write one.
	std::string_view text = content.view();
	if (!text.empty() && text.back() == '\n')
		text.remove_suffix(1);
	if (!text.empty() && text.back() == '\r')
		text.remove_suffix(1);
	if (text.find('\0') != text.npos)
		throw core::Error(core::sqlstate::invalid_parameter_value, "the file \"" + path + "\" holds a NUL character");
	return core::SecretText(text);
}

core::SecretText FromEnvironment(const std::string &name)
{
	std::string names = "," + std::string(secret_environment) + ",";
	std::erase_if(names, [](char c) { return c == ' ' || c == '\t'; });
	const bool allowed = !name.empty() && names.find("," + name + ",") != names.npos;
	const char *value = allowed ? getenv(name.c_str()) : nullptr;
	if (value == nullptr)
		throw core::Error(core::sqlstate::insufficient_privilege,
						  "the environment variable \"" + name + "\" must not be read for a secret, or there is none",
						  {}, "A superuser allows variables of the server by the setting fabric.secret_environment.");
	return core::SecretText(std::string_view(value));
}

// A value as it is given: itself, or where it is.
core::SecretText Given(core::SecretText value)
{
	constexpr std::string_view file = "file:";
	constexpr std::string_view environment = "env:";
	constexpr std::string_view text = "text:";
	const std::string_view given = value.view();
	if (given.starts_with(file))
		return FromFile(std::string(given.substr(file.size())));
	if (given.starts_with(environment))
		return FromEnvironment(std::string(given.substr(environment.size())));
	if (given.starts_with(text))
		return core::SecretText(given.substr(text.size()));
	return value;
}

// ---- writing the table ----

bytea *MakeBytea(const std::vector<uint8_t> &bytes)
{
	return reinterpret_cast<bytea *>(
		cstring_to_text_with_len(reinterpret_cast<const char *>(bytes.data()), static_cast<int>(bytes.size())));
}

void WriteRow(const char *source, const char *role, const std::vector<uint8_t> &sealed)
{
	pg::call(
		[&]
		{
			Oid types[] = {NAMEOID, NAMEOID, BYTEAOID};
			Datum values[] = {pg::NameParameter(source), pg::NameParameter(role), PointerGetDatum(MakeBytea(sealed))};
			(void)pg::change_as_owner(
				"INSERT INTO fabric_system.secrets AS s (source, role, sealed) VALUES ($1, $2, $3) "
				"ON CONFLICT (source, role) DO UPDATE SET sealed = excluded.sealed, changed_at = pg_catalog.now()",
				lengthof(types), types, values);
		});
}

// ---- rows ----

// The rows of a server, by its OID, or all of them, palloc'd. `lock`: to be written again, as they are by then: what another session gives
// meanwhile, or takes, is not undone.
Rows ReadRows(Oid server, bool lock)
{
	const char *query = psprintf("SELECT source, role, sealed, changed_at FROM fabric_system.secrets "
								 "WHERE $1 IS NULL OR server = $1 ORDER BY source, role%s",
								 lock ? " FOR UPDATE" : "");
	MemoryContext context = CurrentMemoryContext;
	Oid types[] = {OIDOID};
	Datum values[] = {ObjectIdGetDatum(server)};
	char nulls[] = {OidIsValid(server) ? ' ' : 'n'};
	return pg::query_as_owner(query, lengthof(types), types, values, nulls,
							  [&]
							  {
								  MemoryContext old = MemoryContextSwitchTo(context);
								  Rows found{static_cast<int>(SPI_processed), pg::make_array<Row>(SPI_processed)};
								  for (int i = 0; i < found.count; ++i)
								  {
									  HeapTuple tuple = SPI_tuptable->vals[i];
									  TupleDesc descriptor = SPI_tuptable->tupdesc;
									  bool isnull;
									  found.rows[i] = {
										  pstrdup(NameStr(*DatumGetName(SPI_getbinval(tuple, descriptor, 1, &isnull)))),
										  pstrdup(NameStr(*DatumGetName(SPI_getbinval(tuple, descriptor, 2, &isnull)))),
										  DatumGetByteaPCopy(SPI_getbinval(tuple, descriptor, 3, &isnull)),
										  DatumGetTimestampTz(SPI_getbinval(tuple, descriptor, 4, &isnull))};
								  }
								  MemoryContextSwitchTo(old);
								  return found;
							  });
}

void WarnOfLocked(const Row &row, const core::Error &error)
{
	const std::string detail = error.detail.empty() ? error.message + "." : error.detail;
	pg::call(
		[&]
		{
			ereport(WARNING, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
							  errmsg("the secret of source \"%s\" for role \"%s\" stays locked", row.source, row.role),
							  errdetail_internal("%s", detail.c_str())));
		});
}

const fdw::SealedOptionsKeeper kKeeper = {Options, Has};

// The error of a secret that is not to be had, by what its reason is.
core::Error Locked(const char *source, const core::Error &reason)
{
	core::Error error = reason;
	error.detail = reason.message + ".";
	error.message = "the secret of source \"" + std::string(source) + "\" is locked";
	if (error.hint.empty())
		error.hint = "Give the key file the key that sealed it, or the source its secret again: fabric.set_secret.";
	memcpy(error.sqlstate, core::sqlstate::object_not_in_prerequisite_state, sizeof error.sqlstate);
	return error;
}

// What a row's secret is, or why it cannot be opened.
core::Result<core::SecretText> Open(const char *source, const char *role, const bytea *sealed)
{
	try
	{
		core::Result<core::SecretText> found = core::unseal(Keys(), BindingOf(source, role), BytesOf(sealed));
		if (found)
			return found;
		return Locked(source, *found.error());
	}
	catch (const core::Error &error)
	{
		return Locked(source, error); // there are no keys
	}
}

} // namespace

List *Options(const char *source, Oid user_id)
{
	const char *role;
	bytea *sealed;
	if (!FindFor(source, user_id, &role, &sealed))
		return NIL;
	return pg::entry(
		[&]
		{
			const Values values = Parse(Open(source, role, sealed).value().view());
			return pg::call(
				[&]
				{
					List *options = NIL;
					for (const auto &[name, value] : values)
					{
						// Kept in UTF-8, whatever database it is restored into.
						char *copy = pg::FromUtf8(pnstrdup(value.view().data(), value.view().size()));
						options = lappend(options, makeDefElem(pstrdup(name.c_str()),
															   reinterpret_cast<Node *>(makeString(copy)), -1));
					}
					return options;
				});
		});
}

bool Has(const char *source, Oid user_id)
{
	const char *role;
	return FindFor(source, user_id, &role, nullptr);
}

Values Parse(std::string_view text)
{
	const nlohmann::json secret = nlohmann::json::parse(text, nullptr, false);
	if (!secret.is_object())
		throw core::Error(core::sqlstate::invalid_parameter_value, "a secret must be a JSON object of strings", {},
						  "Such as {\"username\": \"reader\", \"password\": \"env:SHOP_PASSWORD\"}.");
	Values values;
	for (const auto &[name, value] : secret.items())
	{
		if (value.is_null())
			continue;
		if (!value.is_string())
			throw core::Error(core::sqlstate::invalid_parameter_value,
							  "\"" + name + "\" of the secret is not a string");
		const std::string &given = value.get_ref<const std::string &>();
		if (given.find('\0') != std::string::npos)
			throw core::Error(core::sqlstate::invalid_parameter_value,
							  "\"" + name + "\" of the secret holds a NUL character");
		values.emplace_back(name, core::SecretText(given));
	}
	return values;
}

Values Read(Values secret)
{
	Values read;
	for (auto &[name, value] : secret)
	{
		core::SecretText found = Given(std::move(value));
		if (found.view().empty())
			throw core::Error(core::sqlstate::invalid_parameter_value, "\"" + name + "\" of the secret is empty");
		if (!pg_verify_mbstr(PG_UTF8, found.view().data(), static_cast<int>(found.view().size()), true))
			throw core::Error(core::sqlstate::character_not_in_repertoire,
							  "\"" + name + "\" of the secret is not valid UTF-8");
		read.emplace_back(name, std::move(found));
	}
	return read;
}

void Store(const char *source, const char *role, Values secret)
{
	nlohmann::json object = nlohmann::json::object();
	for (const auto &[name, value] : Read(std::move(secret)))
		object[name] = value.view();
	const core::SecretText text(object.dump());
	WriteRow(source, role, core::seal(Keys(), BindingOf(source, role), text.view()).value());
}

bool Remove(const char *source, const char *role)
{
	Oid types[] = {NAMEOID, NAMEOID};
	Datum values[] = {pg::NameParameter(source), pg::NameParameter(role)};
	return pg::change_as_owner("DELETE FROM fabric_system.secrets WHERE source = $1 AND role = $2", lengthof(types),
							   types, values) > 0;
}

int64 Rotate()
{
	const Rows found = pg::call([] { return ReadRows(InvalidOid, true); });
	int64 sealed_again = 0;
	for (int i = 0; i < found.count; ++i)
	{
		const Row &row = found.rows[i];
		const core::Result<core::KeyId> key = core::key_of(BytesOf(row.sealed));
		if (key && key.value() == Keys().current().id)
			continue;
		const core::Result<core::SecretText> secret = Open(row.source, row.role, row.sealed);
		if (!secret)
		{
			WarnOfLocked(row, *secret.error());
			continue;
		}
		WriteRow(row.source, row.role,
				 core::seal(Keys(), BindingOf(row.source, row.role), secret.value().view()).value());
		++sealed_again;
	}
	return sealed_again;
}

void Follow(Oid server)
{
	const Rows found = pg::call([&] { return ReadRows(server, true); });
	const char *name = nullptr;
	pg::call(
		[&]
		{
			const ForeignServer *now = found.count > 0 ? GetForeignServerExtended(server, FSV_MISSING_OK) : nullptr;
			name = now != nullptr ? now->servername : nullptr;
		});
	for (int i = 0; i < found.count; ++i)
	{
		const Row &row = found.rows[i];
		if (name != nullptr && strcmp(row.source, name) == 0)
			continue;
		pg::call([&] { (void)Remove(row.source, row.role); });
		if (name == nullptr)
			continue;
		try
		{
			const core::SecretText secret = Open(row.source, row.role, row.sealed).value();
			WriteRow(name, row.role, core::seal(Keys(), BindingOf(name, row.role), secret.view()).value());
		}
		catch (const core::Error &error)
		{
			// It opens again when the server has its old name and the key is there.
			const std::basic_string_view<uint8_t> bytes = BytesOf(row.sealed);
			WriteRow(name, row.role, {bytes.begin(), bytes.end()});
			WarnOfLocked(row, error);
		}
	}
}

Rows AllRows()
{
	return ReadRows(InvalidOid, false);
}

Lock LockOf(const Row &row)
{
	const core::Result<core::KeyId> key = core::key_of(BytesOf(row.sealed));
	return {key ? core::to_text(key.value()) : "", Open(row.source, row.role, row.sealed).ok()};
}

void InitStore()
{
	DefineCustomStringVariable("fabric.secret_files", "Directories whose files secrets may be given by: file:/path.",
							   "A list of absolute paths.", &secret_files, "", PGC_SUSET, GUC_LIST_INPUT, nullptr,
							   nullptr, nullptr);
	DefineCustomStringVariable(
		"fabric.secret_environment", "Environment variables of the server that secrets may be given by: env:NAME.",
		"A list of names.", &secret_environment, "", PGC_SUSET, GUC_LIST_INPUT, nullptr, nullptr, nullptr);
	fdw::sealed_options_keeper = &kKeeper;
}

} // namespace fabric::secrets
