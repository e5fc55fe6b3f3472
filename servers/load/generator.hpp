// The load generator: opens connections to an echo server, keeps one message in
// flight on each, checks every byte that comes back, and counts.
//
// Connections, messages of a connection and bytes of a message are numbered
// from 0, in texts too.
#pragma once

#include "servers/load/options.hpp"

namespace load {

// Runs until the duration has passed, the server fails, or `stop_fd` (an
// eventfd or a signalfd, which is never read) is readable. Blocks; the load is
// made by threads of this process, or by forked worker processes that die with
// the calling thread. Raises the soft limit of descriptors to the hard one.
//
// A load that ends early is a Result with a failure. Throws OptionsError, before
// anything is sent, when the options make no sense or need more descriptors
// than there are; Error when the system refuses something. With publish_fd the
// state tells the same once there is one.
Result run(const Options& options, int stop_fd);

}  // namespace load
