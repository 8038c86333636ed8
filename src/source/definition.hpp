// What a source is to PostgreSQL: a server, its comment, its owner, user mappings. They are changed by statements as a user would give
// them, with the caller's rights and seen by event triggers; but no text of a statement holds an option's value.
//
// Lifecycle: nothing is kept. Everything raises.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <nodes/pg_list.h>
}

namespace fabric::source
{

// Options are DefElems (name, String) with the action that is wanted: DEFELEM_ADD or DEFELEM_DROP.

void CreateServer(const char *source, const char *wrapper, List *options);

// Changes options as CREATE and ALTER would: one that is there is set, one that is not is added, and only one that is there is dropped.
void AlterServer(const char *source, List *options);

// What depends on it goes as well with `cascade`, else it is an error; its user mappings go in any case.
void DropServer(const char *source, bool cascade);

void SetOwner(const char *source, const char *owner);

// An empty one takes the comment away.
void SetDescription(const char *source, const char *description);

// Makes a role's user mapping, or changes the one that is there. `role`: a name, or public for all.
void SetMapping(const char *source, const char *role, List *options);

} // namespace fabric::source
