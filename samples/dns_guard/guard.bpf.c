// SPDX-License-Identifier: GPL-2.0
/* How far one gets in eBPF: the comparison of src/main.rs alone, which the verifier refuses. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define MAX 254

struct text {
	char text[MAX + 1]; /* a 0 ends it */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct text);
	__uint(max_entries, 2);
} TEXTS SEC(".maps");

char LICENSE[] SEC("license") = "GPL";

static __attribute__((noinline)) int matches(const struct text *pattern, __u32 p,
					     const struct text *text, __u32 t)
{
	if (p > MAX || t > MAX)
		return 0;
	if (!pattern->text[p])
		return !text->text[t];
	if (pattern->text[p] == '*')
		return matches(pattern, p + 1, text, t) ||
		       (text->text[t] && matches(pattern, p, text, t + 1));
	if (!text->text[t] || (pattern->text[p] != '?' && pattern->text[p] != text->text[t]))
		return 0;
	return matches(pattern, p + 1, text, t + 1);
}

SEC("xdp")
int guard(void *ctx)
{
	__u32 first = 0, second = 1;
	struct text *pattern = bpf_map_lookup_elem(&TEXTS, &first);
	struct text *text = bpf_map_lookup_elem(&TEXTS, &second);

	if (!pattern || !text)
		return XDP_PASS;
	return matches(pattern, 0, text, 0) ? XDP_DROP : XDP_PASS;
}
