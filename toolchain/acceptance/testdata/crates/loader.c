// SPDX-License-Identifier: GPL-2.0
/* Loads the extension and attaches its program for as long as this runs. */
#include <librex.h>

int main(void)
{
	struct rex_obj *obj = rex_obj_load(REX_OBJECT);

	if (!obj || rex_obj_attach(obj) < 0)
		return 1;
	return rex_wait("attached");
}
