#![no_std]
#![no_main]

fn prog() -> u32 {
    let time = rex::time();
    let ports = 1024..=49151;
    u32::from(ports.contains(&(time % 65536))) + (3..9).len() as u32 + (..time % 40).end as u32
}

rex::program!(prog);
