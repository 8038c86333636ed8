// The SQL functions of secrets. What may be done is asked here; the store does it. Nothing is kept between calls.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/nearest.hpp"
#include "core/sqlstate.hpp"

#include "pg/arguments.hpp"
#include "pg/compat.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"
#include "pg/rights.hpp"

#include "fdw/shared/options.hpp"

#include "secrets/give.hpp"
#include "secrets/store.hpp"

extern "C"
{
#include <catalog/pg_foreign_server.h>
#include <catalog/pg_user_mapping.h>
#include <foreign/foreign.h>
#include <funcapi.h>
#include <miscadmin.h>
#include <storage/lmgr.h>
#include <utils/acl.h>
#include <utils/builtins.h>
#include <utils/syscache.h>
#include <utils/tuplestore.h>

PG_FUNCTION_INFO_V1(fabric_set_secret);
PG_FUNCTION_INFO_V1(fabric_drop_secret);
PG_FUNCTION_INFO_V1(fabric_rotate_secrets);
PG_FUNCTION_INFO_V1(fabric_list_secrets);
PG_FUNCTION_INFO_V1(fabric_follow_server);
}

namespace fabric::secrets
{

namespace
{

// As for user mappings: the owner of a server gives secrets to anybody, who may use it to itself.
void CheckRights(const ForeignServer *server, const char *role)
{
	if (pg::compat::OwnsServer(server->serverid, GetUserId()))
		return;
	if (strcmp(role, GetUserNameFromId(GetUserId(), false)) != 0)
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_FOREIGN_SERVER, server->servername);
	pg::RequireUsage(server);
}

// What `find` finds, which then stays as it is until the transaction ends; InvalidOid when it finds nothing.
template <typename Find> Oid LockFound(Oid catalog, Find find)
{
	while (Oid object = find())
	{
		LockDatabaseObject(catalog, object, 0, AccessShareLock);
		if (find() == object)
			return object;
		UnlockDatabaseObject(catalog, object, 0, AccessShareLock);
	}
	return InvalidOid;
}

const ForeignServer *LockServer(const char *name)
{
	Oid server = LockFound(ForeignServerRelationId, [&] { return get_foreign_server_oid(name, true); });
	return OidIsValid(server) ? GetForeignServer(server) : GetForeignServerByName(name, false);
}

// Raises when there is none.
void LockMapping(const ForeignServer *server, const char *role, Oid role_id)
{
	const auto find = [&]
	{
		return GetSysCacheOid2(USERMAPPINGUSERSERVER, Anum_pg_user_mapping_oid, ObjectIdGetDatum(role_id),
							   ObjectIdGetDatum(server->serverid));
	};
	if (OidIsValid(LockFound(UserMappingRelationId, find)))
		return;
	const char *quoted = strcmp(role, kPublic) == 0 ? "PUBLIC" : quote_identifier(role);
	ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
					errmsg("role \"%s\" has no user mapping for server \"%s\"", role, server->servername),
					errhint("CREATE USER MAPPING FOR %s SERVER %s; what it says in clear counts before a secret.",
							quoted, quote_identifier(server->servername))));
}

// A secret has what a user mapping has, except what only superusers may say. Where there are passwords it has one: it stands for that
// of the mapping, without which a role that is no superuser must not connect.
void CheckNames(const fdw::Tenant &tenant, const Values &secret)
{
	std::vector<std::string_view> names;
	for (const fdw::OptionSpec &spec : tenant.options)
		if ((spec.scopes & fdw::kMappingOption) != 0 && !spec.superuser && spec.canonical == nullptr &&
			spec.kind == fdw::OptionKind::text)
			names.emplace_back(spec.name);
	for (const auto &[name, value] : secret)
	{
		if (std::find(names.begin(), names.end(), name) != names.end())
			continue;
		const std::string hint = core::hint_of_names(name, names, "option", "Its options are");
		throw core::Error(core::sqlstate::fdw_invalid_option_name,
						  std::string("a secret of ") + tenant.wrapper + " has no option \"" + name + "\"", {},
						  hint.empty() ? "Its servers need no secrets." : hint);
	}
	constexpr std::string_view password = "password";
	if (std::find(names.begin(), names.end(), password) != names.end() &&
		std::none_of(secret.begin(), secret.end(), [&](const auto &value) { return value.first == password; }))
		throw core::Error(core::sqlstate::fdw_option_name_not_found,
						  std::string("a secret of ") + tenant.wrapper + " needs the option \"password\"");
}

