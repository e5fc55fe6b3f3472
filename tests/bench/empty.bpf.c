// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The floor: what hooks cost with nothing in them. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Of level `counts`. */
SEC("tp_btf/sys_exit")
int at_return(void* context) { return 0; }

/* Of level `explain`, besides. */
SEC("tp_btf/sys_enter")
int at_entry(void* context) { return 0; }

SEC("tp_btf/sched_switch")
int at_switch(void* context) { return 0; }

SEC("tp_btf/sched_waking")
int at_waking(void* context) { return 0; }
