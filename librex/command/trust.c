// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* Fills the keyring of those who may sign extensions, and seals it. */
#include "rex.h"

#include <errno.h>
#include <glob.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What remains of the ring's permissions (linux/key.h): the kernel looks keys up, root sees which ones. */
#define SEALED (0x08000000 | 0x00010000 | 0x00020000) /* KEY_POS_SEARCH, KEY_USR_VIEW, KEY_USR_READ */
#define MAY_ADD 0x00040000 /* KEY_USR_WRITE */

/* Finds the keyring .rex, as /proc/keys lists it (proc_keys(5)); 0 if there is none. */
static int keyring(unsigned int *permissions)
{
	FILE *keys = fopen("/proc/keys", "re");
	char line[512], name[64];
	unsigned int serial;

	while (keys && fgets(line, sizeof(line), keys))
		if (sscanf(line, "%x %*s %*s %*s %x %*s %*s keyring %63s", &serial, permissions, name) == 3 &&
		    !strcmp(name, ".rex:")) {
			fclose(keys);
			return serial;
		}
	if (keys)
		fclose(keys);
	return 0;
}

static int add(int ring, const char *file)
{
	static char certificate[64 << 10];
	FILE *from = fopen(file, "re");
	size_t size;

	if (!from)
		return complain("%s: %s", file, strerror(errno));
	size = fread(certificate, 1, sizeof(certificate), from);
	fclose(from);
	if (syscall(SYS_add_key, "asymmetric", NULL, certificate, size, ring) < 0)
		return complain(
			"%s: %s; it takes an X.509 certificate in DER: openssl x509 -in FILE.pem -outform der -out %s",
			file, strerror(errno), file);
	printf("%s: what its key has signed may be loaded\n", file);
	return 0;
}

int trust(int count, char **args)
{
	const char *dir = count ? args[0] : "/etc/rex/keys";
	unsigned int permissions = 0;
	glob_t files = {};
	int ring, wrong = 0;

	if (count > 1)
		return complain("trust takes one DIRECTORY");
	ring = keyring(&permissions);
	if (!ring) {
		puts("this kernel has no keyring .rex: it loads no extensions, and there is nothing to do");
		return 0;
	}
	if (!(permissions & MAY_ADD))
		return complain("the keyring .rex is sealed until the kernel starts again");
	glob(text("%s/*.der", dir), 0, NULL, &files);
	for (size_t i = 0; i < files.gl_pathc; i++)
		wrong |= add(ring, files.gl_pathv[i]);
	if (!files.gl_pathc)
		printf("%s has no *.der: nobody's extensions may be loaded\n", dir);
	/* Whatever was wrong: what is not trusted now is not to be trusted later. */
	if (syscall(SYS_keyctl, KEYCTL_SETPERM, ring, SEALED) < 0)
		return complain("seal the keyring .rex: %s", strerror(errno));
	return wrong;
}