bool RoleIsThere(const char *role)
{
	return strcmp(role, kPublic) == 0 || OidIsValid(get_role_oid(role, true));
}

// Whether the caller is told that there is this secret.
bool IsShown(const Row &row, const ForeignServer *server)
{
	return pg::IsAdmin() || strcmp(row.role, GetUserNameFromId(GetUserId(), false)) == 0 ||
		   (server != nullptr && pg::compat::OwnsServer(server->serverid, GetUserId()));
}

void PutRow(ReturnSetInfo *result, const Row &row, const ForeignServer *server)
{
	const char *key = nullptr;
	bool opens = false;
	pg::entry(
		[&]
		{
			const Lock lock = LockOf(row);
			opens = lock.opens;
			key = pg::call([&] { return pstrdup(lock.key.c_str()); });
		});
	const char *status = server == nullptr || !RoleIsThere(row.role) ? "orphaned" : opens ? "ready" : "locked";
	Datum values[] = {CStringGetTextDatum(row.source), CStringGetTextDatum(row.role), CStringGetTextDatum(key),
					  CStringGetTextDatum(status), TimestampTzGetDatum(row.changed_at)};
	bool nulls[lengthof(values)] = {};
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

} // namespace

void Give(const fdw::Tenant &tenant, const char *source, const char *role, Jsonb *secret)
{
	char *text = pg::JsonText(secret);
	pg::entry(
		[&]
		{
			Values values = Parse(pg::call([&] { return pg::ToUtf8(text); }));
			CheckNames(tenant, values);
			Store(source, role, std::move(values));
		});
	explicit_bzero(text, strlen(text));
}

} // namespace fabric::secrets

using namespace fabric;

Datum fabric_set_secret(PG_FUNCTION_ARGS)
{
	const char *source = pg::NameArgument(fcinfo, 0, "source");
	const char *role = pg::NameArgument(fcinfo, 2, "role");
	if (PG_ARGISNULL(1))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("secret must not be NULL"),
						errhint("fabric.drop_secret removes one.")));
	Jsonb *secret = PG_GETARG_JSONB_P(1);
	const ForeignServer *server = secrets::LockServer(source);
	Oid role_id = secrets::RoleOf(role);
	secrets::CheckRights(server, role);
	const fdw::Tenant &tenant = fdw::TenantOfServer(server->serverid);
	secrets::LockMapping(server, role, role_id);
	secrets::Give(tenant, server->servername, role, secret);
	PG_RETURN_VOID();
}

Datum fabric_drop_secret(PG_FUNCTION_ARGS)
{
	const char *source = pg::NameArgument(fcinfo, 0, "source");
	const char *role = pg::NameArgument(fcinfo, 1, "role");
	bool if_exists = pg::BooleanArgument(fcinfo, 2, false);
	const ForeignServer *server = GetForeignServerByName(source, if_exists);
	if (server != nullptr)
		secrets::CheckRights(server, role);
	if ((server != nullptr && secrets::Remove(source, role)) || if_exists)
		PG_RETURN_VOID();
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("server \"%s\" has no secret for role \"%s\"", source, role)));
	PG_RETURN_VOID();
}

Datum fabric_rotate_secrets(PG_FUNCTION_ARGS)
{
	(void)fcinfo;
	PG_RETURN_INT64(pg::entry([] { return secrets::Rotate(); }));
}

Datum fabric_list_secrets(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	ReturnSetInfo *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
	const secrets::Rows found = secrets::AllRows();
	for (int i = 0; i < found.count; ++i)
	{
		const ForeignServer *server = GetForeignServerByName(found.rows[i].source, true);
		if (secrets::IsShown(found.rows[i], server))
			secrets::PutRow(result, found.rows[i], server);
	}
	return static_cast<Datum>(0);
}

Datum fabric_follow_server(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_VOID();
	Oid server = PG_GETARG_OID(0);
	pg::entry([&] { secrets::Follow(server); });
	PG_RETURN_VOID();
}
