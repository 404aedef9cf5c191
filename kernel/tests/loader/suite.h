/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the suite share: the loaded extension, ways to run its
 * programs, and expectations. A case fails when fail() is called in it.
 */
#ifndef SUITE_H
#define SUITE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

#define EXTENSION "./target/x86_64-unknown-none/release/suite"
/* ioctl of /proc/kprobe_target that calls the probed function */
#define CALL 1313
/* the watchdog's period; short: endless loops are to end soon */
#define TIMEOUT_MS "/proc/sys/kernel/rex_timeout_ms"
#define SHORT_TIMEOUT "100"

struct test_case {
	const char *name;
	void (*run)(void);
};

extern struct bpf_object *object; /* of EXTENSION */
extern int target_fd;		  /* /proc/kprobe_target */

extern const char *suite_only; /* part of the names of cases to run; NULL: all */

bool suite_open(void);
void suite_run(const struct test_case *cases); /* up to one without a name */
int suite_close(void);			       /* exit status */

__attribute__((format(printf, 1, 2))) void fail(const char *fmt, ...);
bool failing(void);
void skip(const char *why);

/* Programs answer questions by number, see answer() in src/main.rs. */
void clear_answers(void);
int64_t answer(uint32_t question);
void expect(uint32_t question, int64_t want);
void expect_all(const int64_t *want, uint32_t n);

void call(unsigned long arg);
struct bpf_program *program(const char *name);
struct bpf_link *attach(const char *name);
int map_fd(const char *name);
/* Attaches, calls once with no answer given yet, detaches. */
void run(const char *name, unsigned long arg);

/* Reads all that was logged since the last call; wants @text in it, if given. */
void expect_log(const char *text);
/* The log takes 20 panics of a program in 5 seconds: waits until it takes them again. */
void next_log_period(void);

/* What is in the kernel of Rex. */
struct census {
	int progs, maps, symbols, areas;
};

struct census census(void);
/* Waits for it: what is freed is freed some time after its last user is gone. */
void expect_census(struct census want);

/*
 * Runs @work in a child, since what is loaded stays until its process ends.
 * Returns what it returned.
 */
int in_child(int (*work)(unsigned int), unsigned int arg);
/* In a child: loads, attaches @program, makes it run, and exits. */
void come_and_go(const char *program);

void write_text(const char *path, const char *text);
void file_text(const char *path, char *text, size_t size);
void pin_to_cpu(int cpu);

extern const struct test_case values[], tools[], misuses[], hooks[], nesting[],
	contexts[], watchdog[], loading[], health[], refusals[], limits[], faulty[],
	arguments[], last[];

#endif
