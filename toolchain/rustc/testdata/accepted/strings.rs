#![no_std]
#![no_main]

fn prog() -> u32 {
    let text = "tcp:80,udp:53";
    text.split(',').filter_map(|part| part.split_once(':')).map(|(_, port)| port.len() as u32).sum()
}

rex::program!(prog);
