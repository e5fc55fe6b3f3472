// The suite `slides`: the figures of the deck on asynchronous echo servers that msgstat was made
// from (a talk with `perf stat` slides and tables of models; Xeon E3-1231v3, Linux 3.19, Python
// 3.5.1, uvloop 0.4.28). Each slide is cited by its heading there.
#pragma once

#include "analysis/suite/suite.hpp"

namespace msgstat::analysis::suite {

Suite make_slides();

}  // namespace msgstat::analysis::suite
