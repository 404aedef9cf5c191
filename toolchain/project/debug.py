# Has gdb know extensions: when the kernel has loaded an image, its symbols are added where it lies.
# Settings stand above this: VMLINUX, PORT, OBJECTS by the names of images, SOURCES as pairs of folders.
import gdb


class Images(gdb.Breakpoint):
    """Stops where the kernel makes an image known, and goes on."""

    def __init__(self):
        super().__init__("image_publish", internal=True)
        self.silent = True

    def stop(self):
        image = gdb.parse_and_eval("image")
        name = image["name"].string()
        if name in OBJECTS:
            gdb.execute("add-symbol-file %s -o %#x" % (OBJECTS[name], int(image["base"])), to_string=True)
            gdb.write("image %s: %#x to %#x\n" % (name, int(image["base"]), int(image["base"] + image["size"])))
        return False


gdb.execute("set confirm off")
# Symbols of an extension are there when it has been loaded.
gdb.execute("set breakpoint pending on")
for built, here in SOURCES:
    gdb.execute("set substitute-path %s %s" % (built, here))
# The kernel's own commands (lx-dmesg, lx-ps, ...) lie beside it.
gdb.execute("add-auto-load-safe-path " + VMLINUX.rpartition("/")[0])
gdb.execute("file " + VMLINUX)
gdb.execute("target remote 127.0.0.1:%d" % PORT)
Images()
