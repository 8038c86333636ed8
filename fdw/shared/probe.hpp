// Probes: whether servers can be used, found out step by step, many of them at once and each within its time.
//
// Lifecycle: a probe is made in the current memory context and ends with it, its connection at the latest.
#pragma once

#include "pg/postgres.hpp"

namespace fabric::fdw
{

struct ProbeStep
{
	const char *step; // options, name, network, tls, login, rights or version
	bool ok;
	const char *detail;	 // what was found, or why not
	double milliseconds; // negative: it cannot be told apart from the next step's
};

inline constexpr int kMostProbeSteps = 16;

struct ProbeOutcome
{
	int count;
	ProbeStep steps[kMostProbeSteps]; // the last one failed, unless all are there
	bool ok;
	bool locked; // there is a secret, which no key opens
	double milliseconds;
};

struct Probe;

// A probe of a server of ours as a user, which may take `limit_ms`. Nothing is done yet.
Probe *MakeProbe(Oid server_id, Oid user_id, int64 limit_ms);

// Runs them, at most `at_once` at a time; the others' time begins when it is their turn. Raises only when it is canceled.
void RunProbes(Probe *const *probes, int count, int at_once);

const ProbeOutcome &OutcomeOf(const Probe *probe);

} // namespace fabric::fdw
