// From open to close: waits while a collector measures, takes its laps, and ends with the target,
// at a timeout or by a signal. One thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "cli/interrupt.hpp"
#include "cli/stat/target_end.hpp"
#include "tracer/collector.hpp"

namespace msgstat::cli {

struct Timing {
  std::chrono::milliseconds delay{0};                 // before the window opens
  std::optional<std::chrono::milliseconds> interval;  // of the laps; absent: one window
  std::optional<std::chrono::milliseconds> timeout;   // of all of it
};

enum class Ending { kTarget, kTimeout, kSignal, kAsked };

// Something else that may end it: asked when its descriptor is readable.
struct Stop {
  int fd;
  std::function<bool()> is_asked;
};

// One lap, or the last: its window and how long after the first opened it begins.
using TakeLap = std::function<void(const Window& window, double start_s)>;

class Session {
 public:
  Session(Collector& collector, TargetEnd& end, const Interrupt& interrupt,
          std::optional<Stop> stop = {})
      : collector_(collector), end_(end), interrupt_(interrupt), stop_(std::move(stop)) {}

  // Waits for the delay. The target's end or a signal ends it early: then nothing is measured.
  std::optional<Ending> pass_delay(const Timing& timing);
  void open();
  // Laps until something ends it; the window stays open.
  Ending run(const Timing& timing, const TakeLap& take);
  // Goes on for so long, or until the target ends. For a target that was told to end.
  void linger(std::chrono::milliseconds time);
  void close(const TakeLap& take);

 private:
  using Clock = std::chrono::steady_clock;
  // Absent at the deadline.
  std::optional<Ending> wait_until(std::optional<Clock::time_point> deadline, bool heed_signals);

  Collector& collector_;
  TargetEnd& end_;
  const Interrupt& interrupt_;
  std::optional<Stop> stop_;
  bool is_open_ = false;
  double laps_s_ = 0;
};

}  // namespace msgstat::cli
