// Options of user mappings that are kept sealed, outside pg_user_mapping. Who keeps them says so here; the wrappers only ask.
#pragma once

#include "pg/postgres.hpp"

namespace fabric::fdw
{

// The sealed options of a server for a user: a List of DefElem in the current memory context, NIL when there are none. Raises when
// there are some that cannot be opened.
using SealedOptionsOf = List *(*)(const char *server, Oid user_id);

// Whether there are some, which need no key.
using HasSealedOptions = bool (*)(const char *server, Oid user_id);

struct SealedOptionsKeeper
{
	SealedOptionsOf options;
	HasSealedOptions has;
};

// nullptr: nobody keeps any.
extern const SealedOptionsKeeper *sealed_options_keeper;

} // namespace fabric::fdw
