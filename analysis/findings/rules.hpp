// What each file of this folder defines: its line of the table in finding.cpp.
#pragma once

#include "analysis/findings/finding.hpp"

namespace msgstat::analysis {

extern const Rule kGilConvoy, kContendedLock, kConditionHandOffs, kSemaphoreWaits, kBarrierWaits,
    kThunderingHerd, kWastedWakes, kFailedWaits, kTimedWaitPolling, kCrossCpuHandOffs, kMigrations,
    kRunnableWaiting, kPreemption, kMmapChurn, kSpeculativeReceives, kSingleEvents, kSmallSends,
    kPageFaults, kSpinning, kIdleParking, kBlindSpots;

}  // namespace msgstat::analysis
