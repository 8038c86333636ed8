// The table of sealed secrets: fabric_system.secrets, a row for each source and role that has one.
//
// A secret is a JSON object of the options that a user mapping would have. It is bound to the source's and the role's names. Nothing is
// kept between calls.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/sealed.hpp"

#include "pg/postgres.hpp"

extern "C"
{
#include <datatype/timestamp.h>
#include <utils/acl.h>
}

namespace fabric::secrets
{

// The role that stands for all: a user mapping FOR PUBLIC. No role can have this name.
inline constexpr const char *kPublic = "public";

// A role by its name, InvalidOid for public; raises when there is none.
inline Oid RoleOf(const char *role)
{
	return strcmp(role, kPublic) == 0 ? InvalidOid : get_role_oid(role, false);
}

// The secret of a source for a user, else that for all: a List of DefElem (name, String) in the current memory context; NIL when there
// is none. Raises when it cannot be opened, with the source's name.
List *Options(const char *source, Oid user_id);

// Whether there is one.
bool Has(const char *source, Oid user_id);

// What a secret says: names and values, as they are given.
using Values = std::vector<std::pair<std::string, core::SecretText>>;

// Reads a secret, a JSON object of strings in UTF-8; NULL is as if not given. Throws invalid_parameter_value.
Values Parse(std::string_view secret);

// Reads what stands elsewhere: "file:..." and "env:...". Throws, also for values that are empty or no UTF-8.
Values Read(Values secret);

// Seals a secret, which takes the place of the one that is there. What stands elsewhere is read now. Does not ask for rights. Throws.
void Store(const char *source, const char *role, Values secret);

// Removes one; false when there is none.
bool Remove(const char *source, const char *role);

// Seals all secrets again that another key than the first of the ring sealed; the number of them. Warns of those that cannot be opened.
// Throws.
int64 Rotate();

// After a server was renamed or dropped: its secrets are bound to its new name, or removed. Warns of those that cannot be opened.
// Throws.
void Follow(Oid server);

struct Row
{
	char *source;
	char *role;
	bytea *sealed;
	TimestampTz changed_at;
};

struct Rows
{
	int count;
	Row *rows;
};

// All secrets, palloc'd.
Rows AllRows();

// The id of a row's key, and whether it opens.
struct Lock
{
	std::string key;
	bool opens;
};
Lock LockOf(const Row &row);

// Hands the wrappers what they ask for; called by _PG_init.
void InitStore();

} // namespace fabric::secrets
