// The register of sources: rows of fabric_system.sources, which belong to the extension; whether a caller may is asked here too.
//
// Lifecycle: everything is palloc'd in the current memory context. Everything raises.
#pragma once

#include "pg/postgres.hpp"

extern "C"
{
#include <fmgr.h>
#include <foreign/foreign.h>
#include <utils/array.h>
}

namespace fabric::source
{

// The connector of a registered source; nullptr when there is none.
char *ConnectorOfSource(const char *source);

// The same, whose row is locked: what is done to one source is done by one after the other.
char *LockSource(const char *source);

// The connector of a source that the caller may use; raises when it is none, or must not.
const char *UsableSource(const char *source);

// The server of a source, which must be the caller's; nullptr when there is none and `missing_ok`.
const ForeignServer *OwnedServer(const char *source, bool missing_ok);

[[noreturn]] void RaiseUnknownSource(const char *source);
[[noreturn]] void RaiseDuplicate(const char *source);

// False when there is one. Who is second waits for the first one's transaction.
bool InsertRow(const char *source, const char *connector, ArrayType *tags, bool adopted);

// Notes the server that was made after the row.
void SetServer(const char *source);

void SetTags(const char *source, ArrayType *tags);
void DeleteRow(const char *source);

// A row without a server, as a restore leaves it that could not make the server; administrators may.
void DeleteLeftOver(const char *source);

// Answers the source's row of fabric.sources, as the caller sees it; NULL to who does not see it.
Datum AnswerRow(FunctionCallInfo fcinfo, const char *source);

} // namespace fabric::source
