// fabric_objectstore as a tenant of the wrapper engine.
#pragma once

#include "fdw/shared/options.hpp"

namespace fabric::fdw::objectstore
{

const Tenant &ObjectStoreTenant();

// The resolved root directory of a server, which must lie in one that the setting fabric.file_roots allows; raises otherwise.
const char *AdmittedRoot(const ServerSettings &settings);

// Defines the settings of the engine; called by _PG_init.
void InitObjectStore();

// The engine's limits as the settings have them now.
void ReadLimits(FabricLimits *limits);

} // namespace fabric::fdw::objectstore
