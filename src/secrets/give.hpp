// Giving a secret to a source, as fabric.set_secret and fabric.add_source do.
#pragma once

#include "fdw/shared/options.hpp"

extern "C"
{
#include <utils/jsonb.h>
}

namespace fabric::secrets
{

// Checks a secret against the options that user mappings of the tenant's servers have, and seals it. Whether the caller may, and whether
// there is such a user mapping, has been asked. Raises.
void Give(const fdw::Tenant &tenant, const char *source, const char *role, Jsonb *secret);

} // namespace fabric::secrets
