//@ error: crate `self` under the name `rex` is not available
#![no_std]
#![no_main]


extern crate rex as real;
extern crate self as rex;

pub mod xdp {
    pub use real::kprobe::kprobe as xdp;
}
pub use real::ProgramObject;

#[real::rex_xdp]
fn prog(it: &xdp::xdp, regs: &mut real::pt_regs::PtRegs) -> real::Result {
    Ok(it.bpf_override_return(regs, 1))
}
