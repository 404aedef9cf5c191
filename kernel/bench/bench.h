/* SPDX-License-Identifier: GPL-2.0 */
/* What measuring has in common. */
#include <stdlib.h>

#include <bpf/libbpf.h>

#define RUNS 500

/* An object in the kernel, with what it took: ns, and bytes of its file and of its programs. */
struct loaded {
	struct bpf_object *obj;
	double took, size, memory;
};

struct pair {
	struct loaded rex, twin;
};

/* What the kernel has counted of a program. */
struct taken {
	unsigned long long runs, time;
};

void die(const char *what);
struct bpf_program *program(struct bpf_object *obj, const char *name);
struct loaded load(const char *path);
struct taken taken(struct bpf_program *prog);
/* Instructions of one run, on average over RUNS since then. */
double per_run(struct bpf_program *prog, struct taken before);
void row(const char *name, double rex, double ebpf, double times, double plus, const char *goal);

/* What bmc adds to a GET that it answers, to one that it does not, and to a SET. */
void bmc_rows(struct pair bmc);
