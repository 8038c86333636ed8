// What the extension does as itself: with the rights of its owner, whoever calls.
#pragma once

#include "pg/postgres.hpp"

namespace fabric::pg
{

// The role that owns the extension pg_fabric.
Oid ExtensionOwner();

// Runs `body`, which may raise, as that role. An error puts the caller back by itself, when its (sub)transaction ends. Nothing with a
// destructor may be alive around it but what pg::call guards.
template <typename Body>
auto as_owner(Body &&body) -> decltype(body())
{
	Oid user;
	int context;
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(ExtensionOwner(), context | SECURITY_LOCAL_USERID_CHANGE);
	auto result = body();
	SetUserIdAndSecContext(user, context);
	return result;
}

} // namespace fabric::pg
