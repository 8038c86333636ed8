// The PostgreSQL headers that nearly every bridge file needs, in C linkage and in the right order.
// Include standard and third-party headers before this one: PostgreSQL defines macros such as ERROR, Min and _.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

extern "C"
{
#include <postgres.h>

#include <access/htup_details.h>
#include <catalog/pg_type.h>
#include <fmgr.h>
#include <funcapi.h>
#include <lib/stringinfo.h>
#include <miscadmin.h>
#include <nodes/pg_list.h>
#include <utils/builtins.h>
#include <utils/lsyscache.h>
#include <utils/memutils.h>
#include <utils/syscache.h>
}
