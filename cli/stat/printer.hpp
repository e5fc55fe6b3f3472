// Prints what `stat` measured, lap by lap or at its end, and writes its recording. One thread.
#pragma once

#include <optional>

#include "analysis/recording.hpp"
#include "cli/stat/options.hpp"

namespace msgstat::cli {

class Printer {
 public:
  explicit Printer(const StatOptions& options);

  // One lap of a run, or all of a run that has no laps.
  void add(const analysis::Run& run);
  // After the last lap of a run.
  void end_run();
  // Prints the rest, and writes the file.
  void finish(const analysis::Recording& description);

  [[nodiscard]] bool is_empty() const { return recording_.runs.empty() && !total_; }

 private:
  // -I: laps are printed as they come.
  [[nodiscard]] bool prints_laps() const;
  void print_lines(const analysis::Recording& recording) const;
  void print_lap(const analysis::Run& lap);

  const StatOptions& options_;
  bool keeps_laps_;  // the recording is wanted
  bool is_first_lap_ = true;
  std::optional<analysis::Run> total_;  // of the laps of the present run
  analysis::Recording recording_;
};

}  // namespace msgstat::cli
