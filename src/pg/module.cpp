// Opens driver libraries; the list of open ones lives as long as the backend.
#include <dlfcn.h>
#include <unistd.h>

#include "pg/module.hpp"

extern "C"
{
#include <storage/ipc.h>
}

extern "C" const void *fabric_module_anchor(void);
// A symbol whose address says where this library lies.
extern "C" PGDLLEXPORT const void *fabric_module_anchor(void)
{
	return reinterpret_cast<const void *>(&fabric_module_anchor);
}

namespace fabric::pg
{

namespace
{

// Symbols are the driver's own (LOCAL) and its libraries bind to each other before they look at what PostgreSQL and other
// extensions have loaded globally (DEEPBIND). The address sanitizer refuses DEEPBIND.
#ifdef FABRIC_NO_DEEPBIND
constexpr int kOpenFlags = RTLD_NOW | RTLD_LOCAL;
#else
constexpr int kOpenFlags = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
#endif

struct OpenDriver
{
	char library[64];
	const FabricDriver *driver;
};

constexpr int kMostDrivers = 8;
OpenDriver open_drivers[kMostDrivers];
constexpr FabricServices kServices{FABRIC_DRIVER_ABI, sizeof(FabricServices)};

// The path of a library beside this one, so that a staged install works.
void PathBesideUs(const char *library, char *path, size_t size)
{
	Dl_info info;
	if (dladdr(fabric_module_anchor(), &info) == 0 || info.dli_fname == nullptr)
		elog(ERROR, "cannot find out where pg_fabric lies");
	strlcpy(path, info.dli_fname, size);
	char *slash = strrchr(path, '/');
	if (slash == nullptr)
		elog(ERROR, "pg_fabric was loaded without a path: \"%s\"", path);
	slash[1] = '\0';
	strlcat(path, library, size);
	strlcat(path, ".so", size);
}

[[noreturn]] void RaiseMissing(const char *library, const char *path, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("the driver library \"%s\" cannot be opened", library),
			 access(path, F_OK) != 0 ? errdetail("There is no file \"%s\".", path) : errdetail("%s", detail),
			 errhint("Install the part of pg_fabric that holds it and the client library that it needs; everything "
					 "else of pg_fabric works without it.")));
	pg_unreachable();
}

} // namespace

const FabricDriver *LoadedDriver(const char *library)
{
	for (const OpenDriver &open : open_drivers)
		if (open.driver != nullptr && strcmp(open.library, library) == 0)
			return open.driver;
	return nullptr;
}

const FabricDriver *LoadDriver(const char *library)
{
	if (const FabricDriver *driver = LoadedDriver(library))
		return driver;
	char path[MAXPGPATH];
	PathBesideUs(library, path, sizeof path);
	void *handle = dlopen(path, kOpenFlags);
	if (handle == nullptr)
		RaiseMissing(library, path, pstrdup(dlerror()));
	auto module = reinterpret_cast<FabricDriverModule>(dlsym(handle, FABRIC_DRIVER_SYMBOL));
	const FabricDriver *driver = module != nullptr ? module(&kServices) : nullptr;
	if (driver == nullptr || driver->abi != FABRIC_DRIVER_ABI || driver->size < sizeof(FabricDriver))
	{
		uint32_t abi = driver != nullptr ? driver->abi : 0;
		dlclose(handle);
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the driver library \"%s\" does not fit this version of pg_fabric", library),
				 errdetail("It speaks version %u of the contract, pg_fabric version %d.", abi, FABRIC_DRIVER_ABI),
				 errhint("Install libraries of the same version.")));
	}
	if (driver->end != nullptr)
		on_proc_exit([](int, Datum argument) { reinterpret_cast<const FabricDriver *>(argument)->end(); },
					 PointerGetDatum(driver));
	for (OpenDriver &open : open_drivers)
	{
		if (open.driver != nullptr)
			continue;
		strlcpy(open.library, library, sizeof open.library);
		open.driver = driver;
		return driver;
	}
	elog(ERROR, "too many driver libraries");
}

} // namespace fabric::pg
