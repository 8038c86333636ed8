// The switch of the oracle's mutation run; see mutation.cpp.
#pragma once

namespace fabric::fdw
{

#ifdef FABRIC_MUTATIONS
void InitMutations();
#else
inline void InitMutations() {}
#endif

} // namespace fabric::fdw
