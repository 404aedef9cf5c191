/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* What the parts of the rex command share. */
#ifndef REX_COMMAND_H
#define REX_COMMAND_H

/* Where extensions stay that no process holds: DIR/NAME/{programs,maps,links}/. */
#define PINS "/sys/fs/bpf/rex"

/* The folders of an extension's pins, in the order in which they are removed. */
extern const char *const kinds[3]; /* NULL ends no list: there are three */

/* Says on stderr what is wrong, and returns 1, as the exit status. */
__attribute__((format(printf, 1, 2))) int complain(const char *format, ...);

/* A text made as by printf, which ends with the process. */
__attribute__((format(printf, 1, 2))) char *text(const char *format, ...);

/* The commands. Each gets what follows its name, and returns the exit status. */
int load(int count, char **args);
int attach(int count, char **args);
int detach(int count, char **args);
int list(int count, char **args);
int show(int count, char **args);
int trust(int count, char **args);

/* Removes the pins of an extension; 0, or -1 with errno. */
int unpin(const char *name);

#endif
