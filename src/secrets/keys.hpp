// The keys that secrets are sealed with: those of the file, or of the command, that the server's configuration names.
//
// Lifecycle: a ring per backend, read at the first use and again when its file has changed, or five minutes after its command ran.
// What the file held before is wiped.
#pragma once

#include "core/sealed.hpp"

namespace fabric::secrets
{

// The ring, valid until the next call. Throws core::Error: object_not_in_prerequisite_state when none is configured, and what
// core::read_secret_file and core::KeyRing::parse have. To be called below pg::entry.
const core::KeyRing &Keys();

// Defines the settings; called by _PG_init.
void InitKeys();

} // namespace fabric::secrets
