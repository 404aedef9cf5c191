// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* rex: loads, attaches, lists, shows and detaches extensions, and tells the kernel whose it may load. */
#include "rex.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command {
	const char *name;
	int (*run)(int count, char **args);
	const char *takes, *does;
} commands[] = {
	{ "load", load, "FILE|NAME", "load it, attach nothing; bpftool finds its programs and maps" },
	{ "attach", attach, "FILE|NAME [PROGRAM=WHERE ...]", "load it and attach its programs until `rex detach`" },
	{ "detach", detach, "NAME ...", "detach and unload it" },
	{ "unload", detach, "NAME ...", "the same" },
	{ "list", list, "", "what is loaded" },
	{ "show", show, "NAME ...", "its programs, links and maps" },
	{ "trust", trust, "[DIRECTORY]",
	  "let the kernel load what the keys of the certificates DIRECTORY/*.der have\n"
	  "      signed (/etc/rex/keys), and nobody else's until it starts again" },
};

#define COUNT (sizeof(commands) / sizeof(commands[0]))

int complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("rex: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return 1;
}

char *text(const char *format, ...)
{
	va_list args;
	char *made;

	va_start(args, format);
	if (vasprintf(&made, format, args) < 0) {
		perror("rex");
		exit(1);
	}
	va_end(args);
	return made;
}

static void usage(FILE *to)
{
	size_t i;

	fputs("usage: rex COMMAND ...\n", to);
	for (i = 0; i < COUNT; i++)
		fprintf(to, "\n  %s %s\n      %s\n", commands[i].name, commands[i].takes, commands[i].does);
	fputs("\nNAME without a slash is /etc/rex/extensions/NAME or /usr/lib/rex/extensions/NAME.\n"
	      "WHERE is a device, for tc with :egress behind it if it is not ingress, or the function of a probe.\n",
	      to);
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "--help")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version")) {
		puts(VERSION);
		return 0;
	}
	for (i = 0; i < COUNT; i++)
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 2, argv + 2);
	complain("no command %s; `rex help` lists them", argv[1]);
	return 2;
}
