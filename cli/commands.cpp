#include "cli/commands.hpp"

#include "cli/bench.hpp"
#include "cli/compare.hpp"
#include "cli/doctor.hpp"
#include "cli/explain.hpp"
#include "cli/list.hpp"
#include "cli/load.hpp"
#include "cli/report.hpp"
#include "cli/stat.hpp"
#include "cli/top.hpp"
#include "cli/trial.hpp"

namespace msgstat::cli {

std::span<const AddCommand> commands() {
  static constexpr AddCommand kCommands[] = {
      add_bench,   add_stat,   add_explain, add_top,  add_trial,
      add_compare, add_report, add_load,    add_list, add_doctor,
  };
  return kCommands;
}

}  // namespace msgstat::cli
