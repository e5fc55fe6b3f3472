// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The floor: what the hook of level `counts` costs with nothing in it. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

SEC("tp_btf/sys_exit")
int do_nothing(void* context) { return 0; }
