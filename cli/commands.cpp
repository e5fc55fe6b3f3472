#include "cli/commands.hpp"

#include <array>

#include "cli/bench.hpp"
#include "cli/compare.hpp"
#include "cli/doctor.hpp"
#include "cli/list.hpp"
#include "cli/load.hpp"
#include "cli/report.hpp"
#include "cli/trial.hpp"

namespace msgstat::cli {

std::span<const AddCommand> commands() {
  static constexpr std::array kCommands = {add_bench, add_trial, add_compare, add_report,
                                           add_load,  add_list,  add_doctor};
  return kCommands;
}

}  // namespace msgstat::cli
