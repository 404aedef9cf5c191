// SPDX-License-Identifier: GPL-2.0

//! Counts system calls until it is interrupted, then prints the table.

use librex::{Extension, Link, Result};

fn main() -> Result<()> {
    let extension = Extension::load(env!("REX_OBJECT"))?;
    let counts = extension.map::<u32, u64>("SYSCALL_COUNTS")?;
    let errors = extension.map::<u32, u64>("SYSCALL_ERRORS")?;
    let latency = extension.map::<u32, u64>("SYSCALL_LATENCY")?;

    let links = extension.programs().map(|program| program.attach()).collect::<Result<Vec<Link>>>()?;
    librex::wait("attached")?;
    drop(links);

    println!("{:>8} {:>8} {:>8} {:>12}", "SYSCALL", "CALLS", "ERRORS", "LATENCY(us)");
    for entry in counts.iter() {
        let (call, count) = entry?;
        let errors = errors.get(&call)?.unwrap_or(0);
        let latency = latency.get(&call)?.unwrap_or(0) / 1000;
        println!("{call:>8} {count:>8} {errors:>8} {latency:>12}");
    }
    Ok(())
}
