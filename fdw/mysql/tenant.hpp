// fabric_mysql as a tenant of the wrapper engine.
#pragma once

#include "fdw/shared/options.hpp"

namespace fabric::fdw::mysql
{

const Tenant &MysqlTenant();

} // namespace fabric::fdw::mysql
