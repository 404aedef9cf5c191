package code

// reasons say why bytes that are in no form are refused: for the message alone, the table decides.
var reasons = []struct {
	page        int
	first, last byte // opcodes
	why         string
}{
	{0, 0x6c, 0x6f, "it is input or output, which belongs to drivers"},
	{0, 0xe4, 0xe7, "it is input or output, which belongs to drivers"},
	{0, 0xec, 0xef, "it is input or output, which belongs to drivers"},
	{0, 0xfa, 0xfb, "it changes how the processor works, which belongs to the kernel"},
	{0, 0xf4, 0xf4, "it changes how the processor works, which belongs to the kernel"},
	{0, 0x9c, 0x9d, "it changes how the processor works, which belongs to the kernel"},
	{0, 0xcc, 0xcc, "it is a trap: an oops of the kernel"},
	{0, 0xf1, 0xf1, "it is a trap: an oops of the kernel"},
	{0, 0xcd, 0xcf, "it enters or leaves the kernel"},
	{0, 0xca, 0xcb, "it goes to another segment"},
	{0, 0x8c, 0x8e, "it touches a segment register"},
	{0, 0xa0, 0xa3, "its operand is at a fixed address, and an image can be anywhere"},
	{0, 0xc2, 0xc2, "it takes arguments off the stack of its caller"},
	{0, 0x62, 0x62, vector},
	{0, 0xc4, 0xc5, vector},
	{0, 0xd8, 0xdf, vector},
	{0, 0x9b, 0x9b, vector},
	{1, 0x00, 0x01, "it changes how the processor works, which belongs to the kernel"},
	{1, 0x02, 0x03, "it asks about the processor or the time, which helpers do"},
	{1, 0x05, 0x05, "it enters or leaves the kernel"},
	{1, 0x07, 0x07, "it enters or leaves the kernel"},
	{1, 0x34, 0x35, "it enters or leaves the kernel"},
	{1, 0x06, 0x06, "it changes how the processor works, which belongs to the kernel"},
	{1, 0x08, 0x09, "it changes how the processor works, which belongs to the kernel"},
	{1, 0x30, 0x30, "it changes how the processor works, which belongs to the kernel"},
	{1, 0x32, 0x32, "it changes how the processor works, which belongs to the kernel"},
	{1, 0x31, 0x31, "it asks about the processor or the time, which helpers do"},
	{1, 0x33, 0x33, "it asks about the processor or the time, which helpers do"},
	{1, 0xa2, 0xa2, "it asks about the processor or the time, which helpers do"},
	{1, 0xb9, 0xb9, "it is a trap: an oops of the kernel"},
	{1, 0xff, 0xff, "it is a trap: an oops of the kernel"},
	{1, 0x20, 0x23, "it touches a control or debug register"},
	{1, 0xb8, 0xb8, "not every x86-64 processor has it"},
	{1, 0xc7, 0xc7, "not every x86-64 processor has it"},
	{1, 0x38, 0x3a, "not every x86-64 processor has it, or it is a vector instruction"},
	{1, 0x10, 0x17, vector},
	{1, 0x28, 0x2f, vector},
	{1, 0x50, 0x7f, vector},
	{1, 0xc2, 0xc6, vector},
	{1, 0xd0, 0xfe, vector},
}

// vector is why floating point and vector instructions are refused.
const vector = "it uses registers that the kernel does not save"

func why(page int, opcode, modrm byte) string {
	if page == 0 && opcode == 0xff && (modrm>>3&7 == 3 || modrm>>3&7 == 5) {
		return "it goes to another segment"
	}
	for _, r := range reasons {
		if r.page == page && opcode >= r.first && opcode <= r.last {
			return r.why
		}
	}
	return "it is in no form that an extension may use"
}
