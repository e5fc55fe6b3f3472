// Holds a window on process argv[1] open until it is killed or its input ends.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "tracer/collector.hpp"
#include "tracer/error.hpp"

int main(int, char** arguments) try {
  auto collector = msgstat::Collector::process(std::atoi(arguments[1]));
  collector.open();
  std::puts("open");
  std::fflush(stdout);
  char byte = 0;
  while (::read(STDIN_FILENO, &byte, 1) > 0) {
  }
  collector.close();
  std::puts("closed");
  return 0;
} catch (const msgstat::Error& error) {
  std::fprintf(stderr, "holder: %s\n", error.what());
  return error.exit_status();
}
