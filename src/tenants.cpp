// The foreign data wrappers of the house: the one list that a new tenant is added to.
#include "fdw/mysql/tenant.hpp"
#include "fdw/objectstore/tenant.hpp"

namespace fabric::fdw
{

std::span<const Tenant *const> Tenants()
{
	static const Tenant *const tenants[] = {&mysql::MysqlTenant(), &objectstore::ObjectStoreTenant()};
	return tenants;
}

} // namespace fabric::fdw
