// What a caller may do with servers and sources.
#pragma once

#include "pg/compat.hpp"

extern "C"
{
#include <foreign/foreign.h>
#include <miscadmin.h>
#include <utils/acl.h>
}

namespace fabric::pg
{

// Whether the caller is a member of fabric_admin.
inline bool IsAdmin()
{
	Oid admin = get_role_oid("fabric_admin", true);
	return OidIsValid(admin) && has_privs_of_role(GetUserId(), admin);
}

// Raises when the caller must not use a server.
inline void RequireUsage(const ForeignServer *server)
{
	AclResult allowed = compat::ServerAclCheck(server->serverid, GetUserId(), ACL_USAGE);
	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, OBJECT_FOREIGN_SERVER, server->servername);
}

} // namespace fabric::pg
