#include "tracer/probe/object.hpp"

#include <bpf/bpf.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "tracer/error.hpp"
#include "tracer/fd.hpp"
#include "tracer/privilege.hpp"

namespace msgstat::tracer {

void quiet_libbpf() {
  if (std::getenv("MSGSTAT_DEBUG") == nullptr)
    libbpf_set_print([](libbpf_print_level, const char*, va_list) noexcept { return 0; });
}

Link attach(const bpf_program* program, const std::string& what) {
  Link link(bpf_program__attach(program));
  if (!link) throw_load_error(errno, what);
  return link;
}

std::string run_iterator(const bpf_program* program, const bpf_iter_link_info* scope,
                         const std::string& what) {
  LIBBPF_OPTS(bpf_iter_attach_opts, options);
  if (scope != nullptr) {
    options.link_info = const_cast<bpf_iter_link_info*>(scope);
    options.link_info_len = sizeof *scope;
  }
  const Link link(bpf_program__attach_iter(program, &options));
  if (!link) throw_load_error(errno, what);
  const Fd iterator(check(bpf_iter_create(bpf_link__fd(link.get())), what));
  std::string written;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::read(iterator.get(), buffer, sizeof buffer);
    if (got > 0)
      written.append(buffer, static_cast<std::size_t>(got));
    else if (got == 0)
      return written;
    else if (errno != EINTR && errno != EAGAIN)
      throw Error("cannot " + what, "", errno);
  }
}

void keep_from_children(const bpf_object* object) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    std::size_t bytes = 0;
    auto* globals = const_cast<void*>(bpf_map__initial_value(map, &bytes));
    if (globals != nullptr) ::madvise(globals, bytes, MADV_DONTFORK);
  }
}

void throw_load_error(int error, const std::string& what) {
  std::string advice;
  if (error == EPERM || is_bpf_filtered() || is_locked_down())
    advice = how_to_count_calls();
  else if (!may_access("/sys/kernel/btf/vmlinux", R_OK))
    advice = "this kernel has no BTF (/sys/kernel/btf/vmlinux), which CO-RE needs";
  else
    advice = "MSGSTAT_DEBUG=1 shows what libbpf and the kernel's verifier say";
  throw Error("cannot load the eBPF program for " + what, std::move(advice), error);
}

}  // namespace msgstat::tracer
