// fabric_mysql as a tenant of the wrapper engine.
#pragma once

#include "fdw/shared/options.hpp"

namespace fabric::fdw::mysql
{

const Tenant &MysqlTenant();

// Its databases, their tables and views.
void Discover(const ServerSettings &settings, const char *schema, void (*sink)(void *argument, const Discovered &found),
			  void *argument);

} // namespace fabric::fdw::mysql
