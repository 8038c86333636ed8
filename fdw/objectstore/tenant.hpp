// fabric_objectstore as a tenant of the wrapper engine.
#pragma once

#include "fdw/shared/options.hpp"

namespace fabric::fdw::objectstore
{

const Tenant &ObjectStoreTenant();

// The directories below its root, or below one of them, and their files.
void Discover(const ServerSettings &settings, const char *schema, void (*sink)(void *argument, const Discovered &found),
			  void *argument);

// The resolved root directory of a server, which must lie in one that the setting fabric.file_roots allows; raises otherwise.
const char *AdmittedRoot(const ServerSettings &settings);

// Defines the settings of the engine; called by _PG_init.
void InitObjectStore();

// This session's share of the engine's memory and threads, taken for the rest of the transaction unless it has one; waits while there is
// none to be had. And where its temporary files go.
void ReadLimits(FabricLimits *limits);

// Defines the settings that the shares are of.
void InitBudget();

} // namespace fabric::fdw::objectstore
