//@ error: crate `self` under the name `rex` is not available
#![no_std]
#![no_main]

extern crate rex as real;
extern crate self as rex;

pub mod xdp {}
fn prog() -> u32 {
    0
}

real::program!(prog);
