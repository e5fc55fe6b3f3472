#include "tracer/syscall_name.hpp"

#include <string.h>  // NOLINT(modernize-deprecated-headers): strerrorname_np is not in <cstring>

#include <map>
#include <span>

namespace msgstat::tracer {
namespace {

struct NumberedName {
  int number;
  const char* name;
};

constexpr NumberedName kNative[] = {
#include "tracer/syscalls_native.inc"
};
constexpr NumberedName kCompat32[] = {
#include "tracer/syscalls_compat32.inc"
};
// Added since Linux 6.1, whose headers Debian 12 has: scripts/syscall.tbl of Linux 6.18.
constexpr NumberedName kNewer[] = {
    {451, "cachestat"},         {452, "fchmodat2"},        {453, "map_shadow_stack"},
    {454, "futex_wake"},        {455, "futex_wait"},       {456, "futex_requeue"},
    {457, "statmount"},         {458, "listmount"},        {459, "lsm_get_self_attr"},
    {460, "lsm_set_self_attr"}, {461, "lsm_list_modules"}, {462, "mseal"},
    {463, "setxattrat"},        {464, "getxattrat"},       {465, "listxattrat"},
    {466, "removexattrat"},     {467, "open_tree_attr"},   {468, "file_getattr"},
    {469, "file_setattr"},
};
// include/linux/errno.h: what a call returns to the kernel's exit path, to be restarted or to
// become EINTR there.
constexpr NumberedName kKernelErrors[] = {
    {512, "ERESTARTSYS"}, {513, "ERESTARTNOINTR"},        {514, "ERESTARTNOHAND"},
    {515, "ENOIOCTLCMD"}, {516, "ERESTART_RESTARTBLOCK"}, {517, "EPROBE_DEFER"},
    {524, "ENOTSUPP"},    {529, "EIOCBQUEUED"},
};

using Names = std::map<int, const char*>;

Names collect(std::span<const NumberedName> rows) {
  Names names;
  for (const NumberedName& row : rows) names.emplace(row.number, row.name);
  for (const NumberedName& row : kNewer) names.emplace(row.number, row.name);
  return names;
}

const Names& names_of(Abi abi) {
  // x32 shares the 64-bit numbers below 512, and no header of it is installed.
  // Never destroyed: the agent's thread may look a name up while its process exits.
  static const Names& native = *new Names(collect(kNative));
  static const Names& compat32 = *new Names(collect(kCompat32));
  return abi == Abi::kCompat32 ? compat32 : native;
}

}  // namespace

std::string syscall_name(int number, Abi abi) {
  const Names& names = names_of(abi);
  const auto found = names.find(number);
  return found != names.end() ? found->second : "syscall_" + std::to_string(number);
}

std::optional<int> syscall_number(std::string_view name) {
  for (const auto& [number, known] : names_of(Abi::kNative))
    if (name == known) return number;
  return std::nullopt;
}

std::string errno_name(int error) {
  if (const char* name = ::strerrorname_np(error)) return name;
  for (const NumberedName& row : kKernelErrors)
    if (row.number == error) return row.name;
  return "errno_" + std::to_string(error);
}

}  // namespace msgstat::tracer
