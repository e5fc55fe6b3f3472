// The guardian of a trial: a small process that holds the states which the target had before, and
// has one duty: to put them back when msgstat ends, however it ends.
//
// It is forked before anything is changed, has a session of its own, so that neither a terminal's
// Ctrl-C nor a signal to the process group reaches it, blocks every signal that can be blocked, and
// holds no descriptor but its end of a socket, the target's pidfd and stderr. Each state is sent to
// it before its subject is changed; what is in the socket survives the sender. When the socket
// ends, because msgstat closes it or is no more, it puts everything back and ends. It also ends
// when the target does. Owned and used by one thread; fork it while there is one only.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "cli/trial/originals.hpp"
#include "tracer/fd.hpp"

namespace msgstat::cli {

class Guardian {
 public:
  // `target`: a pidfd.
  Guardian(pid_t pid, int target, const std::vector<ChosenTreatment>& chosen);
  // Lets it put everything back, and waits for it.
  ~Guardian();
  Guardian(const Guardian&) = delete;
  Guardian& operator=(const Guardian&) = delete;

  // Throws Error when it is no more: then nothing may be changed.
  void keep(std::size_t treatment, const Subject& subject, const std::string& state);
  // Lets it put everything back, and waits for it. False when something could not be: it has said
  // what on stderr.
  bool finish();

 private:
  tracer::Fd socket_;
  pid_t child_ = -1;
};

}  // namespace msgstat::cli
